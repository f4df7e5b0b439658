"""Singular and plural as one word, by language.

English has its rule. Elsewhere a word counts as the plural of another only if that other one is written too: "casos"
is of "caso", but "casa" is neither's, and "Arbeiter" is not of "Arbeit". In the ten languages of the site these are the
regular plurals; stemmers of Snowball tell other languages. docs/decisions.md has what was measured.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Collection, Iterator
from functools import cache, lru_cache

import snowballstemmer

LEAST_LETTERS = 3  # of a singular

Candidates = Callable[[str], Iterator[str]]

_one_word = threading.Lock()  # a stemmer keeps the word that it works on in itself, and themes are named in threads
_ACCENTS = re.compile("[\u0300\u0301\u0302]")  # that people leave out on phones; not those of "ñ", "ç", "ã" and "ü"
_ARABIC_MARKS = re.compile("[\u064b-\u065f\u0670\u0640]")
_ARABIC_LETTERS = str.maketrans("\u0622\u0623\u0625\u0649\u0629", "\u0627\u0627\u0627\u064a\u0647")
_SNOWBALL = {
    "ca": "catalan", "cs": "czech", "da": "danish", "el": "greek", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nn": "norwegian", "no": "norwegian", "pl": "polish",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
# Languages whose plurals have rules below.
_SNOWBALL_TOO = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch",
    "pt": "portuguese",
}  # fmt: skip


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """Return the singular of a regular English plural, so that "date nights" and "date night" are one phrase."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def singulars(words: Collection[str], language: str) -> dict[str, str]:
    """Return what each of the folded words of a language counts as: itself, or the word that it is a plural of."""
    code = language.partition("-")[0]
    if code == "en":
        written = frozenset(words)
        return {word: singular(_without_genitive(word, written)) for word in words}
    plain = {word: _plain(word, code) for word in words}
    if code in _SNOWBALL:
        return {word: _stem(each, code) for word, each in plain.items()}
    candidates = _CANDIDATES.get(code)
    if candidates is None:
        return plain
    known = frozenset(plain.values())
    return {word: next(filter(known.__contains__, candidates(each)), each) for word, each in plain.items()}


def _without_genitive(word: str, words: frozenset[str]) -> str:
    """Return "card" for "card's" if it is a word too, but "McDonald's" as it is."""
    if not word.endswith("'s"):
        return word
    bare = word.removesuffix("'s")
    return bare if bare in words else word


def stems(words: Collection[str], language: str) -> dict[str, str]:
    """Return the stem of each of the folded words of a language: "kill", "killing" and "killed" have one."""
    code = language.partition("-")[0]
    if code not in _SNOWBALL and code not in _SNOWBALL_TOO:
        return singulars(words, language)
    return {word: _stem(_plain(word.removesuffix("'s"), code), code) for word in words}


def _plain(word: str, language: str) -> str:
    """Return a word without what people write or leave out as they like."""
    if language in ("ar", "fa", "ur"):
        word = _ARABIC_MARKS.sub("", word).translate(_ARABIC_LETTERS)
        return word[2:] if language == "ar" and word.startswith("\u0627\u0644") and len(word) > 4 else word
    if language in ("es", "fr", "it", "nl", "pt") and not word.isascii():
        return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
    return word


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    stem: Callable[[str], str] = snowballstemmer.stemmer((_SNOWBALL | _SNOWBALL_TOO)[language]).stemWord
    return stem


@lru_cache(maxsize=65536)
def _stem(word: str, language: str) -> str:
    with _one_word:
        return _stemmer(language)(word)


def _endings(pairs: str, least: int = LEAST_LETTERS) -> Candidates:
    """Return a function that gives the singulars of a word by its ending: "ces:z s:" is -ces to -z and -s to none."""
    rules = [(end, rest) for end, _, rest in (pair.partition(":") for pair in pairs.split())]

    def candidates(word: str) -> Iterator[str]:
        for end, rest in rules:
            if word.endswith(end) and len(word) - len(end) + len(rest) >= least:
                yield word[: -len(end)] + rest

    return candidates


_GERMAN = _endings("innen:in nen: en: en:e n: er: e: sse:s s:")
_UMLAUTS = str.maketrans("\u00e4\u00f6\u00fc", "aou")
# Neuters whose plural ends in -er without an umlaut; other words in -er are people or tools.
_GERMAN_ER = (
    "bild", "brett", "feld", "gebiet", "geld", "gesicht", "kind", "kleid",
    "licht", "lied", "mitglied", "nest", "rind", "schild",
)  # fmt: skip
_DUTCH = _endings("eren: en: s: 's:")
_HEBREW = _endings("\u05d9\u05dd: \u05d5\u05ea:\u05d4 \u05d5\u05ea:")
_VOICED = {"v": "f", "z": "s"}


def _german(word: str) -> Iterator[str]:
    for candidate in _GERMAN(word):
        changed = candidate.translate(_UMLAUTS)
        if changed != candidate:
            yield changed
        if word != candidate + "er" or candidate.endswith(_GERMAN_ER):
            yield candidate
    if (changed := word.translate(_UMLAUTS)) != word:  # "Gärten"
        yield changed


def _dutch(word: str) -> Iterator[str]:
    for stem in _DUTCH(word):
        yield stem
        last = stem[-1]
        if not word.endswith("en"):
            continue
        if len(stem) > 2 and last == stem[-2]:  # "bussen"
            yield stem[:-1]
        hard = stem[:-1] + _VOICED.get(last, last)  # "huizen"
        yield hard
        if len(stem) > 2 and stem[-2] in "aeou":  # "bomen"
            yield hard[:-1] + hard[-2] + hard[-1]


def _hebrew(word: str) -> Iterator[str]:
    bare = word.removeprefix("\u05d4") if len(word) > LEAST_LETTERS else word  # without the article
    yield from _HEBREW(bare)
    if bare != word:
        yield bare


_CANDIDATES: dict[str, Candidates] = {
    "ar": _endings("\u0627\u062a:\u0647 \u0627\u062a: \u064a\u0646: \u0648\u0646:"),
    "de": _german,
    "es": _endings("ces:z es: s:"),
    "fr": _endings("eaux:eau aux:al aux:ail x: s:"),
    "he": _hebrew,
    "it": _endings("chi:co ghi:go che:ca ghe:ga i:o i:e i:io i:a ci:cia ce:cia ge:gia e:a"),
    "ko": _endings("\ub4e4:", least=2),
    "nl": _dutch,
    "pt": _endings("oes:ao aes:ao ões:ão ães:ão aos:ao ais:al eis:el ois:ol is:il is:l ns:m es: s:"),
}
