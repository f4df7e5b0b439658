"""Accept a sent answer form: shared by the answer page and the form inside other sites' pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from flask import request
from flask.globals import request_ctx
from sqlalchemy.exc import OperationalError

from survey.answers import lifecycle as answers
from survey.answers import own_link
from survey.answers.lifecycle import NewAnswer
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Survey
from survey.respond import bot_checks
from survey.respond.forms import RespondentForm
from survey.results import read_model
from survey.web import request_checks

Form = TypeVar("Form", bound=RespondentForm)

MAX_RELOADS = 5
"""How often a thank-you page reloads itself, every two seconds, until the answer is placed"""
NOT_SAVED = N_("The site is too busy to save it just now. Wait a moment and send it again.")
TOO_MANY = N_(
    "Very many answers came from your network just now. Yours is not saved yet: wait %(minutes)s minutes and send it "
    "again."
)


class Rejected(Exception):
    """Nothing was stored; the form holds the error messages and what was typed. `status` is that of the response."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def read_form(form_class: type[Form], survey: Survey) -> Form:
    """Return the form of this request, with its `problem` set where the body cannot be read as one."""
    sent = request_ctx.request  # not the proxy `request`: the checks read some thirty attributes of it
    problem = request_checks.form_problem(sent)
    if problem is None:
        return form_class(survey)
    form = form_class(survey, formdata=None if problem.status in (413, 415) else request_checks.raw_form(sent))
    form.problem = problem
    return form


def issue_key(survey: Survey, form: RespondentForm, *, renew: bool = False) -> None:
    """Give a form that is about to be shown a form key and token; keep valid ones unless `renew`.

    A form key that came without a valid token is never signed, because its sender chose it.
    """
    if renew or bot_checks.form_age(survey.id, form.signs()) is None:
        form.form_key.data = answers.new_form_key()
        form.token.data = bot_checks.form_token(survey.id, form.form_key.data)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored answer: its public id, and the nonce of the link by which its writer may change it."""

    public_id: str
    nonce: str


def accept(survey: Survey, form: RespondentForm, source: str) -> Accepted:
    """Validate a form and store its answer, once. Raises Rejected and SurveyChanged."""
    if form.problem is not None:
        form.text.errors = [form.problem.message]
        raise Rejected(form.problem.status)
    if not form.validate():
        raise Rejected(400 if form.is_forged() else 422)
    signs = form.signs()
    age = bot_checks.form_age(survey.id, signs)
    try:
        hold_reason = bot_checks.reason_to_hold(survey.id, signs, age)
    except bot_checks.RateLimited:
        form.text.errors = [gettext(TOO_MANY, minutes=bot_checks.FLOOD_MINUTES)]
        raise Rejected(429) from None
    form_key = answers.new_form_key() if age is None else signs.form_key
    if form.second.data:
        form_key = own_link.second_key(form_key)
    nonce = own_link.nonce_of(form_key)
    answer = NewAnswer(
        text=answers.check_text(form.text.data),
        form_key=form_key,
        kind=form.kind_key(),
        source=source,
        secret=own_link.secret_of(nonce),
        hold_reason=hold_reason,
    )
    try:
        return Accepted(answers.receive(survey, answer), nonce)
    except OperationalError:
        form.text.errors = [gettext(NOT_SAVED)]
        raise Rejected(503) from None


def sent_before(survey: Survey, form: RespondentForm) -> Accepted | None:
    """Return the answer that this very form stored before, with these words: it was sent twice, and is kept."""
    signs = form.signs()
    if form.problem is not None or bot_checks.form_age(survey.id, signs) is None:
        return None
    form_key = own_link.second_key(signs.form_key) if form.second.data else signs.form_key
    nonce = own_link.nonce_of(form_key)
    own = own_link.find_by_secret(survey, own_link.secret_of(nonce))
    if own is None or own.text != answers.normalize(form.text.data or ""):
        return None
    return Accepted(own.public_id, nonce)


def next_reload(answer: Answer, joined: list[read_model.JoinedTheme] | None, name: str = "look") -> int | None:
    """Return the number of the next reload of a thank-you page, in its address by a name; None where none is needed."""
    sent = request.args.get(name, "0")
    reload = int(sent) + 1 if sent.isascii() and sent.isdigit() and len(sent) < 3 else 1
    return reload if answer.status == "shown" and joined is None and reload <= MAX_RELOADS else None
