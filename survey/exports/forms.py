"""The form for API tokens."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    RadioField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from survey.accounts import api_tokens
from survey.core.i18n import N_
from survey.web.form_fields import later, no_nul, stripped


class TokenForm(FlaskForm):
    """A new token for the API."""

    purpose = RadioField(
        later(N_("What it may do")),
        choices=[SelectChoice(purpose, later(label)) for purpose, label in api_tokens.PURPOSES.items()],
        default=api_tokens.READ,
    )
    name = StringField(
        later(N_("What will use it")),
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Name what will use it, so that you know it again."))),
            Length(max=api_tokens.MAX_NAME_CHARACTERS, message=later(N_("Keep the name to %(max)d characters."))),
            no_nul,
        ],
    )
