"""Find short answers that say nothing, by list and by meaning, among answers written by hand in ten languages.

    python -m benchmarks.nonanswers [--data ../shared/data] [--model FOLDER]

The texts for setting are those that the threshold's rule was chosen on; those for reporting are not. Of the shared
data, answers that were coded, and short texts of other kinds, are counted that would be set aside.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.embedding.encode import encode
from analysis.embedding.models import PACKAGED, Embedder, load
from analysis.nonanswers.judge import judge_for
from analysis.nonanswers.set_aside import is_short
from analysis.progress import ignore_progress
from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold
from benchmarks.data import TEXTS, read_csv

ANSWERS = TEXTS / "nonanswers_by_hand.txt"
MOST_TEXTS = 500  # about so many of a file, evenly drawn
COLUMNS = {
    "xsid_five_languages.csv": "text",
    "banking77.csv": "text",
    "argkp_2021.csv": "text",
    "anes2008_d5.csv": "text",
    "workplace80.csv": "answer",
    "facebook_answers.csv": "answer",
    "relationship_dev.csv": "answer",
    "relationship_dev_languages.csv": "answer",
}


@dataclass(frozen=True, slots=True)
class ByHand:
    """A short answer in a language, and whether it says nothing."""

    language: str
    answer: str
    says_nothing: bool
    is_for_setting: bool


def read_by_hand(path: Path = ANSWERS) -> list[ByHand]:
    """Read the answers written by hand."""
    answers: list[ByHand] = []
    language, counts = "", [0, 0]
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language, counts = line.strip("[]"), [0, 0]
        elif line[:1] in ("-", "+"):
            says_nothing = line[0] == "-"
            answers.append(ByHand(language, line[2:], says_nothing, counts[says_nothing] % 2 == 0))
            counts[says_nothing] += 1
    return answers


def found(answers: Sequence[str], embedder: Embedder) -> tuple[list[bool], list[bool]]:
    """Return which answers say nothing by list, and which by list or meaning."""
    listed = [is_nonanswer(answer) for answer in answers]
    judge = judge_for(embedder)
    if judge is None or not answers:
        return listed, listed
    folded = [fold(answer) for answer in answers]
    silent = judge.says_nothing(encode(folded, embedder, ignore_progress)).tolist()
    return listed, [
        known or (is_short(text) and by_meaning) for known, text, by_meaning in zip(listed, folded, silent, strict=True)
    ]


def main() -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default=PACKAGED)
    options = parser.parse_args()
    embedder = load(options.model)
    if judge_for(embedder) is None:
        print(f"{embedder.model} cannot tell: nothing is judged by meaning", file=sys.stderr)
    answers = read_by_hand()
    for half in (True, False):
        own = [each for each in answers if each.is_for_setting is half]
        listed, both = found([each.answer for each in own], embedder)
        silent = sum(each.says_nothing for each in own)
        right = [
            sum(each.says_nothing for each, is_in in zip(own, some, strict=True) if is_in) for some in (listed, both)
        ]
        wrong = [each.answer for each, is_in in zip(own, both, strict=True) if is_in and not each.says_nothing]
        half_name = "setting" if half else "reporting"
        print(f"{half_name:10} of {silent} by list {right[0]}, also by meaning {right[1]}; wrong: {wrong}")
    for name, column in COLUMNS.items():
        path = options.data / name
        if not path.is_file():
            print(f"skipped: no {name} in {options.data}", file=sys.stderr)
            continue
        rows = [row for row in read_csv(path) if is_short(fold(row[column]))]
        rows = rows[:: max(1, len(rows) // MOST_TEXTS)]
        texts = [row[column] for row in rows]
        listed, both = found(texts, embedder)
        coded = ["codes" in row and bool(row["codes"]) and name.startswith("rel") for row in rows]
        more = [text for text, known, is_in in zip(texts, listed, both, strict=True) if is_in and not known]
        wrong_codes = sum(is_in and has for is_in, has in zip(both, coded, strict=True))
        print(f"{name}: {len(texts)}, by list {sum(listed)}, also by meaning {len(more)}, of coded ones {wrong_codes}")
        print("    " + " | ".join(text[:70] for text in more[:40]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
