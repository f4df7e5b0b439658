"""Quotes from answers: exact words, personal data masked.

A quote never shows the kind of its respondent: with quotes found again in the lists of other themes, a reader could
count kinds that are too few to be shown, and leaving the kind out only there would reveal as much.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.naming.descriptions import describe_discovered, said_in
from analysis.text.normalise import fold, tidy
from survey.core import respondent_kinds
from survey.core.database import batches, db
from survey.core.models import Answer, Idea, Placement, Run, Survey, Theme, ThemeResult
from survey.results.highlighting import mask_with_spans
from survey.results.visible_themes import ResultThemes, in_no_visible_theme

MAX_QUOTES = 3
MAX_OPPOSITE_QUOTES = 3
MAX_UNPLACED_QUOTES = 60
MAX_WHOLE_CHARACTERS = 280
BATCH_ANSWERS = 500
MAX_BEFORE_CHARACTERS, MAX_AFTER_CHARACTERS = 90, 130


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of an answer: `idea` is the span of the idea, `before` and `after` its context."""

    before: str
    idea: str
    after: str
    is_askers: bool = False


@dataclass(frozen=True, slots=True)
class Opposite:
    """How many people of a theme say the opposite of the others, and quotes of theirs, the clearest first."""

    people: int
    quotes: list[Quote]


def opposites(run: Run) -> dict[int, Opposite]:
    """Return by theme id what is said against each theme of a run; nothing of themes of one opinion."""
    ranked = (
        select(
            Placement.theme_id,
            Idea.answer_id,
            Idea.starts,
            Idea.ends,
            func.row_number()
            .over(partition_by=Placement.theme_id, order_by=(Placement.strength.desc(), Idea.answer_id, Idea.starts))
            .label("place"),
        )
        .join(Idea, Idea.id == Placement.idea_id)
        .where(Placement.against, Idea.run_id + 0 == run.id)  # + 0: SQLite would read the ideas of the whole run
        .subquery()
    )
    people = people_against(run)
    rows = db.session.execute(
        select(ranked.c.theme_id, Answer.id, Answer.text, ranked.c.starts, ranked.c.ends, Answer.is_askers)
        .join(Answer, Answer.id == ranked.c.answer_id)
        .where(ranked.c.place <= 2 * MAX_OPPOSITE_QUOTES)
        .order_by(ranked.c.theme_id, ranked.c.place)
    )
    quotes: dict[int, dict[int, Quote]] = {}
    for theme_id, answer_id, text, starts, ends, is_askers in rows:
        own = quotes.setdefault(theme_id, {})
        if len(own) < MAX_OPPOSITE_QUOTES:
            own.setdefault(answer_id, quote(text, starts, ends, is_askers=is_askers))
    return {theme_id: Opposite(people[theme_id], list(own.values())) for theme_id, own in quotes.items()}


def people_against(run: Run, home: InstrumentedAttribute[Any] = Placement.theme_id) -> dict[int, int]:
    """Return by theme id how many people of each theme of a run say the opposite of the others; of none, no entry.

    With `Placement.part_id` as ``home`` it is by the id of a sub-theme.
    """
    counted = (
        select(home, func.count(Idea.answer_id.distinct()))
        .join(Idea, Idea.id == Placement.idea_id)
        .where(Placement.against, Idea.run_id + 0 == run.id, home.is_not(None))  # + 0: as in opposites
        .group_by(home)
    )
    return dict(db.session.execute(counted).all())


def theme_quotes(run: Run) -> dict[int, list[Quote]]:
    """Return the quotes of each theme of a run by theme id, best first.

    What is just the name of the theme comes last, whatever name it got since the run.
    """
    rows = db.session.execute(
        select(Placement.theme_id, Theme.name, Answer.text, Idea.starts, Idea.ends, Answer.is_askers)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .join(ThemeResult, (ThemeResult.theme_id == Placement.theme_id) & (ThemeResult.run_id == Idea.run_id))
        .join(Theme, Theme.id == Placement.theme_id)
        .where(ThemeResult.run_id == run.id, Placement.quote.is_not(None), Placement.quote < MAX_QUOTES)
        .order_by(Placement.theme_id, Placement.quote)
    )
    quotes: dict[int, list[Quote]] = {}
    for theme_id, _, text, starts, ends, is_askers in sorted(rows, key=_is_name):
        quotes.setdefault(theme_id, []).append(quote(text, starts, ends, is_askers=is_askers))
    return quotes


def _is_name(row: Row[int, str, str, int, int, bool]) -> bool:
    _, name, text, starts, ends, _ = row
    return fold(text[starts:ends]) == fold(name)


def kind_labels(survey: Survey) -> dict[str, str]:
    """Return the labels of the respondent kinds of a survey by key."""
    return {kind.key: kind.label for kind in respondent_kinds.by_key(survey).values()}


def unplaced_quotes(survey: Survey, run: Run, themes: ResultThemes) -> list[Quote]:
    """Return the answers that are in no visible theme, whole, in the order they were received."""
    rows = db.session.execute(
        select(Answer.text, Answer.is_askers)
        .where(Answer.survey_id == survey.id, in_no_visible_theme(run, themes))
        .order_by(Answer.received_at, Answer.id)
        .limit(MAX_UNPLACED_QUOTES)
    )
    return [quote(text, 0, len(text), is_askers=is_askers) for text, is_askers in rows]


def quote(text: str, starts: int, ends: int, *, is_askers: bool = False) -> Quote:
    """Quote a span of an answer in its context: the whole answer if it is short, else an excerpt.

    Personal data is masked, in the context too.
    """
    text, [(starts, ends)] = mask_with_spans(text, [(starts, ends)])
    before, idea, after = text[:starts], text[starts:ends], text[ends:]
    if len(text) > MAX_WHOLE_CHARACTERS:
        before = _last_words(before, MAX_BEFORE_CHARACTERS)
        after = _first_words(after, MAX_AFTER_CHARACTERS)
        idea = _first_words(idea, MAX_WHOLE_CHARACTERS)
    return Quote(before, idea, after, is_askers)


def _last_words(text: str, max_characters: int) -> str:
    if len(text) <= max_characters:
        return text
    cut = text[-max_characters:]
    return "… " + cut.partition(" ")[2] if " " in cut else "…" + cut


def _first_words(text: str, max_characters: int) -> str:
    if len(text) <= max_characters:
        return text
    cut = text[:max_characters]
    return cut.rpartition(" ")[0] + " …" if " " in cut else cut + "…"


def unsay(session: Session, theme_ids: Collection[int], answer_ids: Collection[int]) -> None:
    """Take what some answers say out of the descriptions that runs wrote of some themes.

    Call it in the write transaction in which ideas of these answers leave these themes. The next run describes them
    anew (survey.findings.stale_theme_names).
    """
    themes = session.scalars(select(Theme).where(Theme.id.in_(theme_ids)).order_by(Theme.id)).all()
    quoting = {theme: said for theme in themes if (said := said_in(theme.description))}
    if not quoting:
        return
    texts = [
        tidy(text)
        for batch in batches(sorted(answer_ids), BATCH_ANSWERS)
        for text in session.scalars(select(Answer.text).where(Answer.id.in_(batch)))
    ]
    for theme, said in quoting.items():
        left = [saying for saying in said if not any(saying in text for text in texts)]
        if left != said:
            theme.description = describe_discovered(left)
