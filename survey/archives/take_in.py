"""Take an archive that was checked into this site: hidden until all of it is here, all or nothing.

SQLite has one writer, so that it is written in pieces of less than a second: who answers meanwhile waits no longer.
"""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.answers import erasure, retention
from survey.answers import lifecycle as answers
from survey.archives.check_rows import PUBLIC_IDS, ROWS
from survey.archives.owner_parts import PARTS
from survey.archives.part import Part
from survey.archives.parts import ANSWERS, SURVEY
from survey.archives.shapes import Ids
from survey.core.database import DATABASE_UNAVAILABLE, batches, db, now, write_batch, write_transaction
from survey.core.models import ARRIVING, Answer, Deletion, Survey, public_id
from survey.manage.own_answer_routes import FORM_KEY
from survey.manage.surveys import SlugTaken
from survey.runs import lifecycle as runs

BATCH_ROWS = 1000
PIECE_SECONDS = 0.4
"""How long a piece may hold the write lock before no more is added to it"""
WAIT_SECONDS, POLL_SECONDS = 20.0, 0.2
"""How long to wait for another survey that arrives"""
IDS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A survey that was taken in: how many answers it has, and how many were deleted here before or are too old."""

    slug: str
    answers: int
    deleted: int
    too_old: int


class Interrupted(Exception):
    """Another survey is being taken in, or this one was given up because nothing more of it came for long."""


def take_in(folder: Path, owner_id: int | None, slug: str, *, as_it_was: bool = False) -> TakenIn:
    """Take the checked archive in a folder into this site, at an address, and request a run.

    It comes closed and private, or open and public as it was. Nobody sees any of it before all of it is here; a failure
    leaves nothing, and what a killed program leaves is deleted by the worker. Raises SlugTaken and Interrupted.
    """
    arrival = _begin(folder, owner_id, slug)
    try:
        taken, run_id = _take_rest(folder, arrival, slug, as_it_was=as_it_was)
    except BaseException:
        with suppress(*DATABASE_UNAVAILABLE):  # the worker does it later
            erasure.discard_arrival(arrival.survey_id)
        raise
    runs.enqueue(run_id)
    return taken


@dataclass(slots=True)
class _Arrival:
    """A survey of which not all is here: when the last of it came, and what it has once all is."""

    survey_id: int
    at: datetime
    settings: dict[str, Any]
    shown_run: int | None

    @contextmanager
    def piece(self) -> Iterator[Session]:
        """Open a write transaction for some more of it. Raises Interrupted where it was given up meanwhile."""
        with write_batch() as session:
            at = now()
            own = (Survey.id == self.survey_id, Survey.slug == ARRIVING, Survey.closes_at == self.at)
            found = session.execute(update(Survey).where(*own).values(closes_at=at).returning(Survey.id)).all()
            if not found:
                raise Interrupted
            yield session
        self.at = at

    def in_pieces(self, steps: Iterable[Callable[[Session], None]]) -> None:
        """Do steps in transactions of PIECE_SECONDS."""
        remaining = iter(steps)
        step = next(remaining, None)
        while step is not None:
            with self.piece() as session:
                until = time.monotonic() + PIECE_SECONDS
                while step is not None:
                    step(session)
                    step = next(remaining, None)
                    if time.monotonic() >= until:
                        break


def _begin(folder: Path, owner_id: int | None, slug: str) -> _Arrival:
    """Add the survey, hidden, after another one that arrives if any. Raises SlugTaken and Interrupted."""
    (values,) = _values(folder, SURVEY)
    raw = dict(zip(SURVEY.columns, values, strict=True))
    row = _placed_row(SURVEY, raw | {"current_run_id": None}, Ids({}, {})) | {"owner_id": owner_id}
    arrival: _Arrival | None = None
    other: int | None = None
    until = time.monotonic() + WAIT_SECONDS
    while True:
        with suppress(IntegrityError), write_transaction() as session:  # of the slug: another one began just now
            _refuse_taken(session, slug)
            other = session.scalar(select(Survey.id).where(Survey.slug == ARRIVING))
            if other is None:
                survey_id = _allocate(session, SURVEY, 1, created_at=row["created_at"])[0]
                hidden: dict[str, Any] = {"is_open": False, "published_at": None, "closes_at": now()}
                session.execute(insert(SURVEY.table), [row | hidden | {"id": survey_id, "slug": ARRIVING}])
                arrival = _Arrival(
                    survey_id, hidden["closes_at"], {name: row[name] for name in hidden}, raw["current_run_id"]
                )
        if arrival is not None:
            return arrival
        if other is not None:
            erasure.give_up_arrival(other, now() - erasure.ARRIVAL_PATIENCE)
        if time.monotonic() > until:
            raise Interrupted
        time.sleep(POLL_SECONDS)


def _refuse_taken(session: Session, slug: str) -> None:
    if session.scalar(select(Survey.id).where(Survey.slug == slug)) is not None:
        raise SlugTaken


def _take_rest(folder: Path, arrival: _Arrival, slug: str, *, as_it_was: bool) -> tuple[TakenIn, int | None]:
    """Add all else, and show it; return the id of the run that is requested."""
    survey_id = arrival.survey_id
    public = {part.name: _lines(folder / (part.name + PUBLIC_IDS)) for part in PARTS if part.is_named}
    renamed = {part.name: _renamed(db.session, part, public[part.name]) for part in PARTS if part.is_named}
    ids = Ids({part.name: array("q") for part in PARTS}, renamed)
    arrival.in_pieces(_inserts(folder, ids, survey_id))
    shown = None if arrival.shown_run is None else ids.of["runs"][arrival.shown_run]
    with arrival.piece() as session:  # before answers are deleted, so that what was counted of them is
        session.execute(update(Survey).where(Survey.id == survey_id).values(current_run_id=shown))
    deleted = _deleted_before(db.session, ids.of["answers"], public["answers"])
    arrival.in_pieces(_erasures(survey_id, deleted))
    too_old = _too_old(db.session, survey_id)
    arrival.in_pieces(_erasures(survey_id, too_old))
    hidden = {} if as_it_was else {"is_open": False, "published_at": None}
    with arrival.piece() as session:
        _refuse_taken(session, slug)
        session.execute(update(Survey).where(Survey.id == survey_id).values(arrival.settings | hidden | {"slug": slug}))
        answers_here = session.scalar(select(func.count()).where(Answer.survey_id == survey_id)) or 0
        run_id = runs.request_run(session, survey_id, "owner") if answers_here else None
    return TakenIn(slug, answers_here, len(deleted), len(too_old)), run_id


def _inserts(folder: Path, ids: Ids, survey_id: int) -> Iterator[Callable[[Session], None]]:
    """Yield steps that insert the rows of all parts but the survey; each notes the ids that later ones refer to."""
    asker = iter([FORM_KEY])

    def insert_rows(part: Part, rows: list[dict[str, Any]], session: Session) -> None:
        _finish(part, rows, survey_id)
        if part is ANSWERS:
            _make_keys(session, rows, asker)
        if part.is_numbered:
            numbers = _allocate(session, part, len(rows))
            for row, row_id in zip(rows, numbers, strict=True):
                row["id"] = row_id
            ids.of[part.name].extend(numbers)
        session.execute(insert(part.table), rows)

    for part in PARTS:
        if part is not SURVEY:
            for rows in _placed(folder, part, ids):
                yield partial(insert_rows, part, rows)


def counts(folder: Path) -> dict[str, int]:
    """Return how many rows of each part were checked."""
    found = {}
    for part in PARTS:
        with (folder / (part.name + ROWS)).open("rb") as file:
            found[part.name] = sum(1 for _ in file)
    return found


def settings(folder: Path) -> dict[str, Any]:
    """Return the settings of the survey that was checked, by column; times as texts."""
    (row,) = _values(folder, SURVEY)
    return dict(zip(SURVEY.columns, row, strict=True))


def _allocate(session: Session, part: Part, count: int, *, created_at: datetime | None = None) -> Sequence[int]:
    """Return new ids for so many rows of a part; a survey of ``created_at`` gets none that a deleted one had."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(part.table.name, "id")
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
        return sorted(session.scalars(numbers).all())
    # Nobody else writes until this transaction ends.
    first = (session.scalar(select(func.max(part.table.columns["id"]))) or 0) + 1
    while created_at is not None and _is_deleted(session, first, created_at):
        first += 1  # a backup that is restored would delete it as the survey that had this number
    return range(first, first + count)


