"""Names for the themes and sub-themes of a run."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, IntArray
from analysis.discovery.micro_clusters import MAX_EXACT_POINTS
from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.known_themes.edits import Members
from analysis.naming.choose_names import choose_names, set_similarities
from analysis.naming.clauses import Mention
from analysis.naming.phrases import MAX_PHRASES, Phrase
from analysis.parallel.rows_on_disk import let_go
from analysis.progress import ignore_progress
from analysis.text.normalise import fold
from analysis.text.parse_answers import ParsedAnswers

# In large runs a theme is named from a sample of its wordings, and fewer phrases compete, because each needs a vector.
MAX_WORDINGS, MAX_LARGE_RUN_PHRASES = 500, 16  # of a theme
MAX_SUBTHEME_WORDINGS, MAX_SUBTHEME_PHRASES = 200, 6  # of a sub-theme


@dataclass(frozen=True, slots=True)
class NamingInput:
    """The texts from which k themes, or the sub-themes of one theme, are named.

    ``keys``: their keys, sorted. ``ideas``: the indexes of the ideas of each theme that are used. ``mentions``: the
    texts of these ideas. ``max_phrases``: how many phrases of a theme compete. ``survey``: the language of the survey,
    if it has one.
    """

    keys: list[str]
    ideas: list[IntArray]
    mentions: list[list[Mention]]
    max_phrases: int
    survey: str | None


def naming_input(parsed: ParsedAnswers, found: Members, *, are_subthemes: bool = False) -> NamingInput:
    """Return the texts of the themes ``found`` that ``rank_phrases`` needs; in large runs a sample.

    ``are_subthemes``: they are sub-themes, whose samples are smaller.
    """
    keys = sorted(found)
    is_large = len(parsed.wordings) > MAX_EXACT_POINTS
    max_wordings = MAX_SUBTHEME_WORDINGS if are_subthemes else MAX_WORDINGS
    max_phrases = MAX_SUBTHEME_PHRASES if are_subthemes else MAX_LARGE_RUN_PHRASES
    rows = [_sample_wordings(parsed, found[key], max_wordings) if is_large else found[key] for key in keys]
    ideas = [np.sort(parsed.ideas_of(np.fromiter(own, dtype=np.intp))[1]) for own in rows]
    mentions = [mentions_of(parsed, theme) for theme in ideas]
    return NamingInput(keys, ideas, mentions, max_phrases if is_large else MAX_PHRASES, parsed.survey_language)


def mentions_of(parsed: ParsedAnswers, ideas: IntArray) -> list[Mention]:
    """Return the answer, the text and the language of each of the m ``ideas`` (m,)."""
    found = (parsed.ideas[idea] for idea in ideas.tolist())
    return [Mention(idea.answer, idea.text, parsed.languages.get(idea.answer)) for idea in found]


def name_themes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    found: Members,
    inputs: NamingInput,
    phrases: Sequence[Sequence[Phrase]],
    *,
    shared: FloatArray,
    taken: Sequence[str],
    embedder: Embedder,
) -> Mapping[str, tuple[str, ...]]:
    """Return up to three names for each of the themes ``found``, best first, none similar to one ``taken``.

    ``vectors`` (n, d) are of the wordings, ``shared`` (d,) is their mean. ``phrases`` are the result of
    ``rank_phrases`` for the mentions of ``inputs``.
    """
    if not found:
        return {}
    texts = sorted({phrase.name for theme in phrases for phrase in theme})
    phrase_vectors = dict(zip(texts, encode([fold(text) for text in texts], embedder, ignore_progress), strict=True))
    rows = [np.sort(parsed.rows[theme]) for theme in inputs.ideas]
    set_similarities(phrases, phrase_vectors, np.stack([vectors[own].mean(axis=0) for own in rows]), shared)
    let_go(vectors)
    people = [parsed.count_answers(found[key]) for key in inputs.keys]
    return dict(zip(inputs.keys, choose_names(inputs.mentions, phrases, taken, people), strict=True))


def _sample_wordings(parsed: ParsedAnswers, rows: Collection[int], most: int) -> list[int]:
    """Return at most ``most`` of the wordings ``rows``, those with the smallest checksums.

    So few of them change when there are more answers.
    """
    if len(rows) <= most:
        return sorted(rows)
    own = np.sort(np.fromiter(rows, dtype=np.intp, count=len(rows)))
    chosen = own[np.argsort(parsed.checksums[own], kind="stable")[:most]]
    return [int(row) for row in chosen]


def name_subthemes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    parts: Mapping[str, Members],
    inputs: Iterable[NamingInput],
    phrases: Iterable[Sequence[Sequence[Phrase]]],
    names: Mapping[str, str],
    embedder: Embedder,
    step: Callable[[], None],
) -> dict[str, tuple[str, ...]]:
    """Return up to three names for each sub-theme, which distinguish it from the others of its theme.

    ``inputs`` and ``phrases``: those of the sub-themes of each theme, see ``name_themes``. ``names``: those of the
    themes, which are taken. ``step`` is called for each theme.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for groups, own, ranked in zip(parts.values(), inputs, phrases, strict=True):
        step()
        rows = sorted(row for group in groups.values() for row in group)
        shared = vectors[rows].mean(axis=0)
        taken = [*names.values(), *(candidates[0] for candidates in chosen.values())]
        chosen |= name_themes(parsed, vectors, groups, own, ranked, shared=shared, taken=taken, embedder=embedder)
    return chosen
