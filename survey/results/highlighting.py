"""Answers as readers see them: personal data masked, and character ranges highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from survey.core.personal_data import find_personal_data

MAX_WHOLE_CHARACTERS = 700
"""Of longer answers an excerpt is shown, and the whole on request"""
MAX_BEFORE_CHARACTERS, MAX_SHORT_CHARACTERS = 120, 420

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer, highlighted or not."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class HighlightedText:
    """An answer in pieces; `short` is an excerpt around the first highlight, empty unless the answer is long."""

    whole: list[Piece]
    short: list[Piece]


def highlight(text: str, spans: Sequence[Span] = ()) -> HighlightedText:
    """Highlight spans of an answer whose personal data is masked already."""
    merged = _merged(spans)
    return HighlightedText(_pieces(text, merged), _excerpt(text, merged) if len(text) > MAX_WHOLE_CHARACTERS else [])


def mask_with_spans(text: str, spans: Sequence[Span]) -> tuple[str, list[Span]]:
    """Mask personal data in a text and return the masked text with the spans mapped to it.

    Data that a span cuts through is masked whole and included in the span, so that no part of it remains.
    """
    shown: list[str] = []
    moved = [[start, end] for start, end in spans]
    place = length = 0
    for start, end, label in find_personal_data(text):
        shown += [text[place:start], label]
        length += start - place
        for old, new in zip(spans, moved, strict=True):
            if start <= old[0] < end:
                new[0] = length
            elif old[0] >= end:
                new[0] += len(label) - (end - start)
            if start < old[1] <= end:
                new[1] = length + len(label)
            elif old[1] > end:
                new[1] += len(label) - (end - start)
        length += len(label)
        place = end
    return "".join([*shown, text[place:]]), [(start, end) for start, end in moved]


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Sort spans and merge those that overlap."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _pieces(text: str, spans: Sequence[Span]) -> list[Piece]:
    pieces, place = [], 0
    for start, end in spans:
        pieces += [Piece(text[place:start]), Piece(text[start:end], True)]
        place = end
    return [piece for piece in [*pieces, Piece(text[place:])] if piece.text]


def _excerpt(text: str, spans: Sequence[Span]) -> list[Piece]:
    """Return an excerpt around the first span, cut between words if there are any."""
    first = spans[0][0] if spans else 0
    begin = 0 if first <= MAX_BEFORE_CHARACTERS else _after_space(text, first - MAX_BEFORE_CHARACTERS, first)
    end = begin + MAX_SHORT_CHARACTERS
    if end < len(text):
        end = max(text.rfind(" ", begin + 1, end), begin) if " " in text[begin + 1 : end] else end
    inside = [(max(start, begin) - begin, min(stop, end) - begin) for start, stop in spans if start < end]
    pieces = _pieces(text[begin:end], inside)
    return [*([Piece("… ")] if begin else []), *pieces, *([Piece(" …")] if end < len(text) else [])]


def _after_space(text: str, place: int, most: int) -> int:
    found = text.find(" ", place, most)
    return found + 1 if found >= 0 else place
