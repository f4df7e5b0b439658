"""analyse(): answers in, themes out - the steps on one screen, in order."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager

import numpy as np

from analysis import discover as discovery
from analysis import place as placing
from analysis.certainty import UNTRIED, Recluster, found_again, known_again, said
from analysis.codebook import Codebook
from analysis.context import in_context, whole_answers
from analysis.drawing import draw
from analysis.edits import NO_EDITS, Edits, Members, obey, taught
from analysis.embed import Embedder, FloatArray, unit
from analysis.evidence import choose_quotes
from analysis.gather import one_core, weighted_mean
from analysis.language import other_languages
from analysis.match import EarlierTheme, carry_keys
from analysis.name import CANDIDATES
from analysis.naming import also_said, name_themes
from analysis.newcomers import centred, forming, in_known_themes, nearest_themes, placements
from analysis.parts import find_parts, name_parts
from analysis.progress import Steps
from analysis.reading import Progress, Reading, encode, encode_with, read, silent
from analysis.results import Analysis, Centres, Origin, Place, Placement, Theme
from analysis.stability import MORE_RUNS, RUNS, IntArray, Stability


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage in cycles, of which a run makes little: it looks through every idea again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@one_core()
@_uncollected()
def analyse(
    answers: Sequence[str],
    *,
    codebook: Codebook,
    embedder: Embedder,
    earlier: Sequence[EarlierTheme] = (),
    edits: Edits = NO_EDITS,
    places: Mapping[str, Sequence[Place]] | None = None,
    seed: int = 0,
    re_runs: int = RUNS,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Analysis:
    """The themes in the answers to one open question.

    Ideas are placed in the themes of ``codebook`` first, and themes are discovered in what is left. ``earlier`` are the
    discovered themes of the last run, whose keys carry over, and ``places`` its map: where ideas were, by their folded
    text. ``edits`` are obeyed whatever is found. The same answers in any order give the same themes. ``re_runs`` say
    how sure each is, 0 leaves that out. ``executor`` splits answers into ideas on several cores or machines, with the
    same result. Told of its progress as (stage, done, total). Raises what ``embedder`` raises.
    """
    tell = progress or silent
    book = taught(codebook, edits)
    reading = read(answers, tell, executor=executor)
    examples_of = placing.example_texts(book)
    whole = [] if book.themes else whole_answers(answers, reading)
    vectors, beside = encode_with(reading.wordings, [*examples_of, *whole], embedder, tell)
    examples, wholes = beside[: len(examples_of)].copy(), beside[len(examples_of) :]  # the latter is let go of early
    shared = _shared(reading, vectors)
    known = in_known_themes(reading.wordings, vectors, book, examples, tell)
    placed = obey(known, reading.wordings, edits)
    if book.themes and not placed:
        whole = whole_answers(answers, reading)
        wholes = encode(whole, embedder, silent)
    together = vectors if placed else in_context(answers, reading, vectors, whole, wholes)
    del beside, wholes
    common = _shared(reading, together)
    found = _discover(reading, together, common, placed, _free(earlier, edits), seed, tell)
    members = {**placed, **found}
    step = Steps(tell, "naming", 2 * len(members) + 1)
    taken = [theme.name for theme in book.themes]
    names = dict(name_themes(reading, vectors, found, shared=shared, taken=taken, embedder=embedder))
    names |= {theme.key: (theme.name,) for theme in book.themes}
    step()
    parts = find_parts(reading, together, members, _parts_before(earlier), seed=seed, step=step)
    part_names = name_parts(reading, vectors, parts, {key: names[key][0] for key in members}, embedder, step)
    names |= {key: _called(edits.names.get(key), own) for key, own in part_names.items()}
    step.finish()
    kept = placements(reading, members, parts)
    left = sorted(set(range(len(reading.wordings))).difference(*members.values()))
    at_home = {placement.idea for placement in kept}
    step = Steps(tell, "certainty", (1 + MORE_RUNS) * re_runs)
    sure = known_again(reading, vectors, book, examples, known, re_runs, seed, step)
    sure |= found_again(reading, together, placed, found, _again(placed, common, step), MORE_RUNS * re_runs, seed)
    del together
    step.finish()
    return Analysis(
        ideas=reading.ideas,
        nonanswers=reading.nonanswers,
        placements=kept,
        themes=_themes(reading, vectors, kept, names, book, {theme.key for theme in codebook.themes}, sure, tell),
        unplaced=tuple(idea for idea in range(len(reading.ideas)) if idea not in at_home),
        saturation=said(reading, kept),
        forming=forming(reading, vectors, left, shared),
        nearest=nearest_themes(reading, vectors, left, members, shared),
        drawn=draw(reading, vectors, kept, shared, places or {}),
        centres=_centres(vectors, shared, found),
        model=embedder.model,
        settings={
            "codebook": codebook.name,
            "threshold": placing.THRESHOLD,
            "margin": placing.MARGIN,
            "cut": discovery.CUT,
            "fewest_ideas": discovery.FEWEST_IDEAS,
            "seed": seed,
            "other_languages": other_languages(answers),
        },
    )


def _shared(reading: Reading, vectors: FloatArray) -> FloatArray:
    """What all answers have in common, (d,): the mean vector of all ideas."""
    if not reading.ideas:
        return np.zeros(vectors.shape[1], dtype=np.float32)
    return weighted_mean(vectors, reading.weights()).astype(np.float32)


def _free(earlier: Sequence[EarlierTheme], edits: Edits) -> list[EarlierTheme]:
    """The earlier themes that discovery may find again: those that nobody edited."""
    return [theme for theme in earlier if theme.parent is None and not edits.touches(theme.key)]


def _parts_before(earlier: Sequence[EarlierTheme]) -> dict[str, list[EarlierTheme]]:
    """The earlier sub-themes by their theme."""
    found: dict[str, list[EarlierTheme]] = {}
    for theme in earlier:
        if theme.parent is not None:
            found.setdefault(theme.parent, []).append(theme)
    return found


def _called(chosen: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names with the one an owner chose first."""
    return names if chosen is None else (chosen, *(name for name in names if name != chosen))[:CANDIDATES]


