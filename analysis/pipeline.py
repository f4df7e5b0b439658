"""analyse(): answers in, themes out - the steps on one screen, in order."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from analysis import discover as discovery
from analysis import place as placing
from analysis.codebook import Codebook
from analysis.embed import Embedder, FloatArray
from analysis.evidence import choose_quotes
from analysis.ideas import split_ideas
from analysis.match import EarlierTheme, carry_keys
from analysis.name import Said, choose_names, rank_phrases
from analysis.results import Analysis, Idea, Placement, Theme
from analysis.text import fold

Stage = Literal["ideas", "vectors", "placing", "discovering", "naming", "quotes"]
Progress = Callable[[Stage, int, int], None]

SLICE = 256  # texts given to the model at a time, so that progress moves


def analyse(
    answers: Sequence[str],
    *,
    codebook: Codebook,
    embedder: Embedder,
    earlier: Sequence[EarlierTheme] = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> Analysis:
    """The themes in the answers to one open question.

    Ideas are placed in the themes of ``codebook`` first, and themes are discovered in what is left. ``earlier`` are the
    discovered themes of the last run, whose keys carry over. The same answers in any order give the same themes. Told
    of its progress as (stage, done, total). Raises what ``embedder`` raises.
    """
    tell = progress or (lambda stage, done, total: None)
    ideas, nonanswers = _ideas(answers, tell)
    wordings, wording_of = _wordings(ideas)
    vectors, examples = _vectors(wordings, placing.example_texts(codebook), embedder, tell)
    placed = _place(wordings, vectors, codebook, examples, tell)
    found = _discover(wordings, vectors, placed, ideas, wording_of, earlier, seed, tell)
    members = _members(ideas, wording_of, placed, found)
    names = _names(ideas, wording_of, vectors, {key: members[key] for key in found}, codebook, embedder, tell)
    themes = _themes(ideas, wording_of, vectors, members, names, codebook, tell)
    shown = {theme.key for theme in themes}
    placements = sorted(
        (Placement(number, key, strength) for key in shown for number, strength in members[key].items()),
        key=lambda placement: (placement.idea, -placement.strength, placement.theme),
    )
    at_home = {placement.idea for placement in placements}
    return Analysis(
        ideas=tuple(ideas),
        nonanswers=nonanswers,
        placements=tuple(placements),
        themes=themes,
        unplaced=tuple(number for number in range(len(ideas)) if number not in at_home),
        model=embedder.model,
        settings={
            "codebook": codebook.name,
            "threshold": placing.THRESHOLD,
            "margin": placing.MARGIN,
            "cut": discovery.CUT,
            "fewest_ideas": discovery.FEWEST_IDEAS,
            "seed": seed,
        },
    )


# What an idea belongs to: theme key -> {number of the idea or wording: strength}.
Members = dict[str, dict[int, float]]


def _ideas(answers: Sequence[str], tell: Progress) -> tuple[list[Idea], tuple[int, ...]]:
    ideas: list[Idea] = []
    nonanswers: list[int] = []
    for number, answer in enumerate(answers):
        if number % SLICE == 0:
            tell("ideas", number, len(answers))
        spans = split_ideas(answer)
        ideas.extend(Idea(number, start, end, answer[start:end]) for start, end in spans)
        if not spans:
            nonanswers.append(number)
    tell("ideas", len(answers), len(answers))
    return ideas, tuple(nonanswers)


def _wordings(ideas: Sequence[Idea]) -> tuple[list[str], list[int]]:
    """The distinct folded texts, sorted so that no later step sees the order of the answers; which is each idea's."""
    folded = [fold(idea.text) for idea in ideas]
    wordings = sorted(set(folded))
    at = {wording: number for number, wording in enumerate(wordings)}
    return wordings, [at[text] for text in folded]


def _vectors(
    wordings: Sequence[str], examples: Sequence[str], embedder: Embedder, tell: Progress
) -> tuple[FloatArray, FloatArray]:
    """The vectors of the wordings and of the examples; every distinct text is given to the model once."""
    texts = [*wordings, *sorted(set(examples) - set(wordings))] if wordings else []
    vectors = _encoded(texts, embedder, tell)
    at = {text: number for number, text in enumerate(texts)}
    return vectors[: len(wordings)], vectors[[at[example] for example in examples]]


def _encoded(texts: Sequence[str], embedder: Embedder, tell: Progress = lambda stage, done, total: None) -> FloatArray:
    """The vectors of n texts, (n, dimensions), made a slice at a time."""
    slices = [np.zeros((0, 1), dtype=np.float32)] if not texts else []
    for start in range(0, len(texts), SLICE):
        tell("vectors", start, len(texts))
        slices.append(embedder.encode(texts[start : start + SLICE]))
    tell("vectors", len(texts), len(texts))
    return np.concatenate(slices).astype(np.float32, copy=False)


def _place(
    wordings: Sequence[str], vectors: FloatArray, codebook: Codebook, examples: FloatArray, tell: Progress
) -> Members:
    tell("placing", 0, len(wordings))
    placed: Members = defaultdict(dict)
    if wordings and codebook.themes:
        known = placing.place(wordings, vectors, codebook, examples)
        for row, column in zip(*np.nonzero(known.placed), strict=True):
            placed[codebook.themes[column].key][int(row)] = float(known.strengths[row, column])
    tell("placing", len(wordings), len(wordings))
    return placed


