"""The codebook of a survey: the one it started from, and that one with what the owner taught it.

A codebook is read, checked and written by `analysis.known_themes.codebook`, so that `python -m analysis --codebook`
takes what is downloaded, and so that an owner sees the same messages as somebody at the command line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from analysis.known_themes.codebook import Codebook, CodebookError, KnownTheme
from analysis.known_themes.edits import Edits, edited_codebook
from analysis.text.normalise import fold, has_words, tidy
from survey.core.database import db
from survey.core.models import Survey
from survey.core.personal_data import mask_personal_data
from survey.curation import edit_replay
from survey.results.lookups import themes_by_key

OWN = "own"
MAX_CHARACTERS = 400_000
MAX_KEY_CHARACTERS, MAX_NAME_CHARACTERS = 80, 120
"""What the columns hold"""


def starting_codebook(survey: Survey) -> Codebook:
    """Return the codebook a survey started from: a packaged one, the owner's own, or none. Raises CodebookError."""
    if survey.codebook == OWN:
        return Codebook.from_toml(survey.own_codebook or "", source="Your codebook")
    return Codebook.load(survey.codebook)


def taught_codebook(survey: Survey) -> str | None:
    """Return the codebook of a survey with the owner's edits, as TOML; None where it has no themes.

    Its themes are those it started with and those that were promoted, under the names they have now. Words of answers
    that became examples have their personal data masked. Raises CodebookError.
    """
    edits = edit_replay.replay(survey.id)
    started = starting_codebook(survey)
    rows = themes_by_key(db.session, survey.id)
    known = {theme.key: theme for theme in started.themes}
    for key in (*edits.promoted, *map(edits.current_key, known)):
        if key not in known and key in rows:
            known[key] = KnownTheme(key, rows[key].name, tidy(rows[key].description), ())

    def allowed(key: str, phrases: Iterable[str]) -> Iterator[str]:
        barred = edits.barred.get(edits.current_key(key), ())
        return (phrase for phrase in phrases if fold(phrase) not in barred)

    examples = {
        key: map(tidy, map(mask_personal_data, allowed(key, words.values())))
        for key, words in edits.taught.items()
        if edits.current_key(key) in map(edits.current_key, known)
    }
    codebook = edited_codebook(
        replace(started, themes=tuple(replace(t, examples=tuple(allowed(t.key, t.examples))) for t in known.values())),
        Edits(
            merged=edits.merged,
            kept={key: frozenset(filter(has_words, phrases)) for key, phrases in examples.items()},
            names={key: tidy(row.name) or key for key, row in rows.items()},
        ),
    )
    themes = tuple(_with_own_names(theme for theme in codebook.themes if theme.examples))
    return Codebook(survey.slug, themes, tidy(survey.question)).to_toml() if themes else None


def checked(text: str, source: str) -> str:
    """Return the text of an owner's codebook as it is stored; `source` is named in errors. Raises CodebookError."""
    if len(text) > MAX_CHARACTERS:
        raise CodebookError(f"{source}: it is {len(text):,} characters long, and {MAX_CHARACTERS:,} fit")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    for number, theme in enumerate(Codebook.from_toml(text, source=source).themes, 1):
        if len(theme.key) > MAX_KEY_CHARACTERS or len(theme.name) > MAX_NAME_CHARACTERS:
            raise CodebookError(
                f"{source}: theme {number} ({theme.key[:MAX_KEY_CHARACTERS]}): "
                f"a key has up to {MAX_KEY_CHARACTERS} characters, a name up to {MAX_NAME_CHARACTERS}"
            )
    return text


def _with_own_names(themes: Iterable[KnownTheme]) -> Iterator[KnownTheme]:
    """Append a number to names that a codebook would refuse as equal."""
    taken: set[str] = set()
    for theme in themes:
        number, name = 1, theme.name
        while fold(name) in taken:
            number += 1
            name = f"{theme.name} {number}"
        taken.add(fold(name))
        yield replace(theme, name=name)
