"""Do themes stay themselves when answers arrive? And do new answers go where a new run would put them?"""

from collections import Counter
from pathlib import Path

import numpy as np

from analysis.discovery.theme_identity import EarlierTheme
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import place_new_answers
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.text.normalise import fold
from benchmarks.data import rows, survey_question
from benchmarks.table import Row, at_least

NEW = 0.05  # share of the answers that arrive after the first run
TRIES = 5


def arrivals(folder: Path, embedder: Embedder) -> list[Row]:
    """Five times 5 % of the answers arrive later: the share of themes that keep their id, and of placings that hold."""
    table: list[Row] = []
    for data, texts, codebook in (
        ("anes2008_d5, no codebook", survey_question(folder).texts, Codebook.empty()),
        (
            "relationship_dev",
            [row["answer"] for row in rows(folder / "relationship_dev.csv")],
            Codebook.load("relationships"),
        ),
    ):
        looks = [_look(texts, codebook, embedder, seed) for seed in range(TRIES)]
        kept, agreed = (float(np.mean(values)) for values in zip(*looks, strict=True))
        table.append(at_least(data, str(len(texts)), "themes that keep their id when 5 % arrive", kept, 0.95))
        table.append(at_least(data, str(len(texts)), "new answers placed at once as a new run does", agreed, None))
    return table


def _look(texts: list[str], codebook: Codebook, embedder: Embedder, seed: int) -> tuple[float, float]:
    order = np.random.default_rng(seed).permutation(len(texts))
    late = round(NEW * len(texts))
    first, new = [texts[at] for at in order[late:]], [texts[at] for at in order[:late]]
    before = analyse(first, codebook=codebook, embedder=embedder, re_runs=0)
    earlier = [
        EarlierTheme(theme.key, members)
        for theme, members in ((theme, _members(before, theme.key)) for theme in before.themes)
        if theme.origin == "discovered"
    ]
    after = analyse([*first, *new], codebook=codebook, embedder=embedder, earlier=earlier, re_runs=0)
    keys = {theme.key for theme in after.themes}
    kept = sum(theme.key in keys for theme in before.themes) / max(len(before.themes), 1)
    at_once = place_new_answers(new, codebook=codebook, centres=before.centres, embedder=embedder)
    then = {
        (after.ideas[p.idea].answer - len(first), fold(after.ideas[p.idea].text)): p.theme for p in after.placements
    }
    now = {(at_once.ideas[p.idea].answer, fold(at_once.ideas[p.idea].text)): p.theme for p in at_once.placements}
    ideas = [(idea.answer, fold(idea.text)) for idea in at_once.ideas]
    same = Counter(then.get(idea) == now.get(idea) for idea in ideas)
    return kept, same[True] / max(len(ideas), 1)


def _members(analysis: Analysis, key: str) -> frozenset[str]:
    return frozenset(fold(analysis.ideas[p.idea].text) for p in analysis.placements if p.theme == key)
