"""A BERT with 8-bit matrix products under ONNX Runtime, several times as fast as the original.

The model is converted from its weights (``analysis.encoder_graphs.bert_graph``) and may be cached as a file. Texts of
the same number of tokens share a batch, each batch runs on one thread, and all quantisation scales are fixed in
advance: so the vector of a text is the same, to the last bit, whatever other texts it is encoded with.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray
from analysis.encoder_graphs.session import ENGINE, open_session
from analysis.encoder_graphs.sizes import DIMENSIONS
from analysis.encoders.kept_files import Checked, kept, kept_name, kind_of_products
from analysis.encoders.low_rank import changed
from analysis.parallel.machine import available_cores, processor

HERE = Path(__file__).parent
GRAPHS = HERE.with_name("encoder_graphs")
MAX_BATCH_TOKENS = 512  # per batch, so that it fits the processor cache of a core
MIN_COSINE = 0.99  # mean cosine with the exact vectors


class InaccurateModelError(Exception):
    """The 8-bit model's vectors are too far from the original's on this machine."""


@dataclass(frozen=True, slots=True)
class Bert:
    """What a BERT is made from; its weights are read only to convert it.

    ``name`` and ``sha256`` (of the weights) name its cached file, ``changes`` is the file written by ``fine_tune``,
    ``ranges`` that written by ``calibrate_int8``. ``weights`` are as they are in the package. ``numbers`` returns the
    numbers of the tokens of texts, at most LONGEST of each; ``words`` the vectors (..., d), float32, of such numbers
    where the weights have none.
    """

    name: str
    sha256: str
    layers: int
    changes: Path
    ranges: Path
    numbers: Callable[[Sequence[str]], list[list[int]]]
    weights: Callable[[], Mapping[str, FloatArray]]
    words: Callable[[NDArray[np.int32]], FloatArray] | None = None

    def changed_weights(self) -> dict[str, FloatArray]:
        """Return the weights of the model: those of the package with our changes."""
        return changed(self.weights(), self.changes)


class BertModel:
    """A model in memory; safe to use from several threads."""

    def __init__(self, made_of: Bert, keep: Path | None, *, int8: bool, threads: int | None = None) -> None:
        """``made_of`` has checked files; ``keep`` is the cache folder of 8-bit models, if any.

        Raises OSError and ValueError where files are missing or damaged, and InaccurateModelError.
        """
        self._made_of = made_of
        recipe, name = _recipe(made_of), f"{made_of.name}-{kind_of_products(int8=int8)}"
        self._session = open_session(kept(keep if int8 else None, name, recipe, lambda: convert(made_of, int8=int8)))
        self._threads = ThreadPoolExecutor(threads or available_cores(), "vectors")
        # Of the same file, engine and processor once is enough: .12 s of processor time for both models of this kind.
        checked, what = Checked(keep), f"accuracy {kept_name(name, recipe)} {ENGINE} {processor()} {MIN_COSINE}"
        if int8 and not checked.has_passed(what):
            self._check_accuracy(made_of.ranges)
            checked.note(what)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of n texts, (n, d), of length 1; each distinct text is encoded once."""
        number: dict[str, int] = {}
        places = [number.setdefault(text, len(number)) for text in texts]
        ids = self._made_of.numbers(list(number))
        vectors = np.zeros((len(ids), DIMENSIONS), dtype=np.float32)

        def run(batch: list[int]) -> None:
            numbers = np.array([ids[at] for at in batch], dtype=np.int32)
            tokens = self._session.run(inputs(self._made_of, numbers))[0]
            rows = tokens.sum(axis=1)  # not by ONNX Runtime, whose order of summation depends on the batch size
            vectors[batch] = rows / np.sqrt(np.einsum("nd,nd->n", rows, rows))[:, None]

        for _ in self._threads.map(run, batches([len(each) for each in ids])):
            pass
        return vectors[places]

    def _check_accuracy(self, ranges: Path) -> None:
        with np.load(ranges, allow_pickle=False) as file:
            texts, exact = file["texts"].tolist(), file["vectors"].astype(np.float32)
        nearness = float(np.einsum("nd,nd->n", self.encode(texts), exact).mean())
        if not nearness >= MIN_COSINE:
            raise InaccurateModelError(f"its vectors have a mean cosine of only {nearness:.3f} with the original's")


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts (by index) of the same length into batches of at most MAX_BATCH_TOKENS tokens, the longest first."""
    alike: dict[int, list[int]] = defaultdict(list)
    for at, length in enumerate(lengths):
        alike[length].append(at)
    return [
        alike[length][start : start + size]
        for length in sorted(alike, reverse=True)
        for size in [max(1, MAX_BATCH_TOKENS // length)]
        for start in range(0, len(alike[length]), size)
    ]


def convert(made_of: Bert, *, int8: bool) -> bytes:
    """Return the model for ONNX Runtime, with 8-bit or float32 products."""
    # Imported here: loading onnx takes .07 s, and a model that is kept needs it no more.
    from analysis.encoder_graphs.bert_graph import whole_model

    has_words = made_of.words is None
    return whole_model(made_of.changed_weights(), made_of.ranges, made_of.layers, int8=int8, has_words=has_words)


def inputs(made_of: Bert, numbers: NDArray[np.int32]) -> dict[str, NDArray[np.generic]]:
    """Return what the model's graph takes for the numbers of tokens (texts, tokens)."""
    return {"ids": numbers} if made_of.words is None else {"words": made_of.words(numbers)}


def _recipe(made_of: Bert) -> list[bytes]:
    """Return what a model with products of 8 bits is made from."""
    code = (GRAPHS / f"{name}.py" for name in ("bert_graph", "graph", "session", "sizes"))
    files = (made_of.changes, made_of.ranges, HERE / "low_rank.py", *code)
    return [made_of.sha256.encode(), *(path.read_bytes() for path in files)]
