"""Commas and "and" between clauses with a subject and a verb each, in six languages: where a sentence is surely cut.

And where it surely is not: before a relative clause, between two subjects of one verb, inside "that … and that …". What
these words leave open is decided by the rules for all languages (clauses, spaced).
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analysis.text.joining.clause_words import ALL_JOINS, ENGLISH_ALONE, EVEN, TELLING, ClauseWords, languages_of
from analysis.text.joining.read_clauses import ClauseReader, Token
from analysis.text.normalise import fold_word
from analysis.text.spans import Span

MOST_CHARACTERS = 600  # of a sentence that is looked at
_WISH_WORDS = 3  # of the first of two things that are wished for
_WORD_OR_MARK = re.compile(r"[^\W_]+(?:-[^\W_]+)*(?:['\u2019](?=\w))?|[,:]")
_THAT = frozenset(("que", "che"))
_MUTUAL = ("recipr", "recípr", "mutu", "mútu")  # mutual trust and respect are two ideas
_GERMAN_RELATIVES = frozenset(("der", "die", "das", "dem", "den"))
_BREAKS = re.compile(r"[()\u00ab\u00bb\"\u201c\u201d/|+&]")


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
    raw = text[start:end].casefold().split()
    if not ENGLISH_ALONE.isdisjoint(raw) or TELLING.isdisjoint(raw):
        return nothing
    if text.find(",", start, end) < 0 and ALL_JOINS.isdisjoint(raw):
        return nothing
    tokens = [
        Token(*found.span(), fold_word(found.group()) or found.group(), found.group()[:1].isupper())
        for found in _WORD_OR_MARK.finditer(text, start, end)
    ]
    languages, is_sure = languages_of(
        [token.word for token in tokens if not (token.has_capital and token.word in ALL_JOINS)]
    )
    cuts: list[_Joint] = []
    whole: list[_Joint] = []
    for language in languages:
        joints = [
            joint
            for joint in _joints(tokens, language)
            if not any(one < tokens[joint.after].start and tokens[joint.before - 1].end < other for one, other in uncut)
        ]
        found, belong = _Judge(language, tokens).judge(joints)
        cuts += found if is_sure else []
        whole += [joint for joint in belong if is_sure or joint.has_and]
    edges = [start]
    for joint in cuts:
        edges += [tokens[joint.before - 1].end, tokens[joint.after].start]
    edges.append(end)
    parts = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    return Joints(parts, sorted({(tokens[joint.before - 1].end, tokens[joint.after].start) for joint in whole}))


def _joints(tokens: Sequence[Token], language: ClauseWords) -> Iterator[_Joint]:
    at = 1
    while at < len(tokens) - 1:
        stop = at
        while stop < len(tokens) and (tokens[stop].word == "," or _is_and(tokens[stop], language)):
            stop += 1
        if at < stop < len(tokens):
            found = {token.word for token in tokens[at:stop]}
            yield _Joint(at, stop, "," in found, found != {","})
        at = max(stop, at) + 1


def _is_and(token: Token, language: ClauseWords) -> bool:
    """Return whether a token is "and" and no name or abbreviation: "3 PM ET on TV"."""
    return token.word in language.joins and not token.has_capital


class _Judge(ClauseReader):
    """Decides what commas and words for "and" separate."""

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
            elif self._is_relative(first, joint, stop):
                whole.append(joint)
                relative = True
            elif (relative or is_conditional) and not (joint.has_comma and self.owns(joint.after, stop)):
                whole.append(joint)
                relative = relative and not joint.has_comma
            elif not is_conditional and self._separates(first, joint, stop):
                cuts.append(joint)
                first, relative = joint.after, False
            elif self._belongs(first, joint, stop):
                whole.append(joint)
                if joint.has_and and not self.states(first, joint.before):
                    whole += [each for each in joints[:number] if each.before > first and each not in whole]
        return cuts, [*whole, *self._only()]

    def _begins_with_condition(self) -> bool:
        """Return whether a sentence begins with "if", "when" or the like, and not with a wish such as "que limpien"."""
        word = self.tokens[0].word
        return (self.is_subordinate(0) and word not in _THAT) or (word in EVEN and self.is_subordinate(1))

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
        if self.is_open(first, joint.before):
            return False
        if self.owns(joint.after, stop):
            words = [token.word for token in self.tokens]
            if words[joint.after] in self.language.personal:
                return self.exists(joint.after, stop) and self.states(first, joint.before)
            if joint.has_comma and words[first : first + 2] == words[joint.after : joint.after + 2]:
                return False  # "on ne parle pas pour gagner, on parle pour comprendre"
            if joint.has_comma and any(token.word in self.language.says for token in self.tokens[first : joint.before]):
                return False
            last = max((at for at in range(first, joint.before) if words[at] == ","), default=first)
            if (
                words[last + 1] in self.language.prepositions
                and last > first
                and not self.states(last + 1, joint.before)
            ):
                return False  # "je suis contre, après ce soir, le maire …"
            if self.tokens[joint.after].word in self.language.negations:
                return self.states(first, joint.before)
            return self.states(first, joint.before) or self.tokens[first].word in self.language.negations
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
            or self.states(first, joint.before)
            or self.has_verb(joint.after, stop)
        ):
            return False
        prepositions = language.prepositions - language.indefinite
        last = max((at for at, word in enumerate(left) if at and word in prepositions), default=-1)
        if last < 0 or last + 1 >= len(left):
            return False
        return left[last] not in language.company and left[last + 1] not in language.indefinite

    def _belongs(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether what follows a joint surely belongs to what is before."""
        if self.is_open(first, joint.before):
            return joint.has_and and not joint.has_comma and not self.is_infinitive(joint.after)
        language, tokens = self.language, self.tokens
        states, owns = self.states(first, joint.before), self.owns(joint.after, stop, loosely=True)
        if joint.has_comma:
            if joint.has_and:
                return False
            is_opening = tokens[first].word in language.prepositions or tokens[joint.before - 1].word in language.times
            return not states and is_opening and owns
        if not states and owns:
            return tokens[first].word not in language.negations
        if states and not owns and tokens[joint.after].word in language.definite and self.is_open(joint.after, stop):
            return True  # "me gusta el mercado y la gente que viene"
        return (states and stop - joint.after == 1) or self._shares(first, joint, stop)

    def _shares(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether two things share an article, an adjective or what follows: "pan y queso frescos"."""
        language, words = self.language, [token.word for token in self.tokens]
        left, right = words[first : joint.before], words[joint.after : stop]
        if not language.is_germanic and language.name != "fr" and len(left) > 1 and len(right) > 2:
            determiners = (language.definite | language.indefinite) - language.many
            if left[0] in determiners and right[0] in determiners:  # "un zumo y un bollo caseros"
                left, right = left[1:], right[1:]
        if len(right) < 2 or right[0] in language.closed or len(left) > 2 or "," in left:
            return False
        if self.is_infinitive(first) or self.is_infinitive(joint.after):
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
        if right[1] in language.closed or right[1].startswith(_MUTUAL):
            return False
        if right[0].endswith("as") and right[1].endswith("os"):
            return True  # "libros y revistas antiguos"
        if right[0].endswith("s"):
            return False
        if language.name == "it":
            return right[0][-1:] in ("o", "a", "e") and right[1].endswith(("i", "che", "ghe"))
        return right[1].endswith("s")

    def _is_relative(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether a subordinate clause begins behind a joint."""
        at = joint.after
        if self.is_subordinate(at) or self.is_subordinate(at + 1, after_preposition=True):
            return not (self.tokens[at].word in _THAT and self.tokens[0].word in _THAT)
        return self.language.name == "de" and joint.has_comma and self._is_german_relative(first, joint, stop)

    def _is_german_relative(self, first: int, joint: _Joint, stop: int) -> bool:
        """Return whether "die" and the like begin a clause with its verb at the end: "Leute, die Müll hinwerfen"."""
        language, tokens = self.language, self.tokens
        at = joint.after + (tokens[joint.after].word in language.prepositions)
        last, before = tokens[stop - 1], tokens[joint.before - 1]
        if at + 1 >= stop or tokens[at].word not in _GERMAN_RELATIVES or last.has_capital:
            return False
        if last.word not in language.verbs and not last.word.endswith(("t", "en", "ern", "te")):
            return False
        is_thing = before.has_capital and not self.states(first, joint.before)
        if at + 2 == stop or tokens[at + 1].word in language.verbs:
            return is_thing and at + 2 == stop  # and not "der hat ihn gefunden"
        following = tokens[at + 1].word
        return (
            before.has_capital
            or before.word in _GERMAN_RELATIVES
            or following in language.pronouns
            or following in language.definite
        )
