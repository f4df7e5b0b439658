"""Compare where we cut messy English answers into ideas, and what we take for no idea, with answers split by hand.

    python -m benchmarks.english_ideas [--wrong]

Precision, recall and F1 of boundaries between ideas and the share of answers that are split exactly as by hand; of the
parts that are no idea by hand (politeness, exclamations, asides of stories) how many became ideas all the same; and how
many ideas by hand are in none of ours. ``texts/english_ideas_development.txt`` is what the splitter was developed on;
``texts/english_ideas_reporting.txt`` was written before that and read again only to report.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from analysis.text.spans import Span
from analysis.text.split_ideas import split_ideas

TEXTS = Path(__file__).with_name("texts")
FILES = {half: TEXTS / f"english_ideas_{half}.txt" for half in ("development", "reporting")}
NEAR = 8  # characters: a conjunction or a bullet may stay with either side


@dataclass(frozen=True, slots=True)
class ByHand:
    """An answer to a survey of a kind, the spans of its ideas, and those of its parts that are none."""

    survey: str
    answer: str
    ideas: tuple[Span, ...]
    no_ideas: tuple[Span, ...]


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
        left = [(end - NEAR, start + NEAR) for (_, end), (start, _) in pairwise(spans)]
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
    """Read answers split by hand: "|" between parts, "~" before a part that is no idea."""
    answers: list[ByHand] = []
    survey = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            survey = line.strip("[]")
        elif line and not line.startswith("#"):
            answer = ""
            ideas: list[Span] = []
            no_ideas: list[Span] = []
            for part in line.replace("\\n", "\n").split("|"):
                start = len(answer)
                bare = part.lstrip()
                answer += part.replace("~", "", 1) if bare.startswith("~") else part
                (no_ideas if bare.startswith("~") else ideas).append((start, len(answer)))
            answers.append(ByHand(survey, answer, tuple(ideas), tuple(no_ideas)))
    return answers


def measure(answers: Sequence[ByHand]) -> Agreement:
    """Return how our splitting agrees with the hand."""
    result = Agreement()
    for each in answers:
        result.add(each, split_ideas(each.answer))
    return result


def main() -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--wrong", action="store_true", help="show the development answers that are split otherwise")
    options = parser.parse_args()
    for half, path in FILES.items():
        answers = read_by_hand(path)
        print(f"{half:12} {'all':15} {measure(answers)}")
        for survey in dict.fromkeys(each.survey for each in answers):
            print(f"{'':12} {survey:15} {measure([each for each in answers if each.survey == survey])}")
    if options.wrong:
        for each in read_by_hand(FILES["development"]):
            if not measure([each]).exact:
                parts = " | ".join(each.answer[start:end] for start, end in split_ideas(each.answer))
                wanted = " | ".join(each.answer[start:end].strip() for start, end in each.ideas)
                print(f"{each.survey}: {each.answer}\n    ours    {parts}\n    by hand {wanted}".replace("\n- ", " - "))
    return 0


if __name__ == "__main__":
    sys.exit(main())
