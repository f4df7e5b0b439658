"""The form that takes an address."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import ValidationError

from survey.core.i18n import gettext
from survey.mail.addresses import MAX_CHARACTERS, clean
from survey.web.form_fields import stripped


class FollowUpForm(FlaskForm):
    """The e-mail address of somebody who wants to be told."""

    address = StringField("Your e-mail address", filters=[stripped])

    def validate_address(self, field: StringField) -> None:
        typed = field.data or ""
        if not typed:
            raise ValidationError(gettext("Write your e-mail address first."))
        if len(typed) > MAX_CHARACTERS:
            raise ValidationError(gettext("That is longer than an e-mail address can be."))
        if clean(typed) is None:
            raise ValidationError(gettext("That is no e-mail address we can write to. It looks like name@example.org."))

    def cleaned(self) -> str:
        """Return the address of a valid form, as it is stored."""
        return clean(self.address.data or "") or ""
