"""Find themes in small surveys as people answer them on a phone, coded by hand, and compare them with the codes.

    python -m benchmarks.surveys_by_hand [--half development|reporting] [--model FOLDER]

The surveys of texts/surveys_by_hand.csv were made up for this project by one author, so they are easier than those of
the many people they stand for: for each, a list of codes first, then the answers, each coded for all it says as it was
written. Some codes were joined afterwards, to have at most 18, and some answers exchanged, to have one code said by
many and others by few; by then the figures of the development half had been seen once, and no theme of any survey.
Choose by the half for development; the other half only reports.

`codes` is empty for an answer that says nothing, and "none" for one that says something that no code of the list means.
`against` is 1 for an answer that argues against what others with its code say.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from analysis.arrays import IntArray
from analysis.embedding.models import PACKAGED, Embedder, load
from analysis.known_themes.codebook import NONE, Codebook
from analysis.pipeline import analyse
from benchmarks.baseline import bertopic_themes
from benchmarks.data import TEXTS, read_csv
from benchmarks.found_themes import strongest
from benchmarks.packaged_codebooks import answers_by_theme, coded, right_and_placed
from benchmarks.result_table import NOTHING, Row, as_markdown, at_least, at_most
from benchmarks.theme_names import said_by_few

SURVEYS = TEXTS / "surveys_by_hand.csv"
HALVES = ("development", "reporting")
FITTING = {"clinic": "service", "cycling": "town", "library": "service", "notes_app": "service"}
"""The packaged codebook for a survey, by what that says it is for"""


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey coded by hand: its rows `answer,codes,against`."""

    name: str
    half: str
    language: str
    rows: list[dict[str, str]]

    @property
    def answers(self) -> list[str]:
        """What people wrote."""
        return [row["answer"] for row in self.rows]

    @property
    def codes(self) -> set[tuple[int, str]]:
        """Pairs of answer number and code."""
        return coded(self.rows)


@dataclass(frozen=True, slots=True)
class Figures:
    """What is measured of the themes found in a survey, or the means of several.

    All but the numbers of themes and codes are shares. ``right``: placements whose answer has the commonest code of its
    theme; an answer counts as often as it has ideas there. ``shared``: themes of which two answers have the same code.
    ``placed``: answers with a code that are placed. ``ami``: adjusted mutual information of the codes and themes of
    answers with one code; those without a theme are one class. ``rare``: names that fewer than a tenth of their people
    say. ``found``: answers that say nothing, taken for such. ``lost``: answers that say something, taken for such.
    BERTopic has no part in the last three.
    """

    right: float
    shared: float
    placed: float
    ami: float
    themes: float
    codes: float
    rare: float = 0.0
    found: float = 0.0
    lost: float = 0.0


def rows(_folder: Path, embedder: Embedder) -> list[Row]:
    """Measure all surveys, beside BERTopic."""
    return [row for half in HALVES for row in measure(half, embedder, beside_peer=True)]


def measure(half: str, embedder: Embedder, *, beside_peer: bool) -> list[Row]:
    """Measure the surveys of a half without a codebook, the means of that, and those that one fits with it."""
    surveys = [survey for survey in read_surveys() if survey.half == half]
    own = [found_figures(survey, NONE, embedder) for survey in surveys]
    peers = [peer_figures(survey, embedder) if beside_peer else None for survey in surveys]
    made = []
    for survey, figures, peer in zip(surveys, own, peers, strict=True):
        made += as_rows(survey.name, len(survey.rows), figures, peer)
    answers, known_peers = sum(len(survey.rows) for survey in surveys), [peer for peer in peers if peer]
    made += as_rows(f"mean of {half}", answers, mean(own), mean(known_peers) if known_peers else None)
    for survey in surveys:
        if survey.name in FITTING:
            name = f"{survey.name}, {FITTING[survey.name]}"
            made += as_rows(name, len(survey.rows), found_figures(survey, FITTING[survey.name], embedder), None)
    return made


