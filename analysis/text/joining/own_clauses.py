"""Commas and "and" between clauses with a subject and a verb each, in six languages: where a sentence is surely cut.

And where it surely is not: before a relative clause, between two subjects of one verb, inside "that … and that …". What
these words leave open is decided by the rules for all languages (clauses, spaced).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analysis.text.joining.clause_words import ALL_JOINS, ENGLISH_ALONE, EVEN, ClauseWords, languages_of
from analysis.text.normalise import fold
from analysis.text.spans import Span

MOST_CHARACTERS = 600  # of a sentence that is looked at
_SUBJECT_WORDS = 7  # before the verb
_WISH_WORDS = 3  # of the first of two things that are wished for
_TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*(?:['\u2019](?=\w))?|[,:]")
_BREAKS = re.compile(r"[()\u00ab\u00bb\"\u201c\u201d/|+&]")
_INFINITIVE = re.compile(r".{2,}(?:[aeiôoìí]r|re|rsi|rse|rci|rvi|rlo|rla)$")


class _Token(NamedTuple):
    """A word or a mark of a sentence: where it is, folded, and whether it begins with a capital."""

    start: int
    end: int
    word: str
    has_capital: bool


class _Joint(NamedTuple):
    """A comma, an "and" or both: tokens from ``before`` up to ``after`` are it."""

    before: int
    after: int
    has_comma: bool
    has_and: bool


class Joints(NamedTuple):
    """A sentence cut where clauses of their own begin, and the spans of the joints in it that separate nothing."""

    parts: list[Span]
    whole: list[Span]


def own_clauses(text: str, sentence: Span, uncut: Sequence[Span]) -> Joints:
    """Return what is sure of the commas and of the words for "and" in a sentence of one of the six languages.

    Nothing is, in other languages, in English, beside brackets and quotes, and inside one of the ``uncut`` spans.
    """
    nothing = Joints([sentence], [])
    start, end = sentence
    if end - start > MOST_CHARACTERS or _BREAKS.search(text, start, end):
        return nothing
    raw = text[start:end].casefold()
    if "," not in raw and ALL_JOINS.isdisjoint(raw.split()):
        return nothing
    if not ENGLISH_ALONE.isdisjoint(raw.split()):
        return nothing
    tokens = [
        _Token(*found.span(), fold(found.group()) or found.group(), found.group()[:1].isupper())
        for found in _TOKEN.finditer(text, start, end)
    ]
    languages, is_sure = languages_of([token.word for token in tokens])
    cuts: list[_Joint] = []
    whole: list[_Joint] = []
    for language in languages:
        joints = [
            joint
            for joint in _joints(tokens, language)
            if not any(one < tokens[joint.after].start and tokens[joint.before - 1].end < other for one, other in uncut)
        ]
        found, belong = _Reader(language, tokens).judge(joints)
        cuts += found if is_sure else []
        whole += belong
    edges = [start]
    for joint in cuts:
        edges += [tokens[joint.before - 1].end, tokens[joint.after].start]
    edges.append(end)
    parts = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    return Joints(parts, sorted({(tokens[joint.before - 1].end, tokens[joint.after].start) for joint in whole}))


def _joints(tokens: Sequence[_Token], language: ClauseWords) -> Iterator[_Joint]:
    at = 1
    while at < len(tokens) - 1:
        stop = at
        while stop < len(tokens) and (tokens[stop].word == "," or tokens[stop].word in language.joins):
            stop += 1
        if at < stop < len(tokens):
            found = {token.word for token in tokens[at:stop]}
            yield _Joint(at, stop, "," in found, found != {","})
        at = max(stop, at) + 1


@dataclass(frozen=True)
class _Reader:
    """Reads the clauses of a sentence. Positions are those of tokens; ``stop`` is the position after the last."""

    language: ClauseWords
    tokens: Sequence[_Token]

    def judge(self, joints: Sequence[_Joint]) -> tuple[list[_Joint], list[_Joint]]:
        """Return the joints that surely separate two ideas, and those that surely do not."""
        cuts: list[_Joint] = []
        whole: list[_Joint] = []
        first = 0
        is_conditional = condition = self._begins_with_condition()
        relative = False
        for number, joint in enumerate(joints):
            stop = joints[number + 1].before if number + 1 < len(joints) else len(self.tokens)
            if condition:
                whole.append(joint)
                condition = not joint.has_comma
                first = joint.after
            elif self._is_relative(joint, stop):
                whole.append(joint)
                relative = True
            elif (relative or is_conditional) and not (joint.has_comma and self._own(joint.after, stop)):
                whole.append(joint)
                relative = relative and not joint.has_comma
            elif not is_conditional and self._separates(first, joint, stop):
                cuts.append(joint)
                first, relative = joint.after, False
            elif self._belongs(first, joint, stop):
                whole.append(joint)
                if joint.has_and and not self._states(first, joint.before):
                    whole += [each for each in joints[:number] if each.before > first and each not in whole]
        return cuts, [*whole, *self._only()]

    def _begins_with_condition(self) -> bool:
        """Return whether a sentence begins with "if", "when" or the like, and not with a wish such as "que limpien"."""
        word = self.tokens[0].word
        return (self._is_subordinate(0) and word not in _THAT) or (word in EVEN and self._is_subordinate(1))

    def _only(self) -> list[_Joint]:
        """Return where a Dutch "but" means "only": "er is maar één kassa"."""
        words = [token.word for token in self.tokens]
        return [
            _Joint(at, at + 1, False, False)
            for at in range(1, len(words) - 1)
            if words[at] == "maar" and words[at - 1] in self.language.verbs and self.language.name == "nl"
        ]

    def _separates(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether what begins at ``first`` and what follows a joint are two clauses, or two wishes."""
        if self._is_open(first, joint.before):
            return False
        if self._own(joint.after, stop):
            words = [token.word for token in self.tokens]
            if not joint.has_comma and words[joint.after] in self.language.personal:
                return self._exists(joint.after, stop) and self._states(first, joint.before)
            if joint.has_comma and words[first : first + 2] == words[joint.after : joint.after + 2]:
                return False  # "on ne parle pas pour gagner, on parle pour comprendre"
            if joint.has_comma and any(token.word in self.language.says for token in self.tokens[first : joint.before]):
                return False
            if self.tokens[joint.after].word in self.language.negations:
                return self._states(first, joint.before)
            return self._states(first, joint.before) or self.tokens[first].word in self.language.negations
        return joint.has_and and not joint.has_comma and self._are_wishes(first, joint, stop)

    def _are_wishes(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether two things without a verb are wished for: "wifi en la sala y un sitio para sentarse"."""
        language, words = self.language, [token.word for token in self.tokens]
        if words[joint.after] not in language.indefinite or stop - joint.after < 2:
            return False
        left = words[first : joint.before]
        if len(left) < _WISH_WORDS or left[0] in language.prepositions or left[0] in language.definite:
            return False
        if (
            "," in left
            or ":" in words
            or left[0].isdigit()
            or self._states(first, joint.before)
            or self._has_verb(joint.after, stop)
        ):
            return False
        prepositions = language.prepositions - language.indefinite
        last = max((at for at, word in enumerate(left) if at and word in prepositions), default=-1)
        if last < 0 or last + 1 >= len(left):
            return False
        return left[last] not in language.company and left[last + 1] not in language.indefinite

    def _belongs(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether what follows a joint surely belongs to what is before."""
        if self._is_open(first, joint.before):
            return joint.has_and and not joint.has_comma and not self._is_infinitive_clause(joint.after)
        language, tokens = self.language, self.tokens
        states, owns = self._states(first, joint.before), self._own(joint.after, stop, loosely=True)
        if joint.has_comma:
            if joint.has_and:
                return False
            is_opening = tokens[first].word in language.prepositions or tokens[joint.before - 1].word in language.times
            return not states and is_opening and owns
        if not states and owns:
            return tokens[first].word not in language.negations
        if states and not owns and tokens[joint.after].word in language.definite and self._is_open(joint.after, stop):
            return True  # "me gusta el mercado y la gente que viene"
        return (states and stop - joint.after == 1) or self._shares(first, joint, stop)

    def _shares(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether two things share an article, an adjective or what follows: "pan y queso frescos"."""
        language, words = self.language, [token.word for token in self.tokens]
        left, right = words[first : joint.before], words[joint.after : stop]
        if len(right) < 2 or right[0] in language.closed or len(left) > 2 or "," in left:
            return False
        if self._is_infinitive_clause(first) or self._is_infinitive_clause(joint.after):
            return False
        if language.is_germanic:
            return (
                len(left) == 2
                and left[0] not in language.closed
                and left[0].endswith(("es", "er", "e", "s"))
                and right[1] in language.prepositions
            )
        if language.name == "fr":
            return len(left) == 2 and left[0] in language.many
        if left[-1].endswith("s") or right[0].endswith("s") or right[1] in language.closed:
            return False
        if language.name == "it":
            return right[0][-1:] in ("o", "a", "e") and right[1].endswith(("i", "che", "ghe"))
        return right[1].endswith("s")

    def _is_relative(self, joint: _Joint, stop: int) -> bool:
        """Return whether a subordinate clause begins behind a joint."""
        at = joint.after
        if self._is_subordinate(at) or self._is_subordinate(at + 1, after_preposition=True):
            return not (self.tokens[at].word in _THAT and self.tokens[0].word in _THAT)
        if self.language.name != "de" or not joint.has_comma:
            return False
        at += self.tokens[at].word in self.language.prepositions
        if at + 2 >= stop or self.tokens[at].word not in _GERMAN_RELATIVES:
            return False
        if self.tokens[at + 1].word in self.language.verbs:
            return False  # "der hat ihn gefunden"
        last = self.tokens[stop - 1]
        # "Leute, die Müll hinwerfen", and not "die Kasse ist zu, die Leute schimpfen": a noun is before the comma
        ends_with_verb = not last.has_capital and (
            last.word in self.language.verbs or last.word.endswith(("t", "en", "te"))
        )
        before, following = self.tokens[joint.before - 1], self.tokens[at + 1].word
        return ends_with_verb and (
            before.has_capital
            or before.word in _GERMAN_RELATIVES
            or following in self.language.pronouns
            or following in self.language.definite
        )

    def _is_subordinate(self, at: int, *, after_preposition: bool = False) -> bool:
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

    def _is_infinitive_clause(self, at: int) -> bool:
        """Return whether an infinitive stands at a position, or behind "not" there."""
        at += self.tokens[at].word in self.language.before_verb and at + 1 < len(self.tokens)
        word = self.tokens[at].word
        return (
            not self.language.is_germanic and _INFINITIVE.match(word) is not None and word not in self.language.closed
        )

    def _is_open(self, first: int, stop: int) -> bool:
        """Return whether a subordinate clause begins between two positions."""
        return any(self._is_subordinate(at) for at in range(first, stop))

    def _states(self, first: int, stop: int) -> bool:
        """Return whether words have a finite verb, with or without a subject."""
        return self._own(first, stop) or self._has_verb(first, stop)

    def _has_verb(self, first: int, stop: int) -> bool:
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

    def _own(self, first: int, stop: int, *, loosely: bool = False) -> bool:
        """Return whether words are a clause that begins with its subject, or with "there is".

        ``loosely``: also where the verb is of several and the noun of one.
        """
        language, tokens = self.language, self.tokens
        if first >= stop:
            return False
        words = [token.word for token in tokens[first:stop]]
        if self._exists(first, stop):
            return True
        if words[0] in language.pronouns and self._begins_with_pronoun(first, stop):
            return True
        if words[0] not in language.definite and words[0] not in language.indefinite:
            return False
        last = min(stop, first + 2 + _SUBJECT_WORDS)
        for at in range(first + 2, last):
            word, before = tokens[at].word, tokens[at - 1].word
            if self._is_subordinate(at - 1) or self._is_subordinate(at) or word == ":":
                return False
            if language.begins_noun(before) and before not in language.before_verb:
                continue
            if word in language.before_verb and at + 1 < stop and tokens[at + 1].word not in language.prepositions:
                return True
            if (word in language.verbs and not tokens[at].has_capital) or self._looks_like_verb(
                first, at, stop, loosely=loosely
            ):
                return not self._is_infinitive(first, at, stop)
        return False

    def _exists(self, first: int, stop: int) -> bool:
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

    def _is_infinitive(self, first: int, at: int, stop: int) -> bool:
        """Return whether a verb at the end belongs to one before: "man sollte Müll sammeln und die Leute grüßen"."""
        if not self.language.is_germanic or at + 1 < stop or not self.tokens[at].word.endswith("n"):
            return False
        before = [token for token in self.tokens[:first] if token.word not in self.language.joins]
        return any(token.word in self.language.modals for token in before) or (
            len(before) > 1
            and before[-1].word.endswith("en")
            and not before[-1].has_capital
            and not self._states(0, first)
        )


_FRENCH_ADVERB = re.compile(r"(?:e|i|u|am|em)ment$")
_THAT = frozenset(("que", "che"))
_GERMAN_RELATIVES = frozenset("der die das dem den".split())  # noqa: SIM905
