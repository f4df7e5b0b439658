"""Text normalisation: cleaning, folding for comparison, and recognising non-answers."""

import re
import unicodedata
from functools import lru_cache
from itertools import chain, groupby
from typing import Literal

from analysis.text.personal_data import HANDLE, PERSONAL_DATA_HINT, PHONE, URL
from analysis.text.word_lists import FILLERS, NONANSWERS

Form = Literal["NFC", "NFKC"]

# Zero-width characters, bidirectional marks, soft hyphen, word joiner, byte-order mark; not ZWJ, which joins emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u0060\u00b4\uff07]")
_KEPT_MARKS = frozenset("'/%@&+-")
_MARK = re.compile(r"['/%@&+-]")
_LOOSE_MARKS = re.compile(r"(?<!\w)['/%@&+-]+|['/@&+-]+(?!\w)")
# More combining marks in a row than any language has. (Two halfwidth Japanese letters decompose to marks.)
_MANY_MARKS = re.compile(r"(?:[^\w\s\x00-\x7f]|[\uff9e\uff9f]){31,}")
_WORD_CHARACTER = re.compile(r"[^\W_]")  # a letter or digit of any script
_LAUGHTER = re.compile(r"^(?:(?:ha|he|hi|ja|je|ah|lo|xa|ka)+h?|l+o+l+|h+m+|u+h+m*|e+r+m*|w{3,}|5{3,})$")
_KEYBOARD_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz", "1234567890")
_REPEATED = re.compile(r"^(.{1,4}?)\1{2,}.{0,3}$")
_ASK_SOMEBODY = re.compile(
    r"^(?:(?:not sure|i ?do ?n['o]?t know|idk|dunno|no idea|sorry) )?(?:you(?:'d| should| will have to)? )?"
    r"(?:(?:better|best|just) )?"
    r"(?:don'?t ask me\b.{0,60}|.{0,60}\bdon'?t ask me|ask me (?:again |back )?(?:in|later|tomorrow|when)\b.{0,30}"
    r"|ask (?:my|your|the|his|her|our|their|a|any) \w+(?: \w+)?(?: lol)?)$"
)

_OFFER = re.compile(
    r"\b(?:free|click|giveaway|prizes?|win|won|winner|claim|cheap|buy|discount|promo|offer|% off|crypto|bitcoin|forex|"
    r"signals?|profits?|invest(?:ment)?|earn(?:ed)?|followers|whatsapp|telegram|dm me|message (?:her|him|me|us)|loans?|"
    r"casino|spells?|subscribe|check out|sign up|order now|limited time|visit)\b",
    re.I,
)


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

_NONANSWER_WORDS = frozenset(word for phrase in NONANSWERS for word in phrase.split()) | {"sorry"}


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


@lru_cache(maxsize=4096)
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


def has_words(text: str) -> bool:
    """Return whether the text has a letter or digit of any script in it."""
    return _WORD_CHARACTER.search(text) is not None


def _is_word_character(character: str) -> bool:
    """Return whether it is a letter, a number or a combining mark, but not a variation selector of an emoji."""
    return unicodedata.category(character)[0] in "LMN" and not "\ufe00" <= character <= "\ufe0f"


@lru_cache(maxsize=4096)
def is_nonanswer(text: str) -> bool:
    """Return whether a text does not answer the question: blank, only emoji, "idk lol", "asdfgh", "ask my wife", spam.

    "Nothing beats honesty" is an answer, and so is a single word in any language.
    """
    folded = fold(text)
    tokens = folded.split()
    if not any(map(str.isalpha, folded)):
        return True
    if len(folded) == 1 and folded.isascii():
        return True
    if len(tokens) <= 14:
        if not any(map(_is_answer_word, tokens)):
            core = [token for token in tokens if not _is_filler(token)]
            without_sorry = " ".join(token for token in core if token != "sorry")
            if not core or without_sorry in NONANSWERS or folded in NONANSWERS:
                return True
        if "ask " in folded and _ASK_SOMEBODY.match(folded):
            return True
    if len(tokens) <= 3 and all(map(_is_random_typing, tokens)):
        return True
    if not PERSONAL_DATA_HINT.search(text):
        return False
    return _is_spam(text) or not has_words(URL.sub("", text))


@lru_cache(maxsize=65536)
def _is_answer_word(token: str) -> bool:
    """Return whether no non-answer contains the word."""
    return token not in _NONANSWER_WORDS and not _is_filler(token)


def _is_filler(token: str) -> bool:
    return token in FILLERS or _LAUGHTER.match(token) is not None


@lru_cache(maxsize=65536)
def _is_random_typing(token: str) -> bool:
    """Return whether a word is part of a keyboard row, repeats one to four characters, or has no vowel."""
    if len(token) < 4 or not token.isascii():
        return False
    if any(token in row for row in _KEYBOARD_ROWS) or _REPEATED.match(token[:60]):
        return True
    return len(token) >= 5 and token.isalpha() and not set(token) & set("aeiouy")


def _is_spam(text: str) -> bool:
    """Return whether a text has a link or user name and an offer, or a phone number and two offers."""
    offers = {found.casefold() for found in _OFFER.findall(text)}
    if not offers:
        return False
    if URL.search(text) or HANDLE.search(text):
        return True
    return len(offers) >= 2 and PHONE.search(text) is not None
