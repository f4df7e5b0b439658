"""Splitting an answer into ideas: the points it makes, each as an exact character span of the answer.

An answer is split into lines and bullets, these into sentences, and these into clauses and list items at commas, "and"
or "but" if both sides are ideas by themselves. Every step is one pass over the text, so the time is linear.
"""

import re
from collections.abc import Sequence

from analysis.text.asides import without_asides
from analysis.text.joining.clauses import clauses
from analysis.text.joining.full_stops import ends_no_sentence
from analysis.text.joining.lists import bare_list, lines
from analysis.text.joining.own_clauses import own_clauses
from analysis.text.joining.split_joined import split_joined
from analysis.text.joining.words import JOINING_WORDS
from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold, has_words, words
from analysis.text.personal_data import personal_data_spans
from analysis.text.spans import Span, cut_long, find_outside, merge_neighbours, trim
from analysis.text.word_lists import COMPARATIVES, DETERMINERS

MAX_IDEAS = 40  # per answer; of more, neighbours are merged
MAX_IDEA_CHARACTERS = 500  # longer ones are cut at a space
MAX_BRACKET = 160  # characters from a bracket to the one that closes it
_SEPARATING_WORDS = {"and", "but", "n", "plus"} | {word for word in JOINING_WORDS if word.isascii()}
_INSIDE = COMPARATIVES | DETERMINERS | {"single", "not", "so", "too", "very", "do", "of", "to", "stop"}
# Of writing in which no space follows: Chinese, Japanese, Khmer, Burmese, Amharic; and the Armenian full stop.
_SIGNS = "+-="
_UNSPACED_ENDS = "\u3002\uff01\uff1f\uff61\u17d4\u17d5\u104b\u1362\u0589"
_SENTENCE_MARK = re.compile(rf"[.!?\u2026\u061f\u0964\u06d4{_UNSPACED_ENDS};\uff1b\u061b/\\\\]")
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u061f\u0964\u06d4]+[\"'\u201d\u2019\u00bb)\]]*(?=\s|[\u00a1\u00bf])"
    rf"|[{_UNSPACED_ENDS}]+[\u300d\u300f\uff09\u201d]*|[;\uff1b\u061b]+"
    r"|\(?(?:/{2,}|\\{2,})\)?"  # where an interviewer asked on
    r"|([.!?\u2026\u061f\u0964\u06d4]{8,})"
)
_ONE_CLAUSE = re.compile(r"[a-zA-Z][a-zA-Z0-9' ]*[.!?]?")  # if none of _SEPARATING_WORDS is in it


def split_ideas(answer: str) -> list[Span]:
    """Return the spans of the ideas in an answer, in order and without overlap: ``answer[start:end]`` is the idea.

    Non-answers ("lol", "thats it") are left out, so an answer may have no ideas; so are asides beside ideas, and what
    was said before in the same words. There are at most MAX_IDEAS: of more, neighbours are merged. No clause ends
    inside an e-mail or web address, user name or phone number.
    """
    if is_nonanswer(answer):
        return []
    spans: list[Span] = []
    if _ONE_CLAUSE.fullmatch(answer) and _SEPARATING_WORDS.isdisjoint(words(answer)):
        whole = (0, len(answer))
        spans = bare_list(answer, whole) or [whole]
    else:
        uncut = [(start, end) for start, end, _ in personal_data_spans(answer)]
        for line in lines(answer):
            for sentence in _sentences(answer, line, uncut):
                if items := bare_list(answer, sentence):
                    spans.extend(items)
                    continue
                pieces, belonging = own_clauses(answer, sentence, uncut)
                for piece in pieces:
                    spans.extend(_joined(answer, piece, uncut, belonging))
    trimmed = [_with_sign(answer, span) for piece in spans if (span := trim(answer, piece)) is not None]
    kept = [(start, end) for start, end in trimmed if not is_nonanswer(answer[start:end])]
    if len(kept) > 1:
        kept = _said_once(answer, without_asides(answer, kept))
    if len(kept) <= MAX_IDEAS and all(end - start <= MAX_IDEA_CHARACTERS for start, end in kept):
        return kept
    merged = merge_neighbours(kept, MAX_IDEAS)
    return [span for piece in merged for span in cut_long(answer, piece, MAX_IDEA_CHARACTERS)][:MAX_IDEAS]


