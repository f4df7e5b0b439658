"""The forms of a survey: its settings, and deleting it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NoneOf, Optional, Regexp, ValidationError

from analysis.known_themes.codebook import NONE, packaged
from analysis.languages import choices, language_name
from survey.answers import closing
from survey.core import respondent_kinds
from survey.core.database import now
from survey.core.i18n import N_, gettext, language, ngettext
from survey.core.models import Survey
from survey.curation.codebook import OWN
from survey.manage import meanwhile
from survey.manage.relationship_questions import RELATIONSHIP, asks_about_relationships
from survey.manage.survey_templates import STARTING_POINTS, StartingPoint
from survey.manage.surveys import Fields
from survey.web import time_zones
from survey.web.form_fields import later, no_nul, stripped
from survey.web.formatting import number

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
QUESTION = STARTING_POINTS[0].question
CODEBOOK_LABELS = {
    "relationships": N_("Start from known themes about relationships"),
    "customers": N_("Start from known themes about customers"),
    "workplace": N_("Start from known themes about working life"),
    "service": N_("Start from known themes about services and products"),
    "town": N_("Start from known themes about a town and its people"),
    "course": N_("Start from known themes about courses and events"),
}
CODEBOOK_CHOICES = [
    *(SelectChoice(name, later(label)) for name, label in CODEBOOK_LABELS.items() if name in packaged()),
    SelectChoice(NONE, later(N_("Find every theme from the answers"))),
]
OWN_CODEBOOK_CHOICE = SelectChoice(OWN, later(N_("Start from my own codebook")))
DATETIME_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
MAX_DIGITS = 9
VALID_YEARS = range(2000, 2200)
RESERVED = ("new",)
"""Addresses that no survey may have, because pages of the site have them"""
ADDRESS_LENGTHS = range(2, 61)
ADDRESS_RULES = (
    Length(min=ADDRESS_LENGTHS[0], max=ADDRESS_LENGTHS[-1], message=later(N_("Use 2 to 60 characters."))),
    Regexp(SLUG.pattern + "$", message=later(N_("Use small letters a-z, numbers and single hyphens."))),
    NoneOf(RESERVED, message=later(N_("This address is taken by the site itself. Choose a different one."))),
)
"""What the address of a survey must be"""


def is_address(text: str) -> bool:
    """Return whether a survey may have this address."""
    return bool(SLUG.fullmatch(text)) and len(text) in ADDRESS_LENGTHS and text not in RESERVED


def language_choices() -> list[tuple[str, str]]:
    """Return the languages a survey may be in, as a list to choose from; the first leaves it to us."""
    return [("", gettext("Tell it from the question")), *choices(language())]


def _has_valid_year(form: FlaskForm, field: DateTimeLocalField) -> None:
    if field.data is not None and field.data.year not in VALID_YEARS:
        raise ValidationError(
            gettext("Choose a year from %(first)s to %(last)s.", first=str(VALID_YEARS[0]), last=str(VALID_YEARS[-1]))
        )


class LocalTimeField(DateTimeLocalField):
    """A date and a time of clocks in the owner's time zone; its data is the moment in UTC.

    What was stored and comes back as it was shown stays the moment it was, though clocks may show it twice.
    """

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return self._shown(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and valuelist[0] and valuelist[0] == self._shown(self.object_data):
            self.data = self.object_data
            return
        super().process_formdata(valuelist)
        if self.data is None:
            return
        zone = own_zone()
        try:
            self.data = time_zones.local_to_utc(self.data.replace(tzinfo=None), zone)
        except OverflowError:
            self.data = self.data.replace(tzinfo=UTC)  # a year at the end of all: the limits of years refuse it
        except time_zones.NoSuchTime:
            after = time_zones.after_gap(self.data.replace(tzinfo=None), zone).strftime("%H:%M")
            self.data = None  # it has no zone: compared with a moment, it is an error
            message = gettext(
                "The clocks skip that hour, because summer time begins: choose %(time)s or later.", time=after
            )
            raise ValueError(message) from None

    def _shown(self, moment: datetime | None) -> str:
        return moment.astimezone(own_zone()).strftime(str(self.format[0])) if moment else ""


def own_zone() -> ZoneInfo:
    """Return the zone in which whoever is signed in types dates."""
    return time_zones.zone(time_zones.own())


def _datetime_field(label: str) -> LocalTimeField:
    """Return an optional field of a date and a time, in the owner's zone."""
    return LocalTimeField(
        label,
        format=DATETIME_FORMATS,
        invalid_value_message=later(N_("Write a day and a time, such as 2026-03-19 07:40.")),
        validators=[Optional(), _has_valid_year],
    )


def _in_words(text: str) -> str:
    """Return a text of a starting point in the owner's language. (The translation of "" is the catalogue's header.)"""
    return gettext(text) if text else ""


