"""The forms that take an answer."""

from __future__ import annotations

from typing import Any

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from survey.answers import lifecycle as answers
from survey.core import respondent_kinds
from survey.core.i18n import gettext
from survey.core.models import Survey
from survey.respond.bot_checks import Signs
from survey.web.form_fields import ShownToken
from survey.web.request_checks import Problem


def _offered(form: AnswerForm, field: RadioField) -> list[SelectChoice]:
    """The kinds of a form's survey, asked for when the form is shown."""
    offered = respondent_kinds.offered(form.survey)
    chosen = respondent_kinds.by_key(form.survey).get(field.data or "")
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
