"""Compare where we cut answers into ideas, and what we take for no idea, with answers split by hand.

    python -m benchmarks.idea_boundaries [--wrong] [--libraries]

Answers in many languages, messy English answers to several surveys, and joined clauses in six languages: precision,
recall and F1 of boundaries, and the share of answers that are split exactly as by hand; of the parts that are no idea
by hand (politeness, exclamations, asides of stories) how many became ideas all the same; and how many ideas by hand are
in none of ours. Each apart for the answers that were read during development and for those that were not. Libraries
are measured if installed:
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
from benchmarks.data import TEXTS

LANGUAGES = TEXTS / "ideas_by_hand.txt"
ENGLISH = TEXTS / "english_ideas_development.txt", TEXTS / "english_ideas_reporting.txt"
CLAUSES = TEXTS / "clauses_in_languages_development.txt", TEXTS / "clauses_in_languages_reporting.txt"
NEAR, NEAR_WITHOUT_SPACES = 8, 3  # characters: a conjunction or a bullet may stay with either idea
_PYSBD_LANGUAGES = frozenset(re.findall(r"\w+", "zh ja my ar fa hi ur es fr de it nl el ru en"))
_UNSPACED = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")

Splitter = Callable[[str, str], list[Span]]
"""From an answer and its language to the spans of its ideas"""


@dataclass(frozen=True, slots=True)
class ByHand:
    """An answer of a group (a language, or a survey in English), the spans of its ideas, and of parts that are none."""

    group: str
    answer: str
    ideas: tuple[Span, ...]
    no_ideas: tuple[Span, ...] = ()


@dataclass(slots=True)
class Agreement:
    """Counts of boundaries found, by hand and both; of answers; of parts that are no ideas; and of ideas by hand."""

    found: int = 0
    by_hand: int = 0
    both: int = 0
    answers: int = 0
    exact: int = 0
    no_ideas: int = 0
    taken_for_ideas: int = 0
    ideas: int = 0
    lost: int = 0

    def add(self, each: ByHand, spans: Sequence[Span]) -> None:
        """Count one answer, which was split into ``spans``."""
        near = NEAR_WITHOUT_SPACES if _UNSPACED.search(each.answer) else NEAR
        left = [(end - near, start + near) for (_, end), (start, _) in pairwise(spans)]
        wanted = [(end, start) for (_, end), (start, _) in pairwise(each.ideas)]
        found, both = len(left), 0
        for end, start in wanted:
            match = next((gap for gap in left if gap[0] <= start and end <= gap[1]), None)
            if match is not None:
                left.remove(match)
                both += 1
        taken = sum(_within(span, each.no_ideas) * 2 > span[1] - span[0] for span in spans)
        lost = sum(not _within(idea, spans) for idea in each.ideas)
        self.found += found
        self.by_hand += len(wanted)
        self.both += both
        self.answers += 1
        self.exact += both == found == len(wanted) and not taken and not lost
        self.no_ideas += len(each.no_ideas)
        self.taken_for_ideas += taken
        self.ideas += len(each.ideas)
        self.lost += lost

    def __str__(self) -> str:
        precision, recall = self.both / max(1, self.found), self.both / max(1, self.by_hand)
        f1 = 2 * self.both / max(1, self.found + self.by_hand)
        return (
            f"precision {precision:.2f}  recall {recall:.2f}  F1 {f1:.2f}  exactly {self.exact:3} of {self.answers:3}"
            f"  no ideas that became some {self.taken_for_ideas:2} of {self.no_ideas:2}"
            f"  ideas lost {self.lost} of {self.ideas}"
        )


def _within(span: Span, others: Sequence[Span]) -> int:
    """Return how many characters of a span are in others."""
    return sum(max(0, min(span[1], end) - max(span[0], start)) for start, end in others)


def read_by_hand(path: Path) -> list[ByHand]:
    """Read answers split by hand: "[group]" above its answers, "|" between parts, "~" before one that is no idea."""
    answers: list[ByHand] = []
    group = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1]
        elif line and not line.startswith("#"):
            answer = ""
            ideas: list[Span] = []
            no_ideas: list[Span] = []
            for part in line.replace("\\n", "\n").split("|"):
                start = len(answer)
                is_none = part.lstrip().startswith("~")
                answer += part.replace("~", "", 1) if is_none else part
                (no_ideas if is_none else ideas).append((start, len(answer)))
            answers.append(ByHand(group, answer, tuple(ideas), tuple(no_ideas)))
    return answers


def in_languages() -> tuple[list[ByHand], list[ByHand]]:
    """Return the answers in many languages for development and those for reporting: every second of each language."""
    halves: tuple[list[ByHand], list[ByHand]] = ([], [])
    by_group: dict[str, int] = {}
    for each in read_by_hand(LANGUAGES):
        number = by_group[each.group] = by_group.get(each.group, -1) + 1
        halves[number % 2].append(each)
    return halves


def in_english() -> tuple[list[ByHand], list[ByHand]]:
    """Return the answers in English for development and those for reporting, which were written before."""
    development, reporting = map(read_by_hand, ENGLISH)
    return development, reporting


def in_six_languages() -> tuple[list[ByHand], list[ByHand]]:
    """Return the answers of joined clauses in six languages for development and those for reporting."""
    development, reporting = map(read_by_hand, CLAUSES)
    return development, reporting


def ours(answer: str, language: str = "") -> list[Span]:
    """Split as the analysis does."""
    return split_ideas(answer)


def measure(answers: Sequence[ByHand], splitter: Splitter = ours) -> Agreement:
    """Return how a splitter agrees with the hand."""
    result = Agreement()
    for each in answers:
        result.add(each, splitter(each.answer, each.group))
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
    for halves in (in_languages(), in_english(), in_six_languages()):
        for title, half in zip(("development", "reporting"), halves, strict=True):
            print(f"{title:12} {'all':15} {measure(half)}")
            for group in dict.fromkeys(each.group for each in half):
                print(f"{'':12} {group:15} {measure([each for each in half if each.group == group])}")
        for each in halves[0] if options.wrong else []:
            if not measure([each]).exact:
                parts = " | ".join(each.answer[start:end] for start, end in split_ideas(each.answer))
                wanted = " | ".join(each.answer[start:end].strip() for start, end in each.ideas)
                print(f"{each.group}: {each.answer}\n    ours    {parts}\n    by hand {wanted}".replace("\n- ", " - "))
    if options.libraries:
        for name, splitter, languages in libraries():
            for title, half in zip(("development", "reporting"), in_languages(), strict=True):
                own = [each for each in half if not languages or each.group in languages]
                print(f"{title:12} {name:15} {measure(own, splitter)}")
                print(f"{'':12} {'ours':15} {measure(own)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
