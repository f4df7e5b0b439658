"""analyse(): from the answers to one open question to its themes, in five steps."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal

from analysis.answer_languages import describe_languages
from analysis.arrays import FloatArray
from analysis.discovery import discover as discovery
from analysis.discovery.subthemes import find_subthemes
from analysis.discovery.theme_identity import by_parent
from analysis.discovery.without_languages import without_languages
from analysis.doctor.examine import examine
from analysis.embedding.embed_answers import EmbeddedAnswers, embed_answers, embed_in_context, mean_idea
from analysis.embedding.models import Embedder
from analysis.embedding.readable_scripts import without_unread
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
from analysis.known_themes.edits import Members
from analysis.known_themes.place import MARGIN, THRESHOLD
from analysis.known_themes.placements import (
    GroupedWordings,
    place_in_known_themes,
    themes_of_ideas,
    to_placements,
)
from analysis.naming.name_all import name_all, naming_steps
from analysis.naming.name_themes import name_themes, naming_input
from analysis.naming.phrases import rank_phrases
from analysis.nonanswers.set_aside import set_aside
from analysis.parallel.memory import trim_memory
from analysis.parallel.workers import Workers, open_workers
from analysis.progress import Progress, StepCounter, ignore_progress
from analysis.results import Analysis, Position, Proposed, Theme
from analysis.shelf.theme_names import with_candidate_names
from analysis.stances.mark import Examples, mark_against, with_decided
from analysis.standing.differences import idea_moves, theme_changes
from analysis.standing.few_people import without_few
from analysis.standing.find_again import decided_wordings, discover_again, leave_touched, respect_in_known
from analysis.standing.keep import centres_of, keep_themes, stack_centres
from analysis.standing.partition import NOTHING_STANDS, Standing, StandingIdea
from analysis.text.parse_answers import ParsedAnswers, parse_answers

FindingMode = Literal["none", "replace", "propose"]
"""What to do with themes found again: look for none, let them replace those that stand, or propose them beside"""


@dataclass(frozen=True, slots=True)
class RunInputs:
    """What a run is given besides the answers; see ``analyse``. ``ideas`` are what stands of each idea."""

    codebook: Codebook
    standing: Standing
    ideas: Sequence[StandingIdea | None]
    finding: FindingMode
    places: Mapping[str, Sequence[Position]]
    seed: int
    re_runs: int

    @property
    def keeps(self) -> bool:
        """Whether the themes that stand are kept."""
        return self.finding != "replace"

    def decided(self, *, by_hand: bool) -> dict[int, Mapping[str, float]]:
        """Return the themes of each idea that stands, or of each that the owner decided about."""
        return {at: idea.themes for at, idea in enumerate(self.ideas) if idea and (idea.by_hand or not by_hand)}

    def stays(self, parsed: ParsedAnswers, members: Members) -> dict[int, Mapping[str, float]]:
        """Return the themes of each idea that stays where it stands: not of those that begin a theme of ``members``."""
        begun = {row for key, own in members.items() if key not in self.standing.names for row in own}
        free = {at for at, row in enumerate(parsed.wording_of) if row in begun}
        by_hand = self.decided(by_hand=True)
        stands = self.decided(by_hand=False)
        return {at: themes for at, themes in stands.items() if themes or at in by_hand or at not in free}


def analyse(
    answers: Sequence[str],
    *,
    codebook: Codebook,
    embedder: Embedder,
    standing: Standing | None = None,
    finding: FindingMode = "replace",
    places: Mapping[str, Sequence[Position]] | None = None,
    seed: int = 0,
    re_runs: int = RE_RUNS,
    progress: Progress | None = None,
    executor: Executor | None = None,
    language: str | None = None,
) -> Analysis:
    """Find the themes in the answers to one open question, or keep those that stand.

    Without ``standing`` themes, ideas are placed in the themes of ``codebook``, and themes are discovered in the rest.
    Themes that stand keep their members, and new answers are placed among them, unless ``finding`` is "replace": then
    they are found again, and what the owner decided holds. "propose" keeps them and says what a finding would change.
    ``places`` are the positions of ideas on the last map, by their folded text. The stability of themes is measured by
    ``re_runs``, or not at all with 0. ``executor`` splits answers into ideas on other cores or machines. ``progress``
    is called with (stage, done, total). ``language``: that of the survey (BCP 47), in which themes are named where
    enough people wrote in it. The order of the answers does not matter. Raises what ``embedder`` raises.
    """
    report = progress or ignore_progress
    if standing is None:
        standing, finding = NOTHING_STANDS, "replace"
    with open_workers(len(answers), executor) as workers:
        parsed = parse_answers(answers, report, executor=workers.executor, spans=standing.spans())
        parsed = replace(without_unread(parsed, embedder), survey_language=language)
        embedded = embed_answers(parsed, codebook, embedder, report)
        parsed, embedded = set_aside(parsed, embedded, embedder, standing.decided_answers(all_of=finding != "replace"))
        ideas = standing.by_idea(parsed.ideas)
        given = RunInputs(codebook, standing, ideas, finding, places or {}, seed, re_runs)
        grouped, discovery_re_runs = group_wordings(parsed, embedded, given, embedder, workers, report)
        proposed = propose(parsed, embedded, grouped, given, embedder) if finding == "propose" else None
        embedded = replace(embedded, in_context=None)  # frees 0.16 GB of 100,000 answers, which nothing reads any more
        names = name_all(
            parsed,
            embedded.wordings,
            embedded.mean,
            grouped,
            codebook=codebook,
            standing_names=standing.names,
            embedder=embedder,
            workers=workers,
            progress=report,
        )
        result = collect_evidence(parsed, embedded, grouped, names, discovery_re_runs, given, embedder, report)
        themes = with_candidate_names(result.themes, grouped.found, embedded.wordings, embedder.model, language)
        result = replace(result, themes=with_standing_names(themes, standing), proposed=proposed)
        findings = examine(parsed, embedded.wordings, embedded.mean, result.placements, result.themes, embedder)
        return replace(result, findings=findings)


def with_standing_names(themes: Sequence[Theme], standing: Standing) -> tuple[Theme, ...]:
    """Return the themes under the names they have where they stand."""
    return tuple(replace(theme, name=standing.names.get(theme.key, theme.name)) for theme in themes)


def group_wordings(
    parsed: ParsedAnswers,
    embedded: EmbeddedAnswers,
    given: RunInputs,
    embedder: Embedder,
    workers: Workers,
    progress: Progress,
) -> tuple[GroupedWordings, DiscoveryReRuns]:
    """Group wordings into themes, kept or found, and split large themes into sub-themes.

    Re-runs of discovery, which do not depend on its result, are started before it to keep the helper process busy.
    """
    keys = {theme.key for theme in given.codebook.themes}
    kept: Members = {}
    if given.keeps:
        kept = keep_themes(
            parsed,
            given.ideas,
            embedded.wordings,
            embedded.mean,
            given.standing,
            given.codebook,
            embedded.examples,
        )
        placed = {key: own for key, own in kept.items() if key in keys}
    else:
        placed = find_known(parsed, embedded, given, progress)
    vectors = discovery_vectors(parsed, embedded, placed, embedder, may_change=not given.keeps)
    mean = mean_idea(parsed, vectors)
    runs = DISCOVERY_RE_RUN_FACTOR * given.re_runs
    re_runs = start_discovery_re_runs(parsed, vectors, mean, placed, runs, given.seed, workers)
    if given.keeps:
        found = {key: own for key, own in kept.items() if key not in keys}
    else:
        found = discover(parsed, vectors, mean, placed, given, progress)
    members = {**placed, **found}
    trim_memory()
    step = naming_steps(progress, len(members))
    parts = by_parent(given.standing.parts)
    subthemes = find_subthemes(parsed, vectors, members, parts, seed=given.seed, step=step)
    return GroupedWordings(placed, found, subthemes), re_runs


def find_known(parsed: ParsedAnswers, embedded: EmbeddedAnswers, given: RunInputs, progress: Progress) -> Members:
    """Return the wordings in each theme of the codebook that enough people name, as the owner's decisions have it."""
    known = place_in_known_themes(
        parsed.wordings, embedded.wordings, given.codebook, embedded.examples, progress, parsed.unread
    )
    keys, decided = frozenset(theme.key for theme in given.codebook.themes), decided_wordings(parsed, given.ideas)
    placed = respect_in_known(known, decided, given.standing, keys)
    if given.standing.codebook not in (None, given.codebook.name):
        placed = leave_touched(placed, given.standing, given.standing.members(parsed, given.ideas), keys)
    return without_few(parsed, placed, keep=given.standing.touched.union(*decided.values()))


