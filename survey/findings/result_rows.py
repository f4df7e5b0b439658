"""The database rows of ideas, placements and themes, as a run and the placing of new answers write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.new_answers import PlacedAnswers
from analysis.results import Analysis
from survey.core.models import Answer, Idea, Placement, Theme
from survey.runs.lookups import free_colour, shown_colours, themes_by_key

IdeaRow = tuple[dict[str, Any], list[dict[str, Any]]]
"""An idea's row and the rows of its placements, which lack the idea's id."""


class NamedTheme(Protocol):
    """The attributes of a theme that its row needs."""

    @property
    def key(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class NewTheme:
    """A theme that the result does not have: of the codebook, or proposed."""

    key: str
    name: str
    description: str
    origin: str = "codebook"


def insert_missing_themes(
    session: Session, survey_id: int, themes: Iterable[NamedTheme], parent_key: str | None = None
) -> dict[str, int]:
    """Insert the themes that the survey does not have yet; return the ids of all its themes by key.

    A new theme gets the colour that the fewest have of the themes there and those that are shown, which is not that of
    the one before it. Sub-themes, for which `parent_key` is given, get the colour of their theme.
    """
    known = themes_by_key(session, survey_id)
    themes = list(themes)
    there = {theme.key for theme in themes} & known.keys()
    taken = [known[key].colour for key in there] + [colour for _, colour in shown_colours(session, survey_id)]
    before: list[int] = []
    for theme in themes:
        if theme.key in known:
            before = [known[theme.key].colour]
            continue
        colour = free_colour(taken, before) if parent_key is None else known[parent_key].colour
        taken.append(colour)
        before = [colour]
        known[theme.key] = Theme(
            survey_id=survey_id,
            key=theme.key,
            origin=theme.origin,
            name=theme.name,
            description=theme.description,
            colour=colour,
        )
        session.add(known[theme.key])
    session.flush()
    return {key: theme.id for key, theme in known.items()}


def idea_rows(
    run_id: int,
    answer_ids: Sequence[int],
    found: Analysis | PlacedAnswers,
    theme_ids: Mapping[str, int],
    quote_ranks: Mapping[tuple[int, str], int],
) -> Iterator[IdeaRow]:
    """Return the rows of each idea; an answer without any point has one row of status "nonanswer".

    `answer_ids` are in the order of the analysed texts, `quote_ranks` by idea number and theme key.
    """
    places, nearest = (found.idea_map.places, found.nearest) if isinstance(found, Analysis) else ({}, {})
    placements: dict[int, list[dict[str, Any]]] = {}
    for placement in found.placements:
        placements.setdefault(placement.idea, []).append(
            {
                "theme_id": theme_ids[placement.theme],
                "strength": float(placement.strength),
                "quote": quote_ranks.get((placement.idea, placement.theme)),
                "part_id": theme_ids[placement.part] if placement.part else None,
                "against": placement.against,
            }
        )
    for number, idea in enumerate(found.ideas):
        status = "placed" if number in placements else "unplaced"
        row: dict[str, Any] = {"run_id": run_id, "answer_id": answer_ids[idea.answer]}
        row |= {"starts": idea.start, "ends": idea.end}
        x, y = places.get(number, (None, None))
        theme, nearness = nearest.get(number, (None, None))
        suggested = theme_ids[theme] if theme else None
        row |= {"status": status, "x": x, "y": y, "suggested_id": suggested, "nearness": nearness}
        yield row, placements.get(number, [])
    for answer in found.nonanswers:
        row = {"run_id": run_id, "answer_id": answer_ids[answer], "starts": 0, "ends": 0}
        yield row | {"status": "nonanswer", "x": None, "y": None, "suggested_id": None, "nearness": None}, []


def insert_ideas(session: Session, rows: Sequence[IdeaRow]) -> None:
    """Insert ideas with their placements, except those of answers that were deleted, held or hidden meanwhile."""
    wanted = {row["answer_id"] for row, _ in rows}
    own = select(Answer.id).where(Answer.id.in_(wanted), Answer.status == "shown").order_by(Answer.id)
    shown = set(session.scalars(own.with_for_update(read=True, key_share=True)))  # locked against deletion until commit
    kept = [(row, placements) for row, placements in rows if row["answer_id"] in shown]
    if not kept:
        return
    ids = session.scalars(insert(Idea).returning(Idea.id, sort_by_parameter_order=True), [row for row, _ in kept])
    placed = [
        {**placement, "idea_id": idea_id}
        for idea_id, (_, placements) in zip(ids, kept, strict=True)
        for placement in placements
    ]
    if placed:
        session.execute(insert(Placement), placed)
