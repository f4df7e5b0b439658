"""The owner's decisions about themes, which every run applies to what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from analysis.known_themes.codebook import Codebook, KnownTheme

MAX_EXAMPLES = 60  # kept wordings of a theme that become examples; more of them place no more ideas

Members = dict[str, dict[int, float]]
"""The members of themes: theme key -> {index of a wording: strength, 0-1}"""


@dataclass(frozen=True, slots=True)
class Edits:
    """Decisions by theme key, about wordings (folded texts of ideas).

    ``merged``: the theme that a theme was merged into. ``kept``: wordings that stay in a theme, because they were moved
    there or because the theme was named, merged or split; similar ideas are placed with them. ``barred``: wordings that
    are never placed in a theme. ``names``: names that the owner chose.
    """

    merged: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    barred: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def current_key(self, key: str) -> str:
        """Return the key of the theme that ``key`` was merged into, over any number of merges, or ``key`` itself."""
        seen = {key}
        while (target := self.merged.get(key)) is not None and target not in seen:
            key = target
            seen.add(key)
        return key

    def is_edited(self, key: str) -> bool:
        """Return whether the owner merged or named the theme or kept wordings in it: discovery leaves it alone."""
        return key in self.merged or key in self.kept or key in self.names


NO_EDITS = Edits()


def edited_codebook(codebook: Codebook, edits: Edits) -> Codebook:
    """Return the codebook extended by the owner's edits.

    Wordings kept in a theme become examples of it. A merged theme passes its examples to the theme it was merged into.
    A discovered theme that was edited becomes a known theme. Names that the owner chose replace others.
    """
    examples: dict[str, list[str]] = {}
    for theme in codebook.themes:
        examples.setdefault(edits.current_key(theme.key), []).extend(theme.examples)
    for key, wordings in sorted(edits.kept.items()):
        examples.setdefault(edits.current_key(key), []).extend(sorted(wordings)[:MAX_EXAMPLES])
    originals = {theme.key: theme for theme in codebook.themes}
    themes = []
    for key, phrases in examples.items():
        original = originals.get(key)
        name = edits.names.get(key) or (original.name if original else phrases[0])
        description = original.description if original else ""
        themes.append(KnownTheme(key, name, description, tuple(dict.fromkeys(phrases))))
    return replace(codebook, themes=tuple(themes))


def apply_edits(placed: Members, wordings: Sequence[str], edits: Edits) -> Members:
    """Return the members of themes with merged themes united, kept wordings added and barred wordings removed."""
    decided = frozenset().union(*edits.kept.values(), *edits.barred.values())
    rows = {wording: row for row, wording in enumerate(wordings) if wording in decided} if decided else {}
    edited: Members = {}
    for key, members in placed.items():
        theme = edited.setdefault(edits.current_key(key), {})
        for row, strength in members.items():
            theme[row] = max(strength, theme.get(row, 0.0))
    for key, kept in edits.kept.items():
        edited.setdefault(edits.current_key(key), {}).update(
            {rows[wording]: 1.0 for wording in kept if wording in rows}
        )
    for key, barred in edits.barred.items():
        for wording in barred:
            edited.get(edits.current_key(key), {}).pop(rows.get(wording, -1), None)
    return {key: members for key, members in edited.items() if members}
