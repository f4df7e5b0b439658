"""Read and write codebooks: .qdc files, and the codebook inside a project."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from analysis.refi_qda.model import ORIGIN, Code, RefiQdaRefused, make_guid
from analysis.refi_qda.safe_xml import child, children, read_xml, text_of

NAMESPACE = "urn:QDA-XML:codebook:1.0"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_GUID = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
_COLOUR = re.compile(r"#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TRUE = ("true", "1")


def read_codebook(file: BinaryIO) -> list[Code]:
    """Return the codes of a .qdc file (or of a project.qde). Raises RefiQdaRefused."""
    root = read_xml(file)
    book = root if root.tag == "CodeBook" else child(root, "CodeBook")
    codes = codes_below(child(book, "Codes"))
    if not codes:
        raise RefiQdaRefused("There is no code in this file: it is no REFI-QDA codebook, or an empty one.")
    return codes


def write_codebook(codes: Iterable[Code], origin: str = ORIGIN) -> bytes:
    """Return a .qdc file. Raises ValueError without codes, which the schema asks for."""
    lines = "".join(code_lines(codes, "    "))
    if not lines:
        raise ValueError("a codebook has at least one code")
    start = f'<CodeBook xmlns="{NAMESPACE}" origin={attribute(origin)}>\n  <Codes>\n'
    return f"{HEAD}{start}{lines}  </Codes>\n</CodeBook>\n".encode()


def codes_below(element: Element | None) -> list[Code]:
    """Return the codes that are children of an element, with their own children."""
    return [_code(one, number) for number, one in enumerate(children(element, "Code"))]


def _code(element: Element, number: int) -> Code:
    name = " ".join((element.get("name") or "").split())
    guid = guid_of(element.get("guid")) or make_guid("code", number, name)
    colour = element.get("color") or ""
    return Code(
        guid,
        name or f"Code {number + 1}",
        text_of(element, "Description").strip(),
        colour if _COLOUR.fullmatch(colour) else None,
        (element.get("isCodable") or "true").strip().lower() in TRUE,
        tuple(codes_below(element)),
    )


def code_lines(codes: Iterable[Code], indent: str) -> Iterator[str]:
    """Yield the lines of codes and their children."""
    for code in codes:
        colour = f" color={attribute(code.colour)}" if code.colour else ""
        yield (
            f"{indent}<Code guid={attribute(code.guid)} name={attribute(code.name)} "
            f'isCodable="{"true" if code.codable else "false"}"{colour}>\n'
        )
        if code.description:
            yield f"{indent}  <Description>{content(code.description)}</Description>\n"
        yield from code_lines(code.children, indent + "  ")
        yield f"{indent}</Code>\n"


def attribute(text: str) -> str:
    """Return a text as a quoted attribute. What XML cannot hold becomes U+FFFD."""
    return quoteattr(_NOT_XML.sub("\ufffd", text))


def content(text: str) -> str:
    """Return a text as the content of an element. What XML cannot hold becomes U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", text), {"\r": "&#13;"})


def guid_of(text: str | None) -> str:
    """Return a guid in lower case without braces; empty if it is none."""
    match = _GUID.fullmatch((text or "").strip())
    return match[1].lower() if match else ""
