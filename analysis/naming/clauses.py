"""The words of themes' texts, clause by clause, with what each word is: what names are made of."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import NamedTuple

import numpy as np

from analysis.arrays import BoolArray, IntArray
from analysis.text.normalise import words
from analysis.text.personal_data import has_personal_data, without_personal_data
from analysis.words.attached_words import clause_starters, later_negations, negations, quantifiers, scope_ends
from analysis.words.singulars import singulars
from analysis.words.stop_words import chat_words, stop_words
from analysis.words.word_edges import JOINER, NUMBER, UNSPACED_CHARACTER, WordEdges, join

MAX_FREE_SHARE = 0.2  # of a theme's texts, that have no personal data, for the others to be read without theirs

Texts = Mapping[str, Sequence[int]]
"""Texts, each with the answers that have it"""


class Mention(NamedTuple):
    """An idea in a theme: the index of its answer, its text, and the language of the answer if it is known."""

    answer: int
    text: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """The v distinct words of some texts, folded, with what each is in their language.

    ``lemma`` (v,): equal numbers are one word, in the singular or plural; ``lemmas``: these words by their number.
    ``ends`` (v,): whether a name may begin and end with it, ``negates`` (v,): whether it denies what follows, ``stops``
    (v,): whether it says nothing alone, ``starts`` (v,): whether what is before it is complete, ``quantifies`` (v,):
    whether a name may begin with it, though it says nothing alone, ``denies`` (v,): whether it may deny what is before
    it, ``frees`` (v,): whether no negation before it reaches over it.
    """

    lemma: IntArray
    lemmas: list[str]
    ends: BoolArray
    negates: BoolArray
    stops: BoolArray
    starts: BoolArray
    quantifies: BoolArray
    denies: BoolArray
    frees: BoolArray


@dataclass(frozen=True, slots=True)
class Clauses:
    """The n words of all clauses of t texts in one language, concatenated.

    ``words``: the words, folded. ``glued`` (n,): whether each is written onto the one before; None if none is.
    ``text`` (n,): the index of the text of each word. ``begin`` and ``end`` (n,): where its clause begins and ends in
    ``words``. ``theme`` (t,): the theme of each text. ``count`` (t,): how many answers of the theme have it. ``answer``
    (sum of count,): these answers, text by text.
    """

    words: list[str]
    glued: Sequence[bool] | None
    text: IntArray
    begin: IntArray
    end: IntArray
    theme: IntArray
    count: IntArray
    answer: IntArray

    def phrase(self, place: int, length: int, write: Callable[[str], str] = str) -> str:
        """Return the ``length`` words from ``place`` on as one text, each as ``write`` returns it."""
        own = [write(word) for word in self.words[place : place + length]]
        if self.glued is None:
            return " ".join(own)
        glued = self.glued[place : place + length]
        return join(JOINER + word if each else word for word, each in zip(own, glued, strict=True))


def texts_of(theme: Sequence[Mention]) -> dict[str, list[int]]:
    """Return the texts that a theme is named from, each with the answers it is in.

    Texts with personal data in them are left out, or where nearly all of the theme have some, read without it.
    """
    answers_with: dict[str, list[int]] = {}
    for mention in theme:
        answers_with.setdefault(mention.text, []).append(mention.answer)
    free = {text: answers for text, answers in answers_with.items() if not has_personal_data(text)}
    if len(free) > MAX_FREE_SHARE * len(answers_with) or not answers_with:
        return free
    rest: dict[str, list[int]] = {}
    for text, answers in answers_with.items():
        rest.setdefault(without_personal_data(text), []).extend(answers)
    return rest


def clauses_of(themes: Sequence[Texts], edges: WordEdges) -> Clauses:
    """Return the clauses of each theme's texts, which ``edges`` cuts into words; a word of chats ends one."""
    chat = chat_words(edges.language)
    tokens: list[list[str]] = []
    glued: list[bool] = []
    text_of: list[int] = []
    theme_of: list[int] = []
    answers_of: list[Sequence[int]] = []
    for number, theme in enumerate(themes):
        for text, answers in theme.items():
            if edges.is_plain:
                cut = [_folded(clause, edges) for clause in edges.clauses(text)]
                clauses = [part for clause in cut for part in _without(chat, clause)]
            else:
                cut = [edges.cut(clause) or words(clause) for clause in edges.clauses(text)]
                written = [part for clause in cut for part in _without(chat, clause)]
                glued += [word.startswith(JOINER) for clause in written for word in clause]
                clauses = [[*map(edges.fold, clause)] for clause in written]
            tokens += clauses
            text_of += [len(theme_of)] * len(clauses)
            theme_of.append(number)
            answers_of.append(answers)
    lengths = integers(map(len, tokens))
    ends = np.cumsum(lengths)
    return Clauses(
        words=[*chain.from_iterable(tokens)],
        glued=glued if any(glued) else None,
        text=np.repeat(integers(text_of), lengths),
        begin=np.repeat(ends - lengths, lengths),
        end=np.repeat(ends, lengths),
        theme=integers(theme_of),
        count=integers(map(len, answers_of)),
        answer=integers(chain.from_iterable(answers_of)),
    )


def _folded(clause: str, edges: WordEdges) -> list[str]:
    """Return the folded words of a clause, of which a number may have marks in it: "8.50"."""
    return [*map(edges.fold, edges.cut(clause))] if NUMBER.search(clause) else words(clause)


def _without(chat: frozenset[str], clause: list[str]) -> list[list[str]]:
    """Return what is before, between and after the words of chats in a clause."""
    if chat.isdisjoint(map(str.lower, clause)):
        return [clause]
    return [[*part] for is_chat, part in groupby(clause, lambda word: word.lower() in chat) if not is_chat]


def describe_words(distinct: Sequence[str], language: str) -> Words:
    """Return what each of the distinct folded words is in a language."""
    lemma_of = singulars(distinct, language)
    numbers: dict[str, int] = {}
    lemma = integers(numbers.setdefault(lemma_of[word], len(numbers)) for word in distinct)
    stops, negates, starts = stop_words(language), negations(language), clause_starters(language)
    quantifies, denies, frees = quantifiers(language), later_negations(language), scope_ends(language)
    return Words(
        lemma=lemma,
        lemmas=list(numbers),
        ends=_flags(word not in stops and _can_stand_alone(word) for word in distinct),
        negates=_flags(map(negates.__contains__, distinct)),
        stops=_flags(map(stops.__contains__, distinct)),
        starts=_flags(map(starts.__contains__, distinct)),
        quantifies=_flags(map(quantifies.__contains__, distinct)),
        denies=_flags(map(denies.__contains__, distinct)),
        frees=_flags(map(frees.__contains__, distinct)),
    )


def _can_stand_alone(word: str) -> bool:
    """Return whether a word is more than a number or a letter of an alphabet; Chinese words and emoji have one sign."""
    if len(word) > 1:
        return not (word.isdigit() or NUMBER.fullmatch(word))
    return unicodedata.category(word) == "So" or UNSPACED_CHARACTER.match(word) is not None


def integers(numbers: Iterable[int]) -> IntArray:
    """Return numbers as an array, (n,)."""
    return np.fromiter(numbers, dtype=np.intp)


def _flags(flags: Iterable[bool]) -> BoolArray:
    return np.fromiter(flags, dtype=np.bool_)
