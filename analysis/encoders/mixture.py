"""One vector of each text from several encoders: which, with which weight, and for what.

multilingual-e5-small reads a hundred languages and tells opinions apart best; the Universal Sentence Encoder reads 16
and sees the same matter in two of them best; all-MiniLM-L6-v2 tells apart short English texts best. Of each encoder's
vectors the mean over languages is taken off, and the directions in which the languages differ (Yang et al. 2021,
arXiv:2109.04727); what is left is scaled to unit length, weighted, joined, and mapped to DIMENSIONS principal
components, in which what people say counts more than how (``analysis.fit_encoders.same_matter``).
``analysis.fit_encoders.fit_mixture`` writes these numbers; docs/decisions.md has what was measured.

An encoder that cannot read a text has no part in its vector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray, slices, unit
from analysis.encoder_graphs.session import open_session
from analysis.encoders import e5
from analysis.encoders.e5 import E5
from analysis.encoders.encoder import Encoder
from analysis.encoders.int8_model import GRAPHS
from analysis.encoders.kept_files import kept, kind_of_products
from analysis.encoders.minilm import MiniLM
from analysis.encoders.names import full_name
from analysis.encoders.use import Use

FILE = Path(__file__).with_name("mixture.npz")
WEIGHTS = {"e5": 2.0, "use": 1.0, "minilm": 1.0}
DIMENSIONS = 512
LANGUAGE_DIRECTIONS = 6  # more of them take away what the texts say, too
BLOCK_TEXTS = 1024


@dataclass(frozen=True, slots=True)
class Part:
    """What is taken off an encoder's vectors: their ``mean`` (d,) and the ``directions`` (k, d) of languages."""

    mean: FloatArray
    directions: FloatArray


class Mixture:
    """An Embedder of several encoders; each text has the same bits in any company where products are of 8 bits."""

    def __init__(self, keep: Path | None, *, int8: bool) -> None:
        """``keep`` is the cache folder of converted models. Raises ModelError and what the encoders raise."""
        self.parts = open_parts(keep, int8=int8)
        names = tuple(self.parts)
        self.model = full_name(names, int8=int8)
        with np.load(FILE, allow_pickle=False) as file:
            self._taken_off = {name: Part(file[f"{name}.mean"], file[f"{name}.directions"]) for name in names}
        self._components = open_session(_product(names, keep, int8=int8))

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for rows in slices(len(texts), BLOCK_TEXTS):
            joined = join(self.parts, self._taken_off, texts[rows])
            vectors[rows] = unit(self._components.run({"joined": joined})[0])
        return vectors


def open_parts(keep: Path | None, *, int8: bool) -> dict[str, Encoder]:
    """Return the encoders that run on this machine, by name."""
    parts: dict[str, Encoder] = {"e5": E5(keep, int8=int8)} if e5.is_installed() else {}
    return {**parts, "use": Use(keep, int8=int8), "minilm": MiniLM(keep, int8=int8)}


def join(parts: Mapping[str, Encoder], taken_off: Mapping[str, Part], texts: Sequence[str]) -> FloatArray:
    """Return the weighted vectors of all encoders side by side, of unit length together, (n, sum of d)."""
    shares = np.stack([parts[name].reads(texts) for name in parts], axis=1)
    shares[shares.sum(axis=1) == 0] = 1  # what none reads well has a vector all the same
    joined = []
    for at, (name, encoder) in enumerate(parts.items()):
        part, read = taken_off[name], np.flatnonzero(shares[:, at]).tolist()
        vectors = np.zeros((len(texts), len(part.mean)), dtype=np.float32)
        if len(read):
            vectors[read] = without_language(encoder.encode([texts[row] for row in read]), part)
        joined.append(vectors * np.sqrt(WEIGHTS[name] * shares[:, at])[:, None])
    return unit(np.concatenate(joined, axis=1).astype(np.float32))


def without_language(vectors: FloatArray, part: Part) -> FloatArray:
    """Return vectors (n, d) without mean and directions of the languages, scaled to unit length."""
    centred = vectors - part.mean
    for direction in part.directions:  # one after the other: the bits of a matrix product depend on the rows beside
        centred -= np.einsum("nd,d->n", centred, direction)[:, None] * direction
    return unit(centred)


def _product(names: tuple[str, ...], keep: Path | None, *, int8: bool) -> NDArray[np.uint8]:
    """Return the graph of the product with the principal components, from its kept file if there is one."""

    def made() -> bytes:
        # Imported here: loading onnx takes .07 s, and only a graph that is not kept needs it.
        from analysis.encoder_graphs.graph import graph_of_product

        with np.load(FILE, allow_pickle=False) as file:
            return graph_of_product(file["+".join(names)].astype(np.float32), "joined", "vectors", int8=int8)

    recipe = [FILE.read_bytes(), *((GRAPHS / name).read_bytes() for name in ("graph.py", "session.py"))]
    return kept(keep, f"mixture-{'+'.join(names)}-{kind_of_products(int8=int8)}", recipe, made)
