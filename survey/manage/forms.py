"""The forms and what each field accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from flask_babel import LazyString
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NoneOf, Optional, Regexp, ValidationError

from survey.accounts import api_tokens
from survey.answers import lifecycle as answers
from survey.core import respondent_kinds
from survey.core.i18n import gettext
from survey.core.models import Survey
from survey.curation import advice_lists, own_codebook
from survey.curation import codebook as codebooks
from survey.imports import file_reader
from survey.imports.column_guess import Columns
from survey.manage.survey_templates import STARTING_POINTS, StartingPoint
from survey.manage.surveys import Fields
from survey.respond.bot_checks import Signs
from survey.web.access import PASSWORD_LEAST, PASSWORD_MOST
from survey.web.request_checks import Problem

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
QUESTION = STARTING_POINTS[0].question
CODEBOOK_CHOICES = [
    SelectChoice("relationships", "Start from known themes about relationships"),
    SelectChoice("none", "Find every theme from the answers"),
]
OWN_CODEBOOK_CHOICE = SelectChoice(codebooks.OWN, "Start from my own codebook")
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
YEARS = range(2000, 2200)


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _no_nul(form: FlaskForm, field: StringField) -> None:
    if "\0" in (field.data or ""):
        raise ValidationError("This holds a character that cannot be kept (NUL). Type it again.")


def _in_our_time(form: FlaskForm, field: DateTimeLocalField) -> None:
    if field.data is not None and field.data.year not in YEARS:
        raise ValidationError(f"Choose a year from {YEARS[0]} to {YEARS[-1]}.")


def _moment(label: str) -> DateTimeLocalField:
    """A day and a time, in UTC, or nothing."""
    return DateTimeLocalField(
        label,
        format=MOMENT_FORMATS,
        tz=UTC,
        invalid_value_message="Write a day and a time, such as 2026-03-19 07:40.",
        validators=[Optional(), _in_our_time],
    )


class ShownToken(FlaskForm.Meta.csrf_class):
    """Flask-WTF's token, signed when the form is shown: one that was sent, and is taken, needs no new one."""

    def generate_csrf_token(self, csrf_token_field: Field) -> LazyString:
        return LazyString(super().generate_csrf_token, csrf_token_field)


def _offered(form: AnswerForm, field: RadioField) -> list[SelectChoice]:
    """The kinds of a form's survey, asked for when the form is shown."""
    offered = respondent_kinds.asked(form.survey)
    chosen = respondent_kinds.known(form.survey).get(field.data or "")
    if chosen is not None and chosen not in offered:  # of an answer from before it was taken out
        offered.append(chosen)
    return [SelectChoice(kind.key, kind.label) for kind in offered]


class AnswerForm(FlaskForm):
    """A respondent's answer. The text and the kind are judged by survey.answers.lifecycle, as imports are."""

    class Meta(FlaskForm.Meta):
        csrf_class = ShownToken

    text = TextAreaField("Your answer")
    kind = RadioField(respondent_kinds.SITE_QUESTION, choices=_offered, validate_choice=False)
    form_key = HiddenField()
    source = HiddenField()

    def __init__(self, survey: Survey, **given: Any) -> None:
        super().__init__(**given)
        self.survey = survey
        self.kind.label.text = LazyString(respondent_kinds.question, survey)
        if not survey.kinds_asked:
            del self.kind

    def validate_text(self, field: TextAreaField) -> None:
        try:
            answers.check_text(field.data)
        except answers.Refused as refused:
            raise ValidationError(str(refused)) from None

    def validate_kind(self, field: RadioField) -> None:
        try:
            answers.check_kind(self.survey, field.data)
        except answers.Refused as refused:
            raise ValidationError(str(refused)) from None

    def validate_form_key(self, field: HiddenField) -> None:
        if not answers.FORM_KEY.fullmatch(field.data or ""):
            raise ValidationError(gettext("Part of the form was missing. It is complete now: send it again."))


class RespondentForm(AnswerForm):
    """An answer from a page that is open to everybody, with the signs that tell people from machines."""

    token = HiddenField()
    proof = HiddenField()
    website = StringField()
    """The trap: no person sees it"""
    problem: Problem | None = None
    """Why the request it came with cannot be read as a form"""

    def signs(self) -> Signs:
        """What the form brought beside the answer."""
        return Signs(
            self.token.data or "", self.form_key.data or "", self.proof.data or "", (self.website.data or "").strip()
        )


