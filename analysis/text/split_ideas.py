"""Splitting an answer into the points it makes, each as an exact character span of the answer.

From the outside in: lines and bullets, sentences, then clauses and list items joined by commas, "and" or "but" - these
only where each side stands alone. Every step is one pass over the text, so the time is linear in its length.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_letters, digits

from analysis.text.normalise import fold_word, has_words, is_nonanswer, may_have_links, words
from analysis.text.personal_data import URL
from analysis.text.word_lists import ALONE, BEFORE_VERBS, LEANING, NOT_VERBS, PAIRS, STOP_WORDS, SUBJECTS, VERBS

MAX_IDEAS = 40  # per answer; beyond it neighbours are kept together
MAX_IDEA_CHARACTERS = 500  # characters; beyond it a run without punctuation is cut at a space
SHORT_ITEM = 5  # words in an item of a list such as "trust, patience, good food and a king size bed"

Span = tuple[int, int]

_PAUSES = frozenset("-\u2013\u2014.\u2026")  # dashes and dots part a sentence only between two clauses

_PARTING = {"and", "but", "n", "plus"}
_JOINING = {"and", "&", "n", "plus", "or", "+"}
_LISTABLE = ALONE | _JOINING
_BE_OR_HAVE = {"is", "are", "was", "were", "has", "have", "had", "makes", "make", "come", "matter"}  # of both subjects

_EMOJI = (
    "\u200d\u20e3\ufe0f\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2580-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
_BULLET = r"[-*\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6\u00b7\u2013\u2014>+~]"
_NUMBER = r"\(?\d{1,2}[.):](?=\s|[^\W\d])"
_LINE = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LINE_HEAD = re.compile(rf"\s*(?:(?:{_BULLET}|{_NUMBER}|[a-h]\))\s*)+")
_FIRST_NUMBER = re.compile(r"\s*(?:\(?1[.):]|a\))", re.I)
# Patterns that are searched for end with a group that takes a long run of white space (dots, emoji) where nothing else
# matches: a match from a later place in the run would also be one from its start, so nothing begins in it. Without that
# group each place of the run is tried, and every try reads the rest of the run again.
_LONG_SPACE = r"(\s{8,})"
_BULLET_INLINE = r"\s+(?:[\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6]\s*|\*\s+)"
_INLINE_BULLET = re.compile(rf"{_BULLET_INLINE}|{_LONG_SPACE}")
# What a text has that lies on several lines or has bullets within one.
_LISTED = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6*]")
_INLINE_NUMBER = re.compile(rf"{_BULLET_INLINE}|\s+(?:\(?\d{{1,2}}[.)]|[b-h]\))\s+(?=[^\W\d])|{_LONG_SPACE}")
_SENTENCE_MARK = re.compile("[.!?\u2026\u061f\u0964\u06d4\u3002\uff01\uff1f;\uff1b\u061b]")
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u061f\u0964\u06d4]+[\"'\u201d\u2019\u00bb)\]]*(?=\s)"
    r"|[\u3002\uff01\uff1f]+[\u300d\u300f]*|[;\uff1b\u061b]+"
    r"|([.!?\u2026\u061f\u0964\u06d4]{8,})"
)
_CONTINUED = re.compile(r"\b(?:etc|no|hrs?|yrs?)\.$", re.I)  # abbreviations that may also end a sentence
_ABBREVIATION = re.compile(r"\b(?:e\.?g|i\.?e|vs|mr|mrs|ms|dr|st|prof|approx|incl|[a-hj-z]|(?:[a-z]\.)+[a-z])\.$", re.I)
# What a match starts with is looked at first, and what it goes on with where that is white space: nearly every
# character of a text is ruled out by that.
_SEPARATOR_MARK = re.compile(rf"[\s,\u060c\u3001\uff0c/+.\u2026\u2014{_EMOJI}]")
_SEPARATOR = re.compile(
    rf"(?={_SEPARATOR_MARK.pattern})(?=\s*[,\u060c\u3001\uff0c/+.\u2026{_EMOJI}=&|'\u2013\u2014abnp-])(?:"
    rf"\s*[,\u060c\u3001\uff0c](?!\d)\s*(?:(?:and|but|&|\+|then|plus|or|y|und|et)\s+)?"
    rf"|\s+(?:and\s+then|and|but|&|n|'n'|plus)\s+|\s+[+&=/|]+\s+|(?<=[^\W\d]{{4}})[/+](?=[^\W\d]{{4}})"
    rf"|\s*\.{{2,}}\s*|\s*\u2026\s*|\s+[-\u2013\u2014]+\s+|\s*\u2014\s*"
    rf"|\s*[{_EMOJI}]+\s*(?=\w))"
    rf"|{_LONG_SPACE}|([{_EMOJI}]{{8,}})",
    re.I,
)
_ONE_CLAUSE = re.compile(r"[a-zA-Z][a-zA-Z0-9' ]*[.!?]?")  # of nothing else, where no word joins two
_WORD = re.compile(r"\S+")
_LEADING_WORD = re.compile(r"(?:and|but|so|also|plus|then|or)\s+(?=\S)", re.I)
_TRIM_LEFT = re.compile(
    rf"[\s.,;:!?\u2026\u060c\u3001\u3002\u200b-\u200f\u2060\ufeff*\u2022>~=|/\\_&+\u2013\u2014{_EMOJI}-]+"
)
_TRIM_RIGHT = re.compile(
    r"[\s.,;:!?\u2026\u060c\u061b\u061f\u0964\u3001\u3002\uff01\uff0c\uff1b\uff1f\u200b-\u200f\u2060\ufeff]"
    r"|[*=|/\\_&+\u2013\u2014-]"
)
_PLAIN = frozenset(ascii_letters + digits)
_PLAIN_START = _PLAIN - set("aAbBoOpPsStT")  # no word that leads on starts with one of these
_BRACKETS = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb", "(": ")", "[": "]"}
_OPENED_BY = {close: opening for opening, close in _BRACKETS.items() if close not in ("'", "\u2019")}


def split_ideas(answer: str) -> list[Span]:
    """The points an answer makes, as ``(start, end)`` with ``answer[start:end]`` the point; in order, none overlapping.

    A piece that says nothing ("lol", "thats it") is left out; an answer of nothing but such pieces has no ideas.
    At most MOST_IDEAS come back: in a longer list neighbours share one.
    """
    if is_nonanswer(answer):
        return []
    spans: list[Span] = []
    if _ONE_CLAUSE.fullmatch(answer) and _PARTING.isdisjoint(words(answer)):
        whole = (0, len(answer))
        spans = _bare_list(answer, whole) or [whole]
    else:
        for line in _lines(answer):
            for sentence in _sentences(answer, line):
                spans.extend(_bare_list(answer, sentence) or _clauses(answer, sentence))
    trimmed = [span for piece in spans if (span := _trim(answer, piece)) is not None]
    kept = [(start, end) for start, end in trimmed if not is_nonanswer(answer[start:end])]
    if len(kept) <= MAX_IDEAS and all(end - start <= MAX_IDEA_CHARACTERS for start, end in kept):
        return kept
    return [span for piece in _bounded(kept) for span in _cut_long(answer, piece)][:MAX_IDEAS]


def _lines(text: str) -> list[Span]:
    """Lines and the items of bulleted and numbered lists, without their bullets."""
    if not (_LISTED.search(text) or _FIRST_NUMBER.match(text)):
        head = _LINE_HEAD.match(text)
        return [(head.end() if head else 0, len(text))]
    spans = []
    for start, end in _between(text, (0, len(text)), _LINE):
        head = _LINE_HEAD.match(text, start, end)
        inline = _INLINE_NUMBER if _FIRST_NUMBER.match(text, start, end) else _INLINE_BULLET
        spans.extend(_between(text, (head.end() if head else start, end), inline))
    return spans


def _sentences(text: str, line: Span) -> list[Span]:
    """Sentences of a line; a full stop after an abbreviation or dots before a small letter do not end one."""
    spans = []
    start, end = line
    for found in _outside_links(_SENTENCE_END, _SENTENCE_MARK, text, line):
        mark = found.group()
        following = text[found.end() : found.end() + 12].lstrip()[:1]
        before = text[max(start, found.end() - 12) : found.end()]
        if mark == "." and (_ABBREVIATION.search(before) or (following.islower() and _CONTINUED.search(before))):
            continue
        if (mark.startswith("..") or mark.startswith("\u2026")) and following.islower():
            continue
        spans.append((start, found.end()))
        start = found.end()
    spans.append((start, end))
    return spans


@dataclass(slots=True)
class _Piece:
    """A stretch between two separators, or several joined, and what the splitter has to know about it."""

    span: Span
    words: list[str]
    has_content: bool
    before_verb: int = 0  # words before its verb, as far as they were counted

    @property
    def is_short(self) -> bool:
        return 0 < len(self.words) <= SHORT_ITEM

    @property
    def leans(self) -> bool:
        return bool(self.words) and (self.words[0] in LEANING or self.words[0].isdigit())

    @property
    def is_clause(self) -> bool:
        """Whether it starts as a clause does: with a verb in the imperative, a gerund, or a subject and its verb."""
        words, last = self.words, len(self.words) - 1
        if last > 0 and words[0] in ("always", "never", "don't", "dont"):
            return True
        while self.before_verb < last and words[self.before_verb] in BEFORE_VERBS:
            self.before_verb += 1
        if last < 0:
            return False
        first = words[self.before_verb]
        if first in SUBJECTS:
            return self.before_verb < last
        return first in VERBS or (first.endswith(("ing", "ed")) and len(first) >= 5 and first not in NOT_VERBS)

    def join(self, other: "_Piece") -> None:
        """Take in the piece that comes next."""
        self.span = (self.span[0], other.span[1])
        self.words += other.words
        self.has_content = self.has_content or other.has_content


def _piece(text: str, span: Span) -> _Piece:
    """The piece that is a stretch."""
    own = words(text[_past_lead_in(text, *span) : span[1]])
    return _Piece(span, own, not STOP_WORDS.issuperset(own))


def _clauses(text: str, sentence: Span) -> list[Span]:
    """A sentence cut at the separators where what stands before and what comes after each stand alone."""
    stretches, marks = _stretches(text, sentence)
    if len(stretches) < 2:
        return [sentence]
    pieces = [_piece(text, span) for span in stretches]
    if len(pieces) > 2 and all(piece.is_short for piece in pieces) and all(mark[:1] in _PAUSES for mark in marks):
        return [piece.span for piece in pieces]
    items = 1 + sum(mark[:1] not in _PAUSES for mark in marks)
    spans: list[Span] = []
    current = pieces[0]
    for (before, piece), mark in zip(pairwise(pieces), marks, strict=True):
        if _stands_alone(current, before, piece, mark, items):
            spans.append(current.span)
            current = piece
        else:
            if current is before:
                current = replace(before, words=[*before.words])
            current.join(piece)
    return [*spans, current.span]


def _bare_list(text: str, sentence: Span) -> list[Span]:
    """The words of a list of nothing but nouns, with or without separators, "TRUST RESPECT LOVE"; else nothing.

    Two are left to the clauses: "love food" is advice.
    """
    first = _WORD.search(text, *sentence)
    if first is None or fold_word(first.group()) not in _LISTABLE:
        return []
    tokens = [found.span() for found in _WORD.finditer(text, *sentence)]
    if not 3 <= len(tokens) <= 2 * MAX_IDEAS:
        return []
    items: list[Span] = []
    for token in tokens:
        word = fold_word(text[slice(*token)])
        if word in ALONE:
            items.append(token)
        elif word not in _JOINING:
            return []
    return items if len(items) >= 3 else []


def _stretches(text: str, sentence: Span) -> tuple[list[Span], list[str]]:
    """The stretches between separators, and the separators; a stretch without words is part of the one before it."""
    stretches: list[Span] = []
    marks: list[str] = []
    start, end = sentence
    mark = ""
    for found in [*_outside_links(_SEPARATOR, _SEPARATOR_MARK, text, sentence), None]:
        stop = found.start() if found else end
        if has_words(text[start:stop]):
            if stretches:
                marks.append(mark)
            stretches.append((start, stop))
            mark = ""
        if found:
            mark += found.group().strip().casefold()
            start = found.end()
    return stretches, marks


def _past_lead_in(text: str, start: int, end: int) -> int:
    """Where the point starts in a piece such as "With colleagues: say good morning"."""
    colon = text.rfind(": ", start, end)
    return colon + 1 if colon >= 0 and has_words(text[colon:end]) else start


def _stands_alone(current: _Piece, before: _Piece, after: _Piece, mark: str, items: int) -> bool:
    """Whether a sentence may be cut between ``before`` (the end of ``current``) and ``after``, joined by ``mark``."""
    if not (current.has_content and after.has_content) or after.leans:
        return False
    if mark.isalnum() and (before.leans or f"{before.words[-1]} {after.words[0]}" in PAIRS):
        return False
    if (current.words[0] in LEANING and current is before) or _is_couplet(before, after, mark, items):
        return False
    if mark.startswith(",") and mark[1:].strip().isalpha() and min(len(before.words), len(after.words)) >= 2:
        return not before.leans and not _is_pair_of_people(before, after)
    if mark.isalnum() and not current.is_clause and len(after.words) > 2 and _BE_OR_HAVE & set(after.words[1:3]):
        return False
    if mark[:1] in _PAUSES:
        return after.is_clause and current.is_clause
    if after.words[0] in SUBJECTS:
        return (
            after.is_clause and (len(current.words) >= 3 or current.is_clause) and not _is_pair_of_people(before, after)
        )
    if after.is_clause and (len(after.words) >= 2 or items > 2):
        return current.is_clause or current.is_short
    if current.is_clause and len(current.words) > (1 if mark.isalnum() else 2):
        return False
    if current.is_short and after.is_short:
        return items > 2 or not _shares_a_tail(current, after)
    return items > 2 and after.is_short and before.is_short


def _is_pair_of_people(before: _Piece, after: _Piece) -> bool:
    """ "My brother and I have one rule" is about one pair."""
    return after.words[0] in ("i", "he", "she", "they") and len(before.words) <= 4 and not before.is_clause


def _shares_a_tail(first: _Piece, second: _Piece) -> bool:
    """ "salt and pepper of life": what follows "of" belongs to both."""
    return (
        len(first.words) == 1
        and "of" in second.words[1:]
        and second.words[0] not in ("a", "an", "the", "lots", "plenty")
    )


def _is_couplet(before: _Piece, after: _Piece, mark: str, items: int) -> bool:
    """Two halves of one saying: "Close mouth, open ears", "Happy wife, happy life", "forgive fast, forget faster"."""
    return (
        items == 2
        and mark in (",", "\u060c")
        and len(before.words) == len(after.words)
        and 2 <= len(before.words) <= 3
        and before.words[0] not in BEFORE_VERBS | {"be", "being"}
    )


def _outside_links(pattern: re.Pattern[str], mark: re.Pattern[str], text: str, span: Span) -> Iterable[re.Match[str]]:
    """The matches of a pattern, which start with a ``mark``, in a span that do not start inside a web address."""
    first = mark.search(text, *span)
    if first is None:
        return ()
    if may_have_links(text, *span):
        return _past_links(pattern, text, span)
    return _matches(pattern, text, first.start(), span[1])


def _matches(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The matches of a pattern between two places, without the long runs that it only passes over."""
    return (found for found in pattern.finditer(text, start, end) if found.lastindex is None)


