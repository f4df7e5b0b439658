"""Read XML that a stranger may have made: no document types, no entities, nothing fetched, limits on size and depth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from analysis.messages import N_
from analysis.refi_qda.model import RefiQdaRefused

MAX_BYTES = 200_000_000
MAX_TAGS = 2_000_000
"""About 150,000 answers with two coded parts each"""
MAX_DEPTH = 200
CHUNK_BYTES = 1 << 18
TOO_LARGE = N_("The file is far larger than a coded survey. Export fewer documents at a time.")


def read_xml(file: BinaryIO) -> Element:
    """Return the root of an XML file, its elements and attributes by their names without namespace.

    The file is read twice: that it is too large is known before it is parsed. Raises RefiQdaRefused.
    """
    _refuse_large(file)
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise RefiQdaRefused("The codes of this file are nested deeper than anybody would.")
        builder.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    def refuse(*_: object) -> NoReturn:
        raise RefiQdaRefused("The file defines words of its own (a document type), which no REFI-QDA file does.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        while chunk := file.read(CHUNK_BYTES):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise RefiQdaRefused("The file is damaged, or is no REFI-QDA file: its XML cannot be read.") from error
    return builder.close()


def _refuse_large(file: BinaryIO) -> None:
    start, size, tags = file.tell(), 0, 0
    while chunk := file.read(CHUNK_BYTES):
        size, tags = size + len(chunk), tags + chunk.count(b"<")
        if size > MAX_BYTES or tags > MAX_TAGS:
            raise RefiQdaRefused(TOO_LARGE)
    file.seek(start)


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children of an element that have a name; none of no element."""
    return iter(()) if element is None else (child for child in element if child.tag == name)


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of an element with a name."""
    return next(children(element, name), None)


def text_of(element: Element | None, name: str) -> str:
    """Return the text of the first child with a name; empty where there is none."""
    found = child(element, name)
    return "" if found is None else "".join(found.itertext())


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
