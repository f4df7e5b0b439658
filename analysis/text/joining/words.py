"""The words that join ideas, and those that say whether they do, of the languages written with spaces."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.text.normalise import fold

SHORTEST_VERB = 4  # letters of a word that is taken for a verb by its ending


@dataclass(frozen=True)
class JoiningWords:
    """The words of a family of languages, all folded; see joining_words.toml for what each set is."""

    name: str
    joins: frozenset[str]
    contrasts: frozenset[str]
    determiners: frozenset[str] = frozenset()
    dependents: frozenset[str] = frozenset()
    prepositions: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    modifiers: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()

    first_verbs: frozenset[str] = frozenset()
    no_verbs: frozenset[str] = frozenset()
    first_verb_endings: tuple[str, ...] = ()
    first_verb_beginnings: tuple[str, ...] = ()
    last_verb_endings: tuple[str, ...] = ()

    def is_clause(self, folded: Sequence[str], last: str) -> bool:
        """Return whether words, of which the last is also given as it is written, have a verb of their own."""
        start = 0
        while start < len(folded) - 1 and folded[start] in self.modifiers:
            start += 1
        first = folded[start]
        if first in self.first_verbs or not self.verbs.isdisjoint(folded):
            return True
        looks_like_verb = first.endswith(self.first_verb_endings) or first.startswith(self.first_verb_beginnings)
        if looks_like_verb and len(first) >= SHORTEST_VERB and first not in self.no_verbs:
            return True
        return last.endswith(self.last_verb_endings) and not last[:1].isupper()


def _read() -> tuple[list[JoiningWords], dict[str, frozenset[str]]]:
    with Path(__file__).with_name("joining_words.toml").open("rb") as file:
        tables = tomllib.load(file)
    needed = {word: frozenset(fold(text).split()) for word, text in tables.pop("only_beside").items()}
    return [
        JoiningWords(name, **{key: _words(key, text) for key, text in own.items()}) for name, own in tables.items()
    ], needed


def _words(kind: str, text: str) -> Any:
    """Return a set of folded words or pairs of words, or the endings and beginnings of words, as they are."""
    if kind.endswith("ings"):
        return tuple(text.split())
    return frozenset(map(fold, text.split("|") if kind == "pairs" else text.split()))


_FAMILIES, ONLY_BESIDE = _read()
BY_WORD: dict[str, JoiningWords] = {word: family for family in _FAMILIES for word in (*family.joins, *family.contrasts)}
"""The family of languages of each word that joins ideas; "e" and "y" of one family, so a word has one"""
BY_NAME = {family.name: family for family in _FAMILIES}
JOINING_WORDS = frozenset(BY_WORD)
"""All words that join ideas and stand by themselves"""
LEADING_WORDS = JOINING_WORDS - ONLY_BESIDE.keys()
"""Those of them that mean "and" or "but" in any language that has them, also where they begin a sentence"""
OTHER_DEPENDENT_STARTS = frozenset(word for family in _FAMILIES for word in family.dependents)
"""Words of other languages than English that begin what depends on what is before or after it: "cuando", "weil" """
