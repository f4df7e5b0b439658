"""Forms of owner accounts: set up, sign in, passwords."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from survey.accounts.owners import MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS
from survey.core.i18n import N_, gettext
from survey.web import time_zones
from survey.web.form_fields import later, no_nul, stripped

TOO_LONG = later(N_("A password has up to %(most)s characters."), most=MAX_PASSWORD_CHARACTERS)


def _new_password() -> PasswordField:
    length = later(
        N_("Use %(least)s to %(most)s characters."), least=MIN_PASSWORD_CHARACTERS, most=MAX_PASSWORD_CHARACTERS
    )
    return PasswordField(
        "Password",
        validators=[
            InputRequired(later(N_("Choose a password."))),
            Length(min=MIN_PASSWORD_CHARACTERS, max=MAX_PASSWORD_CHARACTERS, message=length),
        ],
    )


class NewPasswordForm(FlaskForm):
    """A new password for an owner who is there."""

    password = _new_password()


class ChangePasswordForm(FlaskForm):
    """A new password, with the present one, which whoever finds a browser signed in does not know."""

    current = PasswordField(
        "Present password",
        validators=[
            InputRequired(later(N_("Write your present password."))),
            Length(max=MAX_PASSWORD_CHARACTERS, message=TOO_LONG),
        ],
    )
    password = _new_password()


class SetUpForm(FlaskForm):
    """The name and password of a new owner."""

    name = StringField(
        "Your name",
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Choose a name to sign in with."))),
            Length(max=80, message=later(N_("Keep the name to 80 characters."))),
            no_nul,
        ],
    )
    password = _new_password()
    time_zone = HiddenField()
    """What the browser says, where it says anything; the owner may choose another later"""

    def known_zone(self) -> str | None:
        """Return the zone that the browser says, None where there is no such zone."""
        return self.time_zone.data if self.time_zone.data and time_zones.is_zone(self.time_zone.data) else None


def _zone_choices() -> list[tuple[str, str]]:
    names = ((name, name.replace("_", " ")) for name in time_zones.zone_names())
    return [("", gettext("None chosen: dates are in UTC")), *names]


class TimeZoneForm(FlaskForm):
    """The time zone of an owner."""

    time_zone = SelectField("Your time zone", choices=_zone_choices, validate_choice=False)

    def validate_time_zone(self, field: SelectField) -> None:
        if field.data and not time_zones.is_zone(field.data):
            raise ValidationError(gettext("There is no such time zone. Choose one from the list."))

    @classmethod
    def of(cls, name: str | None) -> TimeZoneForm:
        """Return the form with a zone chosen, ignoring the request; a name of another time is offered too."""
        form = cls(formdata=None, time_zone=name or "")
        if name and name not in dict(form.time_zone.choices):
            form.time_zone.choices.append((name, name))
        return form


class SignInForm(FlaskForm):
    """An owner's name and password."""

    name = StringField(
        "Your name",
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Write your name."))),
            Length(max=80, message=later(N_("Keep the name to 80 characters."))),
            no_nul,
        ],
    )
    password = PasswordField(
        "Password",
        validators=[
            InputRequired(later(N_("Write your password."))),
            Length(max=MAX_PASSWORD_CHARACTERS, message=TOO_LONG),
        ],
    )
    next = HiddenField()
