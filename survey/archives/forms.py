"""The forms of bringing a survey from another site: the file, and its address here."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, ValidationError

from survey.manage.forms import ADDRESS_RULES
from survey.web.form_fields import stripped


class ArchiveForm(FlaskForm):
    """An archive to bring."""

    file = FileField("The archive")

    def validate_file(self, field: FileField) -> None:
        if not field.data:
            raise ValidationError("Choose the archive.")


class TakeInForm(FlaskForm):
    """Where the survey is put, and whether it takes answers and is public at once."""

    slug = StringField(
        "Its address here", filters=[stripped], validators=[InputRequired("Write an address."), *ADDRESS_RULES]
    )
    as_it_was = BooleanField("Open and public as it was there")
