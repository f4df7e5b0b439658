"""The form of a new webhook."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Length

from survey.core.i18n import N_
from survey.web.form_fields import later, no_nul, stripped
from survey.webhooks.addresses import MAX_CHARACTERS
from survey.webhooks.events import EVENTS


class WebhookForm(FlaskForm):
    """An address, what it is told, and whether words are sent along."""

    address = StringField(
        "Address",
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Write the address that is to be told."))),
            Length(max=MAX_CHARACTERS, message=later(N_("Keep the address to 500 characters."))),
            no_nul,
        ],
    )
    with_text = BooleanField("Words")

    def events(self) -> list[str]:
        """Return the events that are ticked."""
        return [event for event in EVENTS if self[field_name(event)].data]


def field_name(event: str) -> str:
    """Return the name of the field of an event."""
    return event.replace(".", "_")


for _event, _label in EVENTS.items():
    setattr(WebhookForm, field_name(_event), BooleanField(later(_label), default=True))
