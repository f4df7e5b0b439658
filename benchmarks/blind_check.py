"""How often the interval of a blind check holds the truth, and how often others would.

    python -m benchmarks.blind_check

prints the table for invented distributions of F1, on which the interval was chosen.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import stats

from analysis.embedding.models import Embedder
from analysis.evidence.agreement import Z_95, f1_score, mean_interval
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from benchmarks.data import read_csv
from benchmarks.result_table import Row, at_least

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Interval = Callable[[Floats, np.random.Generator], tuple[float, float]]

CHECKS = 2000
RESAMPLES = 1000
SIZES = (12, 30, 60, 100)
DISTRIBUTIONS: dict[str, dict[float, float]] = {
    "as measured": {1: 0.65, 2 / 3: 0.10, 1 / 2: 0.10, 0: 0.15},
    "yes or no, .78": {1: 0.78, 0: 0.22},
    "yes or no, .50": {1: 0.5, 0: 0.5},
    "yes or no, .97": {1: 0.97, 0: 0.03},
    "nearly always": {1: 0.91, 2 / 3: 0.05, 0: 0.04},
    "always, nearly": {1: 0.95, 2 / 3: 0.03, 1 / 2: 0.02},
    "in parts": {1: 0.2, 0.8: 0.2, 2 / 3: 0.2, 1 / 2: 0.15, 0.4: 0.1, 0: 0.15},
    "seldom": {1: 0.15, 1 / 2: 0.2, 0: 0.65},
}


def relationships(folder: Path, embedder: Embedder) -> list[Row]:
    """Draw blind checks of 30 from hand-coded answers, as from a survey with many like them; compare with F1 of all."""
    table = read_csv(folder / "relationship_dev.csv")
    codebook = Codebook.load("relationships")
    known = {theme.key for theme in codebook.themes}
    result = analyse([row["answer"] for row in table], codebook=codebook, embedder=embedder, re_runs=0)
    found: list[set[str]] = [set() for _ in table]
    for placement in result.placements:
        found[result.ideas[placement.idea].answer].add(placement.theme)
    codes = [set(row["codes"].split("|")) & known for row in table]
    scores = np.array([f1_score(one & known, other) for one, other in zip(found, codes, strict=True)])
    draw = np.random.default_rng(15)
    checks = [draw.choice(scores, 30) for _ in range(CHECKS)]
    n, held = str(len(table)), "checks of 30 whose 95 % interval holds it"
    return [
        at_least("relationship_dev", n, "F1 of an answer, mean", float(scores.mean()), None),
        at_least("relationship_dev", n, held, _held(checks, _ours, scores), 0.93),
        at_least("relationship_dev", n, "the same with a bootstrap", _held(checks, _percentiles, scores), None),
    ]


def _held(checks: list[Floats], interval: Interval, scores: Floats) -> float:
    draw = np.random.default_rng(1)
    bounds = [interval(check, draw) for check in checks]
    return sum(low <= float(scores.mean()) <= high for low, high in bounds) / len(bounds)


def _ours(scores: Floats, draw: np.random.Generator) -> tuple[float, float]:
    return mean_interval(scores.tolist())


def _wilson(scores: Floats, draw: np.random.Generator) -> tuple[float, float]:
    """Wilson's interval, as if each score were a yes or a no."""
    share, mean = Z_95**2 / len(scores), float(scores.mean())
    half = Z_95 / (1 + share) * (mean * (1 - mean) / len(scores) + share / (4 * len(scores))) ** 0.5
    return (mean + share / 2) / (1 + share) - half, (mean + share / 2) / (1 + share) + half


def _student(scores: Floats, draw: np.random.Generator) -> tuple[float, float]:
    half = stats.t.ppf(0.975, len(scores) - 1) * scores.std(ddof=1) / len(scores) ** 0.5
    return float(scores.mean() - half), float(scores.mean() + half)


def _percentiles(scores: Floats, draw: np.random.Generator) -> tuple[float, float]:
    low, high = np.quantile(draw.choice(scores, (RESAMPLES, len(scores))).mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def _bca(scores: Floats, draw: np.random.Generator) -> tuple[float, float]:
    """The bootstrap's bias-corrected and accelerated interval (Efron, 1987)."""
    mean, count = scores.mean(), len(scores)
    means = draw.choice(scores, (RESAMPLES, count)).mean(axis=1)
    bias = stats.norm.ppf(np.clip(((means < mean).mean() + (means <= mean).mean()) / 2, 1e-4, 1 - 1e-4))
    left_out = (scores - mean) / (count - 1)
    faster = (left_out**3).sum() / (6 * (left_out**2).sum() ** 1.5 + 1e-12)
    at = [stats.norm.cdf(bias + (bias + z) / (1 - faster * (bias + z))) for z in (-Z_95, Z_95)]
    low, high = np.quantile(means, at)
    return float(low), float(high)


INTERVALS: dict[str, Interval] = {
    "ours": _ours,
    "Wilson": _wilson,
    "Student": _student,
    "percentiles": _percentiles,
    "BCa": _bca,
}


def coverage() -> None:
    """Print how often each interval holds the mean of each distribution, and how wide it is."""
    print(f"{'scores':>6} {'distribution':16}" + "".join(f"{name:>18}" for name in INTERVALS))
    for size in SIZES:
        for name, shares in DISTRIBUTIONS.items():
            draw = np.random.default_rng(15)
            truth = sum(score * share for score, share in shares.items())
            checks = [draw.choice(list(shares), size, p=list(shares.values())) for _ in range(CHECKS)]
            line = ""
            for interval in INTERVALS.values():
                bounds = np.array([interval(check, draw) for check in checks])
                held = ((bounds[:, 0] - 1e-9 <= truth) & (truth <= bounds[:, 1] + 1e-9)).mean()
                line += f"{held:11.3f} ±{(bounds[:, 1] - bounds[:, 0]).mean() / 2:5.3f}"
            print(f"{size:6} {name:16}{line}")


if __name__ == "__main__":
    coverage()
