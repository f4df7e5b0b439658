"""Text normalisation: cleaning, and folding for comparison."""

import re
import unicodedata
from functools import lru_cache
from itertools import chain, groupby
from typing import Literal

Form = Literal["NFC", "NFKC"]

# Zero-width characters, bidirectional marks, soft hyphen, word joiner, byte-order mark; not ZWJ, which joins emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff]"
)
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # they turn round what follows, also what is no part of a name
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\ufe0f\ufe0e\U000e0100")  # invisible, though called letters
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u0060\u00b4\uff07]")
_KEPT_MARKS = frozenset("'/%@&+-")
_MARK = re.compile(r"['/%@&+-]")
_LOOSE_MARKS = re.compile(r"(?<!\w)['/%@&+-]+|['/@&+-]+(?!\w)")
# More combining marks in a row than any language has. (Two halfwidth Japanese letters decompose to marks.)
_MANY_MARKS = re.compile(r"(?:[^\w\s\x00-\x7f]|[\uff9e\uff9f]){31,}")
_WORD_CHARACTER = re.compile(r"[^\W_]")  # a letter or digit of any script


class _FoldTable(dict[int, str]):
    """The replacement of each character in folding, for str.translate; computed when a character first occurs."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character in _KEPT_MARKS or _is_word_character(character)
        self[code] = character if kept else " "
        return self[code]


_FOLD_TABLE = _FoldTable({ord("`"): "'"})
# The same for the bytes of ASCII text, which is much faster; also lowercases.
_ASCII_FOLD_TABLE = bytes(
    ord(c.lower()) if c.isascii() and (c.isalnum() or c in _KEPT_MARKS) else ord("'" if c == "`" else " ")
    for c in map(chr, range(256))
)


class _Decomposed(dict[int, str]):
    """The decomposition of each character in a normal form; computed when a character first occurs."""

    def __init__(self, form: Literal["NFD", "NFKD"]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, code: int) -> str:
        self[code] = unicodedata.normalize(self._form, chr(code))
        return self[code]


_DECOMPOSED = {"NFC": _Decomposed("NFD"), "NFKC": _Decomposed("NFKD")}


def normalize_unicode(form: Form, text: str) -> str:
    """Return the text in NFC or NFKC, in linear time.

    ``unicodedata.normalize`` sorts the combining marks of a letter by insertion sort: 80,000 marks take 3 seconds. So
    long runs of marks are sorted first.
    """
    if _MANY_MARKS.search(text):
        decomposed = text.translate(_DECOMPOSED[form])
        runs = groupby(decomposed, key=lambda character: unicodedata.combining(character) > 0)
        text = "".join(
            chain.from_iterable(sorted(run, key=unicodedata.combining) if mark else run for mark, run in runs)
        )
    return unicodedata.normalize(form, text)


def tidy(text: str) -> str:
    """Return the text in NFC, without invisible characters, with single spaces for white space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _INVISIBLE.sub("", normalize_unicode("NFC", text))
    return " ".join(_CONTROL.sub(" ", text).split())


def is_visible(text: str) -> bool:
    """Return whether any character is visible: no space, zero-width or control character."""
    begins_plainly = text[:1].isascii() and text[:1].isalnum()  # as most texts do
    return begins_plainly or any(unicodedata.category(c)[0] not in "ZC" and c not in _BLANK for c in text)


def seen(text: str) -> str:
    """Return a text somebody typed without what turns its direction round; "" if nothing in it is visible."""
    text = _DIRECTIONS.sub("", text).strip()
    return text if is_visible(text) else ""


def seen_line(text: str) -> str:
    """Return what `seen` does, in one line with single spaces, as for a name."""
    return " ".join(seen(text).split())


@lru_cache(maxsize=16_384)  # more than a codebook has examples, each of which is folded six times in a run
def fold(text: str) -> str:
    """Return the text without case, emoji, punctuation and width; texts with the same fold are one wording.

    A text without letters or digits is only tidied.
    """
    plain = text
    if text.isascii() and text.isprintable():
        kept = text.encode().translate(_ASCII_FOLD_TABLE).decode()
    else:
        plain = tidy(text)
        if not plain.isascii():
            plain = tidy(normalize_unicode("NFKC", plain))
        kept = _APOSTROPHES.sub("'", plain).casefold().translate(_FOLD_TABLE)
    if _MARK.search(kept):
        kept = _LOOSE_MARKS.sub(" ", kept)
    return " ".join(kept.split()) or tidy(plain)


def fold_word(word: str) -> str:
    """Return the fold of a text without white space; faster than ``fold`` for ASCII letters."""
    return word.lower() if word.isascii() and word.isalpha() else fold(word)


def words(text: str) -> list[str]:
    """Return the folded words of a text."""
    return fold(text).split()


def written_words(text: str) -> list[str]:
    """Return the words of a text as they are written: the same as ``words``, but with their capitals and letters."""
    plain = tidy(text)
    if not plain.isascii():
        plain = _APOSTROPHES.sub("'", plain)
    return _LOOSE_MARKS.sub(" ", plain.translate(_FOLD_TABLE)).split()


def has_words(text: str) -> bool:
    """Return whether the text has a letter or digit of any script in it."""
    return _WORD_CHARACTER.search(text) is not None


def _is_word_character(character: str) -> bool:
    """Return whether it is a letter, a number or a combining mark, but not a variation selector of an emoji."""
    return unicodedata.category(character)[0] in "LMN" and not "\ufe00" <= character <= "\ufe0f"


def written(word: str) -> list[str]:
    """Return the ways to write a word: as it is, and each accent in one character with its letter, or after it."""
    return list(dict.fromkeys((word, *(unicodedata.normalize(form, word) for form in ("NFC", "NFD")))))