def _past_links(pattern: re.Pattern[str], text: str, span: Span) -> Iterator[re.Match[str]]:
    links = deque(found.span() for found in URL.finditer(text, *span))
    for found in _matches(pattern, text, *span):
        while links and links[0][1] <= found.start():
            links.popleft()
        if not links or found.start() < links[0][0]:
            yield found


def _between(text: str, span: Span, separator: re.Pattern[str]) -> list[Span]:
    """The stretches of a span that lie between the matches of a separator."""
    start, end = span
    cuts = [found.span() for found in _matches(separator, text, start, end)]
    edges = [(start, start), *cuts, (end, end)]
    return [(left[1], right[0]) for left, right in pairwise(edges) if left[1] < right[0]]


def _trim(text: str, span: Span) -> Span | None:
    """The span without the bullets, quotes, punctuation and joining words at its ends; None when nothing is left."""
    start, end = span
    signs = _Signs(text, end)
    while start < end:
        before = (start, end)
        if text[start] not in _PLAIN_START and (
            lead := (_TRIM_LEFT.match(text, start, end) or _LEADING_WORD.match(text, start, end))
        ):
            start = lead.end()
        while start < end and text[end - 1] not in _PLAIN and _TRIM_RIGHT.match(text[end - 1]):
            end -= 1
        start, end = _unquote(text, start, end, signs)
        if (start, end) == before:
            break
    return (start, end) if start < end and has_words(text[start:end]) else None


