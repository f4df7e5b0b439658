"""Find out in which encoding a text file is written, and which others are worth offering.

UTF-8 and UTF-16 are known by their form; any other is guessed by chardet, and the guesses are weighed by whether the
words they make are words of one script. `python -m benchmarks.encodings` has the figures.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from analysis.files.model import FileRefused

ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "cp874",
    "shift_jis": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "gb18030": "gb18030",
    "big5": "cp950",
    "euc-kr": "cp949",
    "iso-8859-2": "iso8859_2",
    "iso-8859-7": "iso8859_7",
    "iso-8859-9": "iso8859_9",
    "iso-8859-15": "iso8859_15",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "cp437": "cp437",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "mac-roman": "mac_roman",
    "mac-latin2": "mac_latin2",
    "mac-cyrillic": "mac_cyrillic",
    "mac-greek": "mac_greek",
}
"""The encodings that people's programs write, by the name that is shown, and Python's name for each"""
NAMED = ("utf-8", "utf-16", "windows-1252", "iso-8859-15", "shift_jis", "gb18030", "euc-kr", "koi8-r")
"""Some of them, for who named one that there is not"""
_CHARDET = {
    **{python.replace("_", "-") if python[:2] != "cp" else python: name for name, python in ENCODINGS.items()},
    "iso8859-1": "windows-1252",
    "tis-620": "windows-874",
    "shift_jis_2004": "shift_jis",
    "euc_jis_2004": "euc-jp",
    "gb18030": "gb18030",
    "big5hkscs": "big5",
    "euc_kr": "euc-kr",
}
"""chardet's name of an encoding: ours, where both read nearly the same"""
OFFERED = 8
CHUNK = 1 << 20
SAMPLE_BYTES = 48 * 1024
MIN_NUL_SHARE = 0.005
"""Of bytes: UTF-16 has them in each comma and line end, other text in none"""
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]")
_LINE_END = re.compile(rb"[\r\n]+")
_COMMON = re.compile(r"[A-Za-z0-9\s,;.:\"']")
NON_ASCII_WORD = re.compile(r"(?<![^\s,;|\"])[^\s,;|\"]*[^\x00-\x7f][^\s,;|\"]*")
"""A word with a letter beyond ASCII, read in linear time: it begins where a word begins"""
_SCRIPTS = {
    "latin": re.compile(r"[A-Za-z\u00aa-\u024f\u1e00-\u1eff]"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "cyrillic": re.compile(r"[\u0400-\u04ff]"),
    "hebrew": re.compile(r"[\u0590-\u05ff]"),
    "arabic": re.compile(r"[\u0600-\u06ff]"),
    "thai": re.compile(r"[\u0e00-\u0e7f]"),
    "kana or han": re.compile(r"[\u3040-\u30ff\u3400-\u9fff]"),
    "hangul": re.compile(r"[\uac00-\ud7af]"),
    "half kana": re.compile(r"[\uff61-\uff9f]"),
}
_ODD = re.compile(
    r"[^\W\d_][\u00a1-\u00a9\u00ab-\u00b4\u00b6\u00b8\u00b9\u00bb-\u00bf\u00d7\u00f7\u2020-\u2044\u20ac\u2190-\u25ff]"
    r"[^\W\d_]|[a-zà-öø-ÿа-я][A-ZÀ-ÖØ-ÞА-Я]|[\u2500-\u25ff\ue000-\uf8ff\u0080-\u009f\ufffd]"
)
"""What stands in no word: a sign between two letters, a capital after a small letter, lines and boxes"""
_OLD_MAC = 1.5
"""Weight of mac-roman where lines end with a lone CR, as only programs of that time wrote them"""
_NEVER_GUESSED = frozenset({"mac-latin2", "mac-cyrillic", "mac-greek"})
"""Hardly written any more; in short English texts chardet finds them in the curly quotation marks of windows-1252"""


@dataclass(frozen=True, slots=True)
class Found:
    """An encoding, and those worth offering, the likeliest first."""

    encoding: str
    encodings: tuple[str, ...]


def codec(encoding: str) -> str:
    """Return Python's name of an encoding. Raises FileRefused where there is none of that name."""
    if encoding in ENCODINGS:
        return ENCODINGS[encoding]
    try:
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise FileRefused(
            "There is no encoding called “%(encoding)s”. There are %(some)s and others.",
            encoding=encoding[:40],
            some=", ".join(NAMED),
        ) from None


def find_encoding(file: BinaryIO) -> Found:
    """Return the encoding of a text file, which is read to its end and rewound."""
    start = file.read(CHUNK)
    file.seek(0)
    known = _marked(start) or _utf16_without_mark(start)
    if known:
        return Found(known, (known,))
    sample, wrong, right = _examine(file)
    file.seek(0)
    if not sample:
        return Found("utf-8", ("utf-8",))
    guesses = _guesses(sample, old_mac=b"\n" not in start and b"\r" in start)
    if not wrong or right >= 2 * wrong:
        return Found("utf-8", ("utf-8", *guesses[: OFFERED - 1]))
    return Found(guesses[0], (*guesses[: OFFERED - 1], "utf-8"))


def _marked(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if _ISO_2022_JP.search(start) and start.isascii():
        return "iso-2022-jp"
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def _utf16_without_mark(start: bytes) -> str | None:
    """Return which UTF-16 a text with many NUL bytes is: the one that makes more common characters of it."""
    if start.count(0) < max(1, MIN_NUL_SHARE * len(start)):
        return None
    if start.count(0) < len(start) / 4 and _is_plain_utf8(start.replace(b"\0", b"")):
        return None  # other text with NULs in it
    start = start[: len(start) // 2 * 2][:SAMPLE_BYTES]
    common = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        text = start.decode(encoding, "replace")
        common[encoding] = len(_COMMON.findall(text)) - 5 * text.count("\ufffd") - 5 * text.count("\0")
    best = max(common, key=lambda one: common[one])
    return best if common[best] > 0 and start.count(0) > 0.8 * common[best] else None


def _is_plain_utf8(content: bytes) -> bool:
    """Whether bytes are UTF-8 with few control characters, which UTF-16 of most scripts is full of."""
    try:
        content[:-4].decode()  # the last letter may be cut
    except UnicodeDecodeError:
        return False
    return len(_CONTROLS.findall(content)) <= len(content) / 50


def _examine(file: BinaryIO) -> tuple[bytes, int, int]:
    """Return the distinct lines with bytes beyond ASCII (some), and how many such bytes UTF-8 rejects and accepts."""
    sample: dict[bytes, None] = {}
    size, wrong, right = 0, 0, 0
    for chunk in _chunks(file):
        if chunk.isascii():
            continue
        try:
            right += len(chunk) - len(chunk.decode())
        except UnicodeDecodeError:
            text = chunk.decode("utf-8", "replace")
            wrong += text.count("\ufffd") - chunk.count(b"\xef\xbf\xbd")
            right += len(text.replace("\ufffd", "").encode()) - len(text.replace("\ufffd", ""))
        for line in _LINE_END.split(chunk) if size < SAMPLE_BYTES else ():
            if size >= SAMPLE_BYTES:
                break
            if not line.isascii() and line not in sample:
                sample[line[:4096]] = None
                size += len(line[:4096]) + 1
    return b"\n".join(sample), wrong, right


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes in chunks that end with a line, or in the middle of one that is very long."""
    while chunk := file.read(CHUNK):
        if chunk.startswith(codecs.BOM_UTF8):
            chunk = chunk[len(codecs.BOM_UTF8) :]
        yield chunk + file.readline(CHUNK)


def _guesses(sample: bytes, *, old_mac: bool) -> list[str]:
    """Return the encodings that a text may have, the likeliest first; of two that read it alike only one."""
    weighed: dict[str, tuple[float, str]] = {}
    # Imported here: it takes .03 s to load, and most files are UTF-8.
    import chardet

    found = chardet.detect_all(sample, ignore_threshold=True, compat_names=False)
    confidences = [(_CHARDET.get(str(one["encoding"]), ""), one["confidence"]) for one in found]
    for name, confidence in [*confidences, ("windows-1252", 0.01)]:
        if name not in ENCODINGS or name.startswith("utf") or name in _NEVER_GUESSED:
            continue
        text = sample.decode(ENCODINGS[name], "replace")
        weight = confidence * _sense(text) * (_OLD_MAC if old_mac and name == "mac-roman" else 1)
        if text not in weighed or weighed[text][0] < weight:
            weighed[text] = (weight, name)
    return [name for _, name in sorted(weighed.values(), key=lambda one: -one[0])] or ["windows-1252"]


def _sense(text: str) -> float:
    """Return the share of words beyond ASCII that are of one script and have no odd sign, squared."""
    words = NON_ASCII_WORD.findall(text)
    good = 0
    for word in words:
        scripts = sum(bool(script.search(word)) for script in _SCRIPTS.values())
        good += scripts <= 1 and not _ODD.search(word)
    return ((good + 0.05) / (len(words) + 0.05)) ** 2
