"""Everything that is computed from each answer by itself, for a batch of answers.

This module imports nothing heavy, so a process that splits answers starts quickly.
"""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.text.language import is_non_english
from analysis.text.normalise import fold
from analysis.text.spans import Span
from analysis.text.split_ideas import split_ideas


class SplitAnswer(NamedTuple):
    """The ideas of an answer, each with its span and folded text; ``folded``: the answer, "" unless it has several."""

    ideas: tuple[tuple[Span, str], ...]
    non_english: bool
    folded: str


def split_answers(answers: Sequence[str]) -> list[SplitAnswer]:
    """Split each answer into ideas; may run in another process."""
    return [*map(_split, answers)]


def _split(answer: str) -> SplitAnswer:
    ideas = tuple([(span, fold(answer[slice(*span)])) for span in split_ideas(answer)])
    return SplitAnswer(ideas, is_non_english(answer), fold(answer) if len(ideas) > 1 else "")
