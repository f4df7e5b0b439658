"""The form for API tokens."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    RadioField,
    StringField,
)
from wtforms.validators import InputRequired, Length

from survey.accounts import api_tokens
from survey.web.form_fields import no_nul, stripped


class TokenForm(FlaskForm):
    """A new token for the API."""

    purpose = RadioField("What it may do", choices=list(api_tokens.PURPOSES.items()), default=api_tokens.READ)
    name = StringField(
        "What will use it",
        filters=[stripped],
        validators=[
            InputRequired("Name what will use it, so that you know it again."),
            Length(
                max=api_tokens.MAX_NAME_CHARACTERS,
                message=f"Keep the name to {api_tokens.MAX_NAME_CHARACTERS} characters.",
            ),
            no_nul,
        ],
    )
