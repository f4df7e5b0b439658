"""Half of the answers are coded by a file: which codes do the others get, with what that teaches and without?

    python -m benchmarks.half_coded [--data ../shared/data]

Ideas of coded answers with one code are decided, as the site decides them; a code of which the file has fewer than
MIN_CODED is left out. F1 counts the pairs of an answer and a code in the other half: a theme stands for the code it
is named after, so what stays in a theme of another name counts as missed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.teaching.learn import Decision, learn
from analysis.text.normalise import fold
from benchmarks import data
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.packaged_codebooks import coded
from benchmarks.place import DATA_FOLDER
from benchmarks.result_table import Row, as_markdown, at_least
from benchmarks.surveys_by_hand import HALVES, read_surveys

DRAWS, MIN_CODED = 2, 2
ANSWERS, INTENTS = 200, 20
Coded = Sequence[tuple[str, frozenset[str]]]


def rows(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure each set of surveys."""
    found = []
    for name, surveys in _sets(folder).items():
        figures = np.array([_figures(survey, embedder, draw) for survey in surveys for draw in range(DRAWS)])
        n = f"{len(figures)} x {np.mean([len(survey) for survey in surveys]):.0f}"
        picked, file, kept = figures.mean(axis=0).tolist()
        found += [
            at_least(name, n, "F1 of the other half, by decisions picked by hand", picked, None),
            at_least(name, n, "F1 of the other half, by a file of coded answers", file, None),
            at_least(name, n, "of the codes given by a file, right", kept, None),
        ]
    return found


def _sets(folder: Path) -> dict[str, list[Coded]]:
    own = {half: [_coded(survey.rows) for survey in read_surveys() if survey.half == half] for half in HALVES}
    question = data.survey_question(folder)
    single = [(text, frozenset([code])) for text, code in zip(question.texts, question.codes, strict=True)]
    orders = [np.random.default_rng(draw).permutation(len(single))[:ANSWERS] for draw in range(DRAWS)]
    drawn = [data.banking_sample(folder, answers=ANSWERS, codes=INTENTS, seed=draw) for draw in range(DRAWS)]
    return {
        "workplace80": [_coded(data.read_csv(folder / "workplace80.csv"))],
        **{f"by hand: {half}": surveys for half, surveys in own.items()},
        "anes2008_d5": [[single[at] for at in order.tolist()] for order in orders],
        "banking77": [
            [(text, frozenset([code])) for text, code in zip(each.texts, each.codes, strict=True)] for each in drawn
        ],
    }


def _coded(table: list[dict[str, str]]) -> Coded:
    codes: dict[int, set[str]] = {}
    for answer, code in coded(table):
        codes.setdefault(answer, set()).add(code)
    return [(row["answer"], frozenset(codes.get(at, ()))) for at, row in enumerate(table)]


def _figures(survey: Coded, embedder: Embedder, draw: int) -> tuple[float, float, float]:
    """Return F1 where decisions tell of what is like them alone, and where they stand for their themes; moves right."""
    result = analyse([text for text, _ in survey], codebook=Codebook.load("none"), embedder=embedder, re_runs=0)
    order = np.random.default_rng(draw).permutation(len(survey)).tolist()
    here = set(order[: len(survey) // 2])
    counts = Counter(code for at in here for code in survey[at][1])
    codes = sorted(code for code, count in counts.items() if count >= MIN_CODED)
    wordings = sorted({fold(idea.text) for idea in result.ideas})
    row_of = {wording: row for row, wording in enumerate(wordings)}
    rows_of = [row_of[fold(idea.text)] for idea in result.ideas]
    keys = {theme.key: column for column, theme in enumerate(result.themes)}
    placed = np.zeros((len(wordings), len(keys) + len(codes)), dtype=np.float32)
    for placement in result.placements:
        placed[rows_of[placement.idea], keys[placement.theme]] = placement.strength
    own = {code: len(keys) + at for at, code in enumerate(codes)}
    decided = {
        row: Decision(row, frozenset(own[code] for code in survey[idea.answer][1]))
        for idea, row in zip(result.ideas, rows_of, strict=True)
        if idea.answer in here and len(survey[idea.answer][1] & own.keys()) == len(survey[idea.answer][1]) == 1
    }
    decisions, vectors = list(decided.values()), embedder.encode(wordings)
    true = {(at, code) for at in range(len(survey)) if at not in here for code in survey[at][1] & own.keys()}
    found = []
    for stand_for_theme in ((), range(len(decisions))):
        after = _after(vectors, placed, decisions, stand_for_theme)
        said = {
            (idea.answer, codes[column - len(keys)])
            for idea, row in zip(result.ideas, rows_of, strict=True)
            if idea.answer not in here
            for column in np.flatnonzero(after[row, len(keys) :]) + len(keys)
        }
        found.append((2 * len(said & true) / max(len(said) + len(true), 1), len(said & true) / max(len(said), 1)))
    (picked, _), (file, right) = found
    return picked, file, right


def _after(
    vectors: FloatArray, placed: FloatArray, decisions: Sequence[Decision], stand_for_theme: Sequence[int]
) -> FloatArray:
    after = placed.copy()
    for move in learn(vectors, placed, decisions, stand_for_theme=stand_for_theme).moves:
        if move.source is not None:
            after[move.row, move.source] = 0.0
        if move.target is not None:
            after[move.row, move.target] = move.strength
    return after


def main() -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA_FOLDER)
    print(as_markdown(rows(parser.parse_args().data, CachedEmbedder(load()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
