"""analyse(): answers in, themes out - the steps on one screen, in order."""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

import analysis.discovery.kmeans  # noqa: F401 - so that no run waits for it
from analysis.arrays import FloatArray, IntArray, centred, unit
from analysis.discovery import discover as discovery
from analysis.discovery.answer_context import NO_MULTI_IDEA_ANSWERS, multi_idea_answers, vectors_in_context
from analysis.discovery.micro_clusters import MAX_EXACT_POINTS, weighted_mean
from analysis.discovery.subthemes import find_subthemes
from analysis.discovery.theme_identity import EarlierTheme, carry_keys
from analysis.embedding.encode import encode, encode_with
from analysis.embedding.models import Embedder
from analysis.evidence.quotes import choose_quotes
from analysis.evidence.re_runs import UNTRIED, find_again, known_again, prepared, said
from analysis.evidence.stability import MORE_RUNS, RUNS
from analysis.idea_map.draw import draw
from analysis.known_themes import place as placing
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import NO_EDITS, Edits, Members, apply_edits, edited_codebook
from analysis.naming.choose_names import MAX_CANDIDATES
from analysis.naming.name_themes import describe_discovered, name_subthemes, name_themes, naming_input
from analysis.naming.phrases import rank_phrases
from analysis.new_answers import forming, in_known_themes, nearest_themes, placements
from analysis.parallel.helper_process import second_process
from analysis.parallel.threads import give_back, one_core, side_by_side
from analysis.progress import Progress, StepCounter, ignore_progress
from analysis.results import Analysis, Centres, Origin, Placement, Position, Theme
from analysis.text.parse_answers import ParsedAnswers, parse_answers


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
    places: Mapping[str, Sequence[Position]] | None = None,
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
    same result; without one a second process does half of very many. Told of its progress as (stage, done, total).
    Raises what ``embedder`` raises.
    """
    tell = progress or ignore_progress
    book = edited_codebook(codebook, edits)
    with second_process(len(answers) > MAX_EXACT_POINTS and executor is None) as second:
        parsed = parse_answers(answers, tell, executor=executor or second)
    examples_of = placing.example_texts(book)
    with second_process(len(parsed.wordings) > MAX_EXACT_POINTS and re_runs > 0) as second:
        if second is not None:
            second.submit(prepared)  # while vectors are made
        whole = NO_MULTI_IDEA_ANSWERS if book.themes else multi_idea_answers(parsed)
        vectors, beside = encode_with(parsed.wordings, [*examples_of, *whole.texts], embedder, tell)
        # The whole answers are let go of early, the examples are not.
        examples, wholes = beside[: len(examples_of)].copy(), beside[len(examples_of) :]
        shared = _shared(parsed, vectors)
        known = in_known_themes(parsed.wordings, vectors, book, examples, tell)
        placed = apply_edits(known, parsed.wordings, edits)
        if book.themes and not placed:
            whole = multi_idea_answers(parsed)
            wholes = encode(whole.texts, embedder, ignore_progress)
        together = vectors if placed else vectors_in_context(parsed, vectors, whole, wholes)
        del beside, wholes
        give_back()
        common = _shared(parsed, together)
        again = find_again(parsed, together, common, placed, MORE_RUNS * re_runs, seed)
        # Begun here, so that the second process always has something to do where this one keeps one core busy.
        results = (second.map if second else side_by_side)(again.find, again.tried.given)
        found = _discover(parsed, together, common, placed, _free(earlier, edits), seed, tell)
        members = {**placed, **found}
        give_back()
        naming = StepCounter(tell, "naming", 2 * len(members) + 1)
        parts = find_subthemes(parsed, together, members, _parts_before(earlier), seed=seed, step=naming)
        del together
        give_back()
        heard = [
            naming_input(parsed, found),
            *(naming_input(parsed, groups, are_subthemes=True) for groups in parts.values()),
        ]
        said_in = [one.mentions for one in heard]
        phrases = iter((second.map if second else map)(rank_phrases, said_in, [one.max_phrases for one in heard]))
        kept = placements(parsed, members, parts)
        idea_map = draw(parsed, vectors, kept, shared, places or {})
        left = sorted(set(range(len(parsed.wordings))).difference(*members.values()))
        loose = centred(vectors[left], shared)
        growing = forming(parsed, loose, left)
        means = {key: centred(vectors[sorted(own)], shared).mean(axis=0) for key, own in members.items()}
        nearest = nearest_themes(parsed, loose, left, means)
        del loose
        taken = [theme.name for theme in book.themes]
        names = dict(
            name_themes(parsed, vectors, found, heard[0], next(phrases), shared=shared, taken=taken, embedder=embedder)
        )
        names |= {theme.key: (theme.name,) for theme in book.themes}
        naming()
        first = {key: names[key][0] for key in members}
        part_names = name_subthemes(parsed, vectors, parts, heard[1:], phrases, first, embedder, naming)
        names |= {key: _called(edits.names.get(key), own) for key, own in part_names.items()}
        naming.finish()
        give_back()
        themes = _themes(parsed, vectors, kept, names, book, {theme.key for theme in codebook.themes}, tell)
        trying = StepCounter(tell, "certainty", (1 + MORE_RUNS) * re_runs)
        sure = known_again(parsed, vectors, book, examples, known, re_runs, seed, trying)
        sure |= again.outcome(found, results, trying)  # last: until here the second process does them alone
    trying.finish()
    at_home = {placement.idea for placement in kept}
    return Analysis(
        ideas=parsed.ideas,
        nonanswers=parsed.nonanswers,
        placements=kept,
        themes=tuple(replace(theme, stability=sure.get(theme.key, UNTRIED)) for theme in themes),
        unplaced=tuple(idea for idea in range(len(parsed.ideas)) if idea not in at_home),
        saturation=said(parsed, kept),
        forming=growing,
        nearest=nearest,
        idea_map=idea_map,
        centres=_centres(means, shared, found),
        model=embedder.model,
        settings={
            "codebook": codebook.name,
            "threshold": placing.THRESHOLD,
            "margin": placing.MARGIN,
            "cut": discovery.CUT,
            "fewest_ideas": discovery.MIN_IDEAS,
            "seed": seed,
            "other_languages": parsed.non_english,
        },
    )


def _shared(parsed: ParsedAnswers, vectors: FloatArray) -> FloatArray:
    """What all answers have in common, (d,): the mean vector of all ideas."""
    if not parsed.ideas:
        return np.zeros(vectors.shape[1], dtype=np.float32)
    return weighted_mean(vectors, parsed.weights).astype(np.float32)


def _free(earlier: Sequence[EarlierTheme], edits: Edits) -> list[EarlierTheme]:
    """The earlier themes that discovery may find again: those that nobody edited."""
    return [theme for theme in earlier if theme.parent is None and not edits.is_edited(theme.key)]


def _parts_before(earlier: Sequence[EarlierTheme]) -> dict[str, list[EarlierTheme]]:
    """The earlier sub-themes by their theme."""
    found: dict[str, list[EarlierTheme]] = {}
    for theme in earlier:
        if theme.parent is not None:
            found.setdefault(theme.parent, []).append(theme)
    return found


def _called(chosen: str | None, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names with the one an owner chose first."""
    return names if chosen is None else (chosen, *(name for name in names if name != chosen))[:MAX_CANDIDATES]


