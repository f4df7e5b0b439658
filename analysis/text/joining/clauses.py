"""Cutting a sentence into clauses and items where commas, "and", "but" and the like stand between two ideas.

The words are English; what separates ideas in other languages without a comma is cut afterwards (split_joined).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from analysis.text.joining.lists import LONG_SPACE
from analysis.text.joining.spaced import starts_with_and
from analysis.text.joining.topic_commas import cuts_off_no_idea
from analysis.text.joining.words import LEADING_WORDS, OTHER_DEPENDENT_STARTS
from analysis.text.normalise import has_words, words
from analysis.text.spans import EMOJI, Span, find_outside
from analysis.text.word_lists import (
    AUXILIARIES,
    COMPARATIVES,
    DEPENDENT_STARTS,
    DETERMINERS,
    FINITE_VERBS,
    FIXED_PAIRS,
    IMPERATIVE_VERBS,
    INTERJECTIONS,
    JUDGEMENTS,
    MOVING_VERBS,
    NON_VERBS,
    PASTS,
    STOP_WORDS,
    SUBJECTS,
    VERB_MODIFIERS,
    VOCATIVES,
)

MAX_ITEM_WORDS = 5  # of an item of a list such as "trust, patience, good food and a king size bed"
MAX_LAST_ITEM_WORDS = 10  # of an item after short ones: "… and somewhere to sit that is not a pub"
_MOST_SUBJECT_WORDS = 7  # before the verb of a clause
_FIRST_WORDS = 12  # of a clause that are looked at

_PAUSES = frozenset("-\u2013\u2014.\u2026")  # dashes and dots, which separate only clauses
_COMMAS = frozenset(",\u060c\u3001\uff0c\uff64\u104a\u1363")
_DEPENDENT_STARTS = DEPENDENT_STARTS | OTHER_DEPENDENT_STARTS
_SLASHES = ("/", "|")  # with spaces around, see _separated
_AND = ("and", "&", "n", "'n'", ", and", ",and")
_AND_DO = frozenset(("try", "trying", "tried", "go", "come"))
_STATES = frozenset(("be", "being", "stay", "staying", "get", "remain", "feel", "feeling"))
_DO_NOT = frozenset(("don't", "dont", "never", "not"))
_QUESTIONS = frozenset(("what", "why", "how", "where", "when"))
_WANTS = frozenset(("need", "want", "wish", "would", "should", "must", "i'd", "love", "like"))
_NOT_ONLY = {"not", "only"}
_BUT = frozenset(("nothing", "anything", "all", "everything", "none", "last"))  # "nothing but trouble"
_NO_SUBJECT = _DEPENDENT_STARTS | _QUESTIONS | VERB_MODIFIERS | INTERJECTIONS | SUBJECTS | {"to", "of", "and", "thus"}
_JUST = frozenset(("already", "just", "recently", "have", "had", "been", "was", "were", "am", "are"))
_DID = frozenset(words("made got went sent bought took paid came did put saw gave rang left lost"))
_OPINIONS = frozenset(
    words("liked loved hated enjoyed learned learnt needed wanted missed preferred disliked appreciated")
)
_PLACES = frozenset(("of", "for", "in", "at", "on", "with"))  # "the machine for the car park"
_OF = frozenset(("of", "than", "or", "and", "so", "to", "often"))
_THE = frozenset(("the", "my", "our", "your", "his", "her", "their"))
_FRENCH = frozenset(
    words(
        "le la les des une du est sont pas être avec pour dans qui que je on il elle faut au aux ne en sur et très"
        " souvent tard tôt vite longtemps jamais rien écouter parler passer moins encore ça c'est"
    )
)
# After "and" and a noun, one of these is the verb of both nouns: "trust and respect are everything".
_SHARED_VERBS = {"is", "are", "was", "were", "has", "have", "had", "makes", "make", "come", "matter"}

# The lookaheads test the first character of a match, and the first one after white space: they rule out nearly every
# position in a text.
_SEPARATOR_MARK = re.compile(rf"[\s,\u060c\u3001\uff0c\uff64\u104a\u1363\uff0b\uff06/+.\u2026\u2014{EMOJI}]")
_SEPARATOR = re.compile(
    rf"(?={_SEPARATOR_MARK.pattern})(?=\s*[,\u060c\u3001\uff0c\uff64\u104a\u1363\uff0b\uff06/+.\u2026{EMOJI}=&|'\u2013\u2014abnp-])(?:"
    rf"\s*[,\u060c\u3001\uff0c\uff64\u104a\u1363](?!\d)\s*(?:(?:and|but|&|\+|then|plus|or|y|und|et|e|og|och|ve|и|та|και|و|और|اور|pero|aber|però|но|αλλά|لكن|ولكن|אבל|लेकिन|ولی|لیکن)\s+)?"
    rf"|[\uff0b\uff06]"
    rf"|\s+(?:and\s+then|and|but|&|n|'n'|plus(?!\s+d[e'\u2019]))\s+|\s+[+&=/|]+\s+|(?<=[^\W\d]{{4}})[/+](?=[^\W\d]{{4}})"
    rf"|\s*\.{{2,}}\s*|\s*\u2026\s*|\s+[-\u2013\u2014]+\s+|\s*\u2014\s*"
    rf"|\s*[{EMOJI}]+\s*(?=\w))"
    rf"|{LONG_SPACE}|([{EMOJI}]{{8,}})",
    re.I,
)


@dataclass(slots=True)
class _Piece:
    """The text between two separators, or several such texts joined."""

    span: Span
    words: list[str]
    has_content: bool
    is_name: bool = False  # one word with a capital
    before_verb: int = 0  # how many words before the verb have been seen, so that joining pieces stays linear

    @property
    def is_short(self) -> bool:
        return 0 < len(self.words) <= MAX_ITEM_WORDS

    @property
    def is_dependent(self) -> bool:
        words = self.words
        if words[:1] == ["that"] and len(words) > 2 and words[2] in FINITE_VERBS:
            return False  # "that room was hot"
        return bool(words) and (words[0] in _DEPENDENT_STARTS or words[0].isdigit())

    @property
    def is_clause(self) -> bool:
        """Whether it starts like a clause: with an imperative, gerund or past tense, or a subject and another word."""
        words, last = self.words, len(self.words) - 1
        if last > 0 and words[0] in ("always", "never", "don't", "dont"):
            return True
        while self.before_verb < last and words[self.before_verb] in VERB_MODIFIERS:
            self.before_verb += 1
        if last < 0:
            return False
        first = words[self.before_verb]
        if first in SUBJECTS:
            return self.before_verb < last
        return (
            first in IMPERATIVE_VERBS
            or first in PASTS
            or (first.endswith(("ing", "ed")) and len(first) >= 5 and first not in NON_VERBS)
        )

    @property
    def is_statement(self) -> bool:
        """Whether it has a subject of its own before a verb: "the lights are off", "what we want is a raise"."""
        first = self.words[:_FIRST_WORDS]
        if len(first) < 3:
            return len(first) == 2 and first[0] in SUBJECTS
        if first[0] in SUBJECTS or first[:2] == ["no", "one"] or (first[0] in _QUESTIONS and first[1] in SUBJECTS):
            return True
        if first[0] == "there":
            return first[1] in AUXILIARIES
        has_noun = first[0] in DETERMINERS
        verbs = FINITE_VERBS if has_noun else AUXILIARIES
        verb = next((at for at, word in enumerate(first) if word in verbs), len(first))
        subject = first[has_noun:verb]
        return (
            0 < len(subject) < _MOST_SUBJECT_WORDS
            and verb < len(first)
            and _NO_SUBJECT.isdisjoint(subject if not has_noun else [word for word in subject if word not in _PLACES])
        )

    @property
    def is_background(self) -> bool:
        """Whether it says what somebody did before what they write about: "I made a transfer", "I was waiting"."""
        words = self.words
        if len(words) < 3 or words[0] not in ("i", "i've", "ive", "we", "we've", "i'm", "im"):
            return False
        verb = next((word for word in words[1:5] if word not in VERB_MODIFIERS and word not in _JUST), "")
        return verb not in _OPINIONS and (verb in _DID or (verb.endswith(("ed", "ing")) and verb not in NON_VERBS))

    @property
    def is_item(self) -> bool:
        """Whether it may be an item of a list of things."""
        return self.is_short and self.has_content and not (self.is_dependent or self.is_clause or self.is_statement)

    @property
    def is_last_item(self) -> bool:
        """Whether it may end such a list, at more length."""
        is_thing = not (self.is_dependent or self.is_statement) and _SHARED_VERBS.isdisjoint(self.words[1:3])
        return is_thing and self.has_content and len(self.words) <= MAX_LAST_ITEM_WORDS

    @property
    def is_wish(self) -> bool:
        """Whether it begins with "more", "better" or the like and a thing."""
        return len(self.words) >= 2 and self.words[0] in COMPARATIVES and self.words[1] not in _OF

    def join(self, other: "_Piece") -> None:
        """Append the next piece."""
        self.span = (self.span[0], other.span[1])
        self.words += other.words
        self.has_content = self.has_content or other.has_content


def _piece(text: str, span: Span) -> _Piece:
    tokens = words(text[_past_lead_in(text, *span) : span[1]])
    if len(tokens) > 1 and tokens[0] in LEADING_WORDS and tokens[1] != "g":
        del tokens[0]
    if len(tokens) > 2 and tokens[0] in INTERJECTIONS and (tokens[1] in SUBJECTS or tokens[1] in DETERMINERS):
        del tokens[0]
    is_name = len(tokens) == 1 and text[span[0] : span[1]].strip().istitle()
    return _Piece(span, tokens, not STOP_WORDS.issuperset(tokens), is_name)


def clauses(text: str, sentence: Span, uncut: Sequence[Span]) -> list[Span]:
    """Return a sentence cut at those separators that separate two ideas."""
    parts, marks = _separated(text, sentence, uncut)
    if len(parts) < 2:
        return [sentence]
    pieces = [_piece(text, span) for span in parts]
    if len(pieces) > 2 and all(piece.is_short for piece in pieces) and all(mark[:1] in _PAUSES for mark in marks):
        return [piece.span for piece in pieces]
    items = 1 + sum(mark[:1] not in _PAUSES for mark in marks)
    is_list = items > 2 and any(mark[:1] in _COMMAS for mark in marks) and all(piece.is_item for piece in pieces[:-1])
    spans: list[Span] = []
    current = pieces[0]
    for (before, piece), mark in zip(pairwise(pieces), marks, strict=True):
        if _separates_ideas(current, before, piece, mark, items, is_list=is_list):
            spans.append(current.span)
            current = piece
        else:
            if current is before:
                current = replace(before, words=[*before.words])
            current.join(piece)
    return [*spans, current.span]


def _separated(text: str, sentence: Span, uncut: Sequence[Span]) -> tuple[list[Span], list[str]]:
    """Return the n parts between separators, and the n - 1 separators; parts without words are left out."""
    parts: list[Span] = []
    marks: list[str] = []
    start, end = sentence
    mark = ""
    for found in [*find_outside(_SEPARATOR, _SEPARATOR_MARK, text, sentence, uncut), None]:
        stop = found.start() if found else end
        if has_words(text[start:stop]):
            if parts:
                marks.append(mark)
            parts.append((start, stop))
            mark = ""
        if found:
            mark += _mark(found.group())
            start = found.end()
    return parts, marks


def _mark(found: str) -> str:
    """Return a separator without spaces; a slash between letters is written as "=", for it may stand in a word."""
    mark = found.strip().casefold()
    return "=" if mark == found == "/" else mark


def _past_lead_in(text: str, start: int, end: int) -> int:
    """Return where the idea starts in a piece such as "With colleagues: say good morning"."""
    colon = text.rfind(": ", start, end)
    return colon + 1 if colon >= 0 and has_words(text[colon:end]) else start


def _separates_ideas(current: _Piece, before: _Piece, after: _Piece, mark: str, items: int, *, is_list: bool) -> bool:
    """Return whether to cut between ``current``, of which ``before`` is the last part, and ``after``.

    ``mark`` is the separator, ``items`` the number of parts of the sentence between commas and conjunctions; of a list
    the last item may be longer than others.
    """
    if not (current.has_content and (after.has_content or after.is_wish)) or after.is_dependent:
        return False
    if mark[:1] in _COMMAS and cuts_off_no_idea(" ".join(before.words), " ".join(after.words)):
        return False
    if mark.isalnum() and (before.is_dependent or f"{before.words[-1]} {after.words[0]}" in FIXED_PAIRS):
        return False
    if (current.words[0] in _DEPENDENT_STARTS and current is before) or _is_couplet(before, after, mark, items):
        return False
    if _goes_on(current, before, after, mark):
        return False
    if _is_another(current, before, after, mark, items):
        return True
    has_and = (mark.startswith(",") and mark[1:].strip().isalpha()) or (
        mark in _COMMAS and starts_with_and(after.words[0])
    )
    if has_and and min(len(before.words), len(after.words)) >= 2:
        return not before.is_dependent and not _is_pair_of_people(before, after)
    if mark == "plus" and not _FRENCH.isdisjoint([*before.words, *after.words]):
        return False  # "être plus patient"
    shares_verb = (
        len(after.words) > 2 and after.words[0] not in SUBJECTS and not _SHARED_VERBS.isdisjoint(after.words[1:3])
    )
    if mark.isalnum() and not current.is_clause and shares_verb:
        return False
    if mark[:1] in _PAUSES:
        return after.is_clause and current.is_clause
    if after.words[0] in SUBJECTS:
        return (
            after.is_clause
            and (len(current.words) >= 3 or current.is_clause or items > 2)
            and not _is_pair_of_people(before, after)
        )
    if after.is_clause and (len(after.words) >= 2 or items > 2):
        return current.is_clause or current.is_short
    if current.is_clause and len(current.words) > (1 if mark.isalnum() else 2):
        return False
    if current.is_short and after.is_short:
        return items > 2 or not _shares_complement(current, after)
    return (items > 2 and after.is_short and before.is_short) or (is_list and current is before and after.is_last_item)


def _goes_on(current: _Piece, before: _Piece, after: _Piece, mark: str) -> bool:
    """Return whether what follows says on what was begun, in English."""
    if mark in _AND and before.words[-1] in _AND_DO and after.words[0] not in SUBJECTS:
        return True  # "try and change", "go and see"
    first = after.words[0]
    if len(after.words) == 1 and mark in _COMMAS and len(current.words) >= 3:
        if first in VOCATIVES:
            return current.is_clause and len(before.words) >= 2
        if after.is_name and current is before and current.is_statement and len(current.words) > 3:
            return True  # "that is a pay cut, Karen"
    if first in ("that's", "thats") and len(after.words) > 1 and after.words[1] in _QUESTIONS:
        return True  # "everybody knows everybody, that's what I like"
    if before.words[0] in _DO_NOT and before.words[1:2] == [first] and first in IMPERATIVE_VERBS:
        return True  # "don't turn it into flats, turn it into a school"
    if after.words[0] in PASTS and current.is_background and "was" not in current.words[:3]:
        return True  # "I bought it last week, sent it back"
    if mark in _AND and current.words[0] in _STATES and first.endswith("ed"):
        return True  # "stay in touch and involved in their lives"
    early = current.words[:_FIRST_WORDS]
    return (
        "i" in early
        and first in IMPERATIVE_VERBS
        and not MOVING_VERBS.isdisjoint([first, *early])
        and _WANTS.isdisjoint(early)
    )


def _is_another(current: _Piece, before: _Piece, after: _Piece, mark: str, items: int) -> bool:
    """Return whether what follows is surely another idea, in English: a wish after a wish, a statement after one."""
    early = current.words[:_FIRST_WORDS]
    if after.is_wish and any(
        word in COMPARATIVES and (not at or early[at - 1] not in AUXILIARIES) for at, word in enumerate(early)
    ):
        return True  # "longer hours and more plugs"
    if mark in _SLASHES and (items > 2 or min(len(before.words), len(after.words)) >= 2):
        return (current.is_short or (items > 2 and before.is_short)) and (after.is_short or after.is_statement)
    if mark not in _SLASHES and current.is_background and after.words[0] not in SUBJECTS:
        return False
    contrast = mark.lstrip(",\u060c ") in ("but", "yet")
    if contrast:
        return (
            min(len(before.words), len(after.words)) >= 2
            and before.words[-1] not in _BUT
            and after.words[0] not in ("also", "not", "only")
            and not {*before.words[-_FIRST_WORDS:]} >= _NOT_ONLY
            and (current.is_statement or len(current.words) > 2 or not JUDGEMENTS.isdisjoint(current.words))
            and (after.is_statement or after.words[0] in JUDGEMENTS or after.words[0] in DETERMINERS)
        )
    return (
        mark in _AND
        and after.is_statement
        and current.is_statement
        and after.words[0] not in ("their", "its", "his", "her")
        and (after.words[0] in SUBJECTS or after.words[0] in DETERMINERS or _NO_SUBJECT.isdisjoint(before.words[-4:]))
        and not _is_pair_of_people(before, after)
    )


def _is_pair_of_people(before: _Piece, after: _Piece) -> bool:
    """Return whether the two are one subject: "My brother and I have one rule"."""
    return after.words[0] in ("i", "he", "she", "they") and len(before.words) <= 4 and not before.is_clause


def _shares_complement(first: _Piece, second: _Piece) -> bool:
    """Return whether what follows "of" belongs to both: "salt and pepper of life"."""
    return (
        len(first.words) == 1
        and "of" in second.words[1:]
        and second.words[0] not in ("a", "an", "the", "lots", "plenty")
    )


def _is_couplet(before: _Piece, after: _Piece, mark: str, items: int) -> bool:
    """Return whether they are one saying: "Close mouth, open ears", "Happy wife, happy life"."""
    return (
        items == 2
        and mark in (",", "\u060c")
        and len(before.words) == len(after.words)
        and 2 <= len(before.words) <= 3
        and before.words[0] not in VERB_MODIFIERS | {"be", "being"}
        and not (before.is_wish or after.is_wish or "no" in (before.words[0], after.words[0]))
        and not JUDGEMENTS.issuperset((before.words[0], after.words[0]))
        and not (before.words[0] == "i" and after.words[0] in SUBJECTS)
        and _THE.isdisjoint(before.words)
    )
