"""The naming step: names for all discovered themes and all sub-themes of a run."""

from collections.abc import Mapping

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.placements import GroupedWordings
from analysis.naming.name_themes import name_subthemes, name_themes, naming_input
from analysis.naming.phrases import rank_phrases
from analysis.parallel.workers import Workers
from analysis.progress import Progress, StepCounter
from analysis.text.parse_answers import ParsedAnswers


def name_all(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    mean: FloatArray,
    grouped: GroupedWordings,
    *,
    codebook: Codebook,
    standing_names: Mapping[str, str],
    embedder: Embedder,
    workers: Workers,
    progress: Progress,
) -> dict[str, tuple[str, ...]]:
    """Return up to three names for each known theme, discovered theme and sub-theme, by key, the best first.

    ``vectors`` (n, d) are those of the wordings, ``mean`` (d,) that of all ideas. Known themes have the name of
    the codebook. Names of themes that stand are taken, but a theme may be named anew. Raises what ``embedder`` raises.
    """
    step = naming_steps(progress, len(grouped.members), done=len(grouped.members))
    inputs = [
        naming_input(parsed, grouped.found),
        *(naming_input(parsed, groups, are_subthemes=True) for groups in grouped.subthemes.values()),
    ]
    phrases = list(
        workers.map(
            rank_phrases,
            [each.mentions for each in inputs],
            [each.max_phrases for each in inputs],
            [each.survey for each in inputs],
        )
    )
    known = {theme.key: theme.name for theme in codebook.themes} | dict(standing_names)
    taken = [name for key, name in known.items() if key not in grouped.found]
    names = dict(
        name_themes(parsed, vectors, grouped.found, inputs[0], phrases[0], shared=mean, taken=taken, embedder=embedder)
    )
    names |= {theme.key: (theme.name,) for theme in codebook.themes}
    step()
    best = {key: names[key][0] for key in grouped.members}
    of_subthemes = name_subthemes(parsed, vectors, grouped.subthemes, inputs[1:], phrases[1:], best, embedder, step)
    step.finish()
    return names | of_subthemes


def naming_steps(progress: Progress, themes: int, *, done: int = 0) -> StepCounter:
    """Count the steps of the stage "naming": one per theme for finding its sub-themes, then one for naming them."""
    return StepCounter(progress, "naming", 2 * themes + 1, done=done)