class _Signs:
    """Where signs stand in a text up to a limit, for questions that go from left to right."""

    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._next: dict[str, int] = {}

    def has(self, sign: str, start: int, end: int) -> bool:
        """Whether a sign is in a span; ``start`` is never smaller than it was when the sign was asked for before."""
        at = self._next.get(sign, -1)
        if at < start:
            at = self._text.find(sign, start, self._limit)
            self._next[sign] = at = self._limit if at < 0 else at
        return at < end


def _unquote(text: str, start: int, end: int, signs: _Signs) -> Span:
    """The span without a pair of quotes or brackets round it, and without one half of such a pair at an end."""
    if end - start < 2:
        return start, end
    first, last = text[start], text[end - 1]
    if first in _PLAIN and last in _PLAIN:
        return start, end
    inner = (start + 1, end - 1)
    closing = _BRACKETS.get(first)
    if closing and not signs.has(first, *inner) and not signs.has(closing, *inner):
        return (start + 1, end - 1) if last == closing else (start + 1, end)
    opening = _OPENED_BY.get(last)
    if opening and first != opening and not signs.has(opening, *inner):
        return start, end - 1
    return start, end


def _bounded(spans: list[Span]) -> list[Span]:
    """At most MOST_IDEAS spans: in a longer list each takes in the same number of neighbours."""
    share = -(-len(spans) // MAX_IDEAS)
    if share <= 1:
        return spans
    groups = [spans[at : at + share] for at in range(0, len(spans), share)]
    return [(group[0][0], group[-1][1]) for group in groups]


def _cut_long(text: str, span: Span) -> list[Span]:
    """A span of more than LONGEST_IDEA characters cut at white space, where it has any."""
    start, end = span
    spans = []
    while end - start > MAX_IDEA_CHARACTERS:
        gap = text.rfind(" ", start + 1, start + MAX_IDEA_CHARACTERS)
        if gap < 0:
            break
        if (piece := _trim(text, (start, gap))) is not None:
            spans.append(piece)
        start = gap
    if (piece := _trim(text, (start, end))) is not None:
        spans.append(piece)
    return spans
