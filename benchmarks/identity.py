"""Measure whether themes keep their keys when answers arrive, and whether placing agrees with a new run."""

from collections import Counter
from pathlib import Path

import numpy as np

from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import analyse
from analysis.standing.partition import standing_of
from analysis.text.normalise import fold
from benchmarks.data import read_csv, survey_question
from benchmarks.result_table import Row, at_least

NEW_SHARE = 0.05  # of the answers, which arrive after the first run
TRIES = 5


def later_answers(folder: Path, embedder: Embedder) -> list[Row]:
    """Analyse without 5 % of the answers and with them: the share of keys kept and of placings that agree."""
    table: list[Row] = []
    for data, texts, codebook in (
        ("anes2008_d5, no codebook", survey_question(folder).texts, Codebook.empty()),
        (
            "relationship_dev",
            [row["answer"] for row in read_csv(folder / "relationship_dev.csv")],
            Codebook.load("relationships"),
        ),
    ):
        trials = [_trial(texts, codebook, embedder, seed) for seed in range(TRIES)]
        kept, agreed = (float(np.mean(values)) for values in zip(*trials, strict=True))
        table.append(at_least(data, str(len(texts)), "themes that keep their id when 5 % arrive", kept, 0.95))
        table.append(at_least(data, str(len(texts)), "new answers placed at once as a new run does", agreed, None))
    return table


def _trial(texts: list[str], codebook: Codebook, embedder: Embedder, seed: int) -> tuple[float, float]:
    order = np.random.default_rng(seed).permutation(len(texts))
    late = round(NEW_SHARE * len(texts))
    first, new = [texts[at] for at in order[late:]], [texts[at] for at in order[:late]]
    before = analyse(first, codebook=codebook, embedder=embedder, re_runs=0)
    after = analyse([*first, *new], codebook=codebook, embedder=embedder, standing=standing_of(before), re_runs=0)
    keys = {theme.key for theme in after.themes}
    kept = sum(theme.key in keys for theme in before.themes) / max(len(before.themes), 1)
    placed = place_new_answers(new, themes=Themes(codebook, before.centres), embedder=embedder)
    in_run = {
        (after.ideas[p.idea].answer - len(first), fold(after.ideas[p.idea].text)): p.theme for p in after.placements
    }
    in_placing = {(placed.ideas[p.idea].answer, fold(placed.ideas[p.idea].text)): p.theme for p in placed.placements}
    ideas = [(idea.answer, fold(idea.text)) for idea in placed.ideas]
    same = Counter(in_run.get(idea) == in_placing.get(idea) for idea in ideas)
    return kept, same[True] / max(len(ideas), 1)
