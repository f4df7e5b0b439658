"""New answers at once: placed among the themes there are, without a new analysis; and signs of a theme to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import FloatArray, centred, unit
from analysis.discovery import discover as discovery
from analysis.embedding.encode import encode_with
from analysis.embedding.models import Embedder
from analysis.known_themes import place as placing
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import NO_EDITS, Edits, Members, apply_edits, edited_codebook
from analysis.progress import Progress, ignore_progress
from analysis.results import Centres, Idea, Placement
from analysis.text.parse_answers import ParsedAnswers, parse_answers

FORMING_PEOPLE = 2  # different answers that must say it
FORMING_MOST = 5  # groups reported
WORDINGS_AT_ONCE = 4096  # compared with all examples in one go: more would only take more memory


@dataclass(frozen=True, slots=True)
class PlacedAnswers:
    """Some new answers read and placed: the same records as in an Analysis."""

    ideas: tuple[Idea, ...]
    nonanswers: tuple[int, ...]
    placements: tuple[Placement, ...]


def place_new_answers(
    answers: Sequence[str], *, codebook: Codebook, centres: Centres, embedder: Embedder, edits: Edits = NO_EDITS
) -> PlacedAnswers:
    """Place new answers among the themes of the last analysis, whose ``centres`` are given.

    Known themes take an idea exactly as an analysis would; a discovered theme takes one that is near its centre.
    """
    book = edited_codebook(codebook, edits)
    parsed = parse_answers(answers, ignore_progress)
    vectors, examples = encode_with(parsed.wordings, placing.example_texts(book), embedder, ignore_progress)
    placed = apply_edits(in_known_themes(parsed.wordings, vectors, book, examples), parsed.wordings, edits)
    taken = {row for members in placed.values() for row in members}
    left = [row for row in range(len(parsed.wordings)) if row not in taken]
    least = discovery.ALIKE if codebook.themes else discovery.JOIN  # beside known themes much of what is left is asides
    if left and centres.keys:
        near = centred(vectors[left], centres.shared) @ centres.vectors.T
        for row, nearness in zip(left, near, strict=True):
            best = int(nearness.argmax())
            if nearness[best] >= least:
                placed.setdefault(edits.current_key(centres.keys[best]), {})[row] = float(nearness[best])
    return PlacedAnswers(parsed.ideas, parsed.nonanswers, placements(parsed, placed))


def in_known_themes(
    wordings: Sequence[str],
    vectors: FloatArray,
    codebook: Codebook,
    examples: FloatArray,
    tell: Progress = ignore_progress,
) -> Members:
    """The wordings in each known theme, with their strengths."""
    members: Members = {}
    if not codebook.themes or not wordings:
        tell("placing", 1, 1)
        return members
    keys = [theme.key for theme in codebook.themes]
    for start in range(0, len(wordings), WORDINGS_AT_ONCE):
        tell("placing", start, len(wordings))
        rows = slice(start, start + WORDINGS_AT_ONCE)
        found = placing.place_ideas(wordings[rows], vectors[rows], codebook, examples)
        for row, column in zip(*(at.tolist() for at in np.nonzero(found.placed)), strict=True):
            members.setdefault(keys[column], {})[start + row] = float(found.strengths[row, column])
    tell("placing", len(wordings), len(wordings))
    return members


def placements(
    parsed: ParsedAnswers, members: Members, parts: Mapping[str, Members] | None = None
) -> tuple[Placement, ...]:
    """The ideas in each theme, from the wordings in it: the same words are always in the same themes.

    ``parts`` are the sub-themes by their theme.
    """
    keys = sorted(members)
    rows = np.array([row for key in keys for row in members[key]], dtype=np.intp)
    within: list[str | None] = []
    for key in keys:
        part_of = {row: part for part, group in (parts or {}).get(key, {}).items() for row in group}
        within += map(part_of.get, members[key])
    # One line for each wording in a theme, which each of its ideas repeats.
    line, ideas = parsed.ideas_of(rows)
    themes = np.repeat(np.arange(len(keys)), [len(members[key]) for key in keys])
    strengths = np.array([strength for key in keys for strength in members[key].values()])
    order = np.lexsort((themes[line], -strengths[line], ideas))
    return tuple(
        Placement(idea, keys[theme], strength, within[at])
        for idea, theme, strength, at in zip(
            ideas[order].tolist(),
            themes[line[order]].tolist(),
            strengths[line[order]].tolist(),
            line[order].tolist(),
            strict=True,
        )
    )


def nearest_themes(
    parsed: ParsedAnswers, loose: FloatArray, left: Sequence[int], means: Mapping[str, FloatArray]
) -> dict[int, tuple[str, float]]:
    """The theme that each unplaced idea is nearest to, by the cosine to the theme's centre, 0-1: a suggestion.

    ``left`` are the wordings on no theme, ``loose`` their vectors without what all share; ``means`` (d,) are those of
    the wordings of each theme, without it too.
    """
    keys = sorted(means)
    if not keys or not left:
        return {}
    near = loose @ unit(np.stack([means[key] for key in keys])).T
    best, nearness = near.argmax(axis=1).tolist(), np.clip(near.max(axis=1), 0.0, 1.0).tolist()
    which, ideas = parsed.ideas_of(np.asarray(left, dtype=np.intp))
    return {idea: (keys[best[at]], nearness[at]) for at, idea in zip(which.tolist(), ideas.tolist(), strict=True)}


def forming(parsed: ParsedAnswers, loose: FloatArray, left: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Groups among the wordings ``left`` on no theme that resemble each other: themes that may be forming.

    ``left`` are sorted, ``loose`` their vectors without what all share.

    Gives groups of idea numbers, the one of most people first; each is said in at least FORMING_PEOPLE answers. Too few
    or too loose to be themes yet, they are told to the owner as no more than a sign.
    """
    rows = np.asarray(left, dtype=np.intp)
    groups = []
    for group in discovery.similar_groups(loose, parsed.weights[rows]):
        ideas = tuple(np.sort(parsed.ideas_of(rows[group])[1]).tolist())
        people = parsed.count_answers(rows[group].tolist())
        if people >= FORMING_PEOPLE:
            groups.append((people, ideas))
    groups.sort(key=lambda group: (-group[0], [parsed.ideas[idea].text for idea in group[1]]))
    return tuple(ideas for _, ideas in groups[:FORMING_MOST])
