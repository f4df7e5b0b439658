"""Keep the themes that stand, and place the ideas of new answers among them."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from analysis.arrays import FloatArray, centred, unit
from analysis.discovery.discover import MIN_GROUP_COSINE
from analysis.discovery.membership import likelihood
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import Members
from analysis.known_themes.placements import place_in_known_themes
from analysis.results import Centres
from analysis.standing.few_people import count_people, fewest_people
from analysis.standing.partition import Standing, StandingIdea
from analysis.text.parse_answers import ParsedAnswers

MAX_LOOSE_WORDINGS = 1000
"""Wordings in no theme that are looked at for known themes which do not stand yet: more take seconds of each run"""

MIN_JOIN_COSINE = 0.2  # to the centre of a discovered theme, for an idea of a new answer to join it


def keep_themes(
    parsed: ParsedAnswers,
    ideas: Sequence[StandingIdea | None],
    vectors: FloatArray,
    mean: FloatArray,
    standing: Standing,
    codebook: Codebook,
    examples: FloatArray,
) -> Members:
    """Return the wordings in each theme that stands, those of new answers placed among them.

    ``ideas`` are what stands of each idea, ``vectors`` (n, d) those of the wordings, ``mean`` (d,) that of all ideas,
    ``examples`` (e, d) those of the codebook.
    """
    members = standing.members(parsed, ideas)
    begun = begin_known(parsed, ideas, vectors, members, standing, codebook, examples)
    stood = {row for row, idea in zip(parsed.wording_of, ideas, strict=True) if idea is not None}
    new = [row for row in range(len(parsed.wordings)) if row not in stood]
    if not new:
        return members | begun
    known = {theme.key for theme in codebook.themes}
    found = {key: own for key, own in members.items() if key not in known}
    centres = centres_of(found, vectors, mean)
    wordings = [parsed.wordings[row] for row in new]
    unread = [at for at, row in enumerate(new) if row in parsed.unread]
    only = frozenset(standing.names) | members.keys() | begun.keys()
    placed = place_among(wordings, vectors[new], codebook, examples, centres, standing.current_key, unread, only)
    members |= begun
    for key, own in placed.items():
        members.setdefault(key, {}).update({new[at]: strength for at, strength in own.items()})
    return members


def begin_known(
    parsed: ParsedAnswers,
    ideas: Sequence[StandingIdea | None],
    vectors: FloatArray,
    members: Members,
    standing: Standing,
    codebook: Codebook,
    examples: FloatArray,
) -> Members:
    """Return the known themes that do not stand and that enough people name by now, with their wordings.

    They begin with ideas that are in no theme; parameters are as in ``keep_themes``. None begin where the themes that
    stand were found with another codebook.
    """
    if not codebook.themes or standing.codebook not in (None, codebook.name):
        return {}
    decided = {row for row, idea in zip(parsed.wording_of, ideas, strict=True) if idea is not None and idea.by_hand}
    loose = sorted(set(range(len(parsed.wordings))).difference(decided, *members.values()))
    if not loose or len(loose) > MAX_LOOSE_WORDINGS:
        return {}
    unread = [at for at, row in enumerate(loose) if row in parsed.unread]
    wordings, fewest = [parsed.wordings[row] for row in loose], fewest_people(count_people(parsed))
    begun: Members = {}
    for key, own in place_in_known_themes(wordings, vectors[loose], codebook, examples, unread=unread).items():
        target = standing.current_key(key)
        if target not in standing.names:
            begun.setdefault(target, {}).update({loose[at]: strength for at, strength in own.items()})
    return {key: own for key, own in begun.items() if parsed.count_answers(own) >= fewest}


def place_among(
    wordings: Sequence[str],
    vectors: FloatArray,
    codebook: Codebook,
    examples: FloatArray,
    centres: Centres,
    current_key: Callable[[str], str],
    unread: Collection[int] = (),
    only: Collection[str] | None = None,
) -> Members:
    """Place wordings in known themes, and those that none takes in the theme with the nearest centre, if near enough.

    ``vectors`` (n, d) are theirs; ``current_key`` says what theme a theme is part of now. The model cannot read those
    ``unread``: see ``place_in_known_themes``. ``only`` are the known themes that may have them, None for all.
    """
    members: Members = {}
    for key, own in place_in_known_themes(wordings, vectors, codebook, examples, unread=unread).items():
        if only is not None and current_key(key) not in only:
            continue
        theme = members.setdefault(current_key(key), {})
        for row, strength in own.items():
            theme[row] = max(strength, theme.get(row, 0.0))
    left = sorted(set(range(len(wordings))).difference(unread, *members.values()))
    # What known themes leave over is often off the topic, so it must be closer to a discovered theme.
    min_cosine = MIN_GROUP_COSINE if codebook.themes else MIN_JOIN_COSINE
    if left and centres.keys:
        cosines = centred(vectors[left], centres.shared) @ centres.vectors.T
        best, nearest = cosines.argmax(axis=1), cosines.max(axis=1)
        keys = [*map(current_key, centres.keys)]
        near = np.flatnonzero(nearest >= min_cosine)
        for at, column, strength in zip(
            near.tolist(), best[near].tolist(), likelihood(nearest[near]).tolist(), strict=True
        ):
            members.setdefault(keys[column], {})[left[at]] = strength
    return members


def centres_of(found: Members, vectors: FloatArray, mean: FloatArray) -> Centres:
    """Return the centre of each discovered theme, by which new answers are placed before the next run."""
    keys = tuple(sorted(found))
    means = {key: centred(vectors[sorted(found[key])], mean).mean(axis=0) for key in keys}
    return stack_centres(keys, means, mean)


def stack_centres(keys: Sequence[str], means: Mapping[str, FloatArray], mean: FloatArray) -> Centres:
    """Return the centres of the themes ``keys`` from the mean (d,) of the centred wordings of each."""
    none = np.zeros((0, len(mean)), dtype=np.float32)
    return Centres(tuple(keys), unit(np.stack([means[key] for key in keys])) if keys else none, mean)
