"""A survey as a REFI-QDA codebook and project: its themes as codes, its answers as texts, its ideas as exact spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select

from analysis.refi_qda.known_themes import PALETTE
from analysis.refi_qda.model import ORIGIN, Code, Project, Selection, Source, User, make_guid
from survey.coded_files.codings import BATCH_ROWS
from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.models import Answer, Idea, Placement, Survey, Theme, ThemeResult
from survey.edits.change_log import decided_by_hand
from survey.edits.models import IdeaChange
from survey.runs.lookups import shown_run

KIND, SOURCE_OF, TIME = "Kind", "Source", "Received at (UTC)"


@dataclass(frozen=True, slots=True)
class ProjectChoices:
    """What the owner lets into a project besides texts and codes."""

    kinds: bool = True
    times: bool = True
    uncoded: bool = True
    """Answers in which nothing is coded"""


def codes(survey: Survey) -> list[Code]:
    """Return the themes as codes as they stand, hidden ones too: most people first, sub-themes below their theme."""
    run = shown_run(survey)
    if run is None:
        return []
    rows = db.session.execute(
        select(Theme, ThemeResult.parent_id)
        .join(ThemeResult, ThemeResult.theme_id == Theme.id)
        .where(ThemeResult.run_id == run.id)
        .order_by(Theme.pinned.desc(), Theme.position.is_(None), Theme.position, ThemeResult.people.desc(), Theme.id)
    ).all()
    parts: dict[int, list[Theme]] = {}
    for theme, parent_id in rows:
        if parent_id is not None:
            parts.setdefault(parent_id, []).append(theme)
    return [
        _code(theme, tuple(_code(part, (), theme.colour) for part in parts.get(theme.id, ())))
        for theme, parent_id in rows
        if parent_id is None
    ]


def project(survey: Survey, choices: ProjectChoices) -> Project:
    """Return a survey as a project. Its texts are read from the database as they are written."""
    machine = User(make_guid("user", "machine"), f"{ORIGIN} (machine)")
    owner = User(make_guid("user", "owner"), survey.asker or "Owner")
    variables = [*([KIND, SOURCE_OF] if choices.kinds else []), *([TIME] if choices.times else [])]
    run = shown_run(survey)
    return Project(
        survey.question,
        codes(survey),
        _sources(survey, choices, machine, owner),
        (machine, owner),
        variables,
        run.finished_at if run is not None else survey.created_at,
    )


def _sources(survey: Survey, choices: ProjectChoices, machine: User, owner: User) -> Iterator[Source]:
    """Yield the shown answers with what is coded in them, by time received."""
    kinds = {key: kind.export_label for key, kind in respondent_kinds.by_key(survey).items()}
    guids = dict(db.session.execute(select(Theme.id, Theme.public_id).where(Theme.survey_id == survey.id)).all())
    by_hand = _by_hand(survey)
    rows = db.session.execute(
        select(
            Answer.id,
            Answer.public_id,
            Answer.text,
            Answer.kind,
            Answer.source,
            Answer.received_at,
            Idea.starts,
            Idea.ends,
            Placement.theme_id,
            Placement.part_id,
        )
        .outerjoin(Idea, (Idea.answer_id == Answer.id) & (Idea.run_id == survey.current_run_id))
        .outerjoin(Placement, Placement.idea_id == Idea.id)
        .where(Answer.survey_id == survey.id, Answer.status == "shown")
        .order_by(Answer.received_at, Answer.id, Idea.starts, Placement.strength.desc(), Placement.theme_id)
        .execution_options(yield_per=BATCH_ROWS)
    )
    for answer_id, group in groupby(rows, key=itemgetter(0)):
        found = list(group)
        _, public_id, text, kind, source, received_at, *_ = found[0]
        parts: dict[tuple[int, int], list[str]] = {}
        for *_, starts, ends, theme_id, part_id in found:
            if theme_id is not None:
                home = part_id if part_id is not None else theme_id
                parts.setdefault((starts, ends), []).append(_guid(guids[home]))
        if not parts and not choices.uncoded:
            continue
        selections = [
            Selection(*span, tuple(own), (owner if (answer_id, *span) in by_hand else machine).guid, None)
            for span, own in parts.items()
        ]
        values = {KIND: kinds.get(kind or "", kind or ""), SOURCE_OF: source or ""} if choices.kinds else {}
        if choices.times:
            values[TIME] = f"{received_at:%Y-%m-%dT%H:%M:%SZ}"
        created = received_at if choices.times else None
        yield Source(make_guid("answer", public_id), public_id, text, tuple(selections), created=created, values=values)


def _by_hand(survey: Survey) -> set[tuple[int, int, int]]:
    """Return the ideas that the owner decided about: their answers and spans."""
    rows = db.session.execute(
        select(IdeaChange.answer_id, IdeaChange.starts, IdeaChange.ends)
        .join(Answer, Answer.id == IdeaChange.answer_id)
        .where(Answer.survey_id == survey.id, decided_by_hand())
    )
    return {(answer_id, starts, ends) for answer_id, starts, ends in rows}


def _code(theme: Theme, below: tuple[Code, ...], colour: int | None = None) -> Code:
    return Code(_guid(theme.public_id), theme.name, theme.description, _colour(colour or theme.colour), children=below)


def _guid(public_id: str) -> str:
    return make_guid("theme", public_id)


def _colour(number: int) -> str:
    return PALETTE[(number - 1) % len(PALETTE)]
