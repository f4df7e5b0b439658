"""What an owner decided about themes. A run may find what it likes; it may not undo any of this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.known_themes.codebook import Codebook, KnownTheme

EXAMPLES_MOST = 60  # wordings of a theme that serve as examples; beyond it more of them place nothing more

# What belongs to a theme: theme key -> {number of the wording: strength}.
Members = dict[str, dict[int, float]]


@dataclass(frozen=True, slots=True)
class Edits:
    """Decisions by theme key, about wordings (folded texts of ideas). All of them may be empty.

    ``merged``: a theme that is now part of another. ``kept``: wordings that stay in a theme, because they were moved
    there, or because the theme was named, merged or split by hand; other ideas that resemble them join them.
    ``barred``: wordings that never come (back) into a theme. ``names``: what owners call themes.
    """

    merged: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    barred: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def home(self, key: str) -> str:
        """The theme that a theme is part of now: itself, or what it was merged into, however often."""
        seen = {key}
        while (target := self.merged.get(key)) is not None and target not in seen:
            key = target
            seen.add(key)
        return key

    def touches(self, key: str) -> bool:
        """Whether somebody decided anything about a theme, so that discovery must leave it alone."""
        return key in self.merged or key in self.kept or key in self.names


NO_EDITS = Edits()


def taught(codebook: Codebook, edits: Edits) -> Codebook:
    """The codebook with what the owner taught it.

    Wordings kept in a theme become examples of it; a theme merged into another gives it its examples; a discovered
    theme that was edited becomes one to place ideas in; a theme that was named has that name.
    """
    examples: dict[str, list[str]] = {}
    for theme in codebook.themes:
        examples.setdefault(edits.home(theme.key), []).extend(theme.examples)
    for key, wordings in sorted(edits.kept.items()):
        examples.setdefault(edits.home(key), []).extend(sorted(wordings)[:EXAMPLES_MOST])
    described = {theme.key: theme for theme in codebook.themes}
    themes = []
    for key, phrases in examples.items():
        known = described.get(key)
        name = edits.names.get(key) or (known.name if known else phrases[0])
        description = known.description if known else ""
        themes.append(KnownTheme(key, name, description, tuple(dict.fromkeys(phrases))))
    return replace(codebook, themes=tuple(themes))


def obey(placed: Members, wordings: Sequence[str], edits: Edits) -> Members:
    """The members of themes after the owner's decisions: merged ones together, kept ones in, barred ones out."""
    decided = frozenset().union(*edits.kept.values(), *edits.barred.values())
    rows = {wording: row for row, wording in enumerate(wordings) if wording in decided} if decided else {}
    ruled: Members = {}
    for key, members in placed.items():
        home = ruled.setdefault(edits.home(key), {})
        for row, strength in members.items():
            home[row] = max(strength, home.get(row, 0.0))
    for key, kept in edits.kept.items():
        ruled.setdefault(edits.home(key), {}).update({rows[wording]: 1.0 for wording in kept if wording in rows})
    for key, barred in edits.barred.items():
        for wording in barred:
            ruled.get(edits.home(key), {}).pop(rows.get(wording, -1), None)
    return {key: members for key, members in ruled.items() if members}
