"""Read projects of any program that writes REFI-QDA: their codes, their texts, and what in them was coded.

Pictures, sound and films are counted and left out; of a PDF its text is taken where the program wrote one.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from lzma import LZMAError
from pathlib import PurePosixPath
from typing import BinaryIO
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile, ZipInfo

from analysis.messages import N_
from analysis.refi_qda.codebook_file import codes_below, guid_of
from analysis.refi_qda.model import Project, RefiQdaRefused, Selection, Source, User, make_guid
from analysis.refi_qda.safe_xml import MAX_BYTES, TOO_LARGE, child, children, read_xml, text_of

MAX_FILES = 250_000
MAX_TEXT_BYTES = 20_000_000
MAX_ALL_BYTES = 400_000_000
INTERNAL = "internal://"
DAMAGED = N_("The file is damaged, or is no .qdpx file: it cannot be opened.")
BROKEN = (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error, LZMAError)
VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")


def read_project(file: BinaryIO) -> Project:
    """Return the project in a .qdpx file. Nothing is written to a disk. Raises RefiQdaRefused."""
    try:
        with ZipFile(file) as archive:
            return _Reader(archive).project()
    except (
        BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        zlib.error,
        LZMAError,
    ) as error:
        raise RefiQdaRefused(DAMAGED) from error


class _Reader:
    """Reads one archive. `left` is how many bytes of texts may still be read."""

    def __init__(self, archive: ZipFile) -> None:
        entries = archive.infolist()
        if len(entries) > MAX_FILES:
            raise RefiQdaRefused(TOO_LARGE)
        if any(entry.flag_bits & 1 for entry in entries):
            raise RefiQdaRefused("The file is locked with a password. Export it without one.")
        self.archive = archive
        self.left = MAX_ALL_BYTES
        self.files = {_name(entry): entry for entry in entries if not entry.is_dir()}
        self.skipped = 0

    def project(self) -> Project:
        """Return the project. Raises RefiQdaRefused."""
        root = self._root()
        by_case = _codes_by_case(root)
        names = {
            guid_of(one.get("guid")): one.get("name") or "" for one in children(child(root, "Variables"), "Variable")
        }
        sources = [
            source
            for element in child(root, "Sources") or ()
            if (source := self._source(element, by_case, names)) is not None
        ]
        users = [
            User(guid, one.get("name") or "")
            for one in children(child(root, "Users"), "User")
            if (guid := guid_of(one.get("guid")))
        ]
        return Project(
            root.get("name") or "",
            codes_below(child(child(root, "CodeBook"), "Codes")),
            sources,
            users,
            [name for name in names.values() if name],
            _time(root.get("creationDateTime")),
            root.get("origin") or "",
            self.skipped,
        )

    def _root(self) -> Element:
        found = sorted((name for name in self.files if name.endswith(".qde")), key=lambda name: name.count("/"))
        if not found:
            raise RefiQdaRefused("There is no project in this file: a .qdpx file has a project.qde in it.")
        entry = self.files[found[0]]
        if entry.file_size > MAX_BYTES:
            raise RefiQdaRefused(TOO_LARGE)
        with self.archive.open(entry) as file:
            root = read_xml(file)  # type: ignore[arg-type]
        if root.tag != "Project":
            raise RefiQdaRefused("The project in this file is no REFI-QDA project.")
        return root

    def _source(self, element: Element, by_case: dict[str, list[str]], names: dict[str, str]) -> Source | None:
        guid = guid_of(element.get("guid"))
        marked = element if element.tag == "TextSource" else child(element, "Representation")
        text = None if marked is None else self._text(marked)
        if marked is None or text is None:
            self.skipped += 1
            return None
        codes = [*_codes_of(element), *(_codes_of(marked) if marked is not element else ()), *by_case.get(guid, ())]
        parts = [_selection(one, len(text)) for one in children(marked, "PlainTextSelection")]
        return Source(
            guid or make_guid("source", element.get("name"), text),
            element.get("name") or "",
            text,
            tuple(part for part in parts if part is not None and part.codes),
            tuple(dict.fromkeys(codes)),
            guid_of(element.get("creatingUser")) or None,
            _time(element.get("creationDateTime")),
            _values(element, names),
        )

    def _text(self, element: Element) -> str | None:
        """Return the text of a source, as it is in the file but for a byte-order mark; None if it is not there."""
        path = element.get("plainTextPath") or ""
        if not path:
            inside = child(element, "PlainTextContent")
            return None if inside is None else text_of(element, "PlainTextContent")
        entry = self.files.get("sources/" + path.removeprefix(INTERNAL).strip("/").lower())
        if not path.startswith(INTERNAL) or entry is None:
            return None
        if entry.file_size > min(MAX_TEXT_BYTES, self.left):
            raise RefiQdaRefused(TOO_LARGE)
        with self.archive.open(entry) as file:
            data = file.read(MAX_TEXT_BYTES + 1)
        self.left -= len(data)
        if len(data) > MAX_TEXT_BYTES or self.left < 0:
            raise RefiQdaRefused(TOO_LARGE)
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return data.decode(encoding, "replace")


def _selection(element: Element, length: int) -> Selection | None:
    try:
        starts, ends = int(element.get("startPosition") or ""), int(element.get("endPosition") or "")
    except ValueError:
        return None
    starts, ends = max(0, starts), min(ends, length)
    if starts >= ends:
        return None
    first = child(element, "Coding")
    return Selection(
        starts,
        ends,
        tuple(dict.fromkeys(_codes_of(element))),
        guid_of((element if first is None else first).get("creatingUser") or element.get("creatingUser")) or None,
        _time((element if first is None else first).get("creationDateTime") or element.get("creationDateTime")),
    )


def _codes_of(element: Element) -> list[str]:
    """Return the codes that an element itself was given."""
    found = (child(coding, "CodeRef") for coding in children(element, "Coding"))
    return [guid for one in found if one is not None and (guid := guid_of(one.get("targetGUID")))]


def _codes_by_case(root: Element) -> dict[str, list[str]]:
    """Return by source the codes of the cases that it belongs to: some programs code people, not documents."""
    found: dict[str, list[str]] = {}
    for case in children(child(root, "Cases"), "Case"):
        codes = [guid for one in children(case, "CodeRef") if (guid := guid_of(one.get("targetGUID")))]
        for one in children(case, "SourceRef") if codes else ():
            found.setdefault(guid_of(one.get("targetGUID")), []).extend(codes)
    return found


def _values(element: Element, names: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in children(element, "VariableValue"):
        of = child(one, "VariableRef")
        name = "" if of is None else names.get(guid_of(of.get("targetGUID")), "")
        value = next((text for kind in VALUES if (text := text_of(one, kind))), "")
        if name and value:
            found[name] = value
    return found


def _name(entry: ZipInfo) -> str:
    """Return the path of an entry in small letters; of sources in a folder of the archive, from that folder on."""
    path = entry.filename.replace("\\", "/").lower()
    parts = PurePosixPath(path).parts
    return "/".join(parts[-2:]) if len(parts) > 1 and parts[-2] == "sources" else path


def _time(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