def _is_deleted(session: Session, survey_id: int, created_at: datetime) -> bool:
    survey = Survey(id=survey_id, created_at=created_at)
    return session.get(Deletion, survey.deletion_id) is not None


def _renamed(session: Session, part: Part, public_ids: Sequence[str]) -> dict[str, str]:
    """Return new public ids for those that another row of this site has: the survey was here before, or is still."""
    column = part.table.columns["public_id"]
    taken: dict[str, str] = {}
    for batch in batches(public_ids, IDS_PER_QUERY):
        taken |= {name: public_id() for name in session.scalars(select(column).where(column.in_(batch)))}
    return taken


def _placed(folder: Path, part: Part, ids: Ids) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a part in batches, as the database has them."""
    renamed = ids.renamed.get(part.name, {})
    for batch in batches(_values(folder, part), BATCH_ROWS):
        rows = [_placed_row(part, dict(zip(part.columns, values, strict=True)), ids) for values in batch]
        for row in rows if renamed else ():
            row["public_id"] = renamed.get(row["public_id"], row["public_id"])
        yield rows


def _placed_row(part: Part, row: dict[str, Any], ids: Ids) -> dict[str, Any]:
    shapes = ((name, column.shape) for name, column in part.columns.items() if not column.shape.is_plain)
    return row | {name: shape.place(row[name], ids) for name, shape in shapes if row[name] is not None}


def _finish(part: Part, rows: list[dict[str, Any]], survey_id: int) -> None:
    """Add to rows what they have on any site."""
    if "survey_id" in part.table.columns:
        for row in rows:
            row["survey_id"] = survey_id
    if part.fixed:
        for row in rows:
            row |= part.fixed


def _make_keys(session: Session, rows: list[dict[str, Any]], asker: Iterator[str]) -> None:
    """Give answers form keys, the owner's own that of the owner, and keep the secret links that lead to no other."""
    taken = _taken(session, [row["secret_hash"] for row in rows if row["secret_hash"] is not None])
    for row in rows:
        row["form_key"] = next(asker, None) if row["is_askers"] else None
        if row["form_key"] is None:
            row["form_key"] = answers.new_form_key()
        if row["secret_hash"] in taken:
            row["secret_hash"] = None