def _discover(
    reading: Reading,
    vectors: FloatArray,
    shared: FloatArray,
    placed: Members,
    earlier: Sequence[EarlierTheme],
    seed: int,
    tell: Progress,
) -> Members:
    """Themes among the wordings that no known theme took; one that too few people share is none."""
    tell("discovering", 0, 1)
    left = sorted(set(range(len(reading.wordings))).difference(*placed.values()))
    weights = reading.weights()
    groups: list[dict[int, float]] = []
    fewest_people = discovery.FEWEST_LEFTOVER if placed else 2
    if weights.sum() >= discovery.FEWEST_IDEAS:
        find = discovery.discover_leftovers if placed else discovery.discover
        some = vectors if len(left) == len(vectors) else vectors[left]
        before = _before(reading, left, earlier)
        result = find(some, weights[left], shared=shared, before=before, seed=seed)
        for label in range(int(result.labels.max(initial=-1)) + 1):
            at = np.flatnonzero(result.labels == label)
            group = {left[point]: own for point, own in zip(at.tolist(), result.strengths[at].tolist(), strict=True)}
            if reading.people(group) >= fewest_people:
                groups.append(group)
    keys = carry_keys([frozenset(reading.wordings[row] for row in group) for group in groups], earlier)
    tell("discovering", 1, 1)
    return dict(zip(keys, groups, strict=True))


def _before(reading: Reading, rows: Sequence[int], earlier: Sequence[EarlierTheme]) -> IntArray | None:
    """The earlier theme of each of the wordings ``rows``, -1 for none; None where nothing was before."""
    if not earlier:
        return None
    home = {text: number for number, theme in enumerate(earlier) for text in sorted(theme.members)}
    return np.array([home.get(reading.wordings[row], -1) for row in rows], dtype=np.intp)


def _again(placed: Members, shared: FloatArray, step: Steps) -> Recluster:
    """Discovery as it was done, for doing it again on a part of the answers."""

    def recluster(vectors: FloatArray, weights: IntArray, seed: int) -> IntArray:
        step()
        if placed:
            return discovery.discover_leftovers(vectors, weights, shared=shared, seed=seed).labels
        return discovery.discover(vectors, weights, shared=shared, seed=seed).labels

    return recluster


def _centres(vectors: FloatArray, shared: FloatArray, found: Members) -> Centres:
    """The centre of each discovered theme, for placing new answers before the next run."""
    keys = tuple(sorted(found))
    means = [centred(vectors[sorted(found[key])], shared).mean(axis=0) for key in keys]
    return Centres(keys, unit(np.stack(means)) if means else np.zeros((0, len(shared)), dtype=np.float32), shared)


def _themes(
    reading: Reading,
    vectors: FloatArray,
    kept: Sequence[Placement],
    names: Mapping[str, tuple[str, ...]],
    codebook: Codebook,
    known: set[str],
    sure: Mapping[str, Stability],
    tell: Progress,
) -> tuple[Theme, ...]:
    """The themes with their evidence, most people first. Those not ``known`` to the codebook given were discovered."""
    members: dict[str, list[Placement]] = {}
    for placement in kept:
        members.setdefault(placement.theme, []).append(placement)
    described = {theme.key: theme.description for theme in codebook.themes}

    def evidence(key: str, own: Sequence[Placement], origin: Origin, parts: tuple[Theme, ...]) -> Theme:
        ideas = [placement.idea for placement in own]
        rows = [reading.wording_of[idea] for idea in ideas]
        return Theme(
            key=key,
            name=names[key][0],
            description=described[key] if key in described else also_said(names[key]),
            origin=origin,
            candidates=names[key],
            people=len({reading.ideas[idea].answer for idea in ideas}),
            mentions=len(ideas),
            wordings=len(set(rows)),
            quotes=choose_quotes(reading.ideas, ideas, vectors[rows], [placement.strength for placement in own]),
            stability=sure.get(key, UNTRIED),
            parts=parts,
        )

    themes = []
    for done, (key, own) in enumerate(members.items()):
        tell("quotes", done, len(members))
        within: dict[str, list[Placement]] = {}
        for placement in own:
            if placement.part is not None:
                within.setdefault(placement.part, []).append(placement)
        parts = _largest_first(evidence(part, group, "part", ()) for part, group in within.items())
        themes.append(evidence(key, own, "codebook" if key in known else "discovered", parts))
    tell("quotes", len(members), len(members))
    return _largest_first(themes)


def _largest_first(themes: Iterable[Theme]) -> tuple[Theme, ...]:
    return tuple(sorted(themes, key=lambda theme: (-theme.people, -theme.mentions, theme.name, theme.key)))
