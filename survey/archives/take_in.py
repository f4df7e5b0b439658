"""Take an archive that was checked into this site: one transaction, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from survey.answers import erasure, retention
from survey.answers import lifecycle as answers
from survey.archives.check_rows import PUBLIC_IDS, ROWS
from survey.archives.owner_parts import PARTS
from survey.archives.part import Part
from survey.archives.parts import ANSWERS, SURVEY
from survey.archives.shapes import Ids
from survey.core.database import batches, write_transaction
from survey.core.models import Answer, Deletion, Survey, public_id
from survey.manage.own_answer_routes import FORM_KEY
from survey.manage.surveys import SlugTaken
from survey.runs import lifecycle as runs

BATCH_ROWS = 5000
IDS_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A survey that was taken in: how many answers it has, and how many were deleted here before or are too old."""

    slug: str
    answers: int
    deleted: int
    too_old: int


def take_in(folder: Path, owner_id: int | None, slug: str, *, as_it_was: bool = False) -> TakenIn:
    """Take the checked archive in a folder into this site, at an address, and request a run.

    It comes closed and private, or open and public as it was. Raises SlugTaken.
    """
    with write_transaction() as session:
        if session.scalar(select(Survey.id).where(Survey.slug == slug)) is not None:
            raise SlugTaken
        named = [part for part in PARTS if part.is_named]
        public = {part.name: _lines(folder / (part.name + PUBLIC_IDS)) for part in named}
        renamed = {part.name: _renamed(session, part, public[part.name]) for part in named}
        ids = Ids(_allocate(session, folder), renamed)
        (survey_id,) = ids.of["survey"]
        own = {"owner_id": owner_id, "slug": slug} | ({} if as_it_was else {"is_open": False, "published_at": None})
        asker = iter([FORM_KEY])
        for part in PARTS:
            for first, rows in _placed(folder, part, ids):
                _finish(part, rows, survey_id)
                if part is SURVEY:
                    rows[0] |= own
                elif part is ANSWERS:
                    _make_keys(session, rows, asker)
                if part.is_numbered:
                    for row, row_id in zip(rows, ids.of[part.name][first : first + len(rows)], strict=True):
                        row["id"] = row_id
                session.execute(insert(part.table), rows)
        deleted = _erase_deleted(session, survey_id, ids.of["answers"], public["answers"])
        too_old = _erase_old(session, survey_id)
        kept = session.scalar(select(func.count()).where(Answer.survey_id == survey_id)) or 0
        run_id = runs.request_run(session, survey_id, "owner") if kept else None
    runs.enqueue(run_id)
    return TakenIn(slug, kept, deleted, too_old)


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


def _allocate(session: Session, folder: Path) -> dict[str, Sequence[int]]:
    """Return new ids for the rows of each part that has ids, in the order of the rows."""
    found: dict[str, Sequence[int]] = {}
    for name, count in counts(folder).items():
        part = next(part for part in PARTS if part.name == name)
        if not part.is_numbered:
            continue
        column = part.table.columns["id"]
        if session.get_bind().dialect.name == "postgresql":
            sequence = func.pg_get_serial_sequence(part.table.name, "id")
            numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count))
            found[name] = sorted(session.scalars(numbers).all())
        else:  # nobody else writes until this transaction ends
            first = (session.scalar(select(func.max(column))) or 0) + 1
            while part is SURVEY and _is_deleted(session, first, settings(folder)["created_at"]):
                first += 1  # a backup that is restored would delete it as the survey that had this number
            found[name] = range(first, first + count)
    return found


def _is_deleted(session: Session, survey_id: int, created_at: str) -> bool:
    survey = Survey(id=survey_id, created_at=datetime.fromisoformat(created_at))
    return session.get(Deletion, survey.deletion_id) is not None


def _renamed(session: Session, part: Part, public_ids: Sequence[str]) -> dict[str, str]:
    """Return new public ids for those that another row of this site has: the survey was here before, or is still."""
    column = part.table.columns["public_id"]
    taken: dict[str, str] = {}
    for batch in batches(public_ids, IDS_PER_QUERY):
        taken |= {name: public_id() for name in session.scalars(select(column).where(column.in_(batch)))}
    return taken


def _placed(folder: Path, part: Part, ids: Ids) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield the rows of a part in batches, with the number of the first, as the database has them."""
    columns = [(name, None if column.shape.is_plain else column.shape) for name, column in part.columns.items()]
    renamed = ids.renamed.get(part.name, {})
    first = 0
    for batch in batches(_values(folder, part), BATCH_ROWS):
        rows = [
            {
                name: value if shape is None or value is None else shape.place(value, ids)
                for (name, shape), value in zip(columns, values, strict=True)
            }
            for values in batch
        ]
        for row in rows if renamed else ():
            row["public_id"] = renamed.get(row["public_id"], row["public_id"])
        yield first, rows
        first += len(rows)


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


def _erase_deleted(session: Session, survey_id: int, ids: Sequence[int], public_ids: Sequence[str]) -> int:
    """Delete the answers that were deleted on this site before; return how many."""
    numbers = dict(zip(public_ids, ids, strict=True))
    gone: list[int] = []
    for batch in batches(public_ids, IDS_PER_QUERY):
        found = select(Deletion.answer_public_id).where(Deletion.answer_public_id.in_(batch))
        gone += [numbers[name] for name in session.scalars(found)]
    for some in batches(sorted(gone), erasure.ANSWERS_PER_BATCH):
        erasure.erase(session, survey_id, some)
    return len(gone)


def _erase_old(session: Session, survey_id: int) -> int:
    """Delete the answers that are older than this site keeps them; return how many."""
    before = retention.limit()
    if before is None:
        return 0
    old = session.scalars(select(Answer.id).where(Answer.survey_id == survey_id, Answer.received_at < before)).all()
    for batch in batches(old, erasure.ANSWERS_PER_BATCH):
        erasure.erase(session, survey_id, batch)
    return len(old)


def _values(folder: Path, part: Part) -> Iterator[list[Any]]:
    with (folder / (part.name + ROWS)).open(encoding="ascii") as file:
        for line in file:
            yield json.loads(line)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").split()
