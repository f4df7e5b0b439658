"""The evidence for each theme: how many people, mentions and wordings it has, and what to quote."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from analysis.arrays import FloatArray, centred
from analysis.evidence.quotes import choose_quotes, likeliest
from analysis.evidence.re_runs import NO_STABILITY
from analysis.evidence.sayings import choose_sayings, some_wordings
from analysis.evidence.self_contained import contrary, opposed, worth_alone
from analysis.known_themes.codebook import Codebook
from analysis.naming.choose_names import nearness_to_theme
from analysis.naming.descriptions import describe_discovered
from analysis.parallel.rows_on_disk import let_go
from analysis.progress import Progress
from analysis.results import Origin, Placement, Theme
from analysis.text.parse_answers import ParsedAnswers


def themes_with_evidence(
    parsed: ParsedAnswers,
    vectors: FloatArray,
    placements: Sequence[Placement],
    names: Mapping[str, tuple[str, ...]],
    codebook: Codebook,
    progress: Progress,
    *,
    mean: FloatArray,
    means: Mapping[str, FloatArray],
) -> tuple[Theme, ...]:
    """Return the themes that have placements, most people first, still without their stability.

    ``vectors`` (n, d) are those of the wordings, ``mean`` (d,) is that of all ideas, ``means`` those of the themes: see
    ``unplaced.theme_means``. What argues against a theme counts in it and is not quoted, where anything else is; nor is
    what denies it or judges the other way than its name. Themes of ``codebook`` have its descriptions; others count as
    discovered. These and sub-themes are described by what else is said in them.
    """
    members: dict[str, list[Placement]] = {}
    for placement in placements:
        members.setdefault(placement.theme, []).append(placement)
    descriptions = {theme.key: theme.description for theme in codebook.themes}
    rows, answers = parsed.rows, parsed.answers

    def theme(key: str, own: Sequence[Placement], origin: Origin, parts: tuple[Theme, ...]) -> Theme:
        ideas = np.array([placement.idea for placement in own], dtype=np.intp)
        name = names[key][0]
        quotable = [placement for placement in own if not placement.against] or own
        denied = contrary(parsed, [placement.idea for placement in quotable], name)
        quotable = [placement for placement in quotable if placement.idea not in denied] or quotable
        to_quote = np.array([placement.idea for placement in quotable], dtype=np.intp)
        strengths = [placement.strength for placement in quotable]
        description = descriptions.get(key, "")
        if origin != "codebook":
            some = some_wordings(parsed, likeliest(to_quote.tolist(), strengths))
            said = vectors[rows[some]]
            own_mean = means[key] if key in means else centred(said, mean).mean(axis=0)  # all of it decided by hand
            rivals = [each for other, each in means.items() if other != key]
            near = nearness_to_theme(said, mean, own_mean, np.reshape(rivals, (len(rivals), len(mean))))
            description = describe_discovered(choose_sayings(parsed, some, near, name))
        return Theme(
            key=key,
            name=name,
            description=description,
            origin=origin,
            candidates=names[key],
            people=len(np.unique(answers[ideas])),
            mentions=len(ideas),
            wordings=len(np.unique(rows[ideas])),
            quotes=choose_quotes(
                parsed.ideas,
                to_quote.tolist(),
                vectors[rows[to_quote]],
                strengths,
                lambda numbers: worth_alone(parsed, numbers, name),
                partial(opposed, parsed),
                name=name,
            ),
            stability=NO_STABILITY,
            strength=float(np.mean([placement.strength for placement in own])),
            parts=parts,
        )

    themes = []
    for done, (key, own) in enumerate(members.items()):
        progress("quotes", done, len(members))
        let_go(vectors)
        by_subtheme: dict[str, list[Placement]] = {}
        for placement in own:
            if placement.part is not None:
                by_subtheme.setdefault(placement.part, []).append(placement)
        parts = _most_people_first(theme(part, group, "part", ()) for part, group in by_subtheme.items())
        themes.append(theme(key, own, "codebook" if key in descriptions else "discovered", parts))
    progress("quotes", len(members), len(members))
    return _most_people_first(themes)


def _most_people_first(themes: Iterable[Theme]) -> tuple[Theme, ...]:
    return tuple(sorted(themes, key=lambda theme: (-theme.people, -theme.mentions, theme.name, theme.key)))
