"""The forms of bringing a survey from another site: the file, and its address here."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, ValidationError

from survey.core.i18n import N_, gettext
from survey.manage.forms import ADDRESS_RULES
from survey.web.form_fields import later, stripped


class ArchiveForm(FlaskForm):
    """An archive to bring."""

    file = FileField(later(N_("The archive")))

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError(gettext("Choose the archive."))


class TakeInForm(FlaskForm):
    """Where the survey is put, and whether it takes answers and is public at once."""

    slug = StringField(
        later(N_("Its address here")),
        filters=[stripped],
        validators=[DataRequired(later(N_("Write an address."))), *ADDRESS_RULES],
    )
    as_it_was = BooleanField(later(N_("Open and public as it was there")))
