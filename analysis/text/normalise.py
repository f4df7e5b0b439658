"""What a text says underneath its dress: tidied, folded for comparison, recognised as no answer."""

import re
import sys
import unicodedata
from functools import lru_cache
from itertools import chain, groupby
from typing import Literal

from analysis.text.personal_data import HANDLE, PERSONAL_DATA_HINT, PHONE, URL
from analysis.text.word_lists import FILLERS, NONANSWERS

Form = Literal["NFC", "NFKC"]

# Zero-width characters, bidirectional marks, soft hyphen, word joiner, byte-order mark; not ZWJ, which emoji need.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_APOSTROPHES = re.compile("[\u2018\u2019\u201b\u02bc\u0060\u00b4\uff07]")
_KEPT_MARKS = frozenset("'/%@&+-")
_MARK = re.compile(r"['/%@&+-]")
_LOOSE_MARKS = re.compile(r"(?<!\w)['/%@&+-]+|['/@&+-]+(?!\w)")
# Marks that lie on the letter before them, more than any language puts there. (Two letters of Japanese become marks.)
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

# What all web addresses have; a set of characters first, which is searched fastest.
_LINKED = re.compile(r"[.:](?:(?<!:)\S|//)")
_OFFER = re.compile(
    r"\b(?:free|click|giveaway|prizes?|win|won|winner|claim|cheap|buy|discount|promo|offer|% off|crypto|bitcoin|forex|"
    r"signals?|profits?|invest(?:ment)?|earn(?:ed)?|followers|whatsapp|telegram|dm me|message (?:her|him|me|us)|loans?|"
    r"casino|spells?|subscribe|check out|sign up|order now|limited time|visit)\b",
    re.I,
)


class _Kept(dict[int, str]):
    """What becomes of each character when a text is folded; filled with the characters that come up."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kept = character in _KEPT_MARKS or _is_word_character(character)
        self[code] = character if kept else " "
        return self[code]


_KEPT = _Kept({ord("`"): "'"})
# The same for the bytes of plain text, which is much faster; small letters for large ones, too.
_KEPT_PLAIN = bytes(
    ord(c.lower()) if c.isascii() and (c.isalnum() or c in _KEPT_MARKS) else ord("'" if c == "`" else " ")
    for c in map(chr, range(256))
)


class _Decomposed(dict[int, str]):
    """What each character is made of in a normal form; filled with the characters that come up."""

    def __init__(self, form: Literal["NFD", "NFKD"]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, code: int) -> str:
        self[code] = unicodedata.normalize(self._form, chr(code))
        return self[code]


_DECOMPOSED = {"NFC": _Decomposed("NFD"), "NFKC": _Decomposed("NFKD")}

_EVASIVE = frozenset(word for phrase in NONANSWERS for word in phrase.split()) | {"sorry"}


def normalize_unicode(form: Form, text: str) -> str:
    """The text in NFC or NFKC, in a time that grows with its length alone.

    ``unicodedata.normalize`` sorts the marks on one letter by comparing each with those before it: eighty thousand take
    it three seconds. Marks that are in order already it leaves alone.
    """
    if _MANY_MARKS.search(text):
        made_of = text.translate(_DECOMPOSED[form])
        runs = groupby(made_of, key=lambda character: unicodedata.combining(character) > 0)
        text = "".join(
            chain.from_iterable(sorted(run, key=unicodedata.combining) if mark else run for mark, run in runs)
        )
    return unicodedata.normalize(form, text)


def tidy(text: str) -> str:
    """The text as a person sees it: composed (NFC), no invisible characters, white space single and trimmed."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _INVISIBLE.sub("", normalize_unicode("NFC", text))
    return " ".join(_CONTROL.sub(" ", text).split())


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """The text with case, emoji, punctuation and width taken off: two texts with one fold are one wording.

    A text with no letter or digit in it folds to its tidied self.
    """
    plain = text
    if text.isascii() and text.isprintable():
        kept = text.encode().translate(_KEPT_PLAIN).decode()
    else:
        plain = tidy(text)
        if not plain.isascii():
            plain = tidy(normalize_unicode("NFKC", plain))
        kept = _APOSTROPHES.sub("'", plain).casefold().translate(_KEPT)
    if _MARK.search(kept):
        kept = _LOOSE_MARKS.sub(" ", kept)
    return " ".join(kept.split()) or tidy(plain)


def fold_word(word: str) -> str:
    """The fold of a text without white space in it: most are plain letters, which is quick to see."""
    return word.lower() if word.isascii() and word.isalpha() else fold(word)


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return fold(text).split()


def has_words(text: str) -> bool:
    """Whether there is a letter or digit of any script in the text."""
    return _WORD_CHARACTER.search(text) is not None


def may_have_links(text: str, start: int = 0, end: int = sys.maxsize) -> bool:
    """Whether it is worth looking for web addresses in a span: a quick look for what all of them have."""
    return _LINKED.search(text, start, end) is not None


def _is_word_character(character: str) -> bool:
    """Letters, numbers and the marks that some scripts write vowels with; not the variation selectors of emoji."""
    return unicodedata.category(character)[0] in "LMN" and not "\ufe00" <= character <= "\ufe0f"


@lru_cache(maxsize=4096)
def is_nonanswer(text: str) -> bool:
    """Whether a text says nothing about the question: blank, emoji only, "idk lol", "asdfgh", "ask my wife", spam.

    "Nothing beats honesty" is an answer, and so is a single word, in any language.
    """
    folded = fold(text)
    tokens = folded.split()
    if not any(map(str.isalpha, folded)):
        return True
    if len(folded) == 1 and folded.isascii():
        return True
    if len(tokens) <= 14:
        if not any(map(_tells, tokens)):
            core = [token for token in tokens if _says_something(token)]
            unapologetic = " ".join(token for token in core if token != "sorry")
            if not core or unapologetic in NONANSWERS or folded in NONANSWERS:
                return True
        if "ask " in folded and _ASK_SOMEBODY.match(folded):
            return True
    if len(tokens) <= 3 and all(map(_is_mash, tokens)):
        return True
    if not PERSONAL_DATA_HINT.search(text):
        return False
    return _is_spam(text) or (may_have_links(text) and not has_words(URL.sub("", text)))


@lru_cache(maxsize=65536)
def _tells(token: str) -> bool:
    """Whether a text with this word says something: no non-answer has it."""
    return token not in _EVASIVE and _says_something(token)


def _says_something(token: str) -> bool:
    return token not in FILLERS and not _LAUGHTER.match(token)


@lru_cache(maxsize=65536)
def _is_mash(token: str) -> bool:
    """Keys hit at random: a run along a keyboard row, one to four characters over and over, or no vowel at all."""
    if len(token) < 4 or not token.isascii():
        return False
    if any(token in row for row in _KEYBOARD_ROWS) or _REPEATED.match(token[:60]):
        return True
    return len(token) >= 5 and token.isalpha() and not set(token) & set("aeiouy")


def _is_spam(text: str) -> bool:
    """A link or handle with an offer beside it, or a phone number with two."""
    offers = {found.casefold() for found in _OFFER.findall(text)}
    if not offers:
        return False
    if URL.search(text) or HANDLE.search(text):
        return True
    return len(offers) >= 2 and PHONE.search(text) is not None
