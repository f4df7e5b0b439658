"""analyse(): from the answers to one open question to its themes, in five steps."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

import analysis.discovery.kmeans  # noqa: F401 - loaded at start, so that no run waits for scikit-learn
from analysis.arrays import FloatArray, unit
from analysis.discovery import discover as discovery
from analysis.discovery.discover_themes import discover_themes
from analysis.discovery.subthemes import find_subthemes
from analysis.discovery.theme_identity import EarlierTheme, by_parent
from analysis.doctor.examine import examine
from analysis.embedding.embed_answers import EmbeddedAnswers, embed_answers, embed_in_context, mean_idea
from analysis.embedding.models import Embedder
from analysis.evidence.re_runs import (
    NO_STABILITY,
    DiscoveryReRuns,
    known_theme_stability,
    measure_saturation,
    start_discovery_re_runs,
)
from analysis.evidence.stability import DISCOVERY_RE_RUN_FACTOR, RE_RUNS
from analysis.evidence.theme_evidence import themes_with_evidence
from analysis.evidence.unplaced import describe_unplaced, theme_means
from analysis.idea_map.draw import draw_map
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.edits import NO_EDITS, Edits, Members, apply_edits, edited_codebook
from analysis.known_themes.place import MARGIN, THRESHOLD
from analysis.known_themes.placements import GroupedWordings, place_in_known_themes, to_placements
from analysis.naming.name_all import name_all, naming_steps
from analysis.parallel.workers import Workers, open_workers
from analysis.progress import Progress, StepCounter, ignore_progress
from analysis.results import Analysis, Centres, Position
from analysis.text.parse_answers import ParsedAnswers, parse_answers


@dataclass(frozen=True, slots=True)
class RunInputs:
    """What a run is given besides the answers; see ``analyse``. ``book`` is the codebook after the owner's edits."""

    codebook: Codebook
    book: Codebook
    edits: Edits
    earlier: Sequence[EarlierTheme]
    places: Mapping[str, Sequence[Position]]
    seed: int
    re_runs: int


