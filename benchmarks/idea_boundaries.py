"""Compare where we cut answers into ideas with answers split by hand, in many languages, beside libraries that do so.

    python -m benchmarks.idea_boundaries [--wrong] [--libraries]

Precision, recall and F1 of boundaries, and the share of answers that are split exactly as by hand, for the answers that
were read during development and, apart from them, for those that were not. Libraries are measured if installed:
``pysbd``, ``sentencex``, ``uniseg`` (sentences in many languages), ``pythainlp`` with ``python-crfsuite`` (Thai),
``budoux`` (phrases of Chinese, Japanese and Thai).
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from analysis.text.spans import Span, trim
from analysis.text.split_ideas import split_ideas

ANSWERS = Path(__file__).with_name("texts") / "ideas_by_hand.txt"
NEAR, NEAR_WITHOUT_SPACES = 8, 3  # characters: a conjunction may stay with either idea
_PYSBD_LANGUAGES = frozenset(re.findall(r"\w+", "zh ja my ar fa hi ur es fr de it nl el ru en"))
_UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")

Splitter = Callable[[str, str], list[Span]]
"""From an answer and its language to the spans of its ideas"""


@dataclass(frozen=True, slots=True)
class ByHand:
    """An answer in a language, and the positions in it where one idea ends and the next begins."""

    language: str
    answer: str
    boundaries: tuple[int, ...]
    is_for_development: bool


@dataclass(slots=True)
class Agreement:
    """Counts of boundaries that a splitter found, that are there by hand, and that are both; and of answers."""

    found: int = 0
    by_hand: int = 0
    both: int = 0
    answers: int = 0
    exact: int = 0

    def add(self, boundaries: Sequence[int], spans: Sequence[Span], near: int) -> None:
        """Count one answer."""
        gaps = [(end - near, start + near) for (_, end), (start, _) in pairwise(spans)]
        left = list(gaps)
        both = 0
        for boundary in boundaries:
            match = next((gap for gap in left if gap[0] <= boundary <= gap[1]), None)
            if match is not None:
                left.remove(match)
                both += 1
        self.found += len(gaps)
        self.by_hand += len(boundaries)
        self.both += both
        self.answers += 1
        self.exact += both == len(gaps) == len(boundaries)

    def __str__(self) -> str:
        precision, recall = self.both / max(1, self.found), self.both / max(1, self.by_hand)
        f1 = 2 * self.both / max(1, self.found + self.by_hand)
        return (
            f"precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.2f}  exactly {self.exact:3} of {self.answers:3}"
        )


def read_by_hand(path: Path = ANSWERS) -> list[ByHand]:
    """Read the answers split by hand."""
    answers: list[ByHand] = []
    language, number = "", 0
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            language, number = line[1:-1], 0
        elif line and not line.startswith("#"):
            parts = line.split("|")
            ends = [sum(map(len, parts[: count + 1])) for count in range(len(parts) - 1)]
            answers.append(ByHand(language, "".join(parts), tuple(ends), number % 2 == 0))
            number += 1
    return answers


def ours(answer: str, language: str) -> list[Span]:
    """Split as the analysis does."""
    return split_ideas(answer)


def measure(splitter: Splitter, answers: Sequence[ByHand]) -> Agreement:
    """Return how a splitter agrees with the hand."""
    result = Agreement()
    for each in answers:
        near = NEAR_WITHOUT_SPACES if _UNSPACED.search(each.answer) else NEAR
        result.add(each.boundaries, splitter(each.answer, each.language), near)
    return result


def libraries() -> Iterator[tuple[str, Splitter, frozenset[str]]]:
    """Yield each installed library with its splitter and the languages that it is for, none for all."""
    for name, splitter, languages in (
        ("pysbd", _pysbd, _PYSBD_LANGUAGES),
        ("sentencex", _sentencex, frozenset[str]()),
        ("uniseg", _uniseg, frozenset[str]()),
        ("pythainlp", _pythainlp, frozenset({"th"})),
        ("budoux", _budoux, frozenset({"zh", "ja", "th"})),
    ):
        try:
            import_module(name)
        except ImportError:
            print(f"skipped: {name} is not installed", file=sys.stderr)
        else:
            yield name, splitter, languages


def _spans(answer: str, parts: Sequence[str]) -> list[Span]:
    spans, at = [], 0
    for part in parts:
        start = answer.find(part, at)
        at = start + len(part)
        if (span := trim(answer, (start, at))) is not None:
            spans.append(span)
    return spans


def _pysbd(answer: str, language: str) -> list[Span]:
    return _spans(answer, import_module("pysbd").Segmenter(language=language, clean=False).segment(answer))


def _sentencex(answer: str, language: str) -> list[Span]:
    return _spans(answer, list(import_module("sentencex").segment(language, answer)))


def _uniseg(answer: str, language: str) -> list[Span]:
    return _spans(answer, list(import_module("uniseg.sentencebreak").sentences(answer)))


def _pythainlp(answer: str, language: str) -> list[Span]:
    return _spans(answer, import_module("pythainlp.tokenize").sent_tokenize(answer, engine="crfcut"))


def _budoux(answer: str, language: str) -> list[Span]:
    name = {"zh": "simplified_chinese", "ja": "japanese", "th": "thai"}[language]
    return _spans(answer, getattr(import_module("budoux"), f"load_default_{name}_parser")().parse(answer))


def main() -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wrong", action="store_true", help="show the development answers that are split otherwise")
    parser.add_argument("--libraries", action="store_true", help="compare libraries")
    options = parser.parse_args()
    answers = read_by_hand()
    halves = [[each for each in answers if each.is_for_development is half] for half in (True, False)]
    for title, half in zip(("development", "reporting"), halves, strict=True):
        print(f"{title:12} {'all':9} {measure(ours, half)}")
        for language in dict.fromkeys(each.language for each in half):
            print(f"{'':12} {language:9} {measure(ours, [each for each in half if each.language == language])}")
    if options.libraries:
        for name, splitter, languages in libraries():
            for title, half in zip(("development", "reporting"), halves, strict=True):
                own = [each for each in half if not languages or each.language in languages]
                print(f"{title:12} {name:9} {measure(splitter, own)}")
                print(f"{'':12} {'ours':9} {measure(ours, own)}")
    if options.wrong:
        for each in halves[0]:
            result = measure(ours, [each])
            if not result.exact:
                parts = " | ".join(each.answer[start:end] for start, end in split_ideas(each.answer))
                print(f"{each.language}  {parts}\n    {each.answer}  {each.boundaries}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
