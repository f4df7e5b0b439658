"""New answers placed among existing themes, without a new analysis."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.embedding.encode import encode_with_examples
from analysis.embedding.models import Embedder
from analysis.embedding.readable_scripts import without_unread
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import current_key
from analysis.known_themes.place import example_texts
from analysis.known_themes.placements import to_placements
from analysis.nonanswers.set_aside import find_silent, take_rows, without_answers
from analysis.progress import ignore_progress
from analysis.results import Centres, Idea, Placement
from analysis.standing.keep import place_among
from analysis.standing.parts import PartCentres, nearest_parts
from analysis.teaching.lessons import Lessons, TaughtMove
from analysis.text.parse_answers import SplitBatches, parse_answers


@dataclass(frozen=True, slots=True)
class PlacedAnswers:
    """New answers split into ideas and placed: the same records as in an Analysis.

    ``taught`` says for ideas (by their index) what the owner's decisions changed in where the machine put them.
    ``languages`` are those of the answers (by their index) of which it can be told.
    """

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    placements: tuple[Placement, ...]
    taught: Mapping[int, tuple[TaughtMove, ...]] = field(default_factory=dict)
    languages: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes that new answers are placed among.

    Known themes are those of ``codebook``, of which ``merged`` are parts of others; discovered ones have ``centres``.
    ``lessons`` are what the owner's decisions teach. ``only`` are the known themes that may take answers, None for all.
    ``languages``: how many answers the themes were found in were in each language.
    ``parts`` are the sub-themes that ideas join too, by the key of their theme.
    """

    codebook: Codebook
    centres: Centres
    merged: Mapping[str, str] = field(default_factory=dict)
    lessons: Lessons = field(default_factory=Lessons)
    only: Collection[str] | None = None
    languages: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, PartCentres] = field(default_factory=dict)


def place_new_answers(
    answers: Sequence[str], *, themes: Themes, embedder: Embedder, splitting: SplitBatches | None = None
) -> PlacedAnswers:
    """Place new answers among the themes that stand.

    Known themes take an idea exactly as in an analysis. Any other idea goes to the discovered theme with the nearest
    centre, if that is near enough. Then the owner's decisions about ideas like these have the last word.
    ``splitting``: that of these answers, if it was started before. Raises what ``embedder`` raises.
    """
    parsed = parse_answers(answers, ignore_progress, splitting=splitting, languages_before=themes.languages)
    parsed = without_unread(parsed, embedder)
    texts = example_texts(themes.codebook)
    vectors, examples = encode_with_examples(parsed.wordings, texts, embedder, ignore_progress)
    parsed, rows = without_answers(parsed, find_silent(parsed, vectors, embedder))
    vectors = take_rows(vectors, rows)
    members = place_among(
        parsed.wordings,
        vectors,
        themes.codebook,
        examples,
        themes.centres,
        lambda key: current_key(key, themes.merged),
        parsed.unread,
        themes.only,
    )
    taught: dict[int, list[TaughtMove]] = {}
    for move in themes.lessons.moves(parsed.wordings, vectors, members, parsed.unread):
        if move.source is not None:
            members[move.source].pop(move.row)
        if move.target is not None:
            members.setdefault(move.target, {})[move.row] = move.strength
        for idea in parsed.ideas_of(np.array([move.row]))[1].tolist():
            taught.setdefault(idea, []).append(move)
    members = {key: own for key, own in members.items() if own}
    placements = to_placements(parsed, members, nearest_parts(members, vectors, themes.parts))
    moves = {idea: tuple(own) for idea, own in taught.items()}
    return PlacedAnswers(parsed.ideas, parsed.nonanswers, placements, moves, parsed.known_languages)
