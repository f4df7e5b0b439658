"""Taking an answer in: what the form of the answer page and the one inside other sites' pages have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import request
from flask.globals import request_ctx
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from survey.answers import lifecycle as answers
from survey.answers.lifecycle import NewAnswer
from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Survey
from survey.respond import bot_checks
from survey.respond.forms import AnswerForm, RespondentForm
from survey.results import read_model
from survey.web import request_checks

Form = TypeVar("Form", bound=RespondentForm)

LOOKS_MOST = 5
"""How often a thank-you page looks again, every two seconds, until the answer is placed."""
NOT_SAVED = N_("The site is too busy to save it just now. Wait a moment and send it again.")
TOO_MANY = N_(
    "Very many answers came from your network just now. Yours is not saved yet: wait %(minutes)s minutes and send it "
    "again."
)


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer that is stored, and the token of the link to it."""

    public_id: str
    secret: str


class NotTaken(Exception):
    """Nothing was stored; the form says why and still holds what was typed. `status` is for the response."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def sent_form(kind: type[Form], survey: Survey) -> Form:
    """The form as it was sent; empty where the request cannot be read as one."""
    sent = request_ctx.request  # itself: `request` would look for it again at each of some thirty questions
    problem = request_checks.problem(sent)
    if problem is None:
        return kind(survey)
    form = kind(survey, formdata=None if problem.status in (413, 415) else request_checks.as_it_came(sent))
    form.problem = problem
    return form


def make_ready(survey: Survey, form: RespondentForm, *, anew: bool = False) -> None:
    """Give a form that is about to be shown its key and its token, or leave it those it was shown with before.

    A key that came without our token is never signed: whoever sent it chose it.
    """
    if anew or bot_checks.age_of(survey.id, form.signs()) is None:
        form.form_key.data = answers.new_form_key()
        form.token.data = bot_checks.form_token(survey.id, form.form_key.data)


def take(survey: Survey, form: RespondentForm, source: str, secret: str, wrong_token: Callable[[], bool]) -> Taken:
    """Check a form that was sent and store its answer, once. Raises NotTaken.

    `secret` is the token of the link by which the answer may be changed. `wrong_token` says, after the form was
    validated, whether this site did not show it to this visitor, and then puts the message where it belongs.
    """
    valid = form.problem is None and form.validate()
    if form.problem is not None:
        form.text.errors = [form.problem.message]
        raise NotTaken(form.problem.status)
    if wrong_token():
        raise NotTaken(400)
    if not valid:
        raise NotTaken(422)
    signs = form.signs()
    age = bot_checks.age_of(survey.id, signs)
    try:
        doubt = bot_checks.doubt(survey.id, signs, age)
    except bot_checks.TooMany:
        form.text.errors = [gettext(TOO_MANY, minutes=bot_checks.FLOOD_MINUTES)]
        raise NotTaken(429) from None
    kept = NewAnswer(
        text=answers.check_text(form.text.data),
        form_key=answers.new_form_key() if age is None else signs.form_key,
        kind=kind_of(survey, form),
        source=source,
        secret=secret,
        doubt=doubt,
    )
    try:
        return Taken(answers.receive(survey, kept), secret)
    except OperationalError:
        form.text.errors = [gettext(NOT_SAVED)]
        raise NotTaken(503) from None


def kind_of(survey: Survey, form: AnswerForm) -> str | None:
    """The kind that was chosen in a form that is valid, None where it is not asked for."""
    return answers.check_kind(survey, form.kind.data) if survey.kinds_asked else None


def own_of(survey: Survey, public_id: object) -> Answer | None:
    """The answer that a session or a token names, None where it is gone."""
    if not isinstance(public_id, str):
        return None
    return db.session.scalar(select(Answer).where(Answer.survey_id == survey.id, Answer.public_id == public_id))


def next_look(answer: Answer, joined: list[read_model.Joined] | None) -> int | None:
    """Which look at the thank-you page comes next, counted in its address; None where there is nothing to wait for."""
    tried = request.args.get("look", "0")
    look = int(tried) + 1 if tried.isascii() and tried.isdigit() and len(tried) < 3 else 1
    return look if answer.status == "shown" and joined is None and look <= LOOKS_MOST else None
