"""Generate any number of synthetic answers and their vectors without a model, for measurements of speed.

Words belong to topics of very different sizes; answers have one to four ideas, and short ones are often repeated. The
vector of a text is the normalised sum of the vectors of its words.
"""

import os
import zlib
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile

import numpy as np
from scipy.sparse import csr_array

from analysis.arrays import FloatArray, unit
from analysis.text.word_lists import STOP_WORDS

DIMENSIONS, ALL_ENCODERS = 384, 512  # as of MiniLM alone, and of the packaged encoders together
TOPICS, TOPIC_WORDS, COMMON_WORDS = 120, 40, 400
TOPIC_WEIGHT, TOPIC_SHARE = 0.35, 0.75  # of the topic in a word's vector; of an idea's words that are its topic's
BATCH_TEXTS = 20_000

_SYLLABLES = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "an", "or", "el")]
_LINKS = ("the", "a", "of", "with", "to", "my", "for", "in")
_JOINS = (". ", ", and ", "; ", "\n")
_NONANSWERS = ("idk", "no idea", "nothing", "lol")


class WordModel:
    """An embedder by words: fast, the same on every machine, with vectors distributed like those of real texts."""

    model = "words"

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        generator = np.random.default_rng(7)
        self.dimensions = dimensions
        self.topics = [[_word(topic * TOPIC_WORDS + at) for at in range(TOPIC_WORDS)] for topic in range(TOPICS)]
        self.common = [_word(TOPICS * TOPIC_WORDS + at) for at in range(COMMON_WORDS)]
        centres = unit(generator.normal(size=(TOPICS, dimensions)))
        own = unit(generator.normal(size=(TOPICS * TOPIC_WORDS, dimensions)))
        topical = TOPIC_WEIGHT * np.repeat(centres, TOPIC_WORDS, axis=0) + (1 - TOPIC_WEIGHT**2) ** 0.5 * own
        rest = unit(generator.normal(size=(COMMON_WORDS + 512, dimensions)))  # 512 for unknown words
        self._vectors = np.concatenate([topical, rest]).astype(np.float32)
        self._number = {word: at for at, word in enumerate([*(w for t in self.topics for w in t), *self.common])}
        self._shared = unit(generator.normal(size=(1, dimensions)))[0].astype(np.float32)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), BATCH_TEXTS):
            part = [self._numbers(text) for text in texts[start : start + BATCH_TEXTS]]
            ends = np.cumsum([0, *map(len, part)])
            columns = np.fromiter((number for numbers in part for number in numbers), dtype=np.int32, count=ends[-1])
            table = csr_array((np.ones(len(columns), np.float32), columns, ends), shape=(len(part), len(self._vectors)))
            found[start : start + BATCH_TEXTS] = unit(unit(table @ self._vectors) + 0.5 * self._shared)
        return found

    def _numbers(self, text: str) -> list[int]:
        unknown = len(self._vectors) - 512
        return [
            self._number[word] if word in self._number else unknown + zlib.crc32(word.encode()) % 512
            for word in text.casefold().replace(".", " ").replace(",", " ").replace(";", " ").split()
            if word not in STOP_WORDS
        ]


class StoredEmbedder:
    """An embedder that reads vectors from disk, as a survey's are stored, and stores those that are missing.

    They are ordered by the length of the text, as a run stores them, so that neighbours are read in one go.
    """

    def __init__(self, model: WordModel, texts: Sequence[str]) -> None:
        self.model = model.model
        self.made = 0  # texts that were encoded after the start
        self._maker = model
        self._at: dict[str, int] = {}
        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 - as long as this lives
        self._append(sorted(texts, key=len))

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        new = list(dict.fromkeys(text for text in texts if text not in self._at))
        self._append(new)
        self.made += len(new)
        places = np.array([self._at[text] for text in texts], dtype=np.intp)
        order = np.argsort(places)
        found = np.empty((len(texts), self._maker.dimensions), dtype=np.float32)
        size = 4 * self._maker.dimensions
        for block in np.split(order, np.flatnonzero(np.diff(places[order]) != 1) + 1):
            if len(block):
                read = os.pread(self._file.fileno(), len(block) * size, int(places[block[0]]) * size)
                found[block] = np.frombuffer(read, dtype=np.float32).reshape(-1, self._maker.dimensions)
        return found

    def _append(self, texts: Sequence[str]) -> None:
        """Encode texts and append their vectors."""
        for start in range(0, len(texts), BATCH_TEXTS):
            self._file.write(self._maker.encode(texts[start : start + BATCH_TEXTS]).tobytes())
        self._at.update(zip(texts, range(len(self._at), len(self._at) + len(texts)), strict=True))


def generate_answers(count: int, model: WordModel, *, seed: int = 0) -> list[str]:
    """Generate so many answers."""
    return list(_answers(count, model, np.random.default_rng(seed)))


def _answers(count: int, model: WordModel, generator: np.random.Generator) -> Iterator[str]:
    share = 1.0 / np.arange(3, TOPICS + 3)
    said = generator.choice([1, 2, 3, 4], count, p=[0.7, 0.2, 0.07, 0.03])
    topics = generator.choice(TOPICS, int(said.sum()), p=share / share.sum())
    lengths = generator.integers(2, 9, len(topics))
    drawn = generator.random((len(topics), 10), dtype=np.float32)
    forms = generator.random(count)
    at = 0
    for number in range(count):
        if forms[number] < 0.01:
            yield _NONANSWERS[int(forms[number] * 400)]
        elif forms[number] < 0.11:  # very short, so often repeated
            yield " ".join(model.topics[topics[at]][int(20 * value**2)] for value in drawn[at, :2])
        else:
            ideas = [_idea(model, topics[at + i], lengths[at + i], drawn[at + i]) for i in range(said[number])]
            text = _JOINS[int(forms[number] * 4e3) % 4].join(ideas)
            yield text[:1].upper() + text[1:] + "."[: int(forms[number] * 1e4) % 2]
        at += said[number]


def _idea(model: WordModel, topic: int, length: int, drawn: FloatArray) -> str:
    words = []
    for at in range(length):
        value = float(drawn[at])
        if value < TOPIC_SHARE:
            words.append(model.topics[topic][int(TOPIC_WORDS * (value / TOPIC_SHARE) ** 1.5)])
        else:
            words.append(model.common[int(COMMON_WORDS * (value - TOPIC_SHARE) / (1 - TOPIC_SHARE))])
        if at + 1 < length and value * 1000 % 1 < 0.35:
            words.append(_LINKS[int(value * 1e5) % len(_LINKS)])
    return " ".join(words)


def _word(number: int) -> str:
    """Return a different invented word for each number."""
    count, number = len(_SYLLABLES), number * 7919 + 13
    return _SYLLABLES[number % count] + _SYLLABLES[number // count % count] + _SYLLABLES[number // count**2 % count]
