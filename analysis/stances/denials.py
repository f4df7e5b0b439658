"""What a text says was not so: "not because of the pay", or "all spotless" where others call it dirty: denials.toml."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from analysis.stances.cues import read_cues
from analysis.stances.wishes import wishes
from analysis.text.normalise import fold
from analysis.text.placeholders import comparable

MAX_MATTER = 5  # words
MAX_BARE = 2  # words of a matter that nothing but "it wasn't" says something of
TURNED_WITHIN = 3  # words between "not" and how something is
_CLAUSE = re.compile(r"[.!?;:,()\n\u2013\u2014]+")
_NO_VERDICTS = frozenset(
    [
        "hint",
        "states",
        "gone",
        "lead",
        "start",
        "before",
        "is_not",
        "determiner",
        "behind",
        "only",
        "idle",
        "not",
        "too",
        "void",
    ]
)


class Denial(NamedTuple):
    """The folded words of what was not the reason, and those that the text says besides."""

    matter: tuple[str, ...]
    rest: tuple[str, ...]


class Verdict(NamedTuple):
    """How a text says that something is: of one kind ("clean"), ``good`` or not."""

    kind: str
    good: bool


class _Words:
    """The patterns of one language; denials.toml says what each is for."""

    def __init__(self, code: str, table: Mapping[str, str | list[str]]) -> None:
        self.cues = read_cues()[code]
        text = {name: str(table[name]) for name in _NO_VERDICTS}
        self.hints = tuple(text["hint"].split("|"))
        self.gone = re.compile(text["gone"])
        self.states = re.compile(rf"\b(?:{text['states']})\b")
        lead = rf"^(?:(?:{text['lead']}) )*"
        gap = "'? ?" if code in {"fr", "it"} else " "  # "l'argent" is one word
        self.before = re.compile(rf"(?:{lead}(?:{text['start']})|\b(?:{text['before']}))(?= |$)")
        self.is_not = re.compile(rf"{lead}(?:{text['is_not']}) (?=(?:{text['determiner']}){gap})")
        self.behind = re.compile(rf"(?<= )(?:{text['behind']})\b")
        self.only = re.compile(rf" ?(?:{text['only']})\b")
        self.idle = re.compile(text["idle"])
        self.turned = re.compile(rf"\b(?:{text['not']}) (?:\S+ ){{0,{TURNED_WITHIN - 1}}}$")
        self.negations = re.compile(rf"\b(?:{text['not']})\b")
        self.too = re.compile(rf"\b(?:{text['too']}) $")
        self.void = re.compile(rf"\b(?:{text['void']})\b")
        self.kinds = {
            name: tuple(re.compile(rf"\b(?:{side})\b") for side in sides)
            for name, sides in table.items()
            if name not in _NO_VERDICTS
        }
        every = "|".join(side for name, sides in table.items() if name not in _NO_VERDICTS for side in sides)
        self.any_verdict = re.compile(rf"\b(?:{every})\b")


@cache
def _languages() -> Mapping[str, _Words]:
    with Path(__file__).with_name("denials.toml").open("rb") as file:
        return {code: _Words(code, table) for code, table in tomllib.load(file).items()}


@lru_cache(maxsize=65536)
def denial(text: str, language: str) -> Denial | None:
    """Return what a text says was not the reason; None if it says so of nothing, or in a language without words."""
    words = _languages().get(language)
    if words is None or not _has_hint(text, words.hints):
        return None
    clauses = [fold(clause) for clause in _CLAUSE.split(text)]
    for at, clause in enumerate(clauses):
        if found := _denied(clause, words):
            matter, rest = found
            others = (word for clause in (*clauses[:at], *clauses[at + 1 :]) for word in words.cues.split(clause))
            return Denial(
                matter, tuple(word for word in (*rest, *others) if not words.gone.fullmatch(comparable(word)))
            )
    return None


def _has_hint(text: str, hints: Sequence[str]) -> bool:
    padded = f" {text.replace(chr(0x2019), chr(39)).casefold()} "
    return any(hint in padded for hint in hints)


def _denied(clause: str, words: _Words) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what one folded clause denies, and the rest of its words."""
    plain, own = comparable(clause), clause.split()
    for pattern in (words.before, words.is_not):
        if (found := pattern.search(plain)) and not words.only.match(plain, found.end()):
            start = len(plain[: found.end()].split())
            matter, after = _matter(words.cues.split(" ".join(own[start:])), words)
            before = words.cues.split(" ".join(own[: len(plain[: found.start()].split())]))
            if matter and (pattern is words.before or (len(matter) <= MAX_BARE and not after)):
                return matter, (*before, *after)
    if (found := words.behind.search(plain)) and not words.only.match(plain, found.end()):
        before = words.cues.split(" ".join(own[: len(plain[: found.start()].split())]))
        cues, start = words.cues, len(before)
        while start and (cues.between.at(before, start - 1) or not cues.ends.at(before, start - 1)):
            start -= 1
        matter, after = _matter(before[start:], words)
        if matter and not after:
            return matter, (*before[:start], *words.cues.split(" ".join(own[len(plain[: found.end()].split()) :])))
    return None


def _matter(own: list[str], words: _Words) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a thing that others begin with, without articles, and what follows; none if it is idle."""
    start = 0
    while start < len(own) and (skipped := words.cues.between.at(own, start)):
        start += skipped
    end = start
    while end < min(len(own), start + MAX_MATTER) and not words.cues.ends.at(own, end):
        if words.gone.fullmatch(comparable(own[end])):
            break
        end += 1
    matter = tuple(own[start:end])
    return ((), ()) if not matter or words.idle.fullmatch(comparable(matter[0])) else (matter, tuple(own[end:]))


@lru_cache(maxsize=65536)
def verdicts(text: str, language: str) -> frozenset[Verdict]:
    """Return how a text says that things are; nothing where it wishes, compares or takes back, or is not understood."""
    words = _languages().get(language)
    if words is None or "?" in text:
        return frozenset()
    plain = comparable(text)
    if not words.any_verdict.search(plain) or words.void.search(plain) or wishes(text, language):
        return frozenset()
    found: set[Verdict] = set()
    for clause in map(comparable, _CLAUSE.split(text)):
        for kind, sides in words.kinds.items():
            for is_bad, side in enumerate(sides):
                for match in side.finditer(clause):
                    before = clause[: match.start()]
                    if is_bad or not words.too.search(before):
                        found.add(Verdict(kind, (not is_bad) != (words.turned.search(before) is not None)))
    return frozenset(found)


def states(text: str, language: str) -> bool:
    """Return whether a text that judges says how something is, not how it should be: "clean toilets" may be both."""
    return _languages()[language].states.search(fold(text)) is not None


def unjudged(text: str, language: str) -> str:
    """Return the folded words of a text without those that say how something is, and without those that turn these."""
    words = _languages()[language]
    plain = words.any_verdict.sub(" ", comparable(text))
    return words.negations.sub(" ", plain)


def verdict(text: str, language: str) -> bool | None:
    """Return whether a text praises (True) or complains (False), by its words; None if it does neither, or both."""
    sides = {each.good for each in verdicts(text, language)}
    return next(iter(sides)) if len(sides) == 1 else None
