"""The forms for codebooks and lists of advice."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    HiddenField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from analysis.known_themes.codebook import CodebookError
from analysis.messages import N_, Message
from survey.core import respondent_kinds
from survey.curation import advice_lists, codebook
from survey.web.form_fields import no_nul, stripped


class CodebookForm(FlaskForm):
    """An owner's codebook, uploaded or pasted; its field ids differ from those of the settings form on the page."""

    codebook_file = FileField("A file")
    codebook_text = TextAreaField("Or paste it")

    def text(self) -> str:
        """Return the validated codebook as TOML. Raises CodebookError."""
        pasted = self.codebook_text.data or ""
        if bool(self.codebook_file.data) == bool(pasted.strip()):
            raise CodebookError(N_("Choose a file, or paste a codebook: one of the two"))
        if not self.codebook_file.data:
            return codebook.checked(pasted, Message(N_("Your codebook")))
        name = (self.codebook_file.data.filename or "")[-80:] or Message(N_("The file"))
        try:
            return codebook.checked(self.codebook_file.data.stream.read().decode("utf-8-sig"), name)
        except UnicodeDecodeError:
            raise CodebookError(N_("The codebook %(path)s is not UTF-8"), path=name) from None


class AdviceForm(FlaskForm):
    """A list of advice."""

    seen = HiddenField()
    """The list that this form was filled with: survey.curation.advice_lists.state"""
    title = StringField("What it is called", filters=[stripped], validators=[no_nul])
    points = TextAreaField("Its points", validators=[no_nul])

    def validate_title(self, field: StringField) -> None:
        problem = advice_lists.title_problem(field.data or "")
        if problem is not None:
            raise ValidationError(problem)

    def validate_points(self, field: TextAreaField) -> None:
        problem = advice_lists.points_problem(respondent_kinds.split_lines(field.data))
        if problem is not None:
            raise ValidationError(problem)
