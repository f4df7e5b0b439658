"""The forms of who works at a survey, and of operators."""

from __future__ import annotations

import secrets

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from survey.core.account_models import EDITOR, OWNER, READER
from survey.core.i18n import N_
from survey.web.form_fields import later, no_nul, stripped

ROLE_NAMES = {READER: N_("reader"), EDITOR: N_("editor"), OWNER: N_("owner")}
"""The roles in a sentence"""
ROLE_CHOICES = [
    SelectChoice(READER, later(N_("Reader: looks at everything, changes nothing"))),
    SelectChoice(EDITOR, later(N_("Editor: also works on answers, themes, imports and checks"))),
    SelectChoice(OWNER, later(N_("Owner: also publishes, opens and closes, invites, deletes"))),
]
MAX_LABEL_CHARACTERS = 80


class InviteForm(FlaskForm):
    """A role, and for whom it is."""

    label = StringField(
        "Who is it for?",
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Write for whom it is."))),
            Length(max=MAX_LABEL_CHARACTERS, message=later(N_("Keep it to 80 characters."))),
            no_nul,
        ],
    )
    role = RadioField("Role", choices=ROLE_CHOICES, default=EDITOR)
    key = HiddenField(default=secrets.token_urlsafe)
    """Made with each page, so that a page sent twice makes one invitation"""


class RoleForm(FlaskForm):
    """Another role of somebody."""

    role = SelectField("Role", choices=[SelectChoice(role, later(name)) for role, name in ROLE_NAMES.items()])


class HandOverForm(FlaskForm):
    """A survey, and the owner who is to answer for it."""

    address = StringField(
        "Address of the survey",
        filters=[stripped],
        validators=[DataRequired(later(N_("Choose a survey."))), Length(max=80), no_nul],
    )
    name = StringField(
        "Name of the owner",
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Write the name of an owner."))),
            Length(max=80, message=later(N_("Keep the name to 80 characters."))),
            no_nul,
        ],
    )
