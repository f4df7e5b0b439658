"""What a query finds on the map: the ideas that have its words, and those that say it in other words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from survey.core.models import Answer, Run, Survey
from survey.reports.newest_answers import first_listed
from survey.reports.search import visitors_conditions
from survey.results.highlighting import mask_with_spans
from survey.runs import counted_people
from survey.search.by_word import Scope, Span, spans_of
from survey.search.find import Found, find


class PlacedIdea(Protocol):
    """The attributes of an idea on the map that searching it needs."""

    @property
    def answer_id(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def starts(self) -> int: ...
    @property
    def ends(self) -> int: ...


@dataclass(frozen=True, slots=True)
class MapSearch:
    """What a query found among all answers, of which the map may draw only some."""

    found: Found
    answers: int
    """Number of answers that may be found"""

    def found_among(self, ideas: Sequence[PlacedIdea]) -> set[int]:
        """Return the numbers of the ideas that were found.

        Of an answer that has the words those of its ideas are found in which one stands, or all where they stand
        between ideas; of one that says it in other words, those that say it.
        """
        worded, meant = set(self.found.by_word), {each.answer_id: each.spans for each in self.found.by_meaning}
        has_a_word: dict[int, list[bool]] = {}
        numbers: dict[int, list[int]] = {}
        found = set()
        for number, idea in enumerate(ideas):
            if idea.answer_id in worded:
                has_a_word.setdefault(idea.answer_id, []).append(self._has_a_word(idea))
                numbers.setdefault(idea.answer_id, []).append(number)
            elif any(starts < idea.ends and idea.starts < ends for starts, ends in meant.get(idea.answer_id, ())):
                found.add(number)
        for answer_id, flags in has_a_word.items():
            own = numbers[answer_id]
            found.update(number for number, flag in zip(own, flags, strict=True) if flag or not any(flags))
        return found

    def _has_a_word(self, idea: PlacedIdea) -> bool:
        shown, [(starts, ends)] = mask_with_spans(idea.text, [(idea.starts, idea.ends)])
        return bool(_spans(self.found.words, shown[starts:ends]))


def search_map(survey: Survey, run: Run | None, query: str, drawn: Iterable[int]) -> MapSearch:
    """Search the answers that visitors see for a query, by word and by meaning.

    Of a large survey only those are searched of which something is ``drawn``, by their ids.
    """
    wanted, answers = visitors_conditions(survey, run), counted_people.people(survey)
    if first_listed(run) is not None:
        ids = {*drawn}
        wanted = [Answer.survey_id == survey.id, Answer.status == "shown", Answer.id.in_(ids)]
        answers = len(ids)
    return MapSearch(find(survey, query, scope=Scope(tuple(wanted))), answers)


def _spans(words: Sequence[str], text: str) -> list[Span]:
    return spans_of(words, text) if words else []
