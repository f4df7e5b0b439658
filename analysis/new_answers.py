"""New answers placed among existing themes, without a new analysis."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.arrays import centred
from analysis.discovery.discover import MIN_GROUP_COSINE, MIN_JOIN_COSINE
from analysis.discovery.discover_themes import unplaced_wordings
from analysis.embedding.encode import encode_with_examples
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import NO_EDITS, Edits, apply_edits, edited_codebook
from analysis.known_themes.place import example_texts
from analysis.known_themes.placements import place_in_known_themes, to_placements
from analysis.progress import ignore_progress
from analysis.results import Centres, Idea, Placement
from analysis.text.parse_answers import parse_answers


@dataclass(frozen=True, slots=True)
class PlacedAnswers:
    """New answers split into ideas and placed: the same records as in an Analysis."""

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    placements: tuple[Placement, ...]


def place_new_answers(
    answers: Sequence[str], *, codebook: Codebook, centres: Centres, embedder: Embedder, edits: Edits = NO_EDITS
) -> PlacedAnswers:
    """Place new answers among the known themes and those of the last analysis, whose ``centres`` are given.

    Known themes take an idea exactly as in an analysis. Any other idea goes to the discovered theme with the nearest
    centre, if that is near enough. Raises what ``embedder`` raises.
    """
    book = edited_codebook(codebook, edits)
    parsed = parse_answers(answers, ignore_progress)
    vectors, examples = encode_with_examples(parsed.wordings, example_texts(book), embedder, ignore_progress)
    known = place_in_known_themes(parsed.wordings, vectors, book, examples)
    placed = apply_edits(known, parsed.wordings, edits)
    left = unplaced_wordings(parsed, placed)
    # What known themes leave over is often off the topic, so it must be closer to a discovered theme.
    min_cosine = MIN_GROUP_COSINE if codebook.themes else MIN_JOIN_COSINE
    if left and centres.keys:
        cosines = centred(vectors[left], centres.shared) @ centres.vectors.T
        for row, row_cosines in zip(left, cosines, strict=True):
            best = int(row_cosines.argmax())
            if row_cosines[best] >= min_cosine:
                placed.setdefault(edits.current_key(centres.keys[best]), {})[row] = float(row_cosines[best])
    return PlacedAnswers(parsed.ideas, parsed.nonanswers, to_placements(parsed, placed))