def _joined(text: str, piece: Span, uncut: Sequence[Span], belonging: Sequence[Span]) -> list[Span]:
    """Return a piece of a sentence cut into its clauses and list items, but not at what is ``belonging`` together."""
    marks = sorted([*uncut, *belonging]) if belonging else uncut
    ands = sorted([*uncut, *(span for span in belonging if has_words(text[slice(*span)]))]) if belonging else uncut
    spans: list[Span] = []
    for clause in clauses(text, piece, marks):
        parts = split_joined(text, clause, ands)
        # A part may now be a list that was too long for one: "escuchar, ser sincero | y reír con ganas"
        spans.extend(parts if len(parts) < 2 else (own for part in parts for own in clauses(text, part, marks)))
    return spans


def _said_once(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the spans without those whose words were said before: who says a thing ten times has said it."""
    first: dict[str, Span] = {}
    for start, end in spans:
        first.setdefault(fold(text[start:end]), (start, end))
    return [*first.values()]


def _with_sign(text: str, span: Span) -> Span:
    """Return a span that begins with a number with the sign right before it: "-5 degrees"; "- 5 more" is a bullet."""
    start, end = span
    has_sign = start > 0 and text[start].isdigit() and text[start - 1] in _SIGNS
    return (start - 1, end) if has_sign and (start == 1 or text[start - 2].isspace()) else span


def _sentences(text: str, line: Span, uncut: Sequence[Span]) -> list[Span]:
    """Return the sentences of a line.

    A full stop after an abbreviation or an ordinal number ends none, nor do dots before a lowercase letter, nor what is
    inside brackets in a sentence.
    """
    spans = []
    start, end = line
    for found in find_outside(_SENTENCE_END, _SENTENCE_MARK, text, line, uncut):
        mark = found.group()
        following = text[found.end() : found.end() + 12].lstrip()[:1]
        if mark == "." and ends_no_sentence(text, start, found.end()):
            continue
        if (mark.startswith("..") or mark.startswith("\u2026")) and following.islower():
            continue
        if _is_in_brackets(text, start, found.span(), end, following):
            continue
        spans.append((start, found.end()))
        start = found.end()
    spans.append((start, end))
    return _without_staccato(text, spans) if len(spans) > 2 else spans


def _is_in_brackets(text: str, start: int, mark: Span, end: int, following: str) -> bool:
    """Return whether a mark is inside brackets that opened after the ``start`` of a sentence and close in its line."""
    opening = text.rfind("(", max(start, mark[0] - MAX_BRACKET), mark[0])
    if opening < 0 or not has_words(text[start:opening]) or ")" in text[opening : mark[0]]:
        return False
    if text[mark[1] - 1] == ")":
        return following.islower()
    closing = text.find(")", mark[1], min(end, opening + MAX_BRACKET))
    return closing >= 0 and "(" not in text[mark[1] : closing]


def _without_staccato(text: str, sentences: Sequence[Span]) -> list[Span]:
    """Return sentences with those of one word each that are one sentence joined: "HIRE. MORE. PEOPLE."."""
    joined: list[Span] = []
    run: list[Span] = []
    for span in [*sentences, None]:
        if span is not None and len(text[slice(*span)].split(None, 2)) == 1:
            run.append(span)
            continue
        small = [fold(text[slice(*each)]) in _INSIDE for each in run[:-1]]
        joined.extend([(run[0][0], run[-1][1])] if any(small) else run)
        run.clear()
        if span is not None:
            joined.append(span)
    return joined
