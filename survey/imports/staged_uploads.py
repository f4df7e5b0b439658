"""Uploaded files between the two steps of an import: on disk in the instance folder, for a day at most.

A staged upload is a folder with a random name: the bytes as they came, so that they can be read in another way, the
rows that were read, and `about.json`. It belongs to one owner and one survey, and goes when it is used, when the next
one comes, or within a day: each worker sweeps every minute, and each web process, whose folder may be on another
machine, once an hour as long as requests come.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from flask import Flask, current_app

from analysis.files.model import EMPTY, FileChoices, FileRefused
from analysis.files.read_file import StoredFile, open_stored, read_file, read_pasted, reread
from survey.core.i18n import gettext

FOLDER = "uploads"
KEY_BYTES = 16
KEY = re.compile(r"[0-9a-f]{32}")
SWEEP_INTERVAL_SECONDS = 60 * 60
MAX_AGE_SECONDS = 24 * 60 * 60 - SWEEP_INTERVAL_SECONDS
"""So that a file is gone within a day"""
ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class StagedUpload:
    """A staged file or pasted list; `name` is the file's."""

    key: str
    name: str
    stored: StoredFile
    choices: FileChoices
    """With which its bytes were read"""

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.stored.folder


def keep(owner_id: int, survey_id: int, name: str, stream: BinaryIO) -> str:
    """Keep and read a file; return its key. Raises FileRefused if it cannot be read."""
    return _keep(owner_id, survey_id, name, lambda folder: read_file(stream, folder, name=name))


def keep_pasted(owner_id: int, survey_id: int, text: str) -> str:
    """Keep and read a pasted list or table; return its key. Raises FileRefused if it cannot be read."""
    return _keep(owner_id, survey_id, gettext("Your list"), lambda folder: read_pasted(text, folder))


def find(owner_id: int, survey_id: int, key: str) -> StagedUpload | None:
    """Return the staged file with this key if it belongs to this owner and survey and is not too old."""
    folder = _folder(owner_id, survey_id, key)
    try:
        if not KEY.fullmatch(key) or _is_old(folder):
            return None
        about = json.loads((folder / ABOUT).read_text(encoding="ascii"))
        return StagedUpload(key, about["name"], open_stored(folder), FileChoices(**about["choices"]))
    except FileNotFoundError:
        return None


def read_again(waiting: StagedUpload, choices: FileChoices) -> StagedUpload:
    """Read a staged file as was chosen, unless it was read so already. Raises FileRefused."""
    before, now = asdict(waiting.choices), asdict(choices)
    if all(value in (before[name], value and getattr(waiting.stored.form, name)) for name, value in now.items()):
        return waiting
    stored = reread(waiting.folder, choices)
    _describe(waiting.folder, waiting.name, choices)
    return StagedUpload(waiting.key, waiting.name, stored, choices)


def drop(waiting: StagedUpload) -> None:
    """Remove a staged file that was imported."""
    shutil.rmtree(waiting.folder, ignore_errors=True)


def drop_all(survey_id: int) -> None:
    """Remove every staged file of a survey from this machine."""
    for folder in _root().glob(f"*-{survey_id}-*"):
        shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove the files that are too old."""
    for folder in _root().glob("*-*-*"):
        if _is_old(folder):
            shutil.rmtree(folder, ignore_errors=True)


def init_app(app: Flask) -> None:
    """Sweep with the first request of each hour."""
    due = 0.0

    @app.before_request
    def look() -> None:
        nonlocal due
        moment = time.monotonic()
        if moment >= due:
            due = moment + SWEEP_INTERVAL_SECONDS
            sweep()


def _keep(owner_id: int, survey_id: int, name: str, read: Callable[[Path], StoredFile]) -> str:
    sweep()
    for folder in _root().glob(f"{owner_id}-{survey_id}-*"):
        shutil.rmtree(folder, ignore_errors=True)
    key = secrets.token_hex(KEY_BYTES)
    folder = _folder(owner_id, survey_id, key)
    folder.mkdir(parents=True, mode=0o700)
    try:
        stored = read(folder)
        if len(stored.form.sheets) < 2 and next(iter(stored.rows()), None) is None:
            raise FileRefused(EMPTY)
        _describe(folder, name, FileChoices())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return key


def _describe(folder: Path, name: str, choices: FileChoices) -> None:
    (folder / ABOUT).write_text(json.dumps({"name": name, "choices": asdict(choices)}), encoding="ascii")


def _is_old(folder: Path) -> bool:
    """Return whether a file is too old. One from the future counts as too old: a clock was wrong."""
    try:
        return abs(time.time() - folder.stat().st_mtime) > MAX_AGE_SECONDS
    except FileNotFoundError:
        return True


def _root() -> Path:
    return Path(current_app.instance_path) / FOLDER


def _folder(owner_id: int, survey_id: int, key: str) -> Path:
    return _root() / f"{owner_id}-{survey_id}-{key}"