def discover(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    placed: Members,
    given: RunInputs,
    progress: Progress,
) -> Members:
    """Return the wordings in each theme discovered among those that no known theme took."""
    decided = decided_wordings(parsed, given.ideas)
    return discover_again(
        parsed,
        given.ideas,
        vectors,
        mean,
        placed,
        decided,
        given.standing,
        seed=given.seed,
        progress=progress,
    )


def propose(
    parsed: ParsedAnswers, embedded: EmbeddedAnswers, kept: GroupedWordings, given: RunInputs, embedder: Embedder
) -> Proposed:
    """Find the themes again and return what that would change in those that are kept."""
    placed = find_known(parsed, embedded, given, ignore_progress)
    vectors = discovery_vectors(parsed, embedded, placed, embedder)
    found = discover(parsed, vectors, mean_idea(parsed, vectors), placed, given, ignore_progress)
    before = themes_of_ideas(to_placements(parsed, kept.members, {}, given.stays(parsed, kept.members)))
    after = themes_of_ideas(to_placements(parsed, {**placed, **found}))
    moves = idea_moves(before, after, but=given.decided(by_hand=True))
    changes = theme_changes(moves, [idea.answer for idea in parsed.ideas], kept.members.keys(), {**placed, **found})
    new = {key: own for key, own in found.items() if key not in kept.members}
    inputs = naming_input(parsed, new)
    names = name_themes(
        parsed,
        embedded.wordings,
        new,
        inputs,
        rank_phrases(inputs.mentions, inputs.max_phrases, inputs.survey),
        shared=embedded.mean,
        taken=[*given.standing.names.values()],
        embedder=embedder,
    )
    return Proposed(tuple(changes), names, centres_of(found, embedded.wordings, embedded.mean))


