"""Find themes again under the owner's decisions: what is found respects them, whatever their number.

What stands pulls pairs of ideas together or apart in the clustering itself, themes that the owner touched more strongly
than others (analysis/discovery/consensus.py). Then each decision is made to hold: an idea that the owner placed is in
its theme, and a theme that the owner touched is there.
"""

from collections.abc import Mapping, Sequence

from analysis.arrays import FloatArray
from analysis.discovery.discover_themes import discover_themes
from analysis.discovery.theme_identity import EarlierTheme
from analysis.known_themes.edits import Members
from analysis.progress import Progress
from analysis.standing.partition import Standing, StandingIdea
from analysis.text.parse_answers import ParsedAnswers

MIN_KEPT_SHARE = 0.5
"""Share of a touched theme's wordings that must be in the theme found for it; otherwise the theme stays as it was"""

Decided = Mapping[int, frozenset[str]]
"""The themes of each wording that an owner placed, none where it belongs to none"""


def decided_wordings(parsed: ParsedAnswers, ideas: Sequence[StandingIdea | None]) -> dict[int, frozenset[str]]:
    """Return the themes of each wording whose ideas the owner decided about."""
    decided: dict[int, frozenset[str]] = {}
    for row, idea in zip(parsed.wording_of, ideas, strict=True):
        if idea is not None and idea.by_hand:
            decided[row] = decided.get(row, frozenset()) | frozenset(idea.themes)
    return decided


def respect_in_known(known: Members, decided: Decided, standing: Standing, codebook_keys: frozenset[str]) -> Members:
    """Return the members of known themes with merged themes united and each decided wording where it belongs.

    A wording that the owner put into a discovered theme is in no known theme, and discovery has it.
    """
    placed: Members = {}
    for key, own in known.items():
        theme = placed.setdefault(standing.current_key(key), {})
        for row, strength in own.items():
            if row not in decided:
                theme[row] = max(strength, theme.get(row, 0.0))
    for row, keys in decided.items():
        for key in keys & codebook_keys:
            placed.setdefault(key, {})[row] = 1.0
    return {key: own for key, own in placed.items() if own}


def leave_touched(placed: Members, standing: Standing, stood: Members, codebook_keys: frozenset[str]) -> Members:
    """Return the members of known themes without what is in a theme that the owner touched, and that is none of them.

    For a codebook that the themes that stand were not found with: it would take all they have. ``stood`` are the
    wordings in each theme that stands.
    """
    held = {row for key in standing.touched - codebook_keys for row in stood.get(key, ())}
    left = {key: {row: own[row] for row in own if row not in held} for key, own in placed.items()}
    return {key: own for key, own in left.items() if own}


def discover_again(
    parsed: ParsedAnswers,
    ideas: Sequence[StandingIdea | None],
    vectors: FloatArray,
    mean: FloatArray,
    placed: Members,
    decided: Decided,
    standing: Standing,
    *,
    seed: int,
    progress: Progress,
) -> Members:
    """Discover themes among the wordings that are in no known theme; return the members of each.

    ``placed`` are those of known themes, see ``respect_in_known``; other parameters are as in ``discover_themes``.
    """
    stood = {key: own for key, own in standing.members(parsed, ideas).items() if key not in placed}
    known = {theme.key for theme in standing.themes if theme.origin == "codebook" and not theme.touched}
    earlier = [
        EarlierTheme(key, frozenset(parsed.wordings[row] for row in own))
        for key, own in sorted(stood.items())
        if key not in known
    ]
    held = {row for key in standing.touched & set(stood) for row in stood[key]} | set(decided)
    found = discover_themes(
        parsed,
        vectors,
        mean,
        placed,
        earlier=earlier,
        seed=seed,
        progress=progress,
        held=sorted(held),
        share=standing.share_found_in(parsed),
    )
    taken = set().union(*placed.values())
    for key in sorted(standing.touched & set(stood)):
        own = {row: strength for row, strength in stood[key].items() if row not in taken}
        if len(own.keys() & found.get(key, {}).keys()) < MIN_KEPT_SHARE * len(own):
            for other in found.values():
                for row in own:
                    other.pop(row, None)
            found[key] = found.get(key, {}) | own
    for row, keys in decided.items():
        for key in list(found):
            if key not in keys:
                found[key].pop(row, None)
        for key in keys - placed.keys():
            found.setdefault(key, {})[row] = 1.0
    return {key: own for key, own in found.items() if own}
