"""Find themes with BERTopic, the baseline, from the same vectors."""

from collections.abc import Sequence

import numpy as np

from analysis.embedding.models import Embedder
from analysis.text.normalise import fold
from benchmarks.found_themes import Found


def bertopic_themes(texts: Sequence[str], embedder: Embedder) -> Found:
    """Run BERTopic with its defaults and a fixed seed; a name is the four words of a topic, joined by spaces."""
    from bertopic import BERTopic  # type: ignore[import-untyped,import-not-found,unused-ignore] # only where it runs

    np.random.seed(0)
    model = BERTopic(verbose=False)
    topics, _ = model.fit_transform(list(texts), embeddings=embedder.encode([fold(text) for text in texts]))
    names = [" ".join(model.topic_labels_[topic].split("_")[1:]) for topic in range(max(topics) + 1)]
    return Found(np.array(topics, dtype=np.intp), names)
