"""The words by which clauses are told in six languages, and which of these a sentence is in; see own_clauses.toml."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.text.normalise import fold

MARKS = (",", ":")
_LEAST_WORDS = 2  # of a language, for a sentence to be surely in it


@dataclass(frozen=True)
class ClauseWords:
    """The words of a language, all folded; see own_clauses.toml for what each set is."""

    name: str
    joins: frozenset[str]
    definite: frozenset[str]
    indefinite: frozenset[str]
    many: frozenset[str]
    pronouns: frozenset[str]
    verbs: frozenset[str]
    exists: frozenset[str]
    before_verb: frozenset[str]
    negations: frozenset[str]
    prepositions: frozenset[str]
    company: frozenset[str]
    subordinates: frozenset[str]
    small: frozenset[str]
    plural_endings: tuple[str, ...]
    singular_endings: tuple[str, ...]
    we_endings: tuple[str, ...]
    says: frozenset[str]
    personal: frozenset[str]
    weak: frozenset[str]
    times: frozenset[str]
    modals: frozenset[str] = frozenset()
    closed: frozenset[str] = field(init=False)
    """The words that are no noun, verb or adjective"""

    def __post_init__(self) -> None:
        before_noun = self.definite | self.indefinite | self.prepositions | self.negations
        closed = before_noun | self.joins | self.pronouns | self.before_verb | self.subordinates | self.small
        object.__setattr__(self, "closed", closed.union(MARKS))

    @property
    def is_germanic(self) -> bool:
        return self.name in ("de", "nl")

    def begins_noun(self, word: str) -> bool:
        """Return whether a noun follows a word."""
        return word in self.definite or word in self.indefinite or word in self.prepositions


def languages_of(found: Sequence[str]) -> tuple[list[ClauseWords], bool]:
    """Return the languages most words of a sentence belong to, if no word is English alone, and whether it is sure.

    Words for "and" count twice: "vers", "en" and "de" are Dutch and French.
    """
    counted = [word for word in found if word not in _ENGLISH_TOO]
    scores = [sum(word in words for word in counted) for words in _ALL_WORDS]
    joins = [sum(word in language.joins for word in counted) for language in _LANGUAGES]
    weighed = [score + join for score, join in zip(scores, joins, strict=True)]
    best = max(weighed)
    if not best:
        return [], False
    most = [at for at, score in enumerate(weighed) if score == best]
    if any(word in _ENGLISH and not any(word in _ALL_WORDS[at] for at in most) for word in found):
        return [], False
    return [_LANGUAGES[at] for at in most], len(most) == 1 and scores[most[0]] >= _LEAST_WORDS


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


def _read() -> tuple[list[ClauseWords], frozenset[str], frozenset[str], frozenset[str]]:
    with Path(__file__).with_name("own_clauses.toml").open("rb") as file:
        tables = tomllib.load(file)
    english, too, even = (_words(tables.pop(key)) for key in ("english", "of_english_too", "even"))
    languages = [
        ClauseWords(name, **{key: _set(key, text) for key, text in own.items()}) for name, own in tables.items()
    ]
    return languages, english, too, even


def _set(kind: str, text: str) -> Any:
    """Return a set of folded words or of pairs of them, or the endings of words, as they are."""
    if kind.endswith("endings"):
        return tuple(text.split())
    return frozenset("|".join(map(fold, word.split("|"))) for word in text.split())


_LANGUAGES, _ENGLISH, _ENGLISH_TOO, EVEN = _read()
_ALL_WORDS = [(each.closed | each.verbs | each.exists).difference(MARKS) for each in _LANGUAGES]
ALL_JOINS = frozenset[str]().union(*(each.joins for each in _LANGUAGES))
ENGLISH_ALONE = _ENGLISH.difference(*_ALL_WORDS)
"""Words of English and of none of the languages"""
TELLING = frozenset[str]().union(*_ALL_WORDS) - _ENGLISH_TOO
"""Words of which a sentence in one of the languages has one"""