def _taken(session: Session, hashes: Sequence[str]) -> Collection[str]:
    taken: set[str] = set()
    for batch in batches(hashes, IDS_PER_QUERY):
        taken |= set(session.scalars(select(Answer.secret_hash).where(Answer.secret_hash.in_(batch))))
    return taken


def _deleted_before(session: Session, ids: Sequence[int], public_ids: Sequence[str]) -> Sequence[int]:
    """Return the ids of the answers that were deleted on this site before."""
    numbers = dict(zip(public_ids, ids, strict=True))
    found = (
        session.scalars(select(Deletion.answer_public_id).where(Deletion.answer_public_id.in_(batch)))
        for batch in batches(public_ids, IDS_PER_QUERY)
    )
    return sorted(numbers[name] for names in found for name in names)


def _too_old(session: Session, survey_id: int) -> Sequence[int]:
    """Return the ids of the answers that are older than this site keeps them."""
    before = retention.limit()
    if before is None:
        return ()
    return session.scalars(select(Answer.id).where(Answer.survey_id == survey_id, Answer.received_at < before)).all()


def _erasures(survey_id: int, ids: Sequence[int]) -> Iterator[Callable[[Session], None]]:
    """Yield steps that delete answers."""
    for batch in batches(ids, erasure.ANSWERS_PER_BATCH):
        yield partial(erasure.erase, survey_id=survey_id, answer_ids=batch)


def _values(folder: Path, part: Part) -> Iterator[list[Any]]:
    with (folder / (part.name + ROWS)).open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").split()
