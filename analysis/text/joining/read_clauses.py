"""Reading the clauses of a sentence in one of six languages: subjects, finite verbs, and what is subordinate."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.text.joining.clause_words import ClauseWords

_SUBJECT_WORDS = 7  # before the verb
_INFINITIVE = re.compile(r".{2,}(?:[aeiôoìí]r|re|rsi|rse|rci|rvi|rlo|rla)$")
_FRENCH_ADVERB = re.compile(r"(?:e|i|u|am|em)ment$")


class Token(NamedTuple):
    """A word or a mark of a sentence: where it is, folded, and whether it begins with a capital."""

    start: int
    end: int
    word: str
    has_capital: bool


@dataclass(frozen=True)
class ClauseReader:
    """Reads the clauses of a sentence. Positions are those of tokens; ``stop`` is the position after the last."""

    language: ClauseWords
    tokens: Sequence[Token]

    def is_subordinate(self, at: int, *, after_preposition: bool = False) -> bool:
        """Return whether the word at a position begins a subordinate clause: no infinitive as in "dónde aparcar"."""
        language, tokens = self.language, self.tokens
        if at >= len(tokens):
            return False
        word = tokens[at].word
        if after_preposition and tokens[at - 1].word not in language.prepositions:
            return False
        if word not in language.subordinates or (word == "se" and language.name == "pt" and at):
            return False
        if word in ("die", "dat") and (
            not at
            or tokens[at - 1].word in language.joins
            or (tokens[at + 1 : at + 2] and tokens[at + 1].word in language.verbs)
        ):
            return False  # Dutch "those" and "that"
        following = at + 1
        while following < len(tokens) and tokens[following].word in language.before_verb:
            following += 1
        is_infinitive = (
            not language.is_germanic
            and following < len(tokens)
            and _INFINITIVE.match(tokens[following].word) is not None
            and tokens[following].word not in language.closed
        )
        return not is_infinitive

    def is_infinitive(self, at: int) -> bool:
        """Return whether an infinitive stands at a position, or behind "not" there."""
        at += self.tokens[at].word in self.language.before_verb and at + 1 < len(self.tokens)
        word = self.tokens[at].word
        return (
            not self.language.is_germanic and _INFINITIVE.match(word) is not None and word not in self.language.closed
        )

    def is_open(self, first: int, stop: int) -> bool:
        """Return whether a subordinate clause begins between two positions."""
        return any(self.is_subordinate(at) for at in range(first, stop))

    def states(self, first: int, stop: int) -> bool:
        """Return whether words have a finite verb, with or without a subject."""
        return self.owns(first, stop) or self.has_verb(first, stop)

    def has_verb(self, first: int, stop: int) -> bool:
        """Return whether words have a finite verb that is told by itself, or by what is before it."""
        language, tokens = self.language, self.tokens
        for at in range(first, stop):
            word = tokens[at].word
            before = tokens[at - 1].word if at > first else ""
            if language.begins_noun(before) and before not in language.pronouns:
                continue
            if word in language.verbs and (at + 1 == stop or tokens[at + 1].word not in ("de", "di")):
                return True
            if word in language.before_verb and at + 1 < stop and tokens[at + 1].word not in language.closed:
                return True
            if at - first < 3 and language.we_endings and word.endswith(language.we_endings) and len(word) > 5:
                return True
        return False

    def owns(self, first: int, stop: int, *, loosely: bool = False) -> bool:
        """Return whether words are a clause that begins with its subject, or with "there is".

        ``loosely``: also where the verb is of several and the noun of one.
        """
        language, tokens = self.language, self.tokens
        if first >= stop:
            return False
        words = [token.word for token in tokens[first:stop]]
        if self.exists(first, stop):
            return True
        if words[0] in language.pronouns and self._begins_with_pronoun(first, stop):
            return True
        if words[0] not in language.definite and words[0] not in language.indefinite:
            return False
        last = min(stop, first + 2 + _SUBJECT_WORDS)
        for at in range(first + 2, last):
            word, before = tokens[at].word, tokens[at - 1].word
            if self.is_subordinate(at - 1) or self.is_subordinate(at) or word == ":":
                return False
            if language.begins_noun(before) and before not in language.before_verb:
                continue
            if word in language.before_verb and at + 1 < stop and tokens[at + 1].word not in language.prepositions:
                return True
            if (word in language.verbs and not tokens[at].has_capital) or self._looks_like_verb(
                first, at, stop, loosely=loosely
            ):
                return not self._ends_with_infinitive(first, at, stop)
        return False

    def exists(self, first: int, stop: int) -> bool:
        """Return whether words begin with "there is" or "there is not"."""
        words = [token.word for token in self.tokens[first:stop]]
        if len(words) > 2 and words[0] in self.language.before_verb:
            del words[0]
        if len(words) < 2 or words[1] in ("de", "di"):
            return False
        return words[0] in self.language.exists or "|".join(words[:2]) in self.language.exists

    def _begins_with_pronoun(self, first: int, stop: int) -> bool:
        language, tokens = self.language, self.tokens
        at = first + 1
        while at < stop and tokens[at].word in language.before_verb:
            at += 1
        if at >= stop:
            return False
        word = tokens[at].word
        if word in language.verbs:
            return True
        if tokens[first].word in language.weak:
            return at > first + 1 and word not in language.closed
        return word not in language.closed and not (language.is_germanic and tokens[at].has_capital)

    def _looks_like_verb(self, first: int, at: int, stop: int, *, loosely: bool) -> bool:
        """Return whether the ending of a word behind the noun of a subject is one of verbs."""
        language, tokens = self.language, self.tokens
        word, before = tokens[at].word, tokens[at - 1]
        if len(word) < 4 or word in language.closed or tokens[at].has_capital or before.word in language.closed:
            return False
        is_several = tokens[first].word in language.many
        if language.is_germanic:
            if word.startswith("ge") or word.endswith("iert"):
                return False
            if language.name == "de":
                return before.has_capital and word.endswith((*language.plural_endings, *language.singular_endings))
            if before.word.endswith("e"):
                return False  # an adjective: "de eerste dienst"
            if word.endswith("en"):
                if loosely:
                    return True
                goes_on = at + 1 == stop or tokens[at + 1].word in language.closed
                return goes_on and (is_several or before.word.endswith(("en", "s")))
            return word.endswith(language.singular_endings)
        if language.name == "fr" and _FRENCH_ADVERB.search(word):
            return False
        if is_several and word.endswith(language.plural_endings):
            return True
        if loosely and language.name != "fr" and word.endswith(("en", "an", "em", "am", "ono", "anno")):
            return True
        return not is_several and word.endswith(language.singular_endings)

    def _ends_with_infinitive(self, first: int, at: int, stop: int) -> bool:
        """Return whether a verb at the end belongs to one before: "man sollte Müll sammeln und die Leute grüßen"."""
        if not self.language.is_germanic or at + 1 < stop or not self.tokens[at].word.endswith("n"):
            return False
        before = [token for token in self.tokens[:first] if token.word not in self.language.joins]
        return any(token.word in self.language.modals for token in before) or (
            len(before) > 1
            and before[-1].word.endswith("en")
            and not before[-1].has_capital
            and not self.states(0, first)
        )
