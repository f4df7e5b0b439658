"""The forms of mails: an address, a language, switches."""

from __future__ import annotations

from collections.abc import Mapping

from babel import Locale
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Length

from survey.core.i18n import N_, WORKSHOP
from survey.mail.addresses import MAX_CHARACTERS
from survey.notices.events import EVENTS
from survey.web.form_fields import later, no_nul, stripped

NO_ADDRESS = N_("This is no address that mail can be sent to. It has the form name@example.org.")


def _own_name(code: str) -> str:
    return (Locale.parse(code).get_display_name(code) or code).capitalize()


class AddressForm(FlaskForm):
    """An address that somebody gives as theirs."""

    address = StringField(
        "Your address",
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Write your address."))),
            Length(max=MAX_CHARACTERS, message=later(NO_ADDRESS)),
            no_nul,
        ],
    )


class SwitchForm(FlaskForm):
    """A switch for each event."""

    @classmethod
    def of(cls, wanted: Mapping[str, bool], **more: str) -> SwitchForm:
        """Return the form as it is shown."""
        return cls(formdata=None, data={**wanted, **more})

    def wanted(self) -> dict[str, bool]:
        """Return what was switched on and off."""
        return {key: bool(self[key].data) for key in EVENTS}


for _event in EVENTS.values():
    setattr(SwitchForm, _event.key, BooleanField(later(_event.label)))


class AllForm(SwitchForm):
    """What somebody is told of every survey, and in which language."""

    language = SelectField(
        "Language",
        choices=[SelectChoice(code, _own_name(code)) for code in WORKSHOP.languages],
        validate_choice=False,
        validators=[AnyOf(WORKSHOP.languages, message=later(N_("Choose one of the languages of the list.")))],
    )
