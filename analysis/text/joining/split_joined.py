"""Cutting a clause of any language but English where it joins ideas without a comma."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter

from analysis.text.joining.spaced import split_spaced
from analysis.text.joining.unspaced import split_unspaced
from analysis.text.joining.words import JOINING_WORDS
from analysis.text.spans import Span

# Letters of writings without spaces, or in which "and" is part of a word.
_OTHER_WRITING = re.compile(
    "[\u05d0-\u05ea\u0621-\u064a\uac00-\ud7a3\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3041-\u30ff\u3400-\u9fff]"
)


def split_joined(text: str, span: Span, uncut: Sequence[Span] = ()) -> list[Span]:
    """Return the clause in a span cut into the ideas that it joins; [span] if it is one idea, or in English.

    A clause with one of the ``uncut`` spans in it (addresses and numbers, in their order) stays whole.
    """
    clause = text[slice(*span)]
    is_other_writing = not clause.isascii() and _OTHER_WRITING.search(clause)
    if not is_other_writing and JOINING_WORDS.isdisjoint(clause.casefold().split()):
        return [span]  # most clauses in Latin letters
    next_uncut = bisect_left(uncut, span[1], key=itemgetter(0))
    if next_uncut and uncut[next_uncut - 1][1] > span[0]:
        return [span]
    if not is_other_writing:
        return split_spaced(text, span)
    return [part for piece in split_unspaced(text, span) for part in split_spaced(text, piece)]
