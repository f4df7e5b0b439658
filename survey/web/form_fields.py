"""Filters, validators and the CSRF token that the forms of several packages use."""

from __future__ import annotations

import hashlib
import json

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError

from analysis.text.normalise import seen
from survey.core.i18n import gettext


class ChangedMeanwhile(Exception):
    """Another window, or another person, kept other words since a form was opened. Nothing was changed."""


def state_of(shown: object) -> str:
    """Return a mark of what a form was filled with, to know later whether that still stands. It is written as JSON."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def later(message: str, **values: object) -> LazyString:
    """Return a message marked by N_ that is translated when it is shown: a field is defined once, for every language.

    It is not escaped, so it must hold no text of a user.
    """
    return LazyString(gettext, message, **values)


def stripped(value: str | None) -> str | None:
    """Return a value without space around it and what turns its direction round; "" if nothing in it is visible."""
    return seen(value) if value else value


def no_nul(form: FlaskForm, field: StringField) -> None:
    if "\0" in (field.data or ""):
        raise ValidationError(
            gettext("The text holds a character that cannot be kept (NUL). Remove it, or type the text again.")
        )
