"""The forms of a survey's own words, and of its pictures."""

from __future__ import annotations

import math

from babel.numbers import format_decimal
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from survey.core import respondent_kinds
from survey.core.i18n import gettext, language
from survey.core.models import Survey
from survey.looks import change, colours, words
from survey.web.form_fields import no_nul, stripped
from survey.web.formatting import number

ONE_LINE = ("button", "contact", "kind_question", "title")
"""Own words that have no line ends"""


def _fits(form: WordsForm, field: StringField) -> None:
    text = words.tidied({field.name: field.data or ""}).get(field.name, "")
    most = words.LIMITS[field.name]
    if len(text) > most:
        raise ValidationError(
            gettext("Keep it to %(most)s characters: this has %(length)s.", most=number(most), length=number(len(text)))
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError(gettext("Part of the text is not valid Unicode. Type that part again.")) from None
    if field.name in ONE_LINE and "\n" in text:
        raise ValidationError(gettext("Write it on one line."))


def _ratio(contrast: float) -> str:
    """4.47 -> 4.4: never more than it is"""
    return format_decimal(math.floor(contrast * 10) / 10, "0.0", locale=language())


def _line(label: str) -> StringField:
    return StringField(label, filters=[stripped], validators=[no_nul, _fits])


def _text(label: str) -> TextAreaField:
    return TextAreaField(label, filters=[stripped], validators=[no_nul, _fits])


class WordsForm(FlaskForm):
    """A survey's own words and its colour."""

    seen = HiddenField()
    """The words that this form was filled with: survey.looks.change.state"""
    button = _line("Button")
    thanks = _text("Thank-you")
    happens = _text("What happens to answers")
    contact = _line("Contact")
    closing = _text("Closing text")
    kinds_asked = BooleanField("Ask which kind they are")
    kind_question = _line("Question of the kind")
    kinds = TextAreaField("Kinds", validators=[no_nul])
    title = _line("Title of the preview")
    preview = _text("Text of the preview")
    accent = StringField("Colour", filters=[stripped], validators=[no_nul])
    may_ask_relationship = False
    """Whether people may be asked what relationship they have in mind, where there is no list of kinds"""
    nearest: str | None = None
    """The colour that is proposed in place of one that cannot be read"""

    @classmethod
    def of(cls, survey: Survey, *, sent: bool = False) -> WordsForm:
        """Return the form as the survey is, ignoring the request; with `sent` as it was sent."""
        form = cls() if sent else cls._stored(survey)
        asks_it = survey.kinds_asked and not respondent_kinds.has_own_kind(survey)
        form.may_ask_relationship = asks_it or survey.codebook == "relationships"
        return form

    @classmethod
    def _stored(cls, survey: Survey) -> WordsForm:
        kinds = "\n".join(respondent_kinds.own_labels(survey))
        seen = change.state(survey)
        asked = survey.kinds_asked
        return cls(formdata=None, data={**survey.words, "kinds": kinds, "kinds_asked": asked, "seen": seen})

    def validate_kinds(self, field: TextAreaField) -> None:
        problem = respondent_kinds.list_problem(
            respondent_kinds.split_lines(field.data),
            asked=bool(self.kinds_asked.data),
            may_ask_relationship=self.may_ask_relationship,
        )
        if problem is not None:
            raise ValidationError(problem)

    def validate_contact(self, field: StringField) -> None:
        if field.data and words.contact_address(field.data) is None:
            raise ValidationError(
                gettext(
                    "Write a mail address such as ada@example.org, or the address of a page, with https:// before it."
                )
            )

    def validate_accent(self, field: StringField) -> None:
        if not field.data:
            return
        colour = colours.parsed(field.data)
        if colour is None:
            raise ValidationError(
                gettext(
                    "Write a colour as # and six letters or digits, such as #1c4e80: digits, and letters from a to f."
                )
            )
        if not colours.is_readable(colour):
            self.nearest = colours.nearest_readable(colour)
            raise ValidationError(
                gettext(
                    "Letters in %(colour)s cannot be read on our light paper: its contrast is %(has)s to 1, and "
                    "letters need %(needs)s to 1. The nearest that can be read is %(nearest)s.",
                    colour=colour,
                    has=_ratio(colours.on_light_paper(colour)),
                    needs=_ratio(colours.LETTERS),
                    nearest=self.nearest,
                )
            )

    def words(self) -> dict[str, str]:
        """Return the words of a valid form."""
        typed = {key: self[key].data or "" for key in words.LIMITS}
        return words.tidied(typed | {"accent": colours.parsed(typed["accent"]) or ""})

    def kind_labels(self) -> list[str]:
        """Return the labels of the kinds of a valid form."""
        return respondent_kinds.split_lines(self.kinds.data)


class PictureForm(FlaskForm):
    """A picture to be put in place."""

    picture = FileField("A picture")
