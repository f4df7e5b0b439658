"""One embedder for several threads, shared in first-come order."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder

MAX_BATCH_TEXTS, MAX_BATCH_CHARACTERS = 128, 8000
"""What the model encodes before the next thread has its turn: about 0.1 seconds of work on two cores"""


class SharedEmbedder:
    """An Embedder that several threads may call; the wrapped embedder is called by one thread at a time.

    A tokenizer is not safe to share between threads. Texts are encoded in small batches, and the threads take turns
    after each: a thread with one text waits for one batch of another thread's thousand texts.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = FairLock()
        self.model = embedder.model

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        made = []
        for batch in batches(texts):
            with self._lock.held():
                made.append(self._embedder.encode(batch))
        return made[0] if len(made) == 1 else np.concatenate(made)


class FairLock:
    """A lock that goes to the thread that has waited longest; threading.Lock goes to whichever is quickest."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self.waiting: deque[threading.Event] = deque()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock during a `with` block."""
        turn = threading.Event()
        with self._guard:
            if self._taken:
                self.waiting.append(turn)
            else:
                self._taken = True
                turn.set()
        turn.wait()
        try:
            yield
        finally:
            with self._guard:
                if self.waiting:
                    self.waiting.popleft().set()
                else:
                    self._taken = False


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Split the texts, in order, by MAX_BATCH_TEXTS and MAX_BATCH_CHARACTERS; one empty batch if there are none."""
    start = size = 0
    for position, text in enumerate(texts):
        size += len(text)
        if position > start and (position - start == MAX_BATCH_TEXTS or size > MAX_BATCH_CHARACTERS):
            yield texts[start:position]
            start, size = position, len(text)
    yield texts[start:]
