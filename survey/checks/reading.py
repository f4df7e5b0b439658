"""Read the answers of a check one after another: what is saved, where a reader stands, when it is finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.text.normalise import seen_line
from survey.answers.check_models import Check, CheckedAnswer, CheckReader, Reading
from survey.checks.drawing import MIN_ANSWERS, CheckRefused
from survey.checks.theme_changes import check_themes
from survey.core.database import db, now, write_transaction
from survey.core.i18n import gettext
from survey.core.models import Answer
from survey.results.visible_themes import described
from survey.web import access

MAX_NAME_CHARACTERS = 60
MAX_NOTE_CHARACTERS = 1000
MAX_READERS = 6
OWNER_NAMES = frozenset(("you", "owner", "the owner", "machine", "the machine"))
"""Names that results use for others"""


class SaidMeanwhile(Exception):
    """What is kept of an answer was changed in another window since its page was made. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Place:
    """An answer of a check as one reader has it: "read", "skipped" (cannot tell) or "unread"."""

    number: int
    state: str


@dataclass(frozen=True, slots=True)
class OfferedTheme:
    """A theme to choose when reading. It says nothing of where the machine put the answer."""

    public_id: str
    name: str
    description: str
    colour: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class AnswerToRead:
    """One answer on the page of a reader, and what was said of it before."""

    place: int
    text: str
    themes: list[OfferedTheme]
    note: str
    said: str
    """ "themes", "none", "skipped", or "" where nothing was said yet"""
    seen: str
    """The state of what was said, which its form sends back"""


def find_reader(check: Check, reader_id: int) -> CheckReader | None:
    """Return the reader of a check with this id; None if there is none."""
    return db.session.scalar(select(CheckReader).where(CheckReader.check_id == check.id, CheckReader.id == reader_id))


def readers(check: Check) -> Sequence[CheckReader]:
    """Return the readers of a check, who began it first."""
    return db.session.scalars(
        select(CheckReader).where(CheckReader.check_id == check.id).order_by(CheckReader.id)
    ).all()


def add_reader(check: Check, name: str) -> CheckReader:
    """Let a second person read the same answers. Raises CheckRefused if the name is taken or none."""
    check_id, name = check.id, seen_line(name)
    if not any(map(str.isalnum, name)) or "\0" in name:
        raise CheckRefused(gettext("Write who is reading, so that the result can say whose it is."))
    if len(name) > MAX_NAME_CHARACTERS:
        raise CheckRefused(gettext("Keep the name to %(most)s characters.", most=MAX_NAME_CHARACTERS))
    if name.casefold() in OWNER_NAMES:
        raise CheckRefused(gettext("The result calls somebody else %(name)s. Write a name.", name=name))
    with write_transaction() as session:
        session.get_one(Check, check_id, with_for_update=True)
        taken = session.scalars(select(CheckReader).where(CheckReader.check_id == check_id)).all()
        if name.casefold() in {other.called.casefold() for other in taken}:
            raise CheckRefused(
                gettext("%(name)s reads this check already. Go on where it stopped, or write another name.", name=name)
            )
        if len(taken) >= MAX_READERS:
            raise CheckRefused(gettext("%(n)s people read this check already. Start another one.", n=MAX_READERS))
        who = access.actor()
        reader = CheckReader(check_id=check_id, name=name, owner_id=who.owner_id, owner_name=who.name)
        session.add(reader)
    return reader


def places(check: Check, reader: CheckReader) -> list[Place]:
    """Return the answers of a check that are still there and shown, in order, with what the reader did with each."""
    rows = db.session.execute(
        select(CheckedAnswer.place, Reading.reader_id, Reading.themes)
        .join(Answer, Answer.id == CheckedAnswer.answer_id)
        .outerjoin(Reading, (Reading.answer_id == CheckedAnswer.answer_id) & (Reading.reader_id == reader.id))
        .where(CheckedAnswer.check_id == check.id, Answer.status == "shown")
        .order_by(CheckedAnswer.place)
    )
    return [
        Place(number, "unread" if read_by is None else "skipped" if themes is None else "read")
        for number, read_by, themes in rows
    ]


def next_unread(found: Sequence[Place], after: int = 0) -> int | None:
    """Return the next place that is not read, first after this one and then from the start; None if all are."""
    unread = [place.number for place in found if place.state == "unread"]
    return next((number for number in unread if number > after), unread[0] if unread else None)


