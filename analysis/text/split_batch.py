"""Everything that is computed from each answer by itself, for a batch of answers.

This module imports nothing heavy, so a process that splits answers starts quickly.
"""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.text.language import Guesses, guess_languages, is_long_enough
from analysis.text.normalise import fold
from analysis.text.spans import Span
from analysis.text.split_ideas import split_ideas


class SplitAnswer(NamedTuple):
    """The ideas of an answer, each with its span and folded text; ``folded``: the answer, "" unless it has several.

    ``languages``: those it may be in; ``long_enough``: whether its language can be told.
    """

    ideas: tuple[tuple[Span, str], ...]
    languages: Guesses
    long_enough: bool
    folded: str


def split_answers(answers: Sequence[str]) -> list[SplitAnswer]:
    """Split each answer into ideas; may run in another process."""
    return [*map(_split, answers)]


def _split(answer: str) -> SplitAnswer:
    ideas = tuple([(span, fold(answer[slice(*span)])) for span in split_ideas(answer)])
    folded = fold(answer) if len(ideas) > 1 else ""
    return SplitAnswer(ideas, guess_languages(answer) if ideas else {}, is_long_enough(answer), folded)
