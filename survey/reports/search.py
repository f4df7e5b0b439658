"""Search all answers by words, filtered by theme.

The masked text is searched, so that masked data cannot be found. The database filters by LIKE first; the text is
checked again in Python where an answer may have personal data or a word has letters outside ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from analysis.text.personal_data import may_have_personal_data
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Answer, Idea, Placement, Run, Survey
from survey.core.personal_data import MASKS, mask_personal_data
from survey.reports.answer_list import ANSWERS_PER_PAGE, ListedAnswer, listed_answers
from survey.results.highlighting import Span
from survey.results.visible_themes import FoundTheme, in_no_visible_theme, visible_themes
from survey.runs.lookups import shown_run
from survey.web.pagination import Pages

MAX_QUERY_CHARACTERS = 100
IN_NO_THEME = "none"
"""Value of the parameter `theme` for the answers in no theme"""
ROWS_PER_FETCH = 2000


@dataclass(frozen=True, slots=True)
class Search:
    """The values of the search page. An unknown theme is ignored."""

    survey: Survey
    query: str
    themes: list[FoundTheme]
    """The themes to filter by"""
    theme: FoundTheme | None
    on_none: bool
    total: int
    """Number of answers without any filter"""
    answers: list[ListedAnswer]
    pages: Pages

    @property
    def narrowed(self) -> bool:
        """Whether there is a query or a filter."""
        return bool(self.query or self.theme or self.on_none)


def search(survey: Survey, parameters: Mapping[str, str]) -> Search:
    """Return a page of the matching answers, newest first. `parameters` may have q, theme and page."""
    run = shown_run(survey)
    query = " ".join(parameters.get("q", "").replace("\0", " ").split())[:MAX_QUERY_CHARACTERS].strip()
    words = list(dict.fromkeys(query.split()))
    themes = visible_themes(run)
    theme = next((theme for theme in themes.visible if theme.public_id == parameters.get("theme")), None)
    on_none = run is not None and parameters.get("theme") == IN_NO_THEME
    base = _base_conditions(survey, run)
    wanted = [*base]
    if theme is not None and run is not None:
        wanted.append(Answer.id.in_(_in_theme(run, theme)))
    if on_none and run is not None:
        wanted.append(in_no_visible_theme(run, themes))
    ids = _matching(words, wanted) if words else _ids(wanted)
    pages = Pages.of(len(ids), ANSWERS_PER_PAGE, parameters.get("page"))
    page = ids[pages.offset : pages.offset + pages.size]
    find = (lambda text: _spans(words, text)) if words else None
    return Search(
        survey=survey,
        query=query,
        themes=themes.visible,
        theme=theme,
        on_none=on_none,
        total=_count(base),
        answers=listed_answers(run, themes.by_id(), page, find=find),
        pages=pages,
    )


def _base_conditions(survey: Survey, run: Run | None) -> list[ColumnElement[bool]]:
    """Return the SQL conditions for shown answers that are not non-answers."""
    silent = select(Idea.answer_id).where(Idea.run_id == (run.id if run else None), Idea.status == "nonanswer")
    return [Answer.survey_id == survey.id, Answer.status == "shown", Answer.id.not_in(silent)]


def _in_theme(run: Run, theme: FoundTheme) -> Select[int]:
    placed = select(Idea.answer_id).join(Placement, Placement.idea_id == Idea.id)
    return placed.where(Idea.run_id == run.id, Placement.theme_id == theme.id)


def _count(wanted: Sequence[ColumnElement[bool]]) -> int:
    return db.session.scalar(select(func.count()).select_from(Answer).where(*wanted)) or 0


def _ids(wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    newest = (Answer.received_at.desc(), Answer.id.desc())
    return list(db.session.scalars(select(Answer.id).where(*wanted).order_by(*newest)))


def _matching(words: Sequence[str], wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    """Return the ids of the answers whose masked text has every word, newest first."""
    likely = [Answer.text.ilike(_pattern(word), escape="\\") for word in words if not _in_a_mask(word)]
    is_exact = len(likely) == len(words) and all(word.isascii() for word in words)
    rows = db.session.execute(
        select(Answer.id, Answer.text)
        .where(*wanted, *likely)
        .order_by(Answer.received_at.desc(), Answer.id.desc())
        .execution_options(yield_per=ROWS_PER_FETCH)
    )
    each = [re.compile(re.escape(word), re.IGNORECASE) for word in words]
    return [
        number
        for number, text in rows
        if (is_exact and not may_have_personal_data(text)) or _has_all(each, mask_personal_data(text))
    ]


def _has_all(each: Sequence[re.Pattern[str]], text: str) -> bool:
    return all(word.search(text) for word in each)


def _pattern(word: str) -> str:
    """Return a LIKE pattern that finds a word anywhere; letters outside ASCII match any letter.

    SQLite compares case-insensitively only in ASCII.
    """
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    return "%" + "".join(letter if letter.isascii() else "_" for letter in escaped) + "%"


def _in_a_mask(word: str) -> bool:
    """Return whether a word may occur in or across the mask of personal data."""
    return "[" in word or "]" in word or any(word.casefold() in gettext(label) for label in MASKS.values())


def _spans(words: Sequence[str], text: str) -> list[Span]:
    """Return the spans of the words in a text."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return [match.span() for match in pattern.finditer(text)]
