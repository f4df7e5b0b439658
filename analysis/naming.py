"""Names for several themes at once: what each says that the others do not, weighed by what the theme means."""

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.edits import Members
from analysis.embed import Embedder, FloatArray
from analysis.name import Said, choose_names, rank_phrases, weigh
from analysis.reading import Reading, encode, silent
from analysis.text import fold


def name_themes(
    reading: Reading,
    vectors: FloatArray,
    found: Members,
    *,
    shared: FloatArray,
    taken: Sequence[str],
    embedder: Embedder,
) -> Mapping[str, tuple[str, ...]]:
    """Up to three names for each theme, the best first, out of the words of its ideas; none like one ``taken``.

    ``vectors`` (n, d) are of the wordings, ``shared`` (d,) is what all of them have in common.
    """
    if not found:
        return {}
    keys = sorted(found)
    ideas_of = reading.ideas_of()
    ideas = [sorted(idea for row in found[key] for idea in ideas_of[row]) for key in keys]
    said = [[Said(reading.ideas[idea].answer, reading.ideas[idea].text) for idea in theme] for theme in ideas]
    phrases = rank_phrases(said)
    texts = sorted({phrase.name for theme in phrases for phrase in theme})
    phrase_vectors = dict(zip(texts, encode([fold(text) for text in texts], embedder, silent), strict=True))
    rows = [sorted(reading.wording_of[idea] for idea in theme) for theme in ideas]
    weigh(phrases, phrase_vectors, np.stack([vectors[own].mean(axis=0) for own in rows]), shared)
    return dict(zip(keys, choose_names(said, phrases, taken), strict=True))


def also_said(candidates: Sequence[str]) -> str:
    """The description of a discovered theme: what else its people say."""
    others = ", ".join(f"\u201c{name}\u201d" for name in candidates[1:])
    return f"Also said: {others}" if others else ""
