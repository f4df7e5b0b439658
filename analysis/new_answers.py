"""New answers placed among existing themes, without a new analysis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.embedding.encode import encode_with_examples
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import current_key
from analysis.known_themes.place import example_texts
from analysis.known_themes.placements import to_placements
from analysis.progress import ignore_progress
from analysis.results import Centres, Idea, Placement
from analysis.standing.keep import place_among
from analysis.text.parse_answers import parse_answers


@dataclass(frozen=True, slots=True)
class PlacedAnswers:
    """New answers split into ideas and placed: the same records as in an Analysis."""

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes that new answers are placed among.

    Known themes are those of ``codebook``, of which ``merged`` are parts of others; discovered ones have ``centres``.
    ``decided`` are the themes of folded wordings that the owner decided about: the same words are in the same themes.
    """

    codebook: Codebook
    centres: Centres
    merged: Mapping[str, str] = field(default_factory=dict)
    decided: Mapping[str, frozenset[str]] = field(default_factory=dict)


def place_new_answers(answers: Sequence[str], *, themes: Themes, embedder: Embedder) -> PlacedAnswers:
    """Place new answers among the themes that stand.

    Known themes take an idea exactly as in an analysis. Any other idea goes to the discovered theme with the nearest
    centre, if that is near enough. Raises what ``embedder`` raises.
    """
    parsed = parse_answers(answers, ignore_progress)
    texts = example_texts(themes.codebook)
    vectors, examples = encode_with_examples(parsed.wordings, texts, embedder, ignore_progress)
    members = place_among(
        parsed.wordings,
        vectors,
        themes.codebook,
        examples,
        themes.centres,
        lambda key: current_key(key, themes.merged),
    )
    for row, wording in enumerate(parsed.wordings):
        if wording in themes.decided:
            for own in members.values():
                own.pop(row, None)
            for key in themes.decided[wording]:
                members.setdefault(key, {})[row] = 1.0
    return PlacedAnswers(parsed.ideas, parsed.nonanswers, to_placements(parsed, members))
