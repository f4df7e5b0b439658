"""Names for several themes at once: what each says that the others do not, weighed by what the theme means."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.arrays import FloatArray
from analysis.discovery.micro_clusters import MANY
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.known_themes.edits import Members
from analysis.naming.choose_names import choose_names, weigh
from analysis.naming.phrases import MOST_PHRASES, Phrase, Said
from analysis.progress import ignore_progress
from analysis.text.normalise import fold
from analysis.text.read_answers import Reading

# Of very many answers a theme is named by some of them, and fewer phrases are compared with its meaning: each of those
# has to be given to the model.
MOST_SAID, FEWER_PHRASES = 500, 20  # wordings, and phrases, of a theme
MOST_SAID_IN_PART, FEWER_OF_PART = 200, 8  # the same of a sub-theme, of which there are many


@dataclass(frozen=True, slots=True)
class Heard:
    """What is read for the names of k themes, or of a theme's sub-themes: their ``keys``, sorted, and of each of them
    the numbers of the ``ideas`` that are read, what is ``said`` in those, and how many phrases at ``most`` compete.
    """

    keys: list[str]
    ideas: list[NDArray[np.intp]]
    said: list[list[Said]]
    most: int


def hear(reading: Reading, found: Members, *, are_parts: bool = False) -> Heard:
    """What ``rank_phrases`` reads of the themes ``found``, perhaps in another process.

    ``are_parts``: of sub-themes, where there are very many answers, less is read.
    """
    keys = sorted(found)
    many = len(reading.wordings) > MANY
    most_said, fewer = (MOST_SAID_IN_PART, FEWER_OF_PART) if are_parts else (MOST_SAID, FEWER_PHRASES)
    own = [_some_wordings(reading, found[key], most_said) if many else found[key] for key in keys]
    ideas = [np.sort(reading.each_idea(np.fromiter(rows, dtype=np.intp))[1]) for rows in own]
    said = [[Said(reading.ideas[idea].answer, reading.ideas[idea].text) for idea in theme.tolist()] for theme in ideas]
    return Heard(keys, ideas, said, fewer if many else MOST_PHRASES)


def name_themes(
    reading: Reading,
    vectors: FloatArray,
    found: Members,
    heard: Heard,
    phrases: Sequence[Sequence[Phrase]],
    *,
    shared: FloatArray,
    taken: Sequence[str],
    embedder: Embedder,
) -> Mapping[str, tuple[str, ...]]:
    """Up to three names for each theme, the best first, out of the words of its ideas; none like one ``taken``.

    ``vectors`` (n, d) are of the wordings, ``shared`` (d,) is what all of them have in common; ``phrases`` are what
    ``rank_phrases`` makes of what was ``heard`` of the themes ``found``.
    """
    if not found:
        return {}
    texts = sorted({phrase.name for theme in phrases for phrase in theme})
    phrase_vectors = dict(zip(texts, encode([fold(text) for text in texts], embedder, ignore_progress), strict=True))
    rows = [np.sort(reading.rows()[theme]) for theme in heard.ideas]
    weigh(phrases, phrase_vectors, np.stack([vectors[own].mean(axis=0) for own in rows]), shared)
    people = [reading.people(found[key]) for key in heard.keys]
    return dict(zip(heard.keys, choose_names(heard.said, phrases, taken, people), strict=True))


def _some_wordings(reading: Reading, rows: Collection[int], most: int) -> list[int]:
    """So many of the wordings ``rows``: always nearly the same ones, whatever else is said, by a checksum of each."""
    if len(rows) <= most:
        return sorted(rows)
    own = np.sort(np.fromiter(rows, dtype=np.intp, count=len(rows)))
    chosen = own[np.argsort(reading.checksums()[own], kind="stable")[:most]]
    return [int(row) for row in chosen]


def also_said(candidates: Sequence[str]) -> str:
    """The description of a discovered theme: what else its people say."""
    others = ", ".join(f"\u201c{name}\u201d" for name in candidates[1:])
    return f"Also said: {others}" if others else ""


def name_parts(
    reading: Reading,
    vectors: FloatArray,
    parts: Mapping[str, Members],
    heard: Iterable[Heard],
    phrases: Iterable[Sequence[Sequence[Phrase]]],
    names: Mapping[str, str],
    embedder: Embedder,
    step: Callable[[], None],
) -> dict[str, tuple[str, ...]]:
    """Names for all sub-themes: each tells its sub-theme from its neighbours in the same theme.

    ``heard`` and ``phrases`` are those of each theme's sub-themes, see ``name_themes``; ``names`` are those of the
    themes, which no sub-theme takes. ``step`` is told of each theme.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for groups, own, ranked in zip(parts.values(), heard, phrases, strict=True):
        step()
        rows = sorted(row for group in groups.values() for row in group)
        shared = vectors[rows].mean(axis=0)
        taken = [*names.values(), *(candidates[0] for candidates in chosen.values())]
        chosen |= name_themes(reading, vectors, groups, own, ranked, shared=shared, taken=taken, embedder=embedder)
    return chosen
