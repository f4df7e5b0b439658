"""The page on which visitors search all answers, by word and by meaning, filtered by theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run, Survey
from survey.reports.answer_list import ANSWERS_PER_PAGE, ListedAnswer, listed_answers
from survey.reports.newest_answers import MAX_LISTED, first_listed
from survey.results.visible_themes import FoundTheme, in_no_visible_theme, visible_themes
from survey.runs import counted_people
from survey.runs.lookups import in_run, shown_run
from survey.search.by_word import Scope, spans_of
from survey.search.find import Found, find
from survey.web.pagination import Pages

IN_NO_THEME = "none"
"""Value of the parameter `theme` for the answers in no theme"""
BY_MEANING = "meaning"
"""Value of the parameter `by` for the answers in other words alone"""
FIRST_MEANT = 5
"""Answers in other words that are shown below those that have the words"""


@dataclass(frozen=True, slots=True)
class Search:
    """The values of the search page. An unknown theme is ignored."""

    survey: Survey
    found: Found
    themes: list[FoundTheme]
    """The themes to filter by"""
    theme: FoundTheme | None
    on_none: bool
    total: int
    """Number of answers without any filter"""
    answers: list[ListedAnswer]
    """A page of those that have the words, newest first; none where only other words are shown"""
    meant: list[ListedAnswer]
    """Those that say it in other words, nearest first: a page of them, or the first"""
    pages: Pages
    """Of what fills the page"""
    only_meant: bool
    newest: int | None
    """How many of the newest answers are listed and searched by word; None: all"""

    @property
    def query(self) -> str:
        """What was searched for."""
        return self.found.query

    @property
    def theme_parameter(self) -> str | None:
        """The value of the parameter `theme`; None where nothing is filtered by it."""
        return self.theme.public_id if self.theme else IN_NO_THEME if self.on_none else None

    @property
    def narrowed(self) -> bool:
        """Whether there is a query or a filter."""
        return bool(self.query or self.theme or self.on_none)


def search(survey: Survey, parameters: Mapping[str, str]) -> Search:
    """Return a page of the matching answers. `parameters` may have q, exact, theme, by and page."""
    run = shown_run(survey)
    themes = visible_themes(run)
    theme = next((theme for theme in themes.visible if theme.public_id == parameters.get("theme")), None)
    on_none = run is not None and parameters.get("theme") == IN_NO_THEME
    first = first_listed(run)
    wanted = visitors_conditions(survey, run, first)
    if theme is not None and run is not None:
        wanted.append(Answer.id.in_(_in_theme(run, theme, first)))
    if on_none and run is not None:
        wanted.append(in_no_visible_theme(run, themes))
    found = find(survey, parameters.get("q", ""), scope=Scope(tuple(wanted)), exact="exact" in parameters)
    only_meant = parameters.get("by") == BY_MEANING and bool(found.by_meaning)
    ids = found.by_word if found.query else _ids(wanted)
    pages = Pages.of(len(found.by_meaning if only_meant else ids), ANSWERS_PER_PAGE, parameters.get("page"))
    on_page = slice(pages.offset, pages.offset + pages.size)
    meant = found.by_meaning[on_page] if only_meant else found.by_meaning[: FIRST_MEANT if pages.number == 1 else 0]
    words = found.words
    return Search(
        survey=survey,
        found=found,
        themes=themes.visible,
        theme=theme,
        on_none=on_none,
        total=counted_people.people(survey),
        answers=[]
        if only_meant
        else listed_answers(
            run, themes.by_id(), ids[on_page], find=(lambda text: spans_of(words, text)) if words else None
        ),
        meant=listed_answers(
            run,
            themes.by_id(),
            [each.answer_id for each in meant],
            marked={each.answer_id: each.spans for each in meant},
        ),
        pages=pages,
        only_meant=only_meant,
        newest=MAX_LISTED if first is not None else None,
    )


def visitors_conditions(survey: Survey, run: Run | None, first: int | None = None) -> list[ColumnElement[bool]]:
    """Return the SQL conditions for shown answers that are not non-answers, with ids from ``first`` on if given."""
    run_id = run.id if run else None
    own = [Answer.survey_id == survey.id, Answer.status == "shown"]
    silent = select(Idea.answer_id).where(Idea.status == "nonanswer")
    if first is None:
        return [*own, Answer.id.not_in(silent.where(Idea.run_id == run_id))]
    return [*own, Answer.id >= first, Answer.id.not_in(silent.where(in_run(run_id), Idea.answer_id >= first))]


def _in_theme(run: Run, theme: FoundTheme, first: int | None) -> Select[int]:
    placed = select(Idea.answer_id).join(Placement, Placement.idea_id == Idea.id)
    if first is None:
        return placed.where(Idea.run_id == run.id, Placement.theme_id == theme.id)
    # `+ 0` makes SQLite begin with the ideas of these answers, not with all placements of the theme.
    return placed.where(in_run(run.id), Idea.answer_id >= first, Placement.theme_id + 0 == theme.id)


def _ids(wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    newest = (Answer.received_at.desc(), Answer.id.desc())
    return list(db.session.scalars(select(Answer.id).where(*wanted).order_by(*newest)))
