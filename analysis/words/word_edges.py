"""Where the words of a text begin and end, also where no spaces show it.

Chinese is cut by jieba (rjieba), Japanese and Thai by BudouX; Khmer, Lao and Burmese, for which no small library is
kept up, only at their spaces, so that their names are whole phrases. docs/decisions.md has what was measured. Small
words that are written onto others are cut off: "l'école", "والنظافة", "図書館は", "도서관이".
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate, takewhile

import budoux

from analysis.text.normalise import fold_word, written_words
from analysis.words.attached_words import (
    AMBIGUOUS_ENDINGS,
    ARTICLE,
    BEFORE_ARTICLE,
    ELIDED,
    ENDINGS,
    LEAST_LETTERS,
    NOUN_ENDINGS,
    PREFIXES,
)
from analysis.words.stop_words import stop_words

JOINER = "\u2060"
"""Begins a word that is written onto the one before it; a word joiner, which never occurs in a tidy text"""

MOST_ENDINGS = 3  # of a word

CLAUSE_END = re.compile(
    r"(?!(?<=\d)(?:\.|,|:)\d)(?!(?<=[^\W\d_])\. ?\d)[.,;:!?()\[\]\u2026\u2013\u2014\n"
    r"\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u300c-\u300f\u3010\u3011\u300a\u300b\u30fb"  # East Asia
    r"\u060c\u061b\u061f\u06d4\u0964\u0965\u0589\u1362\u17d4\u17d5\u104a\u104b\u00a1\u00bf]+|\s-+\s|\s?//+\s?|\s/\s|\|"
)
NUMBER = re.compile(r"(?<![^\W_])[^\W_]*\d(?:(?:[.,:]\d+)+[^\W_]*|\+(?!\w))")
"""A number with a mark in or behind it, which is one word: "8.50", "14:30", "18+\""""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai and Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Characters of scripts that are written without spaces between words, for a regular expression"""

UNSPACED_CHARACTER = re.compile(f"[{UNSPACED}]")
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
_GAP = re.compile(f"(?<=[{UNSPACED}])[^\\w{UNSPACED}'/%@&+-]+(?=[{UNSPACED}])")  # a space, or quotation marks
_WORD_OR_SPACE = re.compile(r"\s+|\S+")
_KANA_WORD = re.compile("[\u3041-\u309f\u30fc]+")
TURKIC = frozenset({"az", "tr"})
_DOTS = str.maketrans({"I": "\u0131", "\u0130": "i"})


class WordEdges:
    """Cuts texts of one language into words.

    Whether "والد" is "and" with another word shows only in what else is written: ``texts`` are all that are cut.
    """

    def __init__(self, language: str, texts: Iterable[str]) -> None:
        self.language = language.partition("-")[0]
        self._segment = _segmenter(self.language)
        self._known: dict[str, tuple[str, ...]] = {}
        self._rests: dict[str, set[str]] = {}  # what is left of words, with the endings that it was seen with
        self.is_plain = not self._segment and not any(
            self.language in each for each in (ELIDED, PREFIXES, ENDINGS, TURKIC)
        )
        if self.language in PREFIXES or self.language in ENDINGS:
            self._rests = self._words_without_endings(texts)

    @property
    def is_uncertain(self) -> bool:
        """Whether some of the words found are parts of compounds."""
        return self.language in ("th", "zh")

    def fold(self, word: str) -> str:
        """Return the fold of a word; a ``NUMBER`` keeps its marks, and in Turkish, "I" is the capital of "ı"."""
        if NUMBER.fullmatch(bare := word.removeprefix(JOINER)):
            return bare.lower()
        return fold_word(word.translate(_DOTS) if self.language in TURKIC else word)

    def small(self, word: str) -> str:
        """Return a word in small letters."""
        return (word.translate(_DOTS) if self.language in TURKIC else word).lower()

    def clauses(self, text: str) -> list[str]:
        """Return the clauses of a text; where no spaces are between words, a space or quotation marks end one too."""
        parts = CLAUSE_END.split(text)
        return [clause for part in parts for clause in _GAP.split(part)] if self._segment else parts

    def cut(self, clause: str) -> list[str]:
        """Return the words of a clause as they are written, with a ``JOINER`` before those that follow no space."""
        written = written_words(clause) if NUMBER.search(clause) is None else self._beside_numbers(clause)
        if self.is_plain:
            return written
        return [part for word in written for part in self._cut(word)]

    def _beside_numbers(self, clause: str) -> list[str]:
        """Return the words of a clause in which a ``NUMBER`` is one."""
        found: list[str] = []
        start = 0
        for number in NUMBER.finditer(clause):
            found += [*written_words(clause[start : number.start()]), number.group()]
            start = number.end()
        return [*found, *written_words(clause[start:])]

    def last_edge(self, text: str, most: int) -> int:
        """Return where the last word ends that is within the first ``most`` characters, or ``most`` if none is."""
        ends = accumulate(len(piece) for word in _WORD_OR_SPACE.findall(text) for piece in self._pieces(word))
        return max((end for end in takewhile(most.__ge__, ends)), default=most)

    def _cut(self, word: str) -> tuple[str, ...]:
        if word not in self._known:
            first, *others = self._parts(word)
            self._known[word] = (first, *(JOINER + part for part in others))
        return self._known[word]

    def _parts(self, word: str) -> list[str]:
        """Return the words in a text without spaces."""
        if (elided := ELIDED.get(self.language)) and (found := elided.match(word)):
            return [found[0], word[found.end() :]]
        if self.language in PREFIXES:
            return self._without_prefix(word)
        pieces = self._pieces(word)
        return (
            [part for piece in pieces for part in self._without_ending(piece)] if self.language in ENDINGS else pieces
        )

    def _pieces(self, word: str) -> list[str]:
        """Return the words or phrases that the library of the language finds."""
        if not self._segment:
            return [word]
        pieces, start = [], 0
        for run in _UNSPACED_RUN.finditer(word):
            pieces += [word[start : run.start()], *self._segment(run.group())]
            start = run.end()
        return [piece for piece in (*pieces, word[start:]) if piece]

    def _without_prefix(self, word: str) -> list[str]:
        """Return a word with a small word before it cut off, if the rest is a word of the other texts too."""
        for prefix in PREFIXES[self.language]:
            rest = word.removeprefix(prefix)
            if rest != word and len(rest) >= LEAST_LETTERS and self._is_seen(prefix, rest):
                return [prefix, rest]
        return [word]

    def _is_seen(self, prefix: str, rest: str) -> bool:
        """Return whether the rest of a word is a word too; "لل" is "ل" before an article, which loses a letter."""
        return self.fold(rest) in self._rests or (prefix == BEFORE_ARTICLE and self.fold(ARTICLE + rest) in self._rests)

    def _without_ending(self, piece: str) -> list[str]:
        """Return a Japanese phrase or Korean word with up to three endings cut off."""
        parts: list[str] = []
        for _ in range(MOST_ENDINGS):
            if self.fold(piece) in stop_words(self.language):
                break
            rests = ((ending, piece.removesuffix(ending)) for ending in ENDINGS.get(self.language, ()))
            found = next((each for each in rests if each[1] not in ("", piece) and self._is_ending(*each)), None)
            if found is None:
                break
            ending, piece = found
            parts.insert(0, ending)
        return [piece, *parts]

    def _is_ending(self, ending: str, rest: str) -> bool:
        """Return whether the end of a word is another word, and not a part of it as in "고양이" and "こども"."""
        if self.language == "ja" and not _KANA_WORD.fullmatch(rest[-1]):
            return True
        if ending not in AMBIGUOUS_ENDINGS[self.language]:
            return len(rest) > 1
        others = self._rests.get(self.fold(rest), set()) - {ending}
        if self.language == "ja" or len(others) > 1 or not AMBIGUOUS_ENDINGS[self.language].union([""]) >= others:
            return len(rest) > 1 and bool(others)
        return len(rest) > 1 and "" in others and ending not in NOUN_ENDINGS

    def _words_without_endings(self, texts: Iterable[str]) -> dict[str, set[str]]:
        """Return all words of the texts, and what is left of them without their endings, with those endings."""
        found: dict[str, set[str]] = defaultdict(set)
        endings = ENDINGS.get(self.language, ())
        for text in texts:
            for clause in self.clauses(text):
                for piece in (piece for word in written_words(clause) for piece in self._pieces(word)):
                    found[self.fold(piece)].add("")
                    for ending in endings:
                        if piece.endswith(ending):
                            found[self.fold(piece.removesuffix(ending))].add(ending)
        return dict(found)


def join(words: Iterable[str]) -> str:
    """Return words as they are written one after the other; see ``JOINER``."""
    return " ".join(words).replace(f" {JOINER}", "").removeprefix(JOINER)


@cache
def _segmenter(language: str) -> Callable[[str], list[str]] | None:
    if language == "zh":
        # Imported here: loading its dictionary takes .12 s, and most answers are not Chinese.
        import rjieba

        cut: Callable[[str], list[str]] = rjieba.cut
        return cut
    if language in ("ja", "th"):
        japanese = language == "ja"
        parser = budoux.load_default_japanese_parser() if japanese else budoux.load_default_thai_parser()
        return parser.parse
    return None