class SurveyForm(FlaskForm):
    """A survey, new or changed."""

    question = StringField(
        "Question",
        default=QUESTION,
        filters=[_stripped],
        validators=[
            InputRequired("Write the question you want to ask."),
            Length(max=200, message="Keep the question to 200 characters."),
            _no_nul,
        ],
    )
    introduction = TextAreaField(
        "Why you ask",
        filters=[_stripped],
        validators=[Length(max=2000, message="Keep the introduction to 2,000 characters."), _no_nul],
    )
    asker = StringField(
        "Your name, as respondents see it",
        filters=[_stripped],
        validators=[Length(max=80, message="Keep the name to 80 characters."), _no_nul],
    )
    slug = StringField(
        "Address",
        filters=[_stripped],
        validators=[
            Optional(),
            Length(min=2, max=60, message="Use 2 to 60 characters."),
            Regexp(SLUG.pattern + "$", message="Use small letters a-z, numbers and single hyphens."),
            NoneOf(["new"], message="This address is taken by the site itself. Choose a different one."),
        ],
    )
    kinds_asked = BooleanField("Ask which kind they are", default=True)
    kinds = TextAreaField("Kinds", validators=[_no_nul])
    opens_at = _moment("Opens")
    closes_at = _moment("Closes")
    hold_first = BooleanField("Read every answer before anybody else sees it")
    codebook = RadioField("Known themes", choices=CODEBOOK_CHOICES, default="relationships")
    look_first = SubmitField("Keep it closed and look at it first")

    @classmethod
    def starting(cls, point: StartingPoint, asker: str) -> SurveyForm:
        """The form of a new survey, as it was filled in until something else is sent."""
        return cls(
            question=point.question,
            introduction=point.introduction,
            asker=asker,
            kinds_asked=point.kinds_asked,
            kinds="\n".join(point.kinds),
            codebook=point.codebook,
        )

    @classmethod
    def over(cls, survey: Survey, *, sent: bool = True) -> SurveyForm:
        """The form of a survey that is there; as it is kept where another form of the page was sent."""
        form = cls(**({} if sent else {"formdata": None}), obj=survey, kinds="\n".join(respondent_kinds.labels(survey)))
        if survey.own_codebook:
            form.codebook.choices = [*CODEBOOK_CHOICES, OWN_CODEBOOK_CHOICE]
        return form

    def validate_kinds(self, field: TextAreaField) -> None:
        problem = respondent_kinds.problem(respondent_kinds.lines(field.data))
        if problem is not None:
            raise ValidationError(problem)

    def validate_closes_at(self, field: DateTimeLocalField) -> None:
        if field.data and self.opens_at.data and field.data <= self.opens_at.data:
            raise ValidationError("It would close before it opens. Choose a later closing.")

    def fields(self) -> Fields:
        """What was decided, once the form is valid."""
        return Fields(
            question=self.question.data or "",
            introduction=self.introduction.data or "",
            asker=self.asker.data or "",
            slug=self.slug.data or "",
            kinds_asked=bool(self.kinds_asked.data),
            codebook=self.codebook.data or "none",
            kinds=tuple(respondent_kinds.lines(self.kinds.data)),
            opens_at=self.opens_at.data,
            closes_at=self.closes_at.data,
            hold_first=bool(self.hold_first.data),
        )


class DeleteSurveyForm(FlaskForm):
    """The address of a survey, typed by who wants to delete it."""

    address = StringField("Its address", filters=[_stripped])

    def __init__(self, slug: str) -> None:
        super().__init__()
        self._slug = slug

    def validate_address(self, field: StringField) -> None:
        if field.data != self._slug:
            raise ValidationError(f"To delete this survey, type “{self._slug}”. Nothing was deleted.")


class CodebookForm(FlaskForm):
    """A codebook of the owner's own: a file, or pasted. Its ids are apart from those of the settings beside it."""

    codebook_file = FileField("A file")
    codebook_text = TextAreaField("Or paste it")

    def text(self) -> str:
        """The checked codebook. Raises BadCodebook."""
        pasted = self.codebook_text.data or ""
        if bool(self.codebook_file.data) == bool(pasted.strip()):
            raise own_codebook.BadCodebook("Choose a file, or paste a codebook: one of the two")
        if not self.codebook_file.data:
            return own_codebook.check(pasted, "Your codebook")
        name = (self.codebook_file.data.filename or "The file")[-80:]
        try:
            return own_codebook.check(self.codebook_file.data.stream.read().decode("utf-8-sig"), name)
        except UnicodeDecodeError:
            raise own_codebook.BadCodebook(f"The codebook {name} is not UTF-8") from None


