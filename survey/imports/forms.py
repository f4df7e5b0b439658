"""The form of the first step of an import: a file, or a pasted list."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import TextAreaField
from wtforms.validators import ValidationError

from survey.core.i18n import N_, gettext
from survey.web.form_fields import later


class UploadForm(FlaskForm):
    """Answers to import: a file, or a pasted list."""

    file = FileField(later(N_("The file")))
    pasted = TextAreaField(later(N_("Or paste a list")))

    def validate_file(self, field: FileField) -> None:
        if not field.data and not (self.pasted.data or "").strip():
            raise ValidationError(gettext("Choose a file, or paste a list."))
        if field.data and (self.pasted.data or "").strip():
            raise ValidationError(gettext("Here are a file and a pasted list. Send one after the other."))
