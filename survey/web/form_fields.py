"""Filters, validators and the CSRF token that the forms of several packages use."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def no_nul(form: FlaskForm, field: StringField) -> None:
    if "\0" in (field.data or ""):
        raise ValidationError("This holds a character that cannot be kept (NUL). Type it again.")
