"""Answers as readers see them, with highlighted spans and the themes they are in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Run
from survey.results.highlighting import HighlightedText, Span, highlight, mask_with_spans
from survey.results.visible_themes import FoundTheme
from survey.runs.lookups import in_run

ANSWERS_PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class ThemeMark:
    """A theme that an answer is in, as a label."""

    public_id: str
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class ListedAnswer:
    """An answer in a list that readers see."""

    text: HighlightedText
    is_askers: bool
    themes: list[ThemeMark]
    is_opposite: bool = False
    """Whether all it says in the theme of the list is the opposite of what the others say there"""


def listed_answers(
    run: Run | None,
    visible: Mapping[int, FoundTheme],
    ids: Sequence[int],
    *,
    theme_id: int | None = None,
    part_id: int | None = None,
    find: Callable[[str], list[Span]] | None = None,
    marked: Mapping[int, Sequence[Span]] | None = None,
) -> list[ListedAnswer]:
    """Return answers in the order of `ids`, with spans highlighted: the ideas of a theme or sub-theme, `find(text)`, or
    those in `marked` by the id of the answer.

    `visible` are the visible themes by id; `find` is called with the masked text.
    """
    if not ids:
        return []
    answers = {answer.id: answer for answer in db.session.scalars(select(Answer).where(Answer.id.in_(ids)))}
    spans: dict[int, list[Span]] = {number: [*own] for number, own in (marked or {}).items()}
    themes: dict[int, dict[int, ThemeMark]] = {}
    opposite: dict[int, bool] = {}
    placed = select(Idea, Placement).join(Placement, Placement.idea_id == Idea.id)
    placed = placed.where(in_run(run.id if run else None), Idea.answer_id.in_(ids))
    for idea, placement in db.session.execute(
        placed.order_by(Idea.starts, Placement.strength.desc(), Placement.theme_id)
    ):
        theme = visible.get(placement.theme_id)
        if theme is None:
            continue
        mark = ThemeMark(theme.public_id, theme.name, theme.colour)
        themes.setdefault(idea.answer_id, {})[theme.id] = mark
        if theme.id == theme_id and part_id in (None, placement.part_id):
            spans.setdefault(idea.answer_id, []).append((idea.starts, idea.ends))
            opposite[idea.answer_id] = placement.against and opposite.get(idea.answer_id, True)
    return [
        ListedAnswer(
            text=_text(answer.text, spans.get(answer.id, []), find),
            is_askers=answer.is_askers,
            themes=list(themes.get(answer.id, {}).values()),
            is_opposite=opposite.get(answer.id, False),
        )
        for answer in (answers[number] for number in ids if number in answers)
    ]


def _text(text: str, spans: Sequence[Span], find: Callable[[str], list[Span]] | None) -> HighlightedText:
    shown, moved = mask_with_spans(text, spans)
    return highlight(shown, find(shown) if find else moved)
