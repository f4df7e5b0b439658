"""Names for several themes at once: what each says that the others do not, weighed by what the theme means."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.discovery.micro_clusters import MAX_EXACT_POINTS
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.known_themes.edits import Members
from analysis.naming.choose_names import choose_names, set_similarities
from analysis.naming.phrases import MAX_PHRASES, Mention, Phrase
from analysis.progress import ignore_progress
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers

# Of very many answers a theme is named by some of them, and fewer phrases are compared with its meaning: each of those
# has to be given to the model.
MAX_WORDINGS, MAX_PHRASES_OF_MANY = 500, 20  # wordings, and phrases, of a theme
MAX_SUBTHEME_WORDINGS, MAX_SUBTHEME_PHRASES = 200, 8  # the same of a sub-theme, of which there are many


@dataclass(frozen=True, slots=True)
class NamingInput:
    """What is read for the names of k themes, or of a theme's sub-themes: their ``keys``, sorted, and of each of them
    the numbers of the ``ideas`` that are read, what is ``said`` in those, and how many phrases at ``most`` compete.
    """

    keys: list[str]
    ideas: list[IntArray]
    said: list[list[Mention]]
    most: int


def naming_input(parsed: ParsedAnswers, found: Members, *, are_parts: bool = False) -> NamingInput:
    """What ``rank_phrases`` reads of the themes ``found``, perhaps in another process.

    ``are_parts``: of sub-themes, where there are very many answers, less is read.
    """
    keys = sorted(found)
    many = len(parsed.wordings) > MAX_EXACT_POINTS
    most_said, fewer = (
        (MAX_SUBTHEME_WORDINGS, MAX_SUBTHEME_PHRASES) if are_parts else (MAX_WORDINGS, MAX_PHRASES_OF_MANY)
    )
    own = [_some_wordings(parsed, found[key], most_said) if many else found[key] for key in keys]
    ideas = [np.sort(parsed.ideas_of(np.fromiter(rows, dtype=np.intp))[1]) for rows in own]
    said = [[Mention(parsed.ideas[idea].answer, parsed.ideas[idea].text) for idea in theme.tolist()] for theme in ideas]
    return NamingInput(keys, ideas, said, fewer if many else MAX_PHRASES)


def name_themes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    found: Members,
    heard: NamingInput,
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
    rows = [np.sort(parsed.rows[theme]) for theme in heard.ideas]
    set_similarities(phrases, phrase_vectors, np.stack([vectors[own].mean(axis=0) for own in rows]), shared)
    people = [parsed.count_answers(found[key]) for key in heard.keys]
    return dict(zip(heard.keys, choose_names(heard.said, phrases, taken, people), strict=True))


def _some_wordings(parsed: ParsedAnswers, rows: Collection[int], most: int) -> list[int]:
    """So many of the wordings ``rows``: always nearly the same ones, whatever else is said, by a checksum of each."""
    if len(rows) <= most:
        return sorted(rows)
    own = np.sort(np.fromiter(rows, dtype=np.intp, count=len(rows)))
    chosen = own[np.argsort(parsed.checksums[own], kind="stable")[:most]]
    return [int(row) for row in chosen]


def describe_discovered(candidates: Sequence[str]) -> str:
    """The description of a discovered theme: what else its people say."""
    others = ", ".join(f"\u201c{name}\u201d" for name in candidates[1:])
    return f"Also said: {others}" if others else ""


def name_subthemes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    parts: Mapping[str, Members],
    heard: Iterable[NamingInput],
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
        chosen |= name_themes(parsed, vectors, groups, own, ranked, shared=shared, taken=taken, embedder=embedder)
    return chosen
