"""The tokenizer of SentencePiece models (Kudo 2018, arXiv:1804.10959): of all ways to cut a word, the likeliest.

Words are cut one by one, and most words come again, so those cut last are remembered. A quarter of a million pieces in
the library tokenizers, whose numbers these are, take seven times the memory and time of a dictionary of them, and that
is not made either: see ``vocabulary``.
"""

import re
from collections.abc import Mapping, Sequence

from analysis.encoders.vocabulary import Found, Vocabulary

SPACE = "▁"  # begins each word
UNKNOWN_COSTS = 10.0  # less than the score of the least likely piece
SPACES = re.compile(" {2,}")
REMEMBERED_WORDS, REMEMBERED_CHARACTERS = 20_000, 32  # words, and characters of one


class Unigram:
    """Gives the numbers of the pieces that a text is cut into; safe to use from several threads."""

    def __init__(self, vocabulary: Vocabulary, special: tuple[int, int, int], longest: int) -> None:
        """``special`` are the numbers of what is unknown, of the start and the end; ``longest`` counts them in.

        The scores of the vocabulary are logarithms of probabilities. A text is cut off after ``longest`` numbers.
        """
        self._vocabulary = vocabulary
        self._unknown, self._start, self._end = special
        self._unknown_score = vocabulary.least - UNKNOWN_COSTS
        self._longest = longest - 1
        self._remembered: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the numbers of each text, whose characters must be those of the model."""
        cut = [_words(text) for text in texts]
        known = self._remembered
        new = {word for words in cut for word in words if word not in known}
        pieces = self._vocabulary.pieces_in([SPACE + word for word in new])
        return [self._numbers_of(words, known, pieces) for words in cut]

    def _numbers_of(self, words: Sequence[str], known: Mapping[str, list[int]], pieces: Found) -> list[int]:
        """Return the numbers of a text by its words: those ``known`` before this call, or else cut into ``pieces``."""
        found = [self._start]
        for word in words:
            found += known.get(word) or self._cut(word, pieces)
            if len(found) >= self._longest:
                break
        return [*found[: self._longest], self._end]

    def _cut(self, word: str, pieces: Found) -> list[int]:
        found = self._remembered.get(word)
        if found is None:
            found = self._likeliest(SPACE + word, pieces)
            if len(word) < REMEMBERED_CHARACTERS:
                if len(self._remembered) >= REMEMBERED_WORDS:
                    self._remembered = {}
                self._remembered[word] = found
        return found

    def _likeliest(self, word: str, pieces: Found) -> list[int]:
        """Return the numbers of the likeliest cut of a word; the first of two equally likely ones."""
        size, longest = len(word), self._vocabulary.longest
        best = [0.0, *[-float("inf")] * size]  # the score up to each place
        cut = [(0, 0)] * (size + 1)  # where the piece that ends there starts, and its number
        for at in range(size):
            here = best[at]
            for to in range(at + 1, min(at + longest, size) + 1):
                piece = pieces.get(word[at:to])
                if piece is not None and (score := here + piece[1]) > best[to]:
                    best[to], cut[to] = score, (at, piece[0])
            if word[at] not in pieces and here + self._unknown_score > best[at + 1]:
                best[at + 1], cut[at + 1] = here + self._unknown_score, (at, self._unknown)
        found = []
        while size:
            start, number = cut[size]
            while number == self._unknown and start and cut[start][1] == self._unknown:
                start = cut[start][0]  # what is unknown in one row is one piece
            found.append(number)
            size = start
        return found[::-1]


def _words(text: str) -> list[str]:
    """Return the words of a text; each begins with a SPACE that is left out here."""
    words = SPACES.sub(" ", text).replace(" ", SPACE).split(SPACE)
    return words if words[0] else words[1:]
