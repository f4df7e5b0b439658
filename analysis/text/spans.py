"""Character spans of a text: searching in them, cutting, trimming and merging them.

Every function takes time linear in the length of the text.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from string import ascii_letters, digits

from analysis.text.normalise import has_words

Span = tuple[int, int]
"""Start and end of a part of a text: ``text[start:end]``"""

EMOJI = (
    "\u200d\u20e3\ufe0f\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2580-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d"
    "\u3297\u3299\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
"""Emoji and pictographs, for a character set of a pattern"""

_LEADING_WORD = re.compile(
    r"(?:and|but|so|also|plus(?!\s+d[e'\u2019])|then|or|et|und|och|og|и|και|و|और|اور|pero|aber"
    r"|però|но|αλλά|لكن|ولكن|אבל|लेकिन|ولی|لیکن)\s+(?=\S)",
    re.I,
)
_TRIM_LEFT = re.compile(
    rf"[\s.,;:!?\u00a1\u00bf\u2026\u060c\u061b\u3001\u3002\uff0c\uff64\uff1b\u104a\u1363\u200b-\u200f\u2060\ufeff*\u2022>~=|/\\_&+\u2013\u2014{EMOJI}-]+"
)
_TRIM_RIGHT = re.compile(
    r"[\s.,;:!?\u2026\u0589\u060c\u061b\u061f\u06d4\u0964\u104a\u104b\u1362\u1363\u17d4\u17d5"
    r"\u3001\u3002\uff01\uff0c\uff1b\uff1f\uff61\uff64\u200b-\u200f\u2060\ufeff]"
    r"|[*=|/\\_&+\u2013\u2014-]"
)
_PLUS = re.compile(r"(?s:.*)[0-9A-Z]\+{1,2}")  # "18+", "LGBTQ+", "C++"
_PLAIN = frozenset(ascii_letters + digits)
_PLAIN_START = _PLAIN - set("aAbBeEoOpPsStTuU")  # none of the leading words starts with one of these
_BRACKETS = {
    '"': '"',
    "'": "'",
    "\u201c": "\u201d",
    "\u2018": "\u2019",
    "\u00ab": "\u00bb",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\uff08": "\uff09",
    "(": ")",
    "[": "]",
}
_OPENED_BY = {close: opening for opening, close in _BRACKETS.items() if close not in ("'", "\u2019")}


def find_all(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern in a span, without those of its groups, which only skip long runs."""
    return (found for found in pattern.finditer(text, start, end) if found.lastindex is None)


def find_outside(
    pattern: re.Pattern[str], first: re.Pattern[str], text: str, span: Span, excluded: Sequence[Span]
) -> Iterable[re.Match[str]]:
    """Return the matches of a pattern in a span that do not start inside one of the ``excluded`` spans.

    ``first`` matches the first character of each match: most spans contain none, which is found faster.
    """
    start = first.search(text, *span)
    if start is None:
        return ()
    matches = find_all(pattern, text, start.start(), span[1])
    return _outside(matches, excluded) if excluded else matches


def _outside(matches: Iterable[re.Match[str]], excluded: Sequence[Span]) -> Iterator[re.Match[str]]:
    coming = deque(excluded)
    for found in matches:
        while coming and coming[0][1] <= found.start():
            coming.popleft()
        if not coming or found.start() < coming[0][0]:
            yield found


def between(text: str, span: Span, separator: re.Pattern[str]) -> list[Span]:
    """Return the parts of a span between the matches of a separator, without empty ones."""
    start, end = span
    cuts = [found.span() for found in find_all(separator, text, start, end)]
    edges = [(start, start), *cuts, (end, end)]
    return [(left[1], right[0]) for left, right in pairwise(edges) if left[1] < right[0]]


def trim(text: str, span: Span) -> Span | None:
    """Return the span without bullets, quotes, punctuation and conjunctions at its ends, or None if no word is left."""
    start, end = span
    marks = _MarkFinder(text, end)
    while start < end:
        before = (start, end)
        if text[start] not in _PLAIN_START and (
            lead := (_TRIM_LEFT.match(text, start, end) or _LEADING_WORD.match(text, start, end))
        ):
            start = lead.end()
        while start < end and text[end - 1] not in _PLAIN and _TRIM_RIGHT.match(text[end - 1]):
            if _PLUS.fullmatch(text, max(start, end - 3), end):
                break
            end -= 1
        start, end = _unquote(text, start, end, marks)
        if (start, end) == before:
            break
    return (start, end) if start < end and has_words(text[start:end]) else None


class _MarkFinder:
    """Finds quotes and brackets in a text up to a limit; each is searched once, from left to right."""

    def __init__(self, text: str, limit: int) -> None:
        self._text = text
        self._limit = limit
        self._next: dict[str, int] = {}

    def has(self, mark: str, start: int, end: int) -> bool:
        """Return whether a mark is in a span; ``start`` must not be less than in an earlier call for that mark."""
        position = self._next.get(mark, -1)
        if position < start:
            position = self._text.find(mark, start, self._limit)
            self._next[mark] = position = self._limit if position < 0 else position
        return position < end


def _unquote(text: str, start: int, end: int, marks: _MarkFinder) -> Span:
    """Return the span without quotes or brackets round it, or without a single one at an end."""
    if end - start < 2:
        return start, end
    first, last = text[start], text[end - 1]
    if first in _PLAIN and last in _PLAIN:
        return start, end
    inner = (start + 1, end - 1)
    closing = _BRACKETS.get(first)
    if closing and not marks.has(first, *inner) and not marks.has(closing, *inner):
        return (start + 1, end - 1) if last == closing else (start + 1, end)
    opening = _OPENED_BY.get(last)
    if opening and first != opening and not marks.has(opening, *inner):
        return start, end - 1
    return start, end


def merge_neighbours(spans: list[Span], limit: int) -> list[Span]:
    """Return at most ``limit`` spans, each from the start of the first to the end of the last of equally many."""
    size = -(-len(spans) // limit)
    if size <= 1:
        return spans
    groups = [spans[first : first + size] for first in range(0, len(spans), size)]
    return [(group[0][0], group[-1][1]) for group in groups]


def cut_long(text: str, span: Span, limit: int) -> list[Span]:
    """Return the span cut at spaces into trimmed parts of at most ``limit`` characters, as far as it has spaces."""
    start, end = span
    spans = []
    while end - start > limit:
        gap = text.rfind(" ", start + 1, start + limit)
        if gap < 0:
            break
        if (part := trim(text, (start, gap))) is not None:
            spans.append(part)
        start = gap
    if (part := trim(text, (start, end))) is not None:
        spans.append(part)
    return spans