def read_surveys(path: Path = SURVEYS) -> list[Survey]:
    """Read all surveys, in the order of the file."""
    table = read_csv(path)
    heads = dict.fromkeys((row["survey"], row["half"], row["language"]) for row in table)
    return [Survey(*head, [row for row in table if row["survey"] == head[0]]) for head in heads]


def found_figures(survey: Survey, codebook: str, embedder: Embedder) -> Figures:
    """Measure a whole run."""
    result = analyse(
        survey.answers, codebook=Codebook.load(codebook), embedder=embedder, re_runs=0, language=survey.language
    )
    silent, taken = {at for at, row in enumerate(survey.rows) if not row["codes"]}, set(result.nonanswers)
    themes = answers_by_theme(result)
    right, placed = right_and_placed(themes, survey.codes)
    return Figures(
        right,
        share_shared(themes, survey.codes),
        placed,
        one_code_ami(survey, strongest(result, len(survey.rows)).themes),
        len(result.themes),
        len({code for _, code in survey.codes}),
        rare=said_by_few(result),
        found=len(silent & taken) / max(len(silent), 1),
        lost=len(taken - silent) / (len(survey.rows) - len(silent)),
    )


def peer_figures(survey: Survey, embedder: Embedder) -> Figures:
    """Measure the topics of BERTopic."""
    topics = bertopic_themes(survey.answers, embedder)
    members = {str(topic): np.flatnonzero(topics.themes == topic).tolist() for topic in range(len(topics.names))}
    right, placed = right_and_placed(members, survey.codes)
    codes = len({code for _, code in survey.codes})
    return Figures(
        right,
        share_shared(members, survey.codes),
        placed,
        one_code_ami(survey, topics.themes),
        len(topics.names),
        codes,
    )


def share_shared(themes: Mapping[str, Sequence[int]], codes: set[tuple[int, str]]) -> float:
    """Return the share of themes of which two answers have the same code: in the others nobody agrees with anybody."""
    shared = 0
    for answers in themes.values():
        counted = Counter(code for answer, code in codes if answer in set(answers))
        shared += any(count > 1 for count in counted.values())
    return shared / max(len(themes), 1)


def one_code_ami(survey: Survey, themes: IntArray) -> float:
    """Return the adjusted mutual information of codes and themes, of the answers with just one code."""
    of_answer: dict[int, list[str]] = {}
    for answer, code in survey.codes:
        of_answer.setdefault(answer, []).append(code)
    single = {answer: codes[0] for answer, codes in of_answer.items() if len(codes) == 1}
    return float(adjusted_mutual_info_score(list(single.values()), themes[list(single)]))


def mean(measured: Sequence[Figures]) -> Figures:
    """Return the mean of each figure."""
    return Figures(*(float(column) for column in np.mean([astuple(each) for each in measured], axis=0)))


def as_rows(name: str, answers: int, own: Figures, peer: Figures | None) -> list[Row]:
    """Return the rows of one survey, or of the means of several."""
    data, n = f"by hand: {name}", str(answers)
    right, shared, placed, ami = (peer.right, peer.shared, peer.placed, peer.ami) if peer else (None,) * 4
    return [
        at_least(data, n, "placements right", own.right, None, right),
        at_least(data, n, "themes in which two answers have the same code", own.shared, None, shared),
        at_least(data, n, "answers with a code that are placed", own.placed, None, placed),
        Row(data, n, "themes / codes", _counts(peer) if peer else NOTHING, _counts(own), NOTHING, None),
        at_most(data, n, "names said by fewer than a tenth of their people", own.rare, None),
        at_least(data, n, "AMI of the answers with one code", own.ami, None, ami),
        at_least(data, n, "answers that say nothing, found", own.found, None),
        at_most(data, n, "answers that say something, taken for such", own.lost, None),
    ]


def _counts(figures: Figures) -> str:
    return f"{figures.themes:.3g} / {figures.codes:.3g}"


def main() -> int:
    """Measure without BERTopic and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=HALVES, default=HALVES[0])
    parser.add_argument("--model", default=PACKAGED)
    options = parser.parse_args()
    print(as_markdown(measure(options.half, load(options.model), beside_peer=False)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
