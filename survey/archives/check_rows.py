"""Check every row of an archive: `python -m survey.archives.check_rows FOLDER`, in a process of its own.

The folder holds the archive. What was read is written beside it, a file a part: each row as a list of values, in which
numbers of rows stand for names. What is refused is printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from survey.archives import package
from survey.archives.owner_parts import CHECKS, NO_FIRST_READER, PARTS
from survey.archives.package import SUFFIX, ArchiveRefused, Manifest
from survey.archives.part import Part, written_name
from survey.archives.shapes import Known, Wrong
from survey.core.i18n import N_

ARCHIVE, ROWS, PUBLIC_IDS = "archive.zip", SUFFIX, ".ids"
MEMORY_BYTES = 2 * 1024**3


def check(folder: Path) -> None:
    """Read the archive in a folder and write its rows beside it. Raises ArchiveRefused."""
    most = {part.name: part.most for part in PARTS}
    with package.open_archive(folder / ARCHIVE, most) as (found, manifest):
        known = Known({part.name: manifest.rows.get(part.name, 0) for part in PARTS})
        if known.rows["survey"] != 1:
            raise ArchiveRefused(package.DAMAGED)
        for part in PARTS:
            with (folder / (part.name + ROWS)).open("w", encoding="utf-8") as file:
                if part.name in manifest.rows:
                    _check_part(found, manifest, part, known, file)
            if part.is_named:
                names = known.numbers.setdefault(part.name, {})
                (folder / (part.name + PUBLIC_IDS)).write_text("".join(f"{name}\n" for name in names), encoding="ascii")
        if unread := {*range(manifest.rows.get(CHECKS.name, 0))} - known.checks_read:
            raise _refusal(CHECKS, min(unread), NO_FIRST_READER)


def _check_part(found: ZipFile, manifest: Manifest, part: Part, known: Known, file: IO[str]) -> None:
    numbers: dict[str, int] = known.numbers.setdefault(part.name, {}) if part.is_named else {}
    seen: list[set[Any]] = [set() for _ in part.unique]
    for number, (values, row) in enumerate(_rows(found, manifest, part, known)):
        try:
            if part.is_named and numbers.setdefault(row["public_id"], number) != number:
                raise Wrong("its id is that of another row")
            for columns, before in zip(part.unique, seen, strict=True):
                _check_unique(columns, row, before)
            if part.check is not None:
                part.check(row, known)
        except Wrong as wrong:
            raise _refusal(part, number, str(wrong)) from None
        file.write(json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n")


def _check_unique(columns: Any, row: dict[str, Any], before: set[Any]) -> None:
    key = tuple(row[name] for name in columns)
    if None in key:
        return
    if key in before:
        raise Wrong(f"another row has the same {' and '.join(columns)}")
    before.add(key)


def _rows(found: ZipFile, manifest: Manifest, part: Part, known: Known) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield each row as a list and by the names of columns."""
    columns = [(name, written_name(name, column.shape), column) for name, column in part.columns.items()]
    needed = {written for _, written, column in columns if column.since < manifest.version}
    may_be_there = {written for _, written, _ in columns}
    for number, line in enumerate(package.lines(found, manifest, part.name)):
        try:
            said = package.parse(line)
        except ValueError:
            raise _refusal(part, number, "it is not JSON that can be read") from None
        if not isinstance(said, dict):
            raise _refusal(part, number, "it is not a JSON object")
        if odd := (needed - said.keys()) | (said.keys() - may_be_there):
            first = min(odd)
            raise _refusal(part, number, f"{'it lacks' if first in needed else 'nobody knows'} {first[:40]!r}")
        row = {}
        for name, written, column in columns:
            if written not in said:
                row[name] = column.before
                continue
            try:
                row[name] = column.shape.read(said[written], known)
            except Wrong as wrong:
                raise _refusal(part, number, f"{written}: {wrong}") from None
        yield list(row.values()), row


def _refusal(part: Part, number: int, reason: str) -> ArchiveRefused:
    return ArchiveRefused(
        N_("Line %(line)s of %(file)s is not what a survey has: %(reason)s."),
        line=number + 1,
        file=part.name + SUFFIX,
        reason=reason.rstrip("."),
    )


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # on Windows, where the time alone is limited
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main() -> None:
    """Check the archive in a folder. What it refuses is printed."""
    _limit_memory()
    try:
        check(Path(sys.argv[1]))
    except ArchiveRefused as refused:
        print(refused.message.packed(), end="")


if __name__ == "__main__":
    main()