def _discover(
    wordings: Sequence[str],
    vectors: FloatArray,
    placed: Members,
    ideas: Sequence[Idea],
    wording_of: Sequence[int],
    earlier: Sequence[EarlierTheme],
    seed: int,
    tell: Progress,
) -> Members:
    """Themes among the wordings that no known theme took; one that too few people share is none."""
    tell("discovering", 0, 1)
    taken = {number for theme in placed.values() for number in theme}
    left = [number for number in range(len(wordings)) if number not in taken]
    speakers: dict[int, set[int]] = defaultdict(set)
    weights = np.zeros(len(wordings), dtype=np.intp)
    for idea, wording in zip(ideas, wording_of, strict=True):
        speakers[wording].add(idea.answer)
        weights[wording] += 1
    groups: list[dict[int, float]] = []
    fewest_people = 3 if placed else 2
    if weights[left].sum() >= discovery.FEWEST_IDEAS:
        shared = np.average(vectors, axis=0, weights=weights)
        coherence = discovery.LEFTOVER_COHERENCE if placed else discovery.LEAST_COHERENCE
        result = discovery.discover(vectors[left], weights[left], shared=shared, coherence=coherence, seed=seed)
        for label in range(int(result.labels.max()) + 1):
            at = np.flatnonzero(result.labels == label)
            group = {left[point]: float(result.strengths[point]) for point in at}
            if len(set().union(*(speakers[number] for number in group))) >= fewest_people:
                groups.append(group)
    keys = carry_keys([frozenset(wordings[number] for number in group) for group in groups], earlier)
    tell("discovering", 1, 1)
    return dict(zip(keys, groups, strict=True))


def _members(ideas: Sequence[Idea], wording_of: Sequence[int], placed: Members, found: Members) -> Members:
    """The ideas in each theme, from the wordings in it: the same words are always in the same themes."""
    ideas_of: dict[int, list[int]] = defaultdict(list)
    for number in range(len(ideas)):
        ideas_of[wording_of[number]].append(number)
    return {
        key: {number: strength for wording, strength in theme.items() for number in ideas_of[wording]}
        for key, theme in {**placed, **found}.items()
    }


def _names(
    ideas: Sequence[Idea],
    wording_of: Sequence[int],
    vectors: FloatArray,
    found: Members,
    codebook: Codebook,
    embedder: Embedder,
    tell: Progress,
) -> Mapping[str, tuple[str, ...]]:
    """Names for the discovered themes: distinctive phrases, weighed by how near they are to what the theme means."""
    tell("naming", 0, len(found))
    if not found:
        return {}
    keys = sorted(found)
    said = [[Said(ideas[number].answer, ideas[number].text) for number in sorted(found[key])] for key in keys]
    phrases = rank_phrases(said)
    texts = sorted({fold(phrase.name) for theme in phrases for phrase in theme})
    phrase_vectors = dict(zip(texts, _encoded(texts, embedder), strict=True))
    shared = vectors[list(wording_of)].mean(axis=0)
    for key, theme in zip(keys, phrases, strict=True):
        centre = vectors[[wording_of[number] for number in found[key]]].mean(axis=0) - shared
        for phrase in theme:
            own = phrase_vectors[fold(phrase.name)] - shared
            phrase.nearness = float(own @ centre / max(float(np.linalg.norm(own) * np.linalg.norm(centre)), 1e-12))
    names = choose_names(said, phrases, [theme.name for theme in codebook.themes])
    tell("naming", len(found), len(found))
    return dict(zip(keys, names, strict=True))


def _themes(
    ideas: Sequence[Idea],
    wording_of: Sequence[int],
    vectors: FloatArray,
    members: Members,
    names: Mapping[str, tuple[str, ...]],
    codebook: Codebook,
    tell: Progress,
) -> tuple[Theme, ...]:
    """The themes with their evidence, most people first."""
    known = {theme.key: theme for theme in codebook.themes}
    themes = []
    for done, (key, strengths) in enumerate(members.items()):
        tell("quotes", done, len(members))
        numbers = sorted(strengths)
        rows = [wording_of[number] for number in numbers]
        candidates = (known[key].name,) if key in known else names[key]
        themes.append(
            Theme(
                key=key,
                name=candidates[0],
                description=known[key].description if key in known else _also_said(candidates),
                origin="codebook" if key in known else "discovered",
                candidates=candidates,
                people=len({ideas[number].answer for number in numbers}),
                mentions=len(numbers),
                wordings=len(set(rows)),
                quotes=choose_quotes(ideas, numbers, vectors[rows], [strengths[number] for number in numbers]),
            )
        )
    tell("quotes", len(members), len(members))
    return tuple(sorted(themes, key=lambda theme: (-theme.people, -theme.mentions, theme.name, theme.key)))


def _also_said(candidates: Sequence[str]) -> str:
    """The description of a discovered theme: what else its people say."""
    others = ", ".join(f"\u201c{name}\u201d" for name in candidates[1:])
    return f"Also said: {others}" if others else ""
