"""Languages of surveys and answers: which there are, what they are called, how they are written."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, UnknownLocaleError

from analysis.text.language import KNOWN, guess_languages

FIRST = ("ar", "zh", "nl", "en", "fr", "de", "it", "ja", "pt", "es")
"""Those that the public pages are translated into"""
CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""A language in the form of BCP 47: "de", "zh-Hant", "pt-BR\""""
MAX_CODE = 30
LEAST_LIKELY = 0.5


def guess_language(question: str, introduction: str, otherwise: str) -> str:
    """Return the language that a survey is written in, `otherwise` where it cannot be told."""
    guesses = guess_languages(f"{question} {introduction}")
    best = max(guesses, key=lambda code: (guesses[code], code), default=otherwise)
    return best if guesses.get(best, 0.0) >= LEAST_LIKELY else otherwise


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