def answer_to_read(check: Check, reader: CheckReader, number: int) -> AnswerToRead | None:
    """Return the answer at a place for its reader; None if it is not there any more."""
    found = db.session.execute(
        select(Answer.text, Reading)
        .select_from(CheckedAnswer)
        .join(Answer, Answer.id == CheckedAnswer.answer_id)
        .outerjoin(Reading, (Reading.answer_id == CheckedAnswer.answer_id) & (Reading.reader_id == reader.id))
        .where(CheckedAnswer.check_id == check.id, CheckedAnswer.place == number, Answer.status == "shown")
    ).first()
    if found is None:
        return None
    text, reading = found
    return AnswerToRead(
        place=number,
        text=text,
        themes=offered_themes(check, reading.themes or () if reading else ()),
        note=reading.note if reading else "",
        said="" if reading is None else "skipped" if reading.themes is None else "themes" if reading.themes else "none",
        seen=_state(reading),
    )


def offered_themes(check: Check, chosen: Iterable[int]) -> list[OfferedTheme]:
    """Return the themes of a check by name: as they are called now, without those that were merged or hidden since."""
    found = check_themes(check)
    ticked = found.settle(chosen)
    return [
        OfferedTheme(theme.public_id, theme.name, described(theme.description), theme.colour, theme.id in ticked)
        for theme in found.by_name()
    ]


def save(
    check: Check, reader: CheckReader, number: int, themes: Sequence[str] | None, note: str, seen: str | None = None
) -> None:
    """Keep what a reader says of the answer at a place: public ids of themes, none, or None for "I can’t tell".

    What was said before is replaced, if it is still what `seen` is the state of. Raises SaidMeanwhile where it is not,
    CheckRefused if the check is finished or the answer is gone. A reading that nobody began belongs to who goes on.
    """
    note = note.replace("\r\n", "\n").strip()
    if len(note) > MAX_NOTE_CHARACTERS or "\0" in note:
        raise CheckRefused(gettext("Keep the note to %(most)s characters.", most=MAX_NOTE_CHARACTERS))
    check_id, reader_id = check.id, reader.id
    with write_transaction() as session:
        check, reader = _unfinished(session, check_id, reader_id)
        answer_id = session.scalar(
            select(CheckedAnswer.answer_id)
            .join(Answer, Answer.id == CheckedAnswer.answer_id)
            .where(CheckedAnswer.check_id == check_id, CheckedAnswer.place == number, Answer.status == "shown")
        )
        if answer_id is None:
            raise CheckRefused(
                gettext("That answer was deleted, changed or hidden meanwhile. It is left out of the check.")
            )
        ids = None
        if themes is not None:
            offered = {theme.public_id: theme.id for theme in check_themes(check).themes.values()}
            if not offered.keys() >= set(themes):
                raise CheckRefused(
                    gettext("A theme that you ticked was merged or hidden meanwhile. Look at the list again.")
                )
            ids = sorted(offered[public_id] for public_id in set(themes))
        before = session.get(Reading, (reader_id, answer_id))
        if before is not None and (before.themes, before.note) == (ids, note):
            return
        if seen is not None and seen != _state(before):
            raise SaidMeanwhile
        reading = before or Reading(reader_id=reader_id, answer_id=answer_id)
        reading.themes, reading.note, reading.read_at = ids, note, now()
        session.add(reading)
        if reader.owner_id is None:
            reader.owner_id, reader.owner_name = access.actor()


def is_open_to(reader: CheckReader, owner_id: int) -> bool:
    """Return whether somebody may go on with a reading: who began it, or anybody where nobody knows who did."""
    return reader.owner_id in (None, owner_id)


def _state(reading: Reading | None) -> str:
    """Return a mark of what is kept of an answer."""
    kept = "" if reading is None else json.dumps([reading.themes, reading.note])
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def finish(check: Check, reader: CheckReader) -> bool:
    """Finish reading, so that the result may be seen; return whether it is finished. Safe to repeat.

    Refused while answers are unread and fewer than MIN_ANSWERS were read: there would be no figure.
    """
    unread = next_unread(places(check, reader)) is not None
    reader_id = reader.id
    with write_transaction() as session:
        reader = session.get_one(CheckReader, reader_id, with_for_update=True)
        if reader.finished_at is None:
            read = select(func.count()).where(Reading.reader_id == reader_id, Reading.themes.is_not(None))
            if unread and (session.scalar(read) or 0) < MIN_ANSWERS:
                return False
            reader.finished_at = now()
    return True


def _unfinished(session: Session, check_id: int, reader_id: int) -> tuple[Check, CheckReader]:
    """Lock a reader for a write. Raises CheckRefused if the check is gone or the reader has seen the result."""
    check, reader = session.get(Check, check_id), session.get(CheckReader, reader_id, with_for_update=True)
    if check is None or reader is None:
        raise CheckRefused(gettext("This check was deleted meanwhile."))
    if reader.finished_at is not None:
        raise CheckRefused(gettext("This check is finished, so nothing was changed. Start another one to read more."))
    return check, reader
