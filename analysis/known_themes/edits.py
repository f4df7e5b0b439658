"""What an owner's edits make of a codebook: merged themes are one, examples are added, names are the owner's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.known_themes.codebook import Codebook, KnownTheme

MAX_EXAMPLES = 60  # ideas of a theme that become examples; more of them place no more ideas

Members = dict[str, dict[int, float]]
"""The members of themes: theme key -> {index of a wording: strength, 0-1}"""


def current_key(key: str, merged: Mapping[str, str]) -> str:
    """Return the key of the theme that ``key`` was merged into, over any number of merges, or ``key`` itself."""
    seen = {key}
    while (target := merged.get(key)) is not None and target not in seen:
        key = target
        seen.add(key)
    return key


def edited_codebook(
    codebook: Codebook,
    merged: Mapping[str, str],
    examples: Mapping[str, Sequence[str]] | None = None,
    names: Mapping[str, str] | None = None,
) -> Codebook:
    """Return the codebook with merged themes united, with more ``examples`` of themes, and with other ``names``.

    All by theme key. Examples of a theme that the codebook does not have make it one of its themes.
    """
    phrases: dict[str, list[str]] = {}
    for theme in codebook.themes:
        phrases.setdefault(current_key(theme.key, merged), []).extend(theme.examples)
    for key, own in sorted((examples or {}).items()):
        phrases.setdefault(current_key(key, merged), []).extend(own)
    originals = {theme.key: theme for theme in codebook.themes}
    themes = []
    for key, texts in phrases.items():
        original = originals.get(key)
        name = (names or {}).get(key) or (original.name if original else texts[0])
        description = original.description if original else ""
        themes.append(KnownTheme(key, name, description, tuple(dict.fromkeys(texts))))
    return replace(codebook, themes=tuple(themes))
