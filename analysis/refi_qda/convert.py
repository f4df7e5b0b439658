"""Turn a .qdpx file into lines of JSON: `python -m analysis.refi_qda.convert FOLDER`, in a process of its own.

The folder holds `original`. `project.json` becomes what is said of the project and its codes, `texts.jsonl` a line for
each text: [number, name, text, [[code, start, end], …]], with the place of the code in the list of codes, and nulls for
the whole text. A refusal is printed.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

from analysis.messages import N_, unpacked
from analysis.parallel import isolated_process
from analysis.refi_qda.codebook_file import read_codebook
from analysis.refi_qda.model import Project, RefiQdaRefused, Source, all_codes
from analysis.refi_qda.read_project import read_project

ORIGINAL, ABOUT, TEXTS = "original", "project.json", "texts.jsonl"
MAX_MEMORY_BYTES = 1_500_000_000
MAX_SECONDS = 60
FAILED = N_("This file cannot be read: it is damaged, or far larger than a coded survey.")


def convert(folder: Path) -> dict[str, Any]:
    """Convert the file in a folder in a process of its own; return what `project.json` says. Raises RefiQdaRefused."""
    process = isolated_process.start(
        "analysis.refi_qda.convert", str(folder.resolve()), stdin=DEVNULL, stdout=PIPE, seconds=MAX_SECONDS
    )
    with process as child:
        assert child.stdout is not None
        said = child.stdout.read()
        if child.wait() != 0:
            raise RefiQdaRefused(FAILED)
    if said:
        raise RefiQdaRefused(unpacked(said.decode()))
    about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    return about


def _write(folder: Path, project: Project) -> None:
    codes = [code for code in all_codes(project.codes) if code.codable]
    places = {code.guid: place for place, code in enumerate(codes)}
    with (folder / TEXTS).open("w", encoding="utf-8") as file:
        for number, source in enumerate(project.sources, 1):
            file.write(json.dumps([number, source.name, source.text, _marks(source, places)]) + "\n")
    about = {
        "name": project.name,
        "origin": project.origin,
        "skipped": project.skipped,
        "codes": [[code.name, code.description] for code in codes],
    }
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")


def _marks(source: Source, places: dict[str, int]) -> list[list[int | None]]:
    """Return the marks of a text; a selection of all of it is one of the whole text."""
    words = source.text.strip()
    found: list[list[int | None]] = [[places[code], None, None] for code in source.codes if code in places]
    for part in source.selections:
        is_whole = source.text[part.starts : part.ends].strip() == words
        span = (None, None) if is_whole else (part.starts, part.ends)
        found += [[places[code], *span] for code in part.codes if code in places]
    return [mark for at, mark in enumerate(found) if mark not in found[:at]]


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has none
        import resource

        for what, limit in ((resource.RLIMIT_AS, MAX_MEMORY_BYTES), (resource.RLIMIT_CPU, MAX_SECONDS)):
            resource.setrlimit(what, (limit, limit))


def main() -> None:
    """Convert the file in a folder."""
    _limit()
    folder = Path(sys.argv[1])
    try:
        with (folder / ORIGINAL).open("rb") as file:
            if file.read(2) == b"PK":
                file.seek(0)
                _write(folder, read_project(file))
            else:
                file.seek(0)
                _write(folder, Project("", read_codebook(file), ()))
    except RefiQdaRefused as refused:
        print(refused.message.packed(), end="")


if __name__ == "__main__":
    main()