def collect_evidence(
    parsed: ParsedAnswers,
    embedded: EmbeddedAnswers,
    grouped: GroupedWordings,
    names: Mapping[str, tuple[str, ...]],
    discovery_re_runs: DiscoveryReRuns,
    given: RunInputs,
    embedder: Embedder,
    progress: Progress,
) -> Analysis:
    """Return the result: themes with counts, quotes and stability, the map, and what is left without a theme."""
    vectors, mean, members = embedded.wordings, embedded.mean, grouped.members
    decided = given.stays(parsed, members) if given.keeps else given.decided(by_hand=True)
    placements = to_placements(parsed, members, grouped.subthemes, decided)
    examples = Examples.read(given.codebook, embedded.examples)
    placements = mark_against(parsed, vectors, mean, placements, examples, embedder)
    placements = with_decided(
        placements, {at: idea.marks for at, idea in enumerate(given.ideas) if idea and idea.marks}
    )
    means = theme_means(vectors, mean, members)
    unplaced = describe_unplaced(parsed, vectors, mean, members, means)
    themes = themes_with_evidence(parsed, vectors, placements, names, given.codebook, progress, mean=mean, means=means)
    step = StepCounter(progress, "certainty", (1 + DISCOVERY_RE_RUN_FACTOR) * given.re_runs)
    stability = known_theme_stability(
        parsed, vectors, given.codebook, embedded.examples, grouped.placed, given.re_runs, given.seed, step
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
        centres=stack_centres(sorted(grouped.found), means, mean),
        model=embedder.model,
        settings={
            "codebook": (given.standing.codebook if given.keeps else None) or given.codebook.name,
            "threshold": THRESHOLD,
            "margin": MARGIN,
            "cut": discovery.CUT,
            "fewest_ideas": discovery.MIN_IDEAS,
            "seed": given.seed,
            **describe_languages(parsed, embedder.model),
        },
        languages=parsed.known_languages,
    )


def discovery_vectors(
    parsed: ParsedAnswers, embedded: EmbeddedAnswers, placed: Members, embedder: Embedder, *, may_change: bool = False
) -> FloatArray:
    """Return the vectors (n, d) that themes are discovered by: in context, unless known themes took some wordings.

    ``may_change``: those in context are not needed any more as they are.

    What is left of an answer would otherwise be drawn to what was placed of it. What the ideas of one language share is
    taken off.
    """
    if placed:
        vectors = embedded.wordings
    elif embedded.in_context is not None:
        vectors = embedded.in_context
    else:
        vectors = embed_in_context(parsed, embedded.wordings, embedder)
    # A run that proposes needs them twice; one that replaces lets them be overwritten, which saves 0.3 GB of 100,000.
    in_place = may_change and vectors is not embedded.wordings
    return without_languages(parsed, vectors, mean_idea(parsed, vectors), in_place=in_place)