def analyse(
    answers: Sequence[str],
    *,
    codebook: Codebook,
    embedder: Embedder,
    earlier: Sequence[EarlierTheme] = (),
    edits: Edits = NO_EDITS,
    places: Mapping[str, Sequence[Position]] | None = None,
    seed: int = 0,
    re_runs: int = RE_RUNS,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Analysis:
    """Find the themes in the answers to one open question.

    Ideas are placed in the themes of ``codebook`` first; themes are discovered in the rest. ``earlier`` are the
    discovered themes of the last run, whose keys carry over, ``places`` the positions of its ideas on the map, by
    their folded text. The owner's ``edits`` always hold. The stability of themes is measured by ``re_runs``, or not at
    all with 0. ``executor`` splits answers into ideas on other cores or machines. ``progress`` is called with
    (stage, done, total). The order of the answers does not matter. Raises what ``embedder`` raises.
    """
    report = progress or ignore_progress
    given = RunInputs(codebook, edited_codebook(codebook, edits), edits, earlier, places or {}, seed, re_runs)
    with open_workers(len(answers), executor) as workers:
        parsed = parse_answers(answers, report, executor=workers.executor)
        embedded = embed_answers(parsed, given.book, embedder, report)
        grouped, discovery_re_runs = group_wordings(parsed, embedded, given, embedder, workers, report)
        embedded = replace(embedded, in_context=None)  # frees 0.16 GB of 100,000 answers, which nothing reads any more
        names = name_all(
            parsed,
            embedded.wordings,
            embedded.mean,
            grouped,
            book=given.book,
            edits=edits,
            embedder=embedder,
            workers=workers,
            progress=report,
        )
        result = collect_evidence(parsed, embedded, grouped, names, discovery_re_runs, given, embedder.model, report)
        findings = examine(parsed, embedded.wordings, embedded.mean, result.placements, result.themes, embedder)
        return replace(result, findings=findings)


def group_wordings(
    parsed: ParsedAnswers,
    embedded: EmbeddedAnswers,
    given: RunInputs,
    embedder: Embedder,
    workers: Workers,
    progress: Progress,
) -> tuple[GroupedWordings, DiscoveryReRuns]:
    """Place wordings in known themes, discover themes in the rest, and split large themes into sub-themes.

    Re-runs of discovery, which do not depend on its result, are started before it to keep the helper process busy.
    """
    known = place_in_known_themes(parsed.wordings, embedded.wordings, given.book, embedded.examples, progress)
    placed = apply_edits(known, parsed.wordings, given.edits)
    vectors = discovery_vectors(parsed, embedded, placed, embedder)
    mean = mean_idea(parsed, vectors)
    runs = DISCOVERY_RE_RUN_FACTOR * given.re_runs
    re_runs = start_discovery_re_runs(parsed, vectors, mean, placed, runs, given.seed, workers)
    found = discover_themes(
        parsed,
        vectors,
        mean,
        placed,
        earlier=given.earlier,
        edits=given.edits,
        seed=given.seed,
        progress=progress,
    )
    members = {**placed, **found}
    workers.trim_memory()
    step = naming_steps(progress, len(members))
    subthemes = find_subthemes(parsed, vectors, members, by_parent(given.earlier), seed=given.seed, step=step)
    return GroupedWordings(known, placed, found, subthemes), re_runs


def collect_evidence(
    parsed: ParsedAnswers,
    embedded: EmbeddedAnswers,
    grouped: GroupedWordings,
    names: Mapping[str, tuple[str, ...]],
    discovery_re_runs: DiscoveryReRuns,
    given: RunInputs,
    model: str,
    progress: Progress,
) -> Analysis:
    """Return the result: themes with counts, quotes and stability, the map, and what is left without a theme."""
    vectors, mean, members = embedded.wordings, embedded.mean, grouped.members
    placements = to_placements(parsed, members, grouped.subthemes)
    means = theme_means(vectors, mean, members)
    unplaced = describe_unplaced(parsed, vectors, mean, members, means)
    themes = themes_with_evidence(parsed, vectors, placements, names, given.book, given.codebook, progress)
    step = StepCounter(progress, "certainty", (1 + DISCOVERY_RE_RUN_FACTOR) * given.re_runs)
    stability = known_theme_stability(
        parsed, vectors, given.book, embedded.examples, grouped.known, given.re_runs, given.seed, step
    )
    stability |= discovery_re_runs.stability(grouped.found, step)  # last, to leave more of them to the helper process
    step.finish()
    placed_ideas = {placement.idea for placement in placements}
    return Analysis(
        ideas=parsed.ideas,
        nonanswers=parsed.nonanswers,
        placements=placements,
        themes=tuple(replace(theme, stability=stability.get(theme.key, NO_STABILITY)) for theme in themes),
        unplaced=tuple(idea for idea in range(len(parsed.ideas)) if idea not in placed_ideas),
        saturation=measure_saturation(parsed, placements),
        forming=unplaced.forming,
        nearest=unplaced.nearest,
        idea_map=draw_map(parsed, vectors, placements, mean, given.places),
        centres=centres_of(grouped.found, means, mean),
        model=model,
        settings={
            "codebook": given.codebook.name,
            "threshold": THRESHOLD,
            "margin": MARGIN,
            "cut": discovery.CUT,
            "fewest_ideas": discovery.MIN_IDEAS,
            "seed": given.seed,
            "other_languages": parsed.non_english,
        },
    )


def discovery_vectors(
    parsed: ParsedAnswers, embedded: EmbeddedAnswers, placed: Members, embedder: Embedder
) -> FloatArray:
    """Return the vectors (n, d) that themes are discovered by: in context, unless known themes took some wordings.

    What is left of an answer would otherwise be drawn to what was placed of it.
    """
    if placed:
        return embedded.wordings
    if embedded.in_context is not None:
        return embedded.in_context
    return embed_in_context(parsed, embedded.wordings, embedder)


def centres_of(found: Members, means: Mapping[str, FloatArray], mean: FloatArray) -> Centres:
    """Return the centre of each discovered theme, by which new answers are placed before the next run."""
    keys = tuple(sorted(found))
    none = np.zeros((0, len(mean)), dtype=np.float32)
    return Centres(keys, unit(np.stack([means[key] for key in keys])) if keys else none, mean)
