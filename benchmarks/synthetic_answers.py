"""Answers of any number that are made up, and their vectors without a model: what speed is measured on.

Words belong to topics of very different size, answers say one to four things, some very often in the same words. A
text's vector is the sum of those of its words, as that of a real text is about the sum of what it says.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile

import numpy as np
from scipy.sparse import csr_array

from analysis.arrays import FloatArray, unit
from analysis.text.word_lists import STOP_WORDS

DIMENSIONS = 384  # as of the packaged model
TOPICS, WORDS_OF_TOPIC, WORDS_OF_ALL = 120, 40, 400
OWN, TOLD = 0.35, 0.75  # how much of a word is its topic; share of an idea's words that are of its topic
SLICE = 20_000

_SYLLABLES = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "or", "el")]
_LINKS = ("the", "a", "of", "with", "to", "my", "for", "in")
_JOINS = (". ", ", and ", "; ", "\n")
_SILENT = ("idk", "no idea", "nothing", "lol")


class WordModel:
    """An embedder that knows words: fast, the same on every machine, and shaped as vectors of real texts are."""

    model = "words"

    def __init__(self) -> None:
        generator = np.random.default_rng(7)
        self.topics = [[_word(topic * WORDS_OF_TOPIC + at) for at in range(WORDS_OF_TOPIC)] for topic in range(TOPICS)]
        self.common = [_word(TOPICS * WORDS_OF_TOPIC + at) for at in range(WORDS_OF_ALL)]
        centres = unit(generator.normal(size=(TOPICS, DIMENSIONS)))
        own = unit(generator.normal(size=(TOPICS * WORDS_OF_TOPIC, DIMENSIONS)))
        told = OWN * np.repeat(centres, WORDS_OF_TOPIC, axis=0) + (1 - OWN**2) ** 0.5 * own
        rest = unit(generator.normal(size=(WORDS_OF_ALL + 512, DIMENSIONS)))  # 512 for words it does not know
        self._vectors = np.concatenate([told, rest]).astype(np.float32)
        self._number = {word: at for at, word in enumerate([*(w for t in self.topics for w in t), *self.common])}
        self._shared = unit(generator.normal(size=(1, DIMENSIONS)))[0].astype(np.float32)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        found = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for start in range(0, len(texts), SLICE):
            part = [self._numbers(text) for text in texts[start : start + SLICE]]
            ends = np.cumsum([0, *map(len, part)])
            columns = np.fromiter((number for numbers in part for number in numbers), dtype=np.int32, count=ends[-1])
            table = csr_array((np.ones(len(columns), np.float32), columns, ends), shape=(len(part), len(self._vectors)))
            found[start : start + SLICE] = unit(unit(table @ self._vectors) + 0.5 * self._shared)
        return found

    def _numbers(self, text: str) -> list[int]:
        unknown = len(self._vectors) - 512
        return [
            self._number[word] if word in self._number else unknown + zlib.crc32(word.encode()) % 512
            for word in text.casefold().replace(".", " ").replace(",", " ").replace(";", " ").split()
            if word not in STOP_WORDS
        ]


class StoredEmbedder:
    """An embedder whose vectors are ready on the disk, as a survey's are, and which keeps those it has to make.

    They lie in the order in which a run made them, by length, so that many of those it asks for are read in one go.
    """

    def __init__(self, model: WordModel, texts: Sequence[str]) -> None:
        self.model = model.model
        self.made = 0  # texts that were not ready
        self._maker = model
        self._at: dict[str, int] = {}
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - as long as this lives
        self._keep(sorted(texts, key=len))

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        new = list(dict.fromkeys(text for text in texts if text not in self._at))
        self._keep(new)
        self.made += len(new)
        places = np.array([self._at[text] for text in texts], dtype=np.intp)
        order = np.argsort(places)
        found = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        size = 4 * DIMENSIONS
        for stretch in np.split(order, np.flatnonzero(np.diff(places[order]) != 1) + 1):
            if len(stretch):
                read = os.pread(self._file.fileno(), len(stretch) * size, int(places[stretch[0]]) * size)
                found[stretch] = np.frombuffer(read, dtype=np.float32).reshape(-1, DIMENSIONS)
        return found

    def _keep(self, texts: Sequence[str]) -> None:
        """Make the vectors of texts and write them after those that are there."""
        for start in range(0, len(texts), SLICE):
            self._file.write(self._maker.encode(texts[start : start + SLICE]).tobytes())
        self._at.update(zip(texts, range(len(self._at), len(self._at) + len(texts)), strict=True))


def generate_answers(count: int, model: WordModel, *, seed: int = 0) -> list[str]:
    """So many answers."""
    return list(_answers(count, model, np.random.default_rng(seed)))


def _answers(count: int, model: WordModel, generator: np.random.Generator) -> Iterator[str]:
    share = 1.0 / np.arange(3, TOPICS + 3)
    said = generator.choice([1, 2, 3, 4], count, p=[0.7, 0.2, 0.07, 0.03])
    topics = generator.choice(TOPICS, int(said.sum()), p=share / share.sum())
    lengths = generator.integers(2, 9, len(topics))
    drawn = generator.random((len(topics), 10), dtype=np.float32)
    kinds = generator.random(count)
    at = 0
    for number in range(count):
        if kinds[number] < 0.01:
            yield _SILENT[int(kinds[number] * 400)]
        elif kinds[number] < 0.11:  # very short, so often the same
            yield " ".join(model.topics[topics[at]][int(20 * value**2)] for value in drawn[at, :2])
        else:
            ideas = [_idea(model, topics[at + i], lengths[at + i], drawn[at + i]) for i in range(said[number])]
            text = _JOINS[int(kinds[number] * 4e3) % 4].join(ideas)
            yield text[:1].upper() + text[1:] + "."[: int(kinds[number] * 1e4) % 2]
        at += said[number]


def _idea(model: WordModel, topic: int, length: int, drawn: FloatArray) -> str:
    words = []
    for at in range(length):
        value = float(drawn[at])
        if value < TOLD:
            words.append(model.topics[topic][int(WORDS_OF_TOPIC * (value / TOLD) ** 1.5)])
        else:
            words.append(model.common[int(WORDS_OF_ALL * (value - TOLD) / (1 - TOLD))])
        if at + 1 < length and value * 1000 % 1 < 0.35:
            words.append(_LINKS[int(value * 1e5) % len(_LINKS)])
    return " ".join(words)


def _word(number: int) -> str:
    """A made-up word, another for each number."""
    count, number = len(_SYLLABLES), number * 7919 + 13
    return _SYLLABLES[number % count] + _SYLLABLES[number // count % count] + _SYLLABLES[number // count**2 % count]
