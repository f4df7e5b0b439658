"""Find themes in surveys coded by hand whose answers come one after the other, and compare with all of them at once.

    python -m benchmarks.growing_surveys

The answers are in one random order. Themes are found again when the site would: at GROWTH times the answers of the last
finding, or when the owner asks, which is measured at the end. Choose by the half for development.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.standing.partition import standing_of
from benchmarks.found_themes import strongest
from benchmarks.packaged_codebooks import answers_by_theme, right_and_placed
from benchmarks.result_table import Row, as_markdown, at_least
from benchmarks.surveys_by_hand import HALVES, Survey, one_code_ami, read_surveys
from survey.findings.standing_themes import GROWTH

STAGES = (14, 22, 30, 45, 60)
"""Answers at which a run is done, before the one of all"""
WAYS = ("at once", "grown", "grown, found again")


def rows(_folder: Path, embedder: Embedder) -> list[Row]:
    """Measure both halves."""
    return [row for half in HALVES for row in measure(half, embedder)]


def measure(half: str, embedder: Embedder) -> list[Row]:
    """Measure the surveys of a half: the means of each figure, for each way."""
    surveys = [shuffled(survey) for survey in read_surveys() if survey.half == half]
    found = np.array([[figures(survey, result) for result in in_ways(survey, embedder)] for survey in surveys])
    data, n = f"by hand: mean of {half}", str(sum(len(survey.rows) for survey in surveys))
    return [
        at_least(data, n, f"{measured}, {way}", float(value), None)
        for way, values in zip(WAYS, found.mean(axis=0), strict=True)
        for measured, value in zip(
            ("placements right", "answers with a code that are placed", "AMI"), values, strict=True
        )
    ]


def shuffled(survey: Survey) -> Survey:
    """Return a survey with its answers in one random order."""
    order = np.random.default_rng(1).permutation(len(survey.rows)).tolist()
    return replace(survey, rows=[survey.rows[at] for at in order])


def in_ways(survey: Survey, embedder: Embedder) -> Sequence[Analysis]:
    """Return the results of all answers at once, of those that came in stages, and of these found again."""
    texts, none = survey.answers, Codebook.load("none")

    def run(count: int, before: Analysis | None = None, found_in: int = 0, *, finds: bool = True) -> Analysis:
        standing = None if before is None else replace(standing_of(before), found_share=min(1.0, found_in / count))
        return analyse(
            texts[:count],
            codebook=none,
            embedder=embedder,
            standing=standing,
            finding="replace" if finds else "none",
            re_runs=0,
            language=survey.language,
        )

    grown, found_in = run(min(STAGES[0], len(texts))), min(STAGES[0], len(texts))
    for count in [*(stage for stage in STAGES[1:] if stage < len(texts)), len(texts)]:
        finds = count >= GROWTH * found_in
        grown, found_in = run(count, grown, found_in, finds=finds), count if finds else found_in
    return run(len(texts)), grown, run(len(texts), grown, found_in)


def figures(survey: Survey, result: Analysis) -> tuple[float, float, float]:
    """Return the shares of placements that are right and of answers that are placed, and the AMI."""
    right, placed = right_and_placed(answers_by_theme(result), survey.codes)
    return right, placed, one_code_ami(survey, strongest(result, len(survey.rows)).themes)


def main() -> int:
    """Measure and print; return 0."""
    print(as_markdown(rows(Path(), load())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
