"""Everything that is computed from each answer by itself, for a batch of answers.

This module imports nothing heavy, so a process that splits answers starts quickly.
"""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.text.language import Guesses, guess_languages, is_strange
from analysis.text.normalise import fold
from analysis.text.spans import Span
from analysis.text.split_ideas import split_ideas


class SplitAnswer(NamedTuple):
    """The ideas of an answer, each with its span and folded text; ``folded``: the answer, "" unless it has several.

    ``languages``: those it may be in; ``strange``: whether it seems to be in
    none that is known.
    """

    ideas: tuple[tuple[Span, str], ...]
    languages: Guesses
    strange: bool
    folded: str


def split_answers(answers: Sequence[str]) -> list[SplitAnswer]:
    """Split each answer into ideas; may run in another process."""
    return [*map(_split, answers)]


def _split(answer: str) -> SplitAnswer:
    ideas = tuple([(span, fold(answer[slice(*span)])) for span in split_ideas(answer)])
    folded = fold(answer) if len(ideas) > 1 else ""
    languages = guess_languages(answer) if ideas else {}
    return SplitAnswer(ideas, languages, bool(ideas) and is_strange(answer, languages), folded)
