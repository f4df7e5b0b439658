"""The themes that an analysis finds in coded answers, and how well they agree with the codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from analysis.arrays import IntArray
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.results import Analysis
from benchmarks.data import CodedAnswers


@dataclass(frozen=True)
class Found:
    """The theme number of each of n answers (-1 for none), (n,), and the name of each theme."""

    themes: IntArray
    names: list[str]

    @property
    def placed(self) -> float:
        """Return the share of the answers that are in a theme."""
        return float((self.themes >= 0).mean())


def our_themes(texts: Sequence[str], embedder: Embedder, *, seed: int = 0) -> Found:
    """Find themes without a codebook."""
    return strongest(
        analyse(texts, codebook=Codebook.load("none"), embedder=embedder, re_runs=0, seed=seed), len(texts)
    )


def strongest(result: Analysis, answers: int) -> Found:
    """Return the strongest theme of each of so many answers, the first of equals."""
    number = {theme.key: at for at, theme in enumerate(result.themes)}
    themes = np.full(answers, -1, dtype=np.intp)
    best = np.full(answers, -1.0)
    for placement in result.placements:
        answer = result.ideas[placement.idea].answer
        if placement.theme in number and placement.strength > best[answer]:
            best[answer], themes[answer] = placement.strength, number[placement.theme]
    return Found(themes, [theme.name for theme in result.themes])


def agreement(answers: CodedAnswers, found: Found) -> float:
    """Return the adjusted mutual information of codes and themes; answers without a theme are one class."""
    return float(adjusted_mutual_info_score(answers.codes, found.themes))
