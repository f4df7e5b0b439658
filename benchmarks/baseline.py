"""Find themes with our analysis and with BERTopic, the baseline, from the same vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bertopic import BERTopic  # type: ignore[import-untyped,import-not-found,unused-ignore]

from analysis.arrays import IntArray
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.text.normalise import fold


@dataclass(frozen=True)
class Found:
    """The theme number of each of n answers (-1 for none), (n,), and the name of each theme."""

    themes: IntArray
    names: list[str]

    @property
    def placed(self) -> float:
        """Return the share of the answers that are in a theme."""
        return float((self.themes >= 0).mean())


def our_themes(texts: Sequence[str], embedder: Embedder) -> Found:
    """Find themes without a codebook; an answer counts in its strongest theme only, the first of equals."""
    result = analyse(texts, codebook=Codebook.load("none"), embedder=embedder, re_runs=0)
    number = {theme.key: at for at, theme in enumerate(result.themes)}
    themes = np.full(len(texts), -1, dtype=np.intp)
    best = np.full(len(texts), -1.0)
    for placement in result.placements:
        answer = result.ideas[placement.idea].answer
        if placement.theme in number and placement.strength > best[answer]:
            best[answer], themes[answer] = placement.strength, number[placement.theme]
    return Found(themes, [theme.name for theme in result.themes])


def bertopic_themes(texts: Sequence[str], embedder: Embedder) -> Found:
    """Run BERTopic with its defaults and a fixed seed; a name is the four words of a topic, joined by spaces."""
    np.random.seed(0)
    model = BERTopic(verbose=False)
    topics, _ = model.fit_transform(list(texts), embeddings=embedder.encode([fold(text) for text in texts]))
    names = [" ".join(model.topic_labels_[topic].split("_")[1:]) for topic in range(max(topics) + 1)]
    return Found(np.array(topics, dtype=np.intp), names)
