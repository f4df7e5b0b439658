"""A coding as a codebook: its codes as known themes of the survey, with phrases of the coded answers as examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from analysis.known_themes.codebook import Codebook, CodebookError, KnownTheme
from analysis.known_themes.edits import MAX_EXAMPLES
from analysis.refi_qda.known_themes import make_key
from analysis.text.normalise import fold, has_words, tidy
from analysis.text.split_ideas import split_ideas
from survey.answers.coding_models import Coding
from survey.coded_files.assign import Mark, WordFit, assign, learned
from survey.coded_files.codings import Code, CodedText, coded_texts, codes_of, themes_of_codes, used
from survey.core.database import db
from survey.core.i18n import gettext
from survey.core.models import Survey, Theme
from survey.core.personal_data import mask_personal_data
from survey.curation.codebook import MAX_NAME_CHARACTERS, checked, starting_codebook, use_own_codebook

MAX_PHRASE = 160
"""Characters of an example: what is longer makes more than one point"""
SOURCE = "The codes of this file"


def examples_of(coding: Coding, texts: Sequence[CodedText]) -> dict[int, list[str]]:
    """Return the example phrases of each used code, by its place: coded parts, then ideas of whole coded answers.

    Those that fit the code's words best come first. Personal data is masked; no phrase is an example of two codes.
    """
    usable = used(codes_of(coding))
    coded = [(text.text, marks) for text in texts if (marks := [mark for mark in text.marks if mark.code in usable])]
    fit = learned(coded)
    found: dict[int, dict[str, tuple[bool, float, str]]] = {}
    owners: dict[str, set[int]] = {}
    for text, marks in coded:
        for code, phrase, is_part in _phrases(text, marks, fit):
            phrase = tidy(mask_personal_data(" ".join(phrase.split())))
            key = fold(phrase)
            if len(phrase) > MAX_PHRASE or not has_words(phrase):
                continue
            score = fit.score(code, phrase) / len(key.split())
            found.setdefault(code, {}).setdefault(key, (not is_part, -score, phrase))
            owners.setdefault(key, set()).add(code)
    ordered = {code: sorted(own.items(), key=itemgetter(1)) for code, own in sorted(found.items())}
    return {
        code: [phrase for key, (*_, phrase) in own if len(owners[key]) == 1][:MAX_EXAMPLES]
        for code, own in ordered.items()
    }


def taught(survey: Survey, coding: Coding) -> tuple[Codebook, int]:
    """Return the codebook of a survey with the codes of a coding, and how many themes of it have new examples.

    A code is the known theme it stands for, or a new one; without examples its name and description are them. Raises
    CodebookError.
    """
    started = starting_codebook(survey)
    codes, stands = codes_of(coding), themes_of_codes(db.session, coding)
    examples = examples_of(coding, coded_texts(db.session, coding.id))
    known = {theme.key: theme for theme in started.themes}
    names = {fold(theme.name): theme.key for theme in started.themes}
    keys = {*known, *(theme.key for theme in stands if theme is not None)}
    changed: set[str] = set()
    for place in sorted(used(codes)):
        code, theme = codes[place], stands[place]
        key = theme.key if theme is not None else names.get(fold(code.name)) or make_key(code.name, keys)
        before = known.get(key) or _new(key, code, theme)
        own = examples.get(place) or [text for text in (code.name, code.description) if has_words(text)]
        phrases = tuple(dict.fromkeys([*before.examples, *map(tidy, own)]))
        if not phrases or (before.key not in known and fold(before.name) in names):
            continue
        names[fold(before.name)] = key
        known[key] = replace(before, examples=phrases)
        changed.add(key)
    if not changed:
        raise CodebookError(gettext("The codes of this file: none of them has words that could be an example"))
    name = started.name if started.themes else survey.slug
    return Codebook(name, tuple(known.values()), started.title or tidy(survey.question)), len(changed)


def teach(survey: Survey, coding: Coding) -> int:
    """Make the codes of a coding known themes of the survey, and request a run with them; return how many.

    Raises CodebookError.
    """
    codebook, changed = taught(survey, coding)
    use_own_codebook(survey.id, checked(codebook.to_toml(), SOURCE))
    return changed


def _new(key: str, code: Code, theme: Theme | None) -> KnownTheme:
    name = (theme.name if theme is not None else code.name)[:MAX_NAME_CHARACTERS]
    return KnownTheme(key, tidy(name) or key, tidy(" ".join(code.description.split())), ())


def _phrases(text: str, marks: Sequence[Mark], fit: WordFit) -> Iterator[tuple[int, str, bool]]:
    """Yield the phrases of an answer: the code, the words, and whether people coded that very part."""
    whole = [mark for mark in marks if mark.span is None]
    for mark in marks:
        if mark.span is not None:
            yield mark.code, text[slice(*mark.span)], True
    spans = split_ideas(text) if whole else []
    for span, codes in zip(spans, assign(text, spans, whole, fit), strict=True):
        if len(codes) == 1:
            yield next(iter(codes)), text[slice(*span)], False
