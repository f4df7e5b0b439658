"""The pictures of a survey: put in place, found, removed. Files are read by a process of its own (redraw.py)."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from subprocess import PIPE

from sqlalchemy import delete, select

from analysis.messages import unpacked
from analysis.parallel import isolated_process
from survey.core.database import db, write_transaction
from survey.core.models import Survey
from survey.edits import deeds
from survey.looks.models import Picture
from survey.looks.picture_files import picture_version
from survey.looks.redraw import DAMAGED, MAX_UPLOAD_BYTES, TOO_MANY_BYTES, PictureRefused

SECONDS = 30.0
"""How long a file may take to be drawn anew: one of 50 million pixels takes some three"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a page shows it: where it is, without its bytes."""

    role: str
    version: str
    width: int
    height: int


def of(survey: Survey) -> dict[str, Shown]:
    """Return the pictures of a survey by their roles."""
    columns = (Picture.role, Picture.version, Picture.width, Picture.height)
    rows = db.session.execute(select(*columns).where(Picture.survey_id == survey.id))
    return {row.role: Shown(row.role, row.version, row.width, row.height) for row in rows}


def content(survey_id: int, role: str, version: str) -> bytes | None:
    """Return the file of a picture, None where the survey has no such picture, or another by now."""
    own = (Picture.survey_id == survey_id, Picture.role == role, Picture.version == version)
    return db.session.scalar(select(Picture.content).where(*own))


def put(survey_id: int, role: str, upload: bytes) -> None:
    """Draw an uploaded file anew and put it in place of the picture there was. Raises PictureRefused."""
    drawn, width, height = _redrawn(upload, role)
    picture = Picture(survey_id=survey_id, role=role, version=picture_version(drawn), width=width, height=height)
    picture.content = drawn
    db.session.rollback()
    with write_transaction() as session:
        if session.get(Survey, survey_id) is None:  # it was deleted while the picture was drawn
            return
        session.merge(picture)
        deeds.record(session, survey_id, "settings", fields=["pictures"])


def remove(survey_id: int, role: str) -> None:
    """Remove a picture, if there is one."""
    with write_transaction() as session:
        session.execute(delete(Picture).where(Picture.survey_id == survey_id, Picture.role == role))
        deeds.record(session, survey_id, "settings", fields=["pictures"])


def _redrawn(upload: bytes, role: str) -> tuple[bytes, int, int]:
    if len(upload) > MAX_UPLOAD_BYTES:
        raise PictureRefused(TOO_MANY_BYTES, most=MAX_UPLOAD_BYTES // 10**6)
    with tempfile.TemporaryFile() as source:
        source.write(upload)
        source.seek(0)
        process = isolated_process.start("survey.looks.redraw", role, stdin=source, stdout=PIPE, seconds=SECONDS)
        with process as child:
            assert child.stdout is not None
            said = child.stdout.read()
            if child.wait() != 0:
                raise PictureRefused(DAMAGED)
    if said.startswith(b"!"):
        raise PictureRefused(unpacked(said[1:].decode()))
    size, _, drawn = said.partition(b"\n")
    width, height = json.loads(size)
    return drawn, width, height
