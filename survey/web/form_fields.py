"""What the forms of all packages share: filters, validators and the CSRF token."""

from __future__ import annotations

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    Field,
    StringField,
)
from wtforms.validators import ValidationError


def stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def no_nul(form: FlaskForm, field: StringField) -> None:
    if "\0" in (field.data or ""):
        raise ValidationError("This holds a character that cannot be kept (NUL). Type it again.")


class ShownToken(FlaskForm.Meta.csrf_class):
    """Flask-WTF's token, signed when the form is shown: one that was sent, and is taken, needs no new one."""

    def generate_csrf_token(self, csrf_token_field: Field) -> LazyString:
        return LazyString(super().generate_csrf_token, csrf_token_field)
