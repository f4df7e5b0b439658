"""Which examples of a codebook are kept when some are left out, to see how much its themes depend on them."""

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.arrays import IntArray

RE_RUNS = 10
EXAMPLE_SHARE = 0.7  # share of a theme's examples in each re-run, never fewer than two


def draw_examples(counts: Sequence[int], *, runs: int, seed: int) -> Iterator[list[IntArray]]:
    """Yield, for each of ``runs`` re-runs, the examples kept of each theme, of which there are ``counts`` (k,)."""
    generator = np.random.default_rng(seed)
    for _ in range(runs):
        yield [_drawn(count, generator) for count in counts]


def rows_of(counts: Sequence[int], kept: Sequence[IntArray]) -> IntArray:
    """Return the kept examples of all themes as indexes among all examples, (m,)."""
    starts = np.cumsum([0, *counts])
    return np.concatenate([start + own for start, own in zip(starts[:-1], kept, strict=True)]).astype(np.intp)


def _drawn(count: int, generator: np.random.Generator) -> IntArray:
    kept = max(min(count, 2), round(EXAMPLE_SHARE * count))
    return np.sort(generator.permutation(count)[:kept]).astype(np.intp)
