"""What people said, as it is quoted: exact words, personal data masked, kinds only where enough people named them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import String, exists, literal, select, union_all

from survey import kinds
from survey.database import db
from survey.marking import masked_with
from survey.models import Answer, Idea, Placement, Run, Survey, ThemeResult

GROUP_LEAST = 5
"""Kinds that fewer people named are not shown."""
QUOTES_MOST = 3
UNPLACED_MOST = 60
WHOLE_MOST = 280
BEFORE_MOST, AFTER_MOST = 90, 130


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of an answer: `idea` is the span that makes the point, the rest its surroundings."""

    before: str
    idea: str
    after: str
    kind_label: str | None = None
    is_askers: bool = False


def theme_quotes(survey: Survey, run: Run) -> dict[int, list[Quote]]:
    """The quotes of each theme of a run, by the theme's id, best first."""
    shown = shown_kinds(survey)
    rows = db.session.execute(
        select(Placement.theme_id, Answer.text, Idea.starts, Idea.ends, Answer.kind, Answer.is_askers)
        .join(Idea, Idea.id == Placement.idea_id)
        .join(Answer, Answer.id == Idea.answer_id)
        .join(ThemeResult, (ThemeResult.theme_id == Placement.theme_id) & (ThemeResult.run_id == Idea.run_id))
        .where(ThemeResult.run_id == run.id, Placement.quote.is_not(None), Placement.quote < QUOTES_MOST)
        .order_by(Placement.theme_id, Placement.quote)
    )
    quotes: dict[int, list[Quote]] = {}
    for theme_id, text, starts, ends, kind, is_askers in rows:
        quotes.setdefault(theme_id, []).append(quote(text, starts, ends, shown.get(kind), is_askers=is_askers))
    return quotes


def kind_labels(survey: Survey) -> dict[str, str]:
    """What the kinds of a survey are called, by their keys."""
    return {kind.key: kind.label for kind in kinds.known(survey).values()}


def shown_kinds(survey: Survey) -> dict[str | None, str]:
    """The kinds that enough people named to be shown beside a quote, by key, each as it is written there."""
    known = kinds.known(survey)
    enough = [  # not a count of all, which would take the longer the more there are
        select(literal(key, String).label("kind")).where(
            exists(
                select(Answer.id)
                .where(Answer.survey_id == survey.id, Answer.kind == key, Answer.status == "shown")
                .offset(GROUP_LEAST - 1)
                .limit(1)
            )
        )
        for key in known
    ]
    return {kind: known[kind].beside for kind in db.session.scalars(union_all(*enough))}


def unplaced_quotes(survey: Survey, run: Run) -> list[Quote]:
    """Answers none of whose ideas is in a theme, whole, in the order they came."""
    placed = exists().where(Idea.run_id == run.id, Idea.answer_id == Answer.id, Idea.status != "unplaced")
    seen = exists().where(Idea.run_id == run.id, Idea.answer_id == Answer.id)
    rows = db.session.execute(
        select(Answer.text, Answer.is_askers)
        .where(Answer.survey_id == survey.id, seen, ~placed)
        .order_by(Answer.received_at, Answer.id)
        .limit(UNPLACED_MOST)
    )
    return [quote(text, 0, len(text), None, is_askers=is_askers) for text, is_askers in rows]


def quote(text: str, starts: int, ends: int, kind_label: str | None, *, is_askers: bool = False) -> Quote:
    """A span of an answer with its surroundings: the whole answer where it is short, else a part of it.

    Personal data is masked, in the surroundings too.
    """
    text, [(starts, ends)] = masked_with(text, [(starts, ends)])
    before, idea, after = text[:starts], text[starts:ends], text[ends:]
    if len(text) > WHOLE_MOST:
        before = _last_words(before, BEFORE_MOST)
        after = _first_words(after, AFTER_MOST)
        idea = _first_words(idea, WHOLE_MOST)
    return Quote(before, idea, after, kind_label, is_askers)


def _last_words(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[-most:]
    return "… " + cut.partition(" ")[2] if " " in cut else "…" + cut


def _first_words(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    cut = text[:most]
    return cut.rpartition(" ")[0] + " …" if " " in cut else cut + "…"
