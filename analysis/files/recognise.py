"""Tell from its bytes what a file is, whatever its name; what is no table is refused with what to do."""

from __future__ import annotations

import re
import zipfile
from typing import Literal

from analysis.files.archives import read_part
from analysis.files.model import EMPTY, FileRefused
from analysis.messages import N_, Message

Kind = Literal["text", "archive", "old office", "parquet", "json", "html", "xml sheet"]

START_BYTES = 256 * 1024
ARCHIVE_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", N_("a picture (PNG)")),
    (b"\xff\xd8\xff", N_("a picture (JPEG)")),
    (b"GIF8", N_("a picture (GIF)")),
    (b"II*\0", N_("a picture (TIFF)")),
    (b"MM\0*", N_("a picture (TIFF)")),
    (b"RIFF", N_("a picture or a sound")),
    (b"ID3", N_("a sound (MP3)")),
    (b"OggS", N_("a sound or a film")),
    (b"\x1aE\xdf\xa3", N_("a film")),
    (b"%PDF", N_("a PDF")),
    (b"%!PS", N_("a PostScript document")),
    (b"{\\rtf", N_("a text document (RTF)")),
    (b"\x1f\x8b", N_("a packed file (gzip)")),
    (b"7z\xbc\xaf", N_("a packed file (7z)")),
    (b"Rar!", N_("a packed file (RAR)")),
    (b"BZh", N_("a packed file (bzip2)")),
    (b"\xfd7zXZ\0", N_("a packed file (xz)")),
    (b"\x28\xb5\x2f\xfd", N_("a packed file (zstd)")),
    (b"SQLite format 3\0", N_("a database (SQLite)")),
    (b"\0\x01\0\0Standard ", N_("a database (Access)")),
    (b"$FL2", N_("a data file of SPSS")),
    (b"$FL3", N_("a data file of SPSS")),
    (b"<stata_dta>", N_("a data file of Stata")),
    (b"ARROW1\0\0", N_("a data file (Feather)")),
    (b"ORC", N_("a data file (ORC)")),
    (b"RDX", N_("a data file of R")),
    (b"bplist0", N_("a settings file of a Mac")),
    (b"\x7fELF", N_("a program")),
    (b"MZ\x90\0", N_("a program")),
)
_PACKED, _DATA = "a packed file", "a data"
_OLE_STREAMS = (
    ("EncryptedPackage", ""),
    ("WordDocument", N_("a text document (Word)")),
    ("PowerPoint Document", N_("a presentation (PowerPoint)")),
    ("__substg1.0_", N_("an e-mail (Outlook)")),
    ("VisioDocument", N_("a drawing (Visio)")),
)
_OPEN_DOCUMENTS = (
    (".text", N_("a text document (OpenDocument)")),
    (".presentation", N_("a presentation (OpenDocument)")),
)
_JSON = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"]|\]\s*$))")
_NOT_JSON = re.compile(r"\s*\[\"?[^\]\"\r\n]*\"?\][,;\t]")
_HTML = re.compile(
    r"\s*(?:<!--(?:(?!-->).)*-->\s*)*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body|table|meta|style|div)\b",
    re.IGNORECASE | re.DOTALL,
)


def recognise(start: bytes) -> Kind:
    """Return what a file is by its beginning (START_BYTES of it). Raises FileRefused where it is no table."""
    if not start:
        raise FileRefused(EMPTY)
    if start.startswith(ARCHIVE_STARTS):
        return "archive"
    if start.startswith(_OLD_OFFICE):
        return _old_office(start)
    if start.startswith(b"PAR1"):
        return "parquet"
    for mark, what in _OTHERS:
        if start.startswith(mark) and not (mark.isalnum() and _is_text(start[:400])):
            raise FileRefused(_what_to_do(what))
    if start[4:8] == b"ftyp":
        raise FileRefused(_what_to_do(N_("a picture (HEIC) or a film")))
    if start[257:262] == b"ustar":
        raise FileRefused(_what_to_do(N_("a packed file (tar)")))
    if start.startswith(b"BM") and start[6:10] == bytes(4):
        raise FileRefused(_what_to_do(N_("a picture (BMP)")))
    return _text_kind(start)


def archive_kind(archive: zipfile.ZipFile) -> Literal["xlsx", "xlsb", "ods", "files"]:
    """Return what a packed file is by the names in it. Raises FileRefused for another kind of OpenDocument."""
    names = archive.NameToInfo
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "mimetype" in names and names["mimetype"].file_size < 200:
        kind = read_part(archive, "mimetype").decode("ascii", "replace")
        if "opendocument.spreadsheet" in kind and "content.xml" in names and "META-INF/manifest.xml" in names:
            return "ods"
        if "opendocument" in kind:
            what = next((what for mark, what in _OPEN_DOCUMENTS if mark in kind), N_("a drawing (OpenDocument)"))
            raise FileRefused(_what_to_do(what))
    return "files"


def _what_to_do(what: str) -> Message:
    if what.startswith(_PACKED):
        text = N_("This is %(what)s. Unpack it, and choose the CSV or Excel file (.xlsx) that is in it.")
    elif what.startswith(_DATA):
        text = N_("This is %(what)s. Open it in its program, and save or export the table as CSV or .xlsx.")
    else:
        text = N_("This is %(what)s, not a table. Choose a CSV or an Excel file (.xlsx).")
    return Message(text, what=Message(what))


def _is_text(start: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in start)


def _old_office(start: bytes) -> Kind:
    for stream, what in _OLE_STREAMS:
        if stream.encode("utf-16-le") in start:
            raise FileRefused(
                _what_to_do(what)
                if what
                else Message("This workbook has a password. Open it, save it without one, and try with that.")
            )
    return "old office"


def _text_kind(start: bytes) -> Kind:
    for encoding in ("utf-16", "utf-8-sig"):
        if encoding == "utf-8-sig" or start.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = start.decode(encoding, "replace")
            break
    beginning = text[:4000].lstrip()
    if "urn:schemas-microsoft-com:office:spreadsheet" in beginning:
        return "xml sheet"
    if _HTML.match(beginning):
        if "<table" in text.lower():
            return "html"
        raise FileRefused("This is a web page without a table, perhaps one that asks to sign in. Download it again.")
    if beginning.startswith("<?xml"):
        raise FileRefused(_what_to_do(N_("a data file (XML)")))
    if re.match(r"(?:MIME-Version|From|Return-Path|Received|Content-Type): ", beginning) and "\nContent-" in beginning:
        raise FileRefused(_what_to_do(N_("an e-mail or a saved web page")))
    if _JSON.match(beginning) and not _NOT_JSON.match(beginning):
        return "json"
    return "text"
