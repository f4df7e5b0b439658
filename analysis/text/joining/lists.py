"""Lists in an answer: its lines, the items of bulleted and numbered lists, and of lists of words without separators."""

import re
from itertools import pairwise

from analysis.text.normalise import fold_word
from analysis.text.spans import Span, between
from analysis.text.word_lists import COMPARATIVES, LIST_NOUNS, STOP_WORDS

CONJUNCTIONS = frozenset(("and", "&", "n", "plus", "or", "+"))

_MOST_ITEMS = 40
_PARALLEL_WORDS = range(2, 5)  # of an item such as "more trees"
_LISTABLE = LIST_NOUNS | CONJUNCTIONS

_BULLET = r"[-*\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6\u00b7\u2013\u2014>+~]"
_NUMBER = r"\(?\d{1,2}[.):](?=\s|[^\W\d])"
_LINE = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LINE_HEAD = re.compile(rf"\s*(?:(?:{_BULLET}|{_NUMBER}|[a-h]\))\s*)+")
_FIRST_NUMBER = re.compile(r"\s*(?:\(?1[.):]|a\))", re.I)
# Patterns end with a group that matches a long run of white space (dots, emoji), which find_all skips. No match starts
# inside such a run unless one starts at its beginning. Without the group each position in the run would be tried, and
# each try would read the rest of the run, in quadratic time.
LONG_SPACE = r"(\s{8,})"
_BULLET_INLINE = r"\s+(?:[\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6]\s*|\*\s+)"
_INLINE_BULLET = re.compile(rf"{_BULLET_INLINE}|{LONG_SPACE}")
_INLINE_DASH = re.compile(rf"\s+[-\u2013\u2014]\s+|{_BULLET_INLINE}|{LONG_SPACE}")
_DASH_HEAD = re.compile(r"\s*[-\u2013\u2014]\s")
# Found in all texts of several lines and in those with inline bullets.
_LISTED = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6*]")
_INLINE_NUMBER = re.compile(rf"{_BULLET_INLINE}|\s+(?:\(?\d{{1,2}}[.)]|[b-h]\))\s+(?=[^\W\d])|{LONG_SPACE}")
# A number with its mark, "1)", "(1)", "#1:", "1-", or without one.
_COUNTED_FIRST = re.compile(r"\s*[(#]?1(?!\d)")
_COUNTED = re.compile(r"(?<![\w.,:/$\u00a3\u20ac-])[(#]?(\d{1,2})(\ufe0f?\u20e3|[.):]+|-(?=\s)|(?=\s))\s*(?=[^\W\d])")

_WORD = re.compile(r"\S+")


def lines(text: str) -> list[Span]:
    """Return lines, and the items of bulleted and numbered lists without their bullets."""
    if not (_LISTED.search(text) or _COUNTED_FIRST.match(text) or _FIRST_NUMBER.match(text) or _DASH_HEAD.match(text)):
        head = _LINE_HEAD.match(text)
        return [(head.end() if head else 0, len(text))]
    spans: list[Span] = []
    for start, end in between(text, (0, len(text)), _LINE):
        if items := _counted(text, start, end):
            spans.extend(part for item in items for part in between(text, item, _INLINE_BULLET))
            continue
        head = _LINE_HEAD.match(text, start, end)
        inline = _INLINE_BULLET
        if _FIRST_NUMBER.match(text, start, end):
            inline = _INLINE_NUMBER
        elif _DASH_HEAD.match(text, start, end) and len(between(text, (start, end), _INLINE_DASH)) > 2:
            inline = _INLINE_DASH
        spans.extend(between(text, (head.end() if head else start, end), inline))
    return spans


def _counted(text: str, start: int, end: int) -> list[Span]:
    """Return the items of a line that counts them, "1)longer hours 2)more plugs", "1 lid 2 cord 3 bowl"; [] if none.

    Two numbers with a mark are a list, or three without one.
    """
    if not _COUNTED_FIRST.match(text, start, end):
        return []
    heads: list[Span] = []
    has_marks = True
    for found in _COUNTED.finditer(text, start, end):
        if int(found[1]) == len(heads) + 1:
            heads.append(found.span())
            has_marks = has_marks and (found[2] != "" or found.group()[0] in "(#")
    if len(heads) < (2 if has_marks else 3) or text[start : heads[0][0]].strip():
        return []
    return [(head[1], following[0]) for head, following in pairwise([*heads, (end, end)])]


def bare_list(text: str, sentence: Span) -> list[Span]:
    """Return the items of a list without separators, "TRUST RESPECT LOVE", "less cars more trees"; [] for other texts.

    Two nouns may be advice: "love food".
    """
    first = _WORD.search(text, *sentence)
    if first is None:
        return []
    word = fold_word(first.group())
    if word not in _LISTABLE and word not in COMPARATIVES:
        return []
    tokens = [found.span() for found in _WORD.finditer(text, *sentence)]
    if not 3 <= len(tokens) <= 2 * _MOST_ITEMS:
        return []
    folded = [fold_word(text[slice(*token)]) for token in tokens]
    if word in COMPARATIVES:
        return _parallel(tokens, folded)
    items = [token for token, word in zip(tokens, folded, strict=True) if word in LIST_NOUNS]
    if len(items) < 3 or not all(word in _LISTABLE for word in folded):
        return []
    return items


def _parallel(tokens: list[Span], folded: list[str]) -> list[Span]:
    """Return the items of a list in which each begins with "more", "less" or the like; [] if it is none."""
    starts = [at for at, word in enumerate(folded) if word in COMPARATIVES]
    items = [*pairwise([*starts, len(folded)])]
    if len(items) < 2 or not all(end - start in _PARALLEL_WORDS for start, end in items):
        return []
    if any(folded[at] in STOP_WORDS or " " in folded[at] for start, end in items for at in range(start + 1, end)):
        return []
    return [(tokens[start][0], tokens[end - 1][1]) for start, end in items]
