"""The settings of a survey in two windows: neither overwrites what the other kept.

A form carries a mark of each setting as it showed it. A setting that was kept elsewhere meanwhile and left alone here
stays as it is kept; one that was changed on both sides is asked about.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field

from analysis.languages import language_name
from survey.core.i18n import N_, gettext, language
from survey.core.models import Survey
from survey.web import formatting

LABELS = {
    "question": N_("Your question"),
    "introduction": N_("A few words before it"),
    "asker": N_("Your name, as a signature"),
    "language": N_("Its language"),
    "slug": N_("The address"),
    "opens_at": N_("Opens"),
    "closes_at": N_("Closes"),
    "closes_after": N_("Closes after so many answers"),
    "hold_first": N_("Read every answer before anybody else sees it"),
    "codebook": N_("How to begin"),
}
"""The settings, as columns of a survey and as fields of its form, and how the form calls them"""
MARK_CHARACTERS = 12
MAX_SHOWN_CHARACTERS = 300


def marks(survey: Survey) -> str:
    """Return what a form carries of the settings that it shows: a mark of each, in the order of LABELS."""
    return " ".join(_mark(getattr(survey, name)) for name in LABELS)


def merge(form: FlaskForm, survey: Survey, seen: str) -> list[str]:
    """Bring into a form that was sent what was kept elsewhere since it was opened, and return the names of that.

    `seen` are the marks that it carries. Settings that were changed on both sides stay as they were typed, and are told
    by `disputed`. Without marks nothing is merged.
    """
    merged = []
    for name, before in _seen(seen).items():
        kept, field = getattr(survey, name), form[name]
        if _mark(kept) != before and _mark(field.data) == before:
            field.data, field.raw_data = kept, [kept] if kept and isinstance(kept, str) else None
            merged.append(name)
    return merged


def disputed(form: FlaskForm, survey: Survey, seen: str) -> list[str]:
    """Return the names of the settings that were changed in a form and elsewhere, each to something else."""
    return [
        name for name, before in _seen(seen).items() if before != _mark(getattr(survey, name)) != _mark(form[name].data)
    ]


def ask(form: FlaskForm, survey: Survey, name: str) -> None:
    """Say at a field what is kept now, and how what was typed takes its place."""
    form[name].errors = [
        *form[name].errors,
        gettext(
            "This was changed in another window, or by somebody else, since you opened this page. It is now: "
            "%(value)s. What you chose is still here: save again to put it in place of that.",
            value=_in_words(form[name], name, getattr(survey, name)),
        ),
    ]


def _seen(marks_of_form: str) -> dict[str, str]:
    found = marks_of_form[: 100 * len(LABELS)].split()
    return dict(zip(LABELS, found, strict=True)) if len(found) == len(LABELS) else {}


def _mark(value: object) -> str:
    """Return the mark of a setting. A text field is empty where a column has none, and has its own ends of lines."""
    text = "" if value is None else str(value).replace("\r\n", "\n")
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:MARK_CHARACTERS]


def _in_words(field: Field, name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return formatting.instant(value)
    if isinstance(value, bool):
        return gettext("ticked") if value else gettext("not ticked")
    if value in (None, ""):
        return gettext("empty")
    if isinstance(value, int):
        return formatting.number(value)
    if name == "language":
        return language_name(value, language())
    if name == "codebook":
        return str({choice.value: choice.label for choice in field.choices}.get(value, value))
    short = value if len(value) <= MAX_SHOWN_CHARACTERS else value[:MAX_SHOWN_CHARACTERS] + "…"
    return formatting.quoted(short)