def _discover(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    shared: FloatArray,
    placed: Members,
    earlier: Sequence[EarlierTheme],
    seed: int,
    tell: Progress,
) -> Members:
    """Themes among the wordings that no known theme took; one that too few people share is none."""
    tell("discovering", 0, 1)
    left = sorted(set(range(len(parsed.wordings))).difference(*placed.values()))
    weights = parsed.weights
    groups: list[dict[int, float]] = []
    fewest_people = discovery.MIN_LEFTOVER_IDEAS if placed else 2
    if weights.sum() >= discovery.MIN_IDEAS:
        find = discovery.discover_leftovers if placed else discovery.discover
        some = vectors if len(left) == len(vectors) else vectors[left]
        before = _before(parsed, left, earlier)
        result = find(some, weights[left], shared=shared, before=before, seed=seed)
        for label in range(int(result.labels.max(initial=-1)) + 1):
            at = np.flatnonzero(result.labels == label)
            group = {left[point]: own for point, own in zip(at.tolist(), result.strengths[at].tolist(), strict=True)}
            if parsed.count_answers(group) >= fewest_people:
                groups.append(group)
    keys = carry_keys([frozenset(parsed.wordings[row] for row in group) for group in groups], earlier)
    tell("discovering", 1, 1)
    return dict(zip(keys, groups, strict=True))


def _before(parsed: ParsedAnswers, rows: Sequence[int], earlier: Sequence[EarlierTheme]) -> IntArray | None:
    """The earlier theme of each of the wordings ``rows``, -1 for none; None where nothing was before."""
    if not earlier:
        return None
    home = {text: number for number, theme in enumerate(earlier) for text in sorted(theme.members)}
    return np.array([home.get(parsed.wordings[row], -1) for row in rows], dtype=np.intp)


def _centres(means: Mapping[str, FloatArray], shared: FloatArray, found: Members) -> Centres:
    """The centre of each discovered theme, for placing new answers before the next run."""
    keys = tuple(sorted(found))
    none = np.zeros((0, len(shared)), dtype=np.float32)
    return Centres(keys, unit(np.stack([means[key] for key in keys])) if keys else none, shared)


def _themes(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    kept: Sequence[Placement],
    names: Mapping[str, tuple[str, ...]],
    codebook: Codebook,
    known: set[str],
    tell: Progress,
) -> tuple[Theme, ...]:
    """The themes with their evidence, most people first; how sure they are is not said yet.

    Those not ``known`` to the codebook given were discovered.
    """
    members: dict[str, list[Placement]] = {}
    for placement in kept:
        members.setdefault(placement.theme, []).append(placement)
    rows, answers = parsed.rows, parsed.answers
    described = {theme.key: theme.description for theme in codebook.themes}

    def evidence(key: str, own: Sequence[Placement], origin: Origin, parts: tuple[Theme, ...]) -> Theme:
        ideas = np.array([placement.idea for placement in own], dtype=np.intp)
        return Theme(
            key=key,
            name=names[key][0],
            description=described[key] if key in described else describe_discovered(names[key]),
            origin=origin,
            candidates=names[key],
            people=len(np.unique(answers[ideas])),
            mentions=len(ideas),
            wordings=len(np.unique(rows[ideas])),
            quotes=choose_quotes(
                parsed.ideas, ideas.tolist(), vectors[rows[ideas]], [placement.strength for placement in own]
            ),
            stability=UNTRIED,
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
