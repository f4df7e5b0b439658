"""examine(): all that may be wrong with the themes of a run."""

from collections.abc import Iterator, Sequence

import numpy as np

from analysis.arrays import FloatArray
from analysis.doctor.better_names import better_names
from analysis.doctor.grab_bags import grab_bags
from analysis.doctor.groups import Group, groups_of
from analysis.doctor.opposed_sides import opposed_sides
from analysis.doctor.similar_themes import similar_themes
from analysis.embedding.models import Embedder
from analysis.results import Finding, Placement, Theme
from analysis.text.parse_answers import ParsedAnswers

SMALL_PEOPLE, SMALL_SHARE = 3, 0.02  # the most people of a theme that is too small, and of all who named one
MAX_FINDINGS = 20  # as many as an owner goes through


def examine(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    placements: Sequence[Placement],
    themes: Sequence[Theme],
    embedder: Embedder,
) -> tuple[Finding, ...]:
    """Return what may be wrong with the themes of a run, the surest rule first; changes nothing.

    ``vectors`` (n, d) are those of the wordings, ``mean`` (d,) that of all ideas. A theme is in at most one finding
    about what it holds, and in at most one about its name. Raises what ``embedder`` raises.
    """
    groups = groups_of(parsed, vectors, mean, placements, themes)
    found: list[Finding] = []
    concerned: set[str] = set()
    pairs = sorted(similar_themes(groups), key=lambda each: (each.rule, -each.figures["share"], each.theme))
    for finding in (*opposed_sides(parsed, groups), *pairs, *grab_bags(parsed, groups), *small_themes(parsed, groups)):
        own = {finding.theme, finding.other or finding.theme}
        if not own & concerned:
            found.append(finding)
            concerned |= own
    return tuple([*found, *better_names(parsed, groups, mean, embedder)][:MAX_FINDINGS])


def small_themes(parsed: ParsedAnswers, groups: Sequence[Group]) -> Iterator[Finding]:
    """Return the discovered themes that too few people named to be a theme of this survey."""
    if not groups:
        return
    everybody = len(np.unique(parsed.answers[np.concatenate([group.ideas for group in groups])]))
    for group in groups:
        people = group.theme.people
        if group.theme.origin == "discovered" and people <= min(SMALL_PEOPLE, SMALL_SHARE * everybody):
            figures = {"share": round(people / everybody, 4), "people": people, "all": everybody}
            yield Finding("small", group.theme.key, figures=figures)
