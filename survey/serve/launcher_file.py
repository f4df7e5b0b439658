"""The files by which a running `python app.py` is found: by `make upgrade`, and by a second start on its folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from survey.core.settings import SettingsError

NAME = "launcher"
"""Locked by the launcher: its process id, its address, when it began"""
CHILDREN = "launched"
"""Locked by the launcher and by what it started: elsewhere than on Linux that outlives a launcher that was killed"""
ENDING_SECONDS = 20.0
"""How long what was started before may take to end"""


@contextmanager
def hold_folder(folder: Path, address: str) -> Iterator[tuple[int, ...]]:
    """Keep an instance folder for this process and what it starts; yield the files that those are to keep open.

    Raises SettingsError where another launcher runs on it, or what one started still does.
    """
    if os.name == "nt":
        yield ()
        return
    with (folder / NAME).open("a+", encoding="utf-8") as own, (folder / CHILDREN).open("a") as children:
        if not _lock(own):
            own.seek(0)
            process, at, _ = [*own.read().split(), "?", "?", "?"][:3]
            raise SettingsError(
                f"The site of {folder} runs already, as process {process} at {at}. Stop that one first "
                f"(kill {process}), or choose another folder with --instance."
            )
        deadline = time.monotonic() + ENDING_SECONDS
        while not _lock(children):
            if time.monotonic() > deadline:
                raise SettingsError(
                    f"Processes that an earlier start left behind still serve the site of {folder}. End them first: "
                    f"`lsof {folder / CHILDREN}` names them."
                )
            time.sleep(0.2)
        own.truncate(0)
        print(os.getpid(), address, time.time(), file=own, flush=True)
        yield (children.fileno(),)


def launched_address(folder: Path) -> str:
    """Return the address of the site that runs on an instance folder, or did last; nothing where none is told."""
    try:
        told = (folder / NAME).read_text(encoding="utf-8").split()
    except OSError:
        return ""
    return told[1] if len(told) == 3 and told[1].startswith("http:") else ""


def _lock(file: IO[str]) -> bool:
    import fcntl  # not on Windows

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
