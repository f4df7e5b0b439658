"""All answers: searched by their words, narrowed down by theme and by kind.

Words are looked for in what is shown, so that masked data cannot be found. The database leaves out most answers
first; where an answer may hold personal data, or a letter outside ASCII is looked for, its text decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, func, select

from survey import kinds, small_groups
from survey.database import db
from survey.languages import gettext
from survey.marking import Span
from survey.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.paging import Pages
from survey.personal_data import HINT, MASKS, masked
from survey.reading import PAGE, AnswerShown, answers_shown
from survey.theme_pages import KindOption

QUERY_MOST = 100
ON_NONE = "none"
"""Asks for the answers on no theme"""
ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class ThemeOption:
    """A theme by which the answers may be narrowed down."""

    public_id: str
    name: str
    colour: int
    people: int
    id: int
    key: str


@dataclass(frozen=True, slots=True)
class Search:
    """All answers, or those that fit what is asked for. A theme or a kind that is not there is not asked for."""

    survey: Survey
    query: str
    themes: list[ThemeOption]
    kinds: list[KindOption]
    theme: ThemeOption | None
    on_none: bool
    kind: KindOption | None
    too_few: bool
    """What is asked for leaves so few answers of a kind that none may be shown"""
    total: int
    """All answers there are"""
    answers: list[AnswerShown]
    pages: Pages

    @property
    def narrowed(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.query or self.theme or self.on_none or self.kind)


def search(survey: Survey, asked: Mapping[str, str]) -> Search:
    """The answers that fit, newest first, a page of them. `asked` may hold q, theme, kind and page."""
    run = db.session.get(Run, survey.current_run_id) if survey.current_run_id else None
    query = " ".join(asked.get("q", "").replace("\0", " ").split())[:QUERY_MOST].strip()
    words = list(dict.fromkeys(query.split()))
    themes = _themes(run)
    theme = next((option for option in themes if option.public_id == asked.get("theme")), None)
    on_none = run is not None and asked.get("theme") == ON_NONE
    everything = _everything(survey, run)
    options = _kind_options(survey, run, everything)
    kind = next((option for option in options if option.key == asked.get("kind")), None)
    scope = [*everything]
    if theme is not None and run is not None:
        scope.append(Answer.id.in_(_in_theme(run, theme)))
    if kind is not None:
        scope.append(Answer.kind == kind.key)
    wanted = [*scope, *(_on_none(run) if on_none and run else ())]
    ids = _matching(words, wanted) if words else _ids(wanted)
    too_few = kind is not None and not _may_show(run, theme, kind, len(ids), scope)
    pages = Pages.of(0 if too_few else len(ids), PAGE, asked.get("page"))
    page = [] if too_few else ids[pages.offset : pages.offset + pages.size]
    found = answers_shown(run, page, find=(lambda text: _spans(words, text)) if words else None)
    return Search(
        survey=survey,
        query=query,
        themes=themes,
        kinds=options,
        theme=theme,
        on_none=on_none,
        kind=kind,
        too_few=too_few,
        total=_count(everything),
        answers=[_told(answer, run, kind) for answer in found],
        pages=pages,
    )


def _themes(run: Run | None) -> list[ThemeOption]:
    """The themes that readers see, most people first."""
    rows = db.session.execute(
        select(Theme.public_id, Theme.name, Theme.colour, ThemeResult.people, Theme.id, Theme.key)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == (run.id if run else None), ThemeResult.parent_id.is_(None), ~Theme.hidden)
        .order_by(ThemeResult.people.desc(), ThemeResult.rank)
    )
    return [ThemeOption(*row) for row in rows]


def _everything(survey: Survey, run: Run | None) -> list[ColumnElement[bool]]:
    """Every answer that is shown and says something to the question."""
    silent = select(Idea.answer_id).where(Idea.run_id == (run.id if run else None), Idea.status == "nonanswer")
    return [Answer.survey_id == survey.id, Answer.status == "shown", Answer.id.not_in(silent)]


def _in_theme(run: Run, theme: ThemeOption) -> Select[int]:
    placed = select(Idea.answer_id).join(Placement, Placement.idea_id == Idea.id)
    return placed.where(Idea.run_id == run.id, Placement.theme_id == theme.id)


def _on_none(run: Run) -> list[ColumnElement[bool]]:
    """Answers that were read, none of whose ideas is in a theme."""
    own = select(Idea.answer_id).where(Idea.run_id == run.id)
    return [Answer.id.in_(own.where(Idea.status == "unplaced")), Answer.id.not_in(own.where(Idea.status == "placed"))]


def _kind_options(survey: Survey, run: Run | None, everything: list[ColumnElement[bool]]) -> list[KindOption]:
    """The kinds that may be told apart, with their answers."""
    allowed = small_groups.shown(run) if run else []
    counts = dict(db.session.execute(select(Answer.kind, func.count()).where(*everything).group_by(Answer.kind)).all())
    known = kinds.known(survey)
    return [
        KindOption(kind, known[kind].label, counts[kind])
        for kind in allowed
        if kind in known and small_groups.may_show(counts.get(kind, 0), counts.get(kind, 0))
    ]


def _may_show(
    run: Run | None, theme: ThemeOption | None, kind: KindOption, found: int, scope: list[ColumnElement[bool]]
) -> bool:
    """Whether so many answers of a kind may be listed: what is known of the kind is its count, in all or in a theme."""
    if theme is None:
        return small_groups.may_show(found, kind.answers)
    published = run is not None and kind.key in small_groups.shown_in(run).get(theme.key, set())
    return published and small_groups.may_show(found, _count(scope))


def _count(wanted: Sequence[ColumnElement[bool]]) -> int:
    return db.session.scalar(select(func.count()).select_from(Answer).where(*wanted)) or 0


def _ids(wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    newest = (Answer.received_at.desc(), Answer.id.desc())
    return list(db.session.scalars(select(Answer.id).where(*wanted).order_by(*newest)))


def _matching(words: Sequence[str], wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    """The answers in which every word occurs as it is shown, newest first."""
    likely = [Answer.text.ilike(_pattern(word), escape="\\") for word in words if not _in_a_mask(word)]
    is_exact = len(likely) == len(words) and all(word.isascii() for word in words)
    rows = db.session.execute(
        select(Answer.id, Answer.text)
        .where(*wanted, *likely)
        .order_by(Answer.received_at.desc(), Answer.id.desc())
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    each = [re.compile(re.escape(word), re.IGNORECASE) for word in words]
    return [number for number, text in rows if (is_exact and not HINT.search(text)) or _has_all(each, masked(text))]


def _has_all(each: Sequence[re.Pattern[str]], text: str) -> bool:
    return all(word.search(text) for word in each)


def _pattern(word: str) -> str:
    """What LIKE takes for "somewhere in it": nothing in the word is special, and letters outside ASCII fit any.

    SQLite knows capitals of ASCII alone.
    """
    escaped = re.sub(r"([\\%_])", r"\\\1", word)
    return "%" + "".join(letter if letter.isascii() else "_" for letter in escaped) + "%"


def _in_a_mask(word: str) -> bool:
    """Whether a word may be found in what is shown in the place of personal data, or at its edge."""
    return "[" in word or "]" in word or any(word.casefold() in gettext(label) for _, label in MASKS)


def _spans(words: Sequence[str], text: str) -> list[Span]:
    """Where the words stand in a text."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return [match.span() for match in pattern.finditer(text)]


def _told(answer: AnswerShown, run: Run | None, kind: KindOption | None) -> AnswerShown:
    """An answer of a list by kind says only such themes of which it is published how many of the kind named them."""
    if kind is None or run is None:
        return answer
    allowed = small_groups.shown_in(run)
    return replace(
        answer, themes=[theme for theme in answer.themes if kind.key in allowed.get(theme.key, set())], placed=True
    )
