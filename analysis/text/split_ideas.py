"""Splitting an answer into ideas: the points it makes, each as an exact character span of the answer.

An answer is split into lines and bullets, these into sentences, and these into clauses and list items at commas, "and"
or "but" if both sides are ideas by themselves. Every step is one pass over the text, so the time is linear.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from analysis.text.joining.spaced import starts_with_and
from analysis.text.joining.split_joined import split_joined
from analysis.text.joining.words import JOINING_WORDS, LEADING_WORDS, OTHER_DEPENDENT_STARTS
from analysis.text.nonanswers import is_nonanswer
from analysis.text.normalise import fold_word, has_words, words
from analysis.text.personal_data import personal_data_spans
from analysis.text.spans import EMOJI, Span, between, cut_long, find_outside, merge_neighbours, trim
from analysis.text.topic_commas import cuts_off_no_idea
from analysis.text.word_lists import (
    DEPENDENT_STARTS,
    FIXED_PAIRS,
    IMPERATIVE_VERBS,
    LIST_NOUNS,
    NON_VERBS,
    STOP_WORDS,
    SUBJECTS,
    VERB_MODIFIERS,
)

MAX_IDEAS = 40  # per answer; of more, neighbours are merged
MAX_IDEA_CHARACTERS = 500  # longer ones are cut at a space
MAX_ITEM_WORDS = 5  # of an item of a list such as "trust, patience, good food and a king size bed"

_PAUSES = frozenset("-\u2013\u2014.\u2026")  # dashes and dots, which separate only clauses

_COMMAS = frozenset(",\u060c\u3001\uff0c\uff64\u104a\u1363")
_SEPARATING_WORDS = {"and", "but", "n", "plus"} | {word for word in JOINING_WORDS if word.isascii()}
_CONJUNCTIONS = {"and", "&", "n", "plus", "or", "+"}
_DEPENDENT_STARTS = DEPENDENT_STARTS | OTHER_DEPENDENT_STARTS
_LISTABLE = LIST_NOUNS | _CONJUNCTIONS
_FRENCH = frozenset(
    words(
        "le la les des une du est sont pas être avec pour dans qui que je on il elle faut au aux ne en sur et très"
        " souvent tard tôt vite longtemps jamais rien écouter parler passer moins encore ça c'est"
    )
)
# After "and" and a noun, one of these is the verb of both nouns: "trust and respect are everything".
_SHARED_VERBS = {"is", "are", "was", "were", "has", "have", "had", "makes", "make", "come", "matter"}

_BULLET = r"[-*\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6\u00b7\u2013\u2014>+~]"
_NUMBER = r"\(?\d{1,2}[.):](?=\s|[^\W\d])"
_LINE = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_LINE_HEAD = re.compile(rf"\s*(?:(?:{_BULLET}|{_NUMBER}|[a-h]\))\s*)+")
_FIRST_NUMBER = re.compile(r"\s*(?:\(?1[.):]|a\))", re.I)
# Patterns end with a group that matches a long run of white space (dots, emoji), which find_all skips. No match starts
# inside such a run unless one starts at its beginning. Without the group each position in the run would be tried, and
# each try would read the rest of the run, in quadratic time.
_LONG_SPACE = r"(\s{8,})"
_BULLET_INLINE = r"\s+(?:[\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6]\s*|\*\s+)"
_INLINE_BULLET = re.compile(rf"{_BULLET_INLINE}|{_LONG_SPACE}")
# Found in all texts of several lines and in those with inline bullets.
_LISTED = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029\u2022\u2023\u2043\u2219\u25aa\u25ab\u25cf\u25cb\u25e6*]")
_INLINE_NUMBER = re.compile(rf"{_BULLET_INLINE}|\s+(?:\(?\d{{1,2}}[.)]|[b-h]\))\s+(?=[^\W\d])|{_LONG_SPACE}")
# Of writing in which no space follows: Chinese, Japanese, Khmer, Burmese, Amharic; and the Armenian full stop.
_UNSPACED_ENDS = "\u3002\uff01\uff1f\uff61\u17d4\u17d5\u104b\u1362\u0589"
_SENTENCE_MARK = re.compile(rf"[.!?\u2026\u061f\u0964\u06d4{_UNSPACED_ENDS};\uff1b\u061b]")
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u061f\u0964\u06d4]+[\"'\u201d\u2019\u00bb)\]]*(?=\s|[\u00a1\u00bf])"
    rf"|[{_UNSPACED_ENDS}]+[\u300d\u300f\uff09\u201d]*|[;\uff1b\u061b]+"
    r"|([.!?\u2026\u061f\u0964\u06d4]{8,})"
)
_CONTINUED = re.compile(r"\b(?:etc|no|hrs?|yrs?)\.$", re.I)  # abbreviations that may also end a sentence
_ABBREVIATION = re.compile(
    r"\b(?:e\.?g|i\.?e|vs|mr|mrs|ms|dr|st|prof|approx|incl|ca|bzw|evtl|ggf|inkl|vgl|sra?|srta|dra|uds?|aprox|mme|mlle|sig|dott|dhr|mevr|bijv|[a-hj-z]|(?:[a-z]\.)+[a-z])\.$",
    re.I,
)
_DAY_OF_MONTH = re.compile(
    r"\b\d{1,2}\. ?(?:j[aä]n|feb|m[aä]r|maj|mai|apr|ju[nl]|aug|sep|o[kc]t|nov|de[sz]|ene|gen|mei|led|tammi)", re.I
)  # "am 3. Mai"
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
    rf"|{_LONG_SPACE}|([{EMOJI}]{{8,}})",
    re.I,
)
_ONE_CLAUSE = re.compile(r"[a-zA-Z][a-zA-Z0-9' ]*[.!?]?")  # if none of _SEPARATING_WORDS is in it
_WORD = re.compile(r"\S+")


def split_ideas(answer: str) -> list[Span]:
    """Return the spans of the ideas in an answer, in order and without overlap: ``answer[start:end]`` is the idea.

    Non-answers ("lol", "thats it") are left out, so an answer may have no ideas. There are at most MAX_IDEAS: of more,
    neighbours are merged. No clause ends inside an e-mail or web address, user name or phone number.
    """
    if is_nonanswer(answer):
        return []
    spans: list[Span] = []
    if _ONE_CLAUSE.fullmatch(answer) and _SEPARATING_WORDS.isdisjoint(words(answer)):
        whole = (0, len(answer))
        spans = _bare_list(answer, whole) or [whole]
    else:
        uncut = [(start, end) for start, end, _ in personal_data_spans(answer)]
        for line in _lines(answer):
            for sentence in _sentences(answer, line, uncut):
                clauses = _bare_list(answer, sentence) or _clauses(answer, sentence, uncut)
                for clause in clauses:
                    parts = split_joined(answer, clause, uncut)
                    # A part may now be a list that was too long for one: "escuchar, ser sincero | y reír con ganas"
                    spans.extend(
                        parts if len(parts) < 2 else (own for part in parts for own in _clauses(answer, part, uncut))
                    )
    trimmed = [span for piece in spans if (span := trim(answer, piece)) is not None]
    kept = [(start, end) for start, end in trimmed if not is_nonanswer(answer[start:end])]
    if len(kept) <= MAX_IDEAS and all(end - start <= MAX_IDEA_CHARACTERS for start, end in kept):
        return kept
    merged = merge_neighbours(kept, MAX_IDEAS)
    return [span for piece in merged for span in cut_long(answer, piece, MAX_IDEA_CHARACTERS)][:MAX_IDEAS]


def _lines(text: str) -> list[Span]:
    """Return lines, and the items of bulleted and numbered lists without their bullets."""
    if not (_LISTED.search(text) or _FIRST_NUMBER.match(text)):
        head = _LINE_HEAD.match(text)
        return [(head.end() if head else 0, len(text))]
    spans = []
    for start, end in between(text, (0, len(text)), _LINE):
        head = _LINE_HEAD.match(text, start, end)
        inline = _INLINE_NUMBER if _FIRST_NUMBER.match(text, start, end) else _INLINE_BULLET
        spans.extend(between(text, (head.end() if head else start, end), inline))
    return spans


def _sentences(text: str, line: Span, uncut: Sequence[Span]) -> list[Span]:
    """Return the sentences of a line; a full stop after an abbreviation and dots before a lowercase letter end none."""
    spans = []
    start, end = line
    for found in find_outside(_SENTENCE_END, _SENTENCE_MARK, text, line, uncut):
        mark = found.group()
        following = text[found.end() : found.end() + 12].lstrip()[:1]
        before = text[max(start, found.end() - 12) : found.end()]
        if mark == "." and (_ABBREVIATION.search(before) or (following.islower() and _CONTINUED.search(before))):
            continue
        if mark == "." and _DAY_OF_MONTH.search(text[found.start() - 3 : found.end() + 12]):
            continue
        if (mark.startswith("..") or mark.startswith("\u2026")) and following.islower():
            continue
        spans.append((start, found.end()))
        start = found.end()
    spans.append((start, end))
    return spans


@dataclass(slots=True)
class _Piece:
    """The text between two separators, or several such texts joined."""

    span: Span
    words: list[str]
    has_content: bool
    before_verb: int = 0  # how many words before the verb have been seen, so that joining pieces stays linear

    @property
    def is_short(self) -> bool:
        return 0 < len(self.words) <= MAX_ITEM_WORDS

    @property
    def is_dependent(self) -> bool:
        return bool(self.words) and (self.words[0] in _DEPENDENT_STARTS or self.words[0].isdigit())

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
        return first in IMPERATIVE_VERBS or (
            first.endswith(("ing", "ed")) and len(first) >= 5 and first not in NON_VERBS
        )

    def join(self, other: "_Piece") -> None:
        """Append the next piece."""
        self.span = (self.span[0], other.span[1])
        self.words += other.words
        self.has_content = self.has_content or other.has_content


def _piece(text: str, span: Span) -> _Piece:
    tokens = words(text[_past_lead_in(text, *span) : span[1]])
    if len(tokens) > 1 and tokens[0] in LEADING_WORDS and tokens[1] != "g":
        del tokens[0]
    return _Piece(span, tokens, not STOP_WORDS.issuperset(tokens))


def _clauses(text: str, sentence: Span, uncut: Sequence[Span]) -> list[Span]:
    """Return a sentence cut at those separators that separate two ideas."""
    parts, marks = _separated(text, sentence, uncut)
    if len(parts) < 2:
        return [sentence]
    pieces = [_piece(text, span) for span in parts]
    if len(pieces) > 2 and all(piece.is_short for piece in pieces) and all(mark[:1] in _PAUSES for mark in marks):
        return [piece.span for piece in pieces]
    items = 1 + sum(mark[:1] not in _PAUSES for mark in marks)
    spans: list[Span] = []
    current = pieces[0]
    for (before, piece), mark in zip(pairwise(pieces), marks, strict=True):
        if _separates_ideas(current, before, piece, mark, items):
            spans.append(current.span)
            current = piece
        else:
            if current is before:
                current = replace(before, words=[*before.words])
            current.join(piece)
    return [*spans, current.span]


def _bare_list(text: str, sentence: Span) -> list[Span]:
    """Return the words of a list of three or more nouns without separators, "TRUST RESPECT LOVE"; [] for other texts.

    Two nouns may be advice: "love food".
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
        if word in LIST_NOUNS:
            items.append(token)
        elif word not in _CONJUNCTIONS:
            return []
    return items if len(items) >= 3 else []


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
            mark += found.group().strip().casefold()
            start = found.end()
    return parts, marks


