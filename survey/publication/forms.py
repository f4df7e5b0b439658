"""The forms of what readers get: what came of a survey, and what they may download."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length
from wtforms.widgets import CheckboxInput, ListWidget

from survey.answers.lifecycle import normalize
from survey.core.i18n import N_
from survey.core.models import Survey
from survey.publication.conclusion import MAX_CONCLUSION_CHARACTERS
from survey.results.reader_downloads import DOWNLOADS, MAX_LICENCE_CHARACTERS
from survey.web.form_fields import later, no_nul, state_of, stripped


def _tidied(value: str | None) -> str | None:
    return normalize(value) if value else value


class ConclusionForm(FlaskForm):
    """What came of a survey, in the owner's words."""

    conclusion = TextAreaField(
        later(N_("What came of it")),
        filters=[_tidied],
        validators=[
            Length(
                max=MAX_CONCLUSION_CHARACTERS, message=later(N_("Keep this to %(max)d characters."))
            ),
            no_nul,
        ],
    )  # fmt: skip
    seen = HiddenField()
    """The state of the text that the form was opened with"""

    @classmethod
    def of(cls, survey: Survey) -> ConclusionForm:
        """Return the form as it is stored."""
        return cls(formdata=None, conclusion=survey.conclusion, seen=state_of(survey.conclusion))


class ReaderDownloadsForm(FlaskForm):
    """Which files readers of the theme page may download, and what is said about using them."""

    files = SelectMultipleField(
        later(N_("Readers may download")),
        choices=[SelectChoice(key, later(label)) for key, label in DOWNLOADS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validate_choice=True,
    )
    licence = StringField(
        later(N_("Your words about using them")),
        filters=[stripped],
        validators=[
            Length(
                max=MAX_LICENCE_CHARACTERS, message=later(N_("Keep these words to %(max)d characters."))
            ),
            no_nul,
        ],
    )  # fmt: skip

    @classmethod
    def of(cls, survey: Survey) -> ReaderDownloadsForm:
        """Return the form as it is stored."""
        return cls(formdata=None, files=survey.reader_downloads, licence=survey.licence)
