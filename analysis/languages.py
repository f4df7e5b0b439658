"""Languages of surveys and answers: which there are, what they are called, how they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import Locale, UnknownLocaleError

from analysis.text.language import KNOWN, guess_languages
from analysis.words.stop_words import stop_words

FIRST = ("ar", "zh", "nl", "en", "fr", "de", "it", "ja", "pt", "es")
"""Those that the public pages are translated into"""
CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""A language in the form of BCP 47: "de", "zh-Hant", "pt-BR\""""
MAX_CODE = 30
LEAST_LIKELY = 0.5
LATIN = ("nl", "en", "fr", "de", "it", "pt", "es")
"""Those of FIRST in Latin letters"""
LEAST_GUESS, LEAST_SHARE = 0.02, 0.05  # of a language that was not guessed, and of one without its stop words
SHARE_UNLISTED = 0.2  # of stop words, taken for a language without a list of them, or without spaces between words
UNSPACED = frozenset({"ja", "km", "lo", "my", "th", "zh"})


def guess_language(question: str, introduction: str, otherwise: str) -> str:
    """Return the language that a survey is written in, `otherwise` where it cannot be told."""
    text = f"{question} {introduction}"
    plain = _without_marks(text)
    both = guess_languages(text), guess_languages(plain)  # a mark more or less changes what is guessed of few words
    guesses = {code: sum(each.get(code, 0.0) for each in both) / 2 for code in {*both[0], *both[1]}}
    likely = _likely_by_stop_words(plain.lower().split(), guesses)
    best = max(likely, key=lambda code: (likely[code], code), default=otherwise)
    return best if likely.get(best, 0.0) >= LEAST_LIKELY else otherwise


def _likely_by_stop_words(words: list[str], guesses: Mapping[str, float]) -> dict[str, float]:
    """Return how likely a question of some words is in each language, from the guesses of it and its stop words.

    fastText takes many a short question for English ("Was fehlt dir?"); but most words of such are stop words.
    """
    if not guesses:
        return {}
    weights = {}
    for code in {*guesses, *LATIN}:
        listed = stop_words(code) if code not in UNSPACED else ()
        share = sum(word in listed for word in words) / max(len(words), 1) if listed else SHARE_UNLISTED
        weights[code] = (guesses.get(code, 0.0) + LEAST_GUESS) * (LEAST_SHARE + share) ** 2
    elsewhere = max(0.0, 1 - sum(guesses.values())) * (LEAST_SHARE + SHARE_UNLISTED) ** 2
    total = elsewhere + sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}


def _without_marks(text: str) -> str:
    """Return a text without punctuation, digits and symbols."""
    kept = (letter if unicodedata.category(letter)[0] in "LM" or letter in "'’" else " " for letter in text)
    return " ".join("".join(kept).replace("’", "'").split())


def is_language(code: str) -> bool:
    """Return whether a survey may be in this language: it is one that has a name."""
    return len(code) <= MAX_CODE and bool(CODE.fullmatch(code)) and _english_name(code) is not None


def _english_name(code: str) -> str | None:
    return Locale("en").languages.get(code.split("-")[0])


@cache
def language_name(code: str, language: str) -> str:
    """Return what a language is called in another: "German", "Deutsch"; its code where it has no name there."""
    names = Locale.parse(language, sep="-")
    try:
        name = Locale.parse(code, sep="-").get_display_name(names)
    except (ValueError, UnknownLocaleError):
        name = names.languages.get(code.split("-")[0])
    return name or _english_name(code) or code


@cache
def direction(code: str) -> str:
    """Return how a language is written: "rtl" or "ltr"."""
    try:
        order = Locale.parse(code, sep="-").character_order
    except (ValueError, UnknownLocaleError):
        return "ltr"
    return "rtl" if order == "right-to-left" else "ltr"


def choices(language: str) -> list[tuple[str, str]]:
    """Return the languages that a survey may be in, with their names in a language: FIRST, then the others by name."""
    named = {code: language_name(code, language) for code in (*FIRST, *KNOWN)}
    first = sorted(FIRST, key=lambda code: named[code].casefold())
    others = sorted(named.keys() - set(FIRST), key=lambda code: named[code].casefold())
    return [(code, named[code]) for code in (*first, *others)]
