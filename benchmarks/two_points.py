"""Find themes in answers that make two points, and judge each idea by the code of its own point.

    python -m benchmarks.two_points [--half development|reporting]

Codes of answers cannot tell in which theme an idea of an answer belongs. So half of the answers with one code are put
together in pairs of different codes, "one. Other": which idea has which code is then known. Points that one person
makes are more alike than these. The surveys are those of ``surveys_by_hand``; choose by the half for development.
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import NONE, Codebook
from analysis.pipeline import analyse
from benchmarks.result_table import Row, as_markdown, at_least
from benchmarks.surveys_by_hand import HALVES, Survey, read_surveys

DRAWS = 3
LONGEST = 400  # characters of an answer put together


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer, the code of its first point, and of its second if it has one, which starts at ``second_at``."""

    text: str
    first: str
    second: str | None = None
    second_at: int = 0

    def code_at(self, start: int) -> str:
        """Return the code of an idea that starts at a character."""
        return self.first if self.second is None or start < self.second_at else self.second


def rows(_folder: Path, embedder: Embedder) -> list[Row]:
    """Measure both halves."""
    return [row for half in HALVES for row in measure(half, embedder)]


def measure(half: str, embedder: Embedder) -> list[Row]:
    """Measure the surveys of a half, the means over all of them and their draws."""
    surveys = [survey for survey in read_surveys() if survey.half == half]
    found = np.mean([figures(survey, draw, embedder) for survey in surveys for draw in range(DRAWS)], axis=0)
    names = ("ideas right", "ideas right in answers of two points", "ideas placed", "AMI of codes and themes of ideas")
    data, n = f"two points: mean of {half}", f"{len(surveys)} surveys"
    return [at_least(data, n, name, float(figure), None) for name, figure in zip(names, found, strict=True)]


def figures(survey: Survey, draw: int, embedder: Embedder) -> tuple[float, float, float, float]:
    """Return the share of placements with the commonest code of their theme, of all and of answers of two points.

    And the share of ideas that are placed, and the adjusted mutual information of codes and themes of those.
    """
    single = {row["answer"]: row["codes"] for row in survey.rows if row["codes"] not in ("", "none")}
    answers = compose({text: code for text, code in single.items() if "|" not in code}, draw)
    texts = [answer.text for answer in answers]
    result = analyse(texts, codebook=Codebook.load(NONE), embedder=embedder, re_runs=0, language=survey.language)
    ideas = [result.ideas[placement.idea] for placement in result.placements]
    themes = [placement.theme for placement in result.placements]
    codes = [answers[idea.answer].code_at(idea.start) for idea in ideas]
    commonest = {theme: _commonest([code for own, code in zip(themes, codes, strict=True) if own == theme])
                 for theme in set(themes)}  # fmt: skip
    right = np.array([commonest[theme] == code for theme, code in zip(themes, codes, strict=True)])
    of_two = np.array([answers[idea.answer].second is not None for idea in ideas])
    placed = len({placement.idea for placement in result.placements}) / len(result.ideas)
    return float(right.mean()), float(right[of_two].mean()), placed, float(adjusted_mutual_info_score(codes, themes))


def compose(codes: Mapping[str, str], draw: int) -> list[Composed]:
    """Return the answers, half of them put together in pairs of different codes; ``codes`` has the code of each."""
    texts = [list(codes)[at] for at in np.random.default_rng(draw).permutation(len(codes))]
    quarter = len(texts) // 4
    made, alone = [], texts[2 * quarter :]
    for one, other in zip(texts[:quarter], texts[quarter : 2 * quarter], strict=True):
        head = one.rstrip(" .!?") + ". "
        if codes[one] == codes[other] or len(head) + len(other) > LONGEST:
            alone += [one, other]
        else:
            made.append(Composed(head + other[0].upper() + other[1:], codes[one], codes[other], len(head)))
    return made + [Composed(text, codes[text]) for text in alone]


def _commonest(codes: Sequence[str]) -> str:
    return Counter(sorted(codes)).most_common(1)[0][0]


def main() -> int:
    """Measure a half and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=HALVES, default=HALVES[0])
    print(as_markdown(measure(parser.parse_args().half, load())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
