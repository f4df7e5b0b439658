"""Which letters are the same to a search: with and without accents, in capitals or not, in one character or two.

Accents are left out on phones and forgotten, so they do not count in Latin (also where they make another letter, as å
and ñ do), in Greek and on the Russian ё; nor do hamza and the signs of vowels in Arabic and Hebrew. Letters that only
look like another with a mark stay their own: й, ї, ў, が, ぱ. docs/decisions.md has the reasons.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from analysis.text.normalise import written

_LATIN, _GREEK = "a-zA-Z\u00c0-\u024f\u1e00-\u1eff", "\u0370-\u03ff\u1f00-\u1fff"
_SILENT = (
    (re.compile(f"[{_LATIN}{_GREEK}]"), "\u0300-\u036f"),
    (re.compile("[\u0415\u0435]"), "\u0300\u0301\u0308"),
    (re.compile("[\u0400-\u052f]"), "\u0300\u0301"),
    (re.compile("[\u05d0-\u05ea]"), "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"),
    (re.compile("[\u0621-\u063f\u0641-\u064a\u0671-\u06d3]"), "\u0640\u064b-\u065f\u0670"),
)
"""The letters of a script, and the marks behind them that do not count"""
_ACCENTED = (
    *(range(0x00C0, 0x0250), range(0x0370, 0x0530), range(0x0621, 0x06D4), range(0x1E00, 0x2000)),
    range(0x3041, 0x30FF),
    range(0x212A, 0x212C),
)
"""Where letters with marks are: Latin, Greek and Cyrillic, Arabic, Latin and Greek again, kana, signs of K and Å"""
_AS = {
    **{"\u0142": "l", "\u00f8": "o", "\u0111": "d", "\u0131": "i", "\u03c2": "\u03c3"},
    **{"\u0671": "\u0627", "\u0649": "\u064a", "\u0629": "\u0647"},
}
"""Letters that are typed as another one though none is it with a silent mark: ł ø đ ı ς ٱ ى ة"""
_PAIRS = {"oe": "\u0153\u0152", "ae": "\u00e6\u00c6", "ss": "\u00df\u1e9e"}
_OF_PAIRS = {letter: pair for pair, letters in _PAIRS.items() for letter in letters}
_MOST_PAIRS = 3
"""Of so many in a word the database is asked for each in both ways; of more, for anything in their place"""
_RANGE = re.compile(".-.|.")
_RANGES = {_LATIN: "\u00c0-\u024f\u1e00-\u1eff", _GREEK: "\u1f00-\u1fff"}
"""Letters that SQLite does not tell apart: it looks through a range more quickly than through each of them"""


@lru_cache(maxsize=1024)
def bare(word: str) -> str:
    """Return a word as searches compare it: without case and without the marks that do not count."""
    if word.isascii():
        return word.lower()
    found = ""
    whole = (letter.lower() if len(letter.casefold()) > 1 else letter.casefold() for letter in word)
    for letter in unicodedata.normalize("NFC", "".join(whole)):
        if not _is_silent(letter, found[-1:]):
            found += _OF_PAIRS.get(letter) or _base(letter)
    return unicodedata.normalize("NFC", found)


@lru_cache(maxsize=1024)
def expression(word: str) -> str:
    """Return a regular expression of the ways to write a word, for Python and PostgreSQL."""
    found = []
    for part in _parts(bare(word)):
        apart = "".join(map(_written_letter, part))
        found.append(f"(?:{apart}|[{_PAIRS[part]}][{_silent('o')}]*)" if part in _PAIRS else apart)
    return "".join(found)


@lru_cache(maxsize=1024)
def globs(word: str) -> list[str]:
    """Return patterns of GLOB: SQLite finds one in each text that has a word and no `bytes_of_marks`, and in more."""
    found = []
    for form in written(bare(word)):
        parts = _parts(form)
        many = sum(part in _PAIRS for part in parts) > _MOST_PAIRS
        ways = [
            ("".join(map(_class, part)),)
            if part not in _PAIRS
            else ("*",)
            if many
            else ("".join(map(_class, part)), f"[{_PAIRS[part]}]")
            for part in parts
        ]
        found += [f"*{''.join(way)}*" for way in product(*ways)]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=1024)
def bytes_of_marks(word: str) -> list[bytes]:
    """Return the first bytes, in UTF-8, of marks that may stand between the letters of a word and do not count.

    SQLite looks for a byte in a sixth of the time in which it looks for a range of characters. Those of Arabic and
    Hebrew begin like letters there.
    """
    ends = {end for marks in map(_silent, bare(word)) for pair in _RANGE.findall(marks) for end in (pair[0], pair[-1])}
    return sorted({end.encode()[:1] for end in ends})


def _parts(word: str) -> list[str]:
    """Cut a bare word into letters, and the pairs that are also written as one."""
    return re.findall(f"{'|'.join(_PAIRS)}|.", word, re.DOTALL)


def _written_letter(letter: str) -> str:
    """Return the expression of the ways to write a bare letter."""
    silent, heard = _silent(letter), _families().heard.get(letter, "")
    cases = _cases(letter)
    one = f"[{cases}]" if len(cases) > 1 else re.escape(letter)
    one += (f"(?![{heard}])" if heard else "") + (f"[{silent}]*" if silent else "")
    first, *marks = list(unicodedata.normalize("NFD", letter))
    return f"(?:{one}|[{_cases(first)}]{''.join(marks)})" if marks else one


def _class(letter: str) -> str:
    """Return a bracket of GLOB with the letters, in capitals or not, that may be a bare one."""
    if letter == "^":
        return letter  # which a bracket may not begin with
    own = _cases(letter)
    for letters, wide in _RANGES.items():
        if re.match(f"[{letters}]", letter):
            own = re.sub(f"[{wide}]", "", own) + wide
    return f"[{own}]"


def _cases(letter: str) -> str:
    """Return all letters, in capitals or not, that are a bare one."""
    cases = (letter, letter.upper(), letter.title())
    return "".join(dict.fromkeys(case for case in cases if len(case) == 1)) + _families().same.get(letter, "")


def _base(letter: str) -> str:
    """Return the letter that one is without what does not count."""
    if letter in _AS:
        return _AS[letter]
    first, *marks = list(unicodedata.normalize("NFD", letter))
    return _base(first) if marks and all(_is_silent(mark, first) for mark in marks) else letter


def _silent(letter: str) -> str:
    """Return which marks do not count behind a letter, as the inside of a bracket."""
    return next((marks for letters, marks in _SILENT if letters.match(letter)), "")


def _is_silent(mark: str, letter: str) -> bool:
    marks = _silent(letter) if mark == "\u0640" or unicodedata.combining(mark) else ""
    return bool(marks) and re.match(f"[{marks}]", mark) is not None


class _Families(NamedTuple):
    """Of each bare letter those that are the same, and the marks that make another letter of it."""

    same: dict[str, str]
    heard: dict[str, str]


@cache
def _families() -> _Families:
    found = _Families({}, {})
    for letter in (chr(code) for codes in _ACCENTED for code in codes):
        small = letter.lower()[0]
        base = _base(small)
        first, *marks = list(unicodedata.normalize("NFD", small))
        if letter.isalpha() and letter not in {base, base.upper()}:
            found.same[base] = found.same.get(base, "") + letter
        elif base == letter and len(marks) == 1:
            found.heard[first] = found.heard.get(first, "") + marks[0]
    return found