class AdviceForm(FlaskForm):
    """A list of advice."""

    title = StringField("What it is called", filters=[_stripped], validators=[_no_nul])
    points = TextAreaField("Its points", validators=[_no_nul])

    def validate_title(self, field: StringField) -> None:
        problem = advice_lists.title_problem(field.data or "")
        if problem is not None:
            raise ValidationError(problem)

    def validate_points(self, field: TextAreaField) -> None:
        problem = advice_lists.points_problem(respondent_kinds.lines(field.data))
        if problem is not None:
            raise ValidationError(problem)


def _new_password() -> PasswordField:
    length = f"Use {PASSWORD_LEAST} to {PASSWORD_MOST} characters."
    return PasswordField(
        "Password",
        validators=[
            InputRequired("Choose a password."),
            Length(min=PASSWORD_LEAST, max=PASSWORD_MOST, message=length),
        ],
    )


class NewPasswordForm(FlaskForm):
    """A new password for an owner who is there."""

    password = _new_password()


class ChangePasswordForm(FlaskForm):
    """A new password, with the present one, which whoever finds a browser signed in does not know."""

    current = PasswordField(
        "Present password",
        validators=[InputRequired("Write your present password."), Length(max=PASSWORD_MOST)],
    )
    password = _new_password()


class SetUpForm(FlaskForm):
    """The name and password of a new owner."""

    name = StringField(
        "Your name",
        filters=[_stripped],
        validators=[
            InputRequired("Choose a name to sign in with."),
            Length(max=80, message="Keep the name to 80 characters."),
            _no_nul,
        ],
    )
    password = _new_password()


class SignInForm(FlaskForm):
    """An owner's name and password."""

    name = StringField(
        "Your name", filters=[_stripped], validators=[InputRequired("Write your name."), Length(max=80), _no_nul]
    )
    password = PasswordField("Password", validators=[InputRequired("Write your password."), Length(max=PASSWORD_MOST)])
    next = HiddenField()


class UploadForm(FlaskForm):
    """Answers to import: a file, or a pasted list."""

    file = FileField("The file")
    pasted = TextAreaField("Or paste a list")

    def validate_file(self, field: FileField) -> None:
        if not field.data and not (self.pasted.data or "").strip():
            raise ValidationError("Choose a file, or paste a list.")
        if field.data and (self.pasted.data or "").strip():
            raise ValidationError("Here are a file and a pasted list. Send one after the other.")


class ColumnsForm(FlaskForm):
    """Which columns of a waiting file hold what, and how a pasted list is cut. Nothing chosen is ""."""

    answer = SelectField("The answers", coerce=str)
    time = SelectField("When each was given", coerce=str)
    kind = SelectField("The kind of relationship", coerce=str)
    source = SelectField("Where they came from", coerce=str)
    separator = RadioField(
        "One answer is",
        choices=[
            SelectChoice(file_reader.LINE, "Each line"),
            SelectChoice(file_reader.BLANK_LINE, "What stands between blank lines"),
        ],
        validators=[Optional()],
    )
    look = SubmitField("Show it this way")

    @classmethod
    def over(cls, header: Sequence[str], guessed: Columns, separator: str | None) -> ColumnsForm:
        """The form for a table, as it was guessed until something else is sent."""
        places = {name: getattr(guessed, name) for name in ("answer", "time", "kind", "source")}
        form = cls(
            separator=separator or file_reader.LINE,
            **{name: "" if place is None else str(place) for name, place in places.items()},
        )
        named = [SelectChoice(str(place), name[:80]) for place, name in enumerate(file_reader.keys(header))]
        form.answer.choices = named
        for field in (form.time, form.kind, form.source):
            field.choices = [SelectChoice("", "No column"), *named]
        return form

    def columns(self) -> Columns:
        """What was chosen; the first column where that is none."""
        chosen = (self.answer.data, self.time.data, self.kind.data, self.source.data)
        known = {choice.value for choice in self.answer.choices}
        answer, *others = (int(place) if place in known else None for place in chosen)
        return Columns(answer or 0, *others)

    def split(self) -> str:
        """How a pasted list is cut."""
        return file_reader.BLANK_LINE if self.separator.data == file_reader.BLANK_LINE else file_reader.LINE


class TokenForm(FlaskForm):
    """A new token for the API."""

    purpose = RadioField("What it may do", choices=list(api_tokens.PURPOSES.items()), default=api_tokens.READ)
    name = StringField(
        "What will use it",
        filters=[_stripped],
        validators=[
            InputRequired("Name what will use it, so that you know it again."),
            Length(max=api_tokens.NAME_MOST, message=f"Keep the name to {api_tokens.NAME_MOST} characters."),
            _no_nul,
        ],
    )
