"""Check a codebook: themes with too few examples, texts that stand twice, examples nearer to another theme, twins.

Each example is compared with all others as an answer would be, as if it stood in no theme itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from analysis.arrays import DoubleArray, FloatArray, IntArray
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.place import example_texts, leave_one_out

MIN_EXAMPLES = 8
"""With fewer, a theme is known in too few words"""
LEAST_OWN = 0.4
"""Least share of a theme's examples that are nearest to the theme itself; the packaged codebooks have .48 and more"""
TWINS = 0.15
"""Share of the examples of two themes that are nearest to the other one; the packaged codebooks have up to .10"""
MAX_STRAYS = 20


@dataclass(frozen=True, slots=True)
class Stray:
    """An example that is nearer to another theme than to its own, by ``margin`` of the score."""

    text: str
    theme: str
    nearer: str
    margin: float


@dataclass(frozen=True, slots=True)
class Twins:
    """Two themes whose examples are often nearer to the other one: ``share`` of them."""

    one: str
    other: str
    share: float


@dataclass(frozen=True, slots=True)
class CodebookReport:
    """What was found in a codebook; themes are given by name.

    ``few`` have too few examples, ``twice`` are folded texts with the themes they are in, ``muddled`` themes with the
    share of their examples that are nearest to them. ``strays`` are the farthest astray first, ``own`` is the share of
    all examples that are nearest to their own theme.
    """

    themes: int
    examples: int
    few: dict[str, int]
    twice: dict[str, list[str]]
    muddled: dict[str, float]
    twins: tuple[Twins, ...]
    strays: tuple[Stray, ...]
    own: float

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing to mend. Single strays are worth a look, and no fault."""
        return not (self.few or self.twice or self.muddled or self.twins)


def check_codebook(codebook: Codebook, examples: FloatArray) -> CodebookReport:
    """Return what is to be mended in a codebook, from the vectors (m, d) of ``example_texts(codebook)``."""
    texts, names = example_texts(codebook), [theme.name for theme in codebook.themes]
    sizes = np.array([len(theme.examples) for theme in codebook.themes])
    owner = np.repeat(np.arange(len(names)), sizes)
    homes: dict[str, list[str]] = defaultdict(list)
    for text, theme in zip(texts, owner.tolist(), strict=True):
        homes[text].append(names[theme])
    scores = leave_one_out(codebook, examples)
    nearest = scores.argmax(axis=1)
    confused = np.zeros((len(names), len(names)), dtype=np.intp)
    np.add.at(confused, (owner, nearest), 1)
    own_share = np.diag(confused) / sizes
    return CodebookReport(
        themes=len(names),
        examples=len(texts),
        few={name: int(size) for name, size in zip(names, sizes, strict=True) if size < MIN_EXAMPLES},
        twice={text: own for text, own in homes.items() if len(own) > 1},
        muddled={
            name: float(share)
            for name, share, size in zip(names, own_share, sizes, strict=True)
            if share < LEAST_OWN and size >= MIN_EXAMPLES
        },
        twins=_twins(confused, sizes, names),
        strays=_strays(scores, owner, texts, names),
        own=float((nearest == owner).mean()),
    )


def _twins(confused: IntArray, sizes: IntArray, names: list[str]) -> tuple[Twins, ...]:
    found = [
        Twins(
            names[one], names[other], float((confused[one, other] + confused[other, one]) / (sizes[one] + sizes[other]))
        )
        for one in range(len(names))
        for other in range(one + 1, len(names))
    ]
    return tuple(sorted((pair for pair in found if pair.share >= TWINS), key=lambda pair: -pair.share))


def _strays(scores: DoubleArray, owner: IntArray, texts: list[str], names: list[str]) -> tuple[Stray, ...]:
    nearest = scores.argmax(axis=1)
    rows = np.flatnonzero(nearest != owner)
    margins = scores[rows, nearest[rows]] - scores[rows, owner[rows]]
    order = np.argsort(-margins, kind="stable")[:MAX_STRAYS]
    return tuple(
        Stray(texts[row], names[owner[row]], names[nearest[row]], float(margins[at]))
        for at, row in zip(order.tolist(), rows[order].tolist(), strict=True)
    )
