"""The forms that take an answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import session
from flask_babel import LazyString
from flask_wtf import FlaskForm
from itsdangerous import BadData
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from survey.answers import lifecycle as answers
from survey.core import respondent_kinds
from survey.core.i18n import N_, gettext
from survey.core.models import Survey
from survey.respond import bot_checks
from survey.respond.bot_checks import FormSigns
from survey.web import access
from survey.web.request_checks import FormProblem
from survey.web.response_headers import CSRF_FIELD, CSRF_SALT

MAX_EMBED_FORM_AGE = timedelta(hours=12)
NO_COOKIE = N_(
    "Your browser did not send back the small cookie that protects this form. Allow cookies for this site and send "
    "it again."
)
OPEN_TOO_LONG = N_("The page was open for too long. It is ready again now: send your answer once more.")

SECOND_NOT = ("", "0", False)
"""Values of the field `second` that say no"""


@dataclass(frozen=True, slots=True)
class ValidAnswer:
    """What a valid form says: the normalized text, the key of a kind, the source as it was sent, and the rest."""

    text: str
    kind: str | None
    source: str | None
    signs: FormSigns
    second: bool


def _kind_choices(form: AnswerForm, field: RadioField) -> list[SelectChoice]:
    """Return the kinds a form offers; evaluated when the form is shown."""
    offered = respondent_kinds.offered(form.survey)
    chosen = respondent_kinds.by_key(form.survey).get(field.data or "")
    if chosen is not None and chosen not in offered:  # the owner removed this kind after the answer was sent
        offered.append(chosen)
    return [SelectChoice(kind.key, kind.label) for kind in offered]


class AnswerCsrf(FlaskForm.Meta.csrf_class):
    """Flask-WTF's CSRF token, but signed only when the form is rendered, and with a message for respondents."""

    def generate_csrf_token(self, csrf_token_field: Field) -> LazyString:
        return LazyString(super().generate_csrf_token, csrf_token_field)

    def validate_csrf_token(self, form: FlaskForm, field: Field) -> None:
        try:
            super().validate_csrf_token(form, field)
        except ValidationError:
            raise ValidationError(gettext(NO_COOKIE)) from None


class AnswerForm(FlaskForm):
    """An answer: its text and its kind, validated by survey.answers.lifecycle as imported rows are."""

    class Meta(FlaskForm.Meta):
        csrf_class = AnswerCsrf

    text = TextAreaField("Your answer")
    kind = RadioField(respondent_kinds.SITE_QUESTION, choices=_kind_choices, validate_choice=False)
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

    def kind_key(self) -> str | None:
        """Return the kind chosen in a valid form, None where none was, or none is asked."""
        return answers.check_kind(self.survey, self.kind.data) if self.survey.kinds_asked else None


class RespondentForm(AnswerForm):
    """An answer from a page that is open to everybody, with the fields that tell people from bots."""

    token = HiddenField()
    proof = HiddenField()
    website = StringField()
    """The honeypot: no person sees it"""
    second = BooleanField(false_values=SECOND_NOT)
    """Whether it is an answer beside one that was sent with the same form, and no change of that"""
    problem: FormProblem | None = None
    """Why the request body cannot be read as a form"""

    def signs(self) -> FormSigns:
        """Return the fields that tell people from bots."""
        return FormSigns(
            self.token.data or "", self.form_key.data or "", self.proof.data or "", (self.website.data or "").strip()
        )

    def valid(self) -> ValidAnswer:
        """Return what the form says, once it is validated."""
        text, second = answers.check_text(self.text.data), bool(self.second.data)
        return ValidAnswer(text, self.kind_key(), self.source.data, self.signs(), second)

    @classmethod
    def read(cls, survey: Survey, fields: Mapping[str, str]) -> ValidAnswer | None:
        """Return what a form with these fields says where it is valid; None where it has to be built to tell why not.

        The checks are those of the form, which takes a seventh of a POST to be built and validated.
        """
        signs = FormSigns(
            fields.get("token", ""),
            fields.get("form_key", ""),
            fields.get("proof", ""),
            fields.get("website", "").strip(),
        )
        try:
            text = answers.check_text(fields.get("text"))
            kind = answers.check_kind(survey, fields.get("kind")) if survey.kinds_asked else None
        except answers.Refused:
            return None
        if not answers.FORM_KEY.fullmatch(signs.form_key) or not cls.is_from_here(survey, fields, signs):
            return None
        return ValidAnswer(text, kind, fields.get("source"), signs, fields.get("second", "") not in SECOND_NOT)

    @classmethod
    def is_from_here(cls, survey: Survey, fields: Mapping[str, str], signs: FormSigns) -> bool:
        """Return whether this site showed a form with these fields to this visitor."""
        try:
            token = access.signer(CSRF_SALT).loads(fields.get(CSRF_FIELD, ""))
        except BadData:
            return False
        own = session.get(CSRF_FIELD, "")
        return own != "" and isinstance(token, str) and secrets.compare_digest(token.encode(), own.encode())

    def is_forged(self) -> bool:
        """Return whether validation found that this site did not show this form to this visitor."""
        return bool(self.csrf_token.errors)


class EmbedForm(RespondentForm):
    """An answer from inside another site's page, where there is no cookie: its token is validated instead."""

    class Meta(RespondentForm.Meta):
        csrf = False

    def validate_token(self, field: HiddenField) -> None:
        if not self.is_from_here(self.survey, {}, self.signs()):
            raise ValidationError(gettext(OPEN_TOO_LONG))

    @classmethod
    def is_from_here(cls, survey: Survey, fields: Mapping[str, str], signs: FormSigns) -> bool:
        """Return whether this site showed such a form lately."""
        age = bot_checks.form_age(survey.id, signs)
        return age is not None and timedelta() <= age <= MAX_EMBED_FORM_AGE

    def is_forged(self) -> bool:
        return bool(self.token.errors)
