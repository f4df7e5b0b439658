"""The forms and what each field accepts."""

from __future__ import annotations

import re

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NoneOf, Optional, Regexp, ValidationError

from survey import answers
from survey.access import PASSWORD_LEAST, PASSWORD_MOST
from survey.surveys import Fields

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
QUESTION = "What's your secret to a lasting relationship?"
CODEBOOK_CHOICES = [
    SelectChoice("relationships", "Start from known themes about relationships"),
    SelectChoice("none", "Find every theme from the answers"),
]


def _stripped(value: str | None) -> str | None:
    return value.strip() if value else value


def _no_nul(form: FlaskForm, field: StringField) -> None:
    if "\0" in (field.data or ""):
        raise ValidationError("This holds a character that cannot be kept (NUL). Type it again.")


class AnswerForm(FlaskForm):
    """A respondent's answer. The text and the kind are judged by survey.answers, as imports are."""

    text = TextAreaField("Your answer")
    kind = RadioField(
        "What kind of relationship do you have in mind?",
        choices=[SelectChoice(*kind) for kind in answers.KINDS.items()],
        validate_choice=False,
    )
    form_key = HiddenField()
    source = HiddenField()

    def validate_text(self, field: TextAreaField) -> None:
        try:
            answers.check_text(field.data)
        except answers.Refused as refused:
            raise ValidationError(str(refused)) from None

    def validate_kind(self, field: RadioField) -> None:
        try:
            answers.check_kind(field.data)
        except answers.Refused as refused:
            raise ValidationError(str(refused)) from None

    def validate_form_key(self, field: HiddenField) -> None:
        if not answers.FORM_KEY.fullmatch(field.data or ""):
            raise ValidationError("Part of the form was missing. It is complete now: send it again.")


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
    kinds_asked = BooleanField("Ask what kind of relationship people have in mind", default=True)
    codebook = RadioField("Known themes", choices=CODEBOOK_CHOICES, default="relationships")

    def fields(self) -> Fields:
        """What was decided, once the form is valid."""
        return Fields(
            question=self.question.data or "",
            introduction=self.introduction.data or "",
            asker=self.asker.data or "",
            slug=self.slug.data or "",
            kinds_asked=bool(self.kinds_asked.data),
            codebook=self.codebook.data or "none",
        )


class SetUpForm(FlaskForm):
    """The first owner's name and password."""

    name = StringField(
        "Your name",
        filters=[_stripped],
        validators=[
            InputRequired("Choose a name to sign in with."),
            Length(max=80, message="Keep the name to 80 characters."),
            _no_nul,
        ],
    )
    password = PasswordField(
        "Password",
        validators=[
            InputRequired("Choose a password."),
            Length(
                min=PASSWORD_LEAST, max=PASSWORD_MOST, message=f"Use {PASSWORD_LEAST} to {PASSWORD_MOST} characters."
            ),
        ],
    )


class SignInForm(FlaskForm):
    """An owner's name and password."""

    name = StringField(
        "Your name", filters=[_stripped], validators=[InputRequired("Write your name."), Length(max=80), _no_nul]
    )
    password = PasswordField("Password", validators=[InputRequired("Write your password."), Length(max=PASSWORD_MOST)])
    next = HiddenField()


class ImportForm(FlaskForm):
    """A file of answers."""

    file = FileField("CSV file", validators=[FileRequired("Choose a file first.")])
    column = StringField(
        "Column with the answers",
        default="answer",
        filters=[_stripped],
        validators=[InputRequired("Name the column that holds the answers."), Length(max=200)],
    )