def _past_lead_in(text: str, start: int, end: int) -> int:
    """Return where the idea starts in a piece such as "With colleagues: say good morning"."""
    colon = text.rfind(": ", start, end)
    return colon + 1 if colon >= 0 and has_words(text[colon:end]) else start


def _separates_ideas(current: _Piece, before: _Piece, after: _Piece, mark: str, items: int) -> bool:
    """Return whether to cut between ``current``, of which ``before`` is the last part, and ``after``.

    ``mark`` is the separator, ``items`` the number of parts of the sentence between commas and conjunctions.
    """
    if not (current.has_content and after.has_content) or after.is_dependent:
        return False
    if mark[:1] in _COMMAS and cuts_off_no_idea(" ".join(before.words), " ".join(after.words)):
        return False
    if mark.isalnum() and (before.is_dependent or f"{before.words[-1]} {after.words[0]}" in FIXED_PAIRS):
        return False
    if (current.words[0] in _DEPENDENT_STARTS and current is before) or _is_couplet(before, after, mark, items):
        return False
    has_and = (mark.startswith(",") and mark[1:].strip().isalpha()) or (
        mark in _COMMAS and starts_with_and(after.words[0])
    )
    if has_and and min(len(before.words), len(after.words)) >= 2:
        return not before.is_dependent and not _is_pair_of_people(before, after)
    if mark == "plus" and not _FRENCH.isdisjoint([*before.words, *after.words]):
        return False  # "être plus patient"
    if mark.isalnum() and not current.is_clause and len(after.words) > 2 and _SHARED_VERBS & set(after.words[1:3]):
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
        return items > 2 or not _shares_complement(current, after)
    return items > 2 and after.is_short and before.is_short


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
    )