class WholeNumberField(IntegerField):
    """A number of answers, in digits alone."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
            self.data = int(text)
        if text and (self.data is None or not 1 <= self.data <= closing.MAX_CLOSES_AFTER):
            raise ValueError(gettext("Write a whole number from 1 to %(most)s.", most=number(closing.MAX_CLOSES_AFTER)))


class SurveyForm(FlaskForm):
    """The settings of a survey, new or existing."""

    question = StringField(
        "Question",
        default=QUESTION,
        filters=[stripped],
        validators=[
            DataRequired(later(N_("Write the question you want to ask."))),
            Length(max=200, message=later(N_("Keep the question to 200 characters."))),
            no_nul,
        ],
    )
    introduction = TextAreaField(
        "Why you ask",
        filters=[stripped],
        validators=[
            Length(max=2000, message=later(N_("Keep the introduction to %(most)s characters."), most=2000)),
            no_nul,
        ],
    )
    asker = StringField(
        "Your name, as respondents see it",
        filters=[stripped],
        validators=[Length(max=80, message=later(N_("Keep the name to 80 characters."))), no_nul],
    )
    language = SelectField("Language", choices=language_choices, default="")
    slug = StringField(
        "Address",
        filters=[stripped],
        validators=[Optional(), *ADDRESS_RULES],
    )
    kinds_asked = BooleanField("Ask which kind they are", default=True)
    kinds = TextAreaField("Kinds", validators=[no_nul])
    opens_at = _datetime_field("Opens")
    closes_at = _datetime_field("Closes")
    closes_after = WholeNumberField(
        "Closes after so many answers",
        validators=[Optional()],
    )
    hold_first = BooleanField("Read every answer before anybody else sees it")
    codebook = RadioField("Known themes", choices=CODEBOOK_CHOICES, default="relationships")
    look_first = SubmitField(later(N_("Keep it closed and look at it first")))
    survey_id = HiddenField()
    """Of an existing survey, whose address another window may have changed"""
    seen = HiddenField()
    """The marks of survey.manage.meanwhile"""
    may_ask_relationship = True
    """Whether people may be asked what relationship they have in mind, where there is no list of kinds"""
    answered = 0
    """How many have answered already"""

    @classmethod
    def for_new(cls, point: StartingPoint, asker: str) -> SurveyForm:
        """Return the form of a new survey, filled in from a starting point."""
        form = cls(
            question=_in_words(point.question),
            introduction=_in_words(point.introduction),
            asker=asker,
            kinds_asked=point.kinds_asked,
            kinds="\n".join(map(gettext, point.kinds)),
            codebook=point.codebook,
        )
        form.may_ask_relationship = point.key == RELATIONSHIP
        del form.survey_id, form.seen
        return form

    @classmethod
    def for_existing(cls, survey: Survey, *, sent: bool = True) -> SurveyForm:
        """Return the form of an existing survey; with `sent=False` as it is stored, ignoring the request."""
        form = cls(**({} if sent else {"formdata": None}), obj=survey)
        if survey.language not in dict(form.language.choices):
            form.language.choices.append((survey.language, language_name(survey.language, language())))
        form.answered = closing.count_counted(survey)
        form.survey_id.data = str(survey.id)
        form.seen.data = form.seen.data or meanwhile.marks(survey)
        del form.kinds_asked, form.kinds  # among the survey's own words
        if survey.own_codebook:
            form.codebook.choices = [*CODEBOOK_CHOICES, OWN_CODEBOOK_CHOICE]
        return form

    def validate_kinds(self, field: TextAreaField) -> None:
        problem = respondent_kinds.list_problem(
            respondent_kinds.split_lines(field.data),
            asked=bool(self.kinds_asked.data),
            may_ask_relationship=self.may_ask_relationship or asks_about_relationships(self.question.data or ""),
        )
        if problem is not None:
            raise ValidationError(problem)

    def validate_closes_at(self, field: DateTimeLocalField) -> None:
        if field.data and self.opens_at.data and field.data <= self.opens_at.data:
            raise ValidationError(gettext("It would close before it opens. Choose a later closing."))
        if field.data and field.data != field.object_data and field.data <= now():
            raise ValidationError(
                gettext("That moment has passed. Choose a later one, or leave it empty and close the survey by hand.")
            )

    def validate_closes_after(self, field: IntegerField) -> None:
        if field.data and field.data != field.object_data and field.data <= self.answered:
            raise ValidationError(
                ngettext(
                    "%(n)s person has answered already. Choose a larger number, or close the survey by hand.",
                    "%(n)s people have answered already. Choose a larger number, or close the survey by hand.",
                    self.answered,
                    n=number(self.answered),
                )
            )

    def fields(self) -> Fields:
        """Return the settings of a valid form."""
        return Fields(
            question=self.question.data or "",
            introduction=self.introduction.data or "",
            asker=self.asker.data or "",
            slug=self.slug.data or "",
            kinds_asked=bool(self.kinds_asked.data) if self.kinds_asked else None,
            codebook=self.codebook.data or "none",
            kinds=tuple(respondent_kinds.split_lines(self.kinds.data)) if self.kinds else None,
            opens_at=self.opens_at.data,
            closes_at=self.closes_at.data,
            closes_after=self.closes_after.data,
            time_zone=own_zone().key,
            hold_first=bool(self.hold_first.data),
            language=self.language.data or "",
            otherwise=language(),
        )


class DeleteSurveyForm(FlaskForm):
    """Confirmation of deleting a survey: its address, typed by the owner."""

    address = StringField("Its address", filters=[stripped])

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug

    def validate_address(self, field: StringField) -> None:
        if field.data != self._slug:
            raise ValidationError(
                gettext("To delete this survey, type “%(slug)s”. Nothing was deleted.", slug=self._slug)
            )
