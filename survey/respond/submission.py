"""Accept a sent answer form: shared by the answer page and the form inside other sites' pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from flask import request
from flask.globals import request_ctx
from sqlalchemy.exc import OperationalError

from survey.answers import lifecycle as answers
from survey.answers import own_link
from survey.answers.lifecycle import NewAnswer
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Survey
from survey.respond import bot_checks
from survey.respond.forms import RespondentForm, ValidAnswer
from survey.respond.joined_themes import JoinedTheme
from survey.respond.refusals import refusals
from survey.web import request_checks
from survey.web.request_checks import FORM_TYPES, FormProblem

Form = TypeVar("Form", bound=RespondentForm)

MAX_RELOADS = 5
"""How often a thank-you page reloads itself, every two seconds, until the answer is placed"""
NOT_SAVED = N_("The site is too busy to save it just now. Wait a moment and send it again.")
NO_ROOM = N_("This site has no room left to save it. Copy what you wrote, and send it again later.")
DISK_FULL = "53100"
"""PostgreSQL's code; SQLite has none, and only says so"""
TOO_MANY = N_(
    "Very many answers came from your network just now. Yours is not saved yet: wait %(minutes)s minutes and send it "
    "again."
)


class Rejected(Exception):
    """Nothing was stored; the form holds the error messages and what was typed. `status` is that of the response."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class SentForm(Generic[Form]):
    """A form as it was sent; `problem` is why the body cannot be read as one."""

    kind: type[Form]
    survey: Survey
    problem: FormProblem | None

    @cached_property
    def form(self) -> Form:
        """Return the form, which shows what was typed and what is wrong with it."""
        if self.problem is None:
            return self.kind(self.survey)
        unread = self.problem.status in (413, 415)
        form = self.kind(self.survey, formdata=None if unread else request_checks.raw_form(request_ctx.request))
        form.problem = self.problem
        return form

    def valid(self) -> ValidAnswer | None:
        """Return what it says; None where it is not valid, and its form says why."""
        sent = request_ctx.request
        if self.problem is None and sent.mimetype == FORM_TYPES[0]:
            found = self.kind.read(self.survey, sent.form)
            if found is not None:
                return found
        return self.form.valid() if self.problem is None and self.form.validate() else None


def read_form(kind: type[Form], survey: Survey) -> SentForm[Form]:
    """Return the form of this request."""
    # Not of the proxy `request`: the checks read some thirty attributes of it.
    return SentForm(kind, survey, request_checks.form_problem(request_ctx.request))


def why_not_saved(error: OperationalError) -> str:
    """Return what respondents are told where the database did not store an answer."""
    is_full = getattr(error.orig, "sqlstate", "") == DISK_FULL or "disk is full" in str(error.orig)
    return gettext(NO_ROOM if is_full else NOT_SAVED)


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


def accept(survey: Survey, sent: SentForm[Form], source: str | None = None) -> Accepted:
    """Validate a form and store its answer, once. Raises Rejected and SurveyChanged.

    `source` replaces the one that the form names.
    """
    valid = sent.valid()
    if valid is None:
        raise _rejected(sent)
    signs = valid.signs
    age = bot_checks.form_age(survey.id, signs)
    try:
        hold_reason = bot_checks.reason_to_hold(survey.id, signs, age)
    except bot_checks.RateLimited:
        sent.form.text.errors = [gettext(TOO_MANY, minutes=bot_checks.FLOOD_MINUTES)]
        raise Rejected(429) from None
    form_key = answers.new_form_key() if age is None else signs.form_key
    if valid.second:
        form_key = own_link.second_key(form_key)
    nonce = own_link.nonce_of(form_key)
    answer = NewAnswer(
        text=valid.text,
        form_key=form_key,
        kind=valid.kind,
        source=source or answers.known_source(valid.source) or "direct",
        secret=own_link.secret_of(nonce),
        hold_reason=hold_reason,
    )
    try:
        return Accepted(answers.receive(survey, answer), nonce)
    except OperationalError as error:
        refusals.add(error)
        sent.form.text.errors = [why_not_saved(error)]
        raise Rejected(503) from None


def _rejected(sent: SentForm[Form]) -> Rejected:
    """Return why nothing is stored, once the form says it too."""
    form = sent.form
    if sent.problem is None:
        return Rejected(400 if form.is_forged() else 422)
    form.text.errors = [sent.problem.message]
    return Rejected(sent.problem.status)


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


def next_reload(answer: Answer, joined: list[JoinedTheme] | None, name: str = "look") -> int | None:
    """Return the number of the next reload of a thank-you page, in its address by a name; None where none is needed."""
    sent = request.args.get(name, "0")
    reload = int(sent) + 1 if sent.isascii() and sent.isdigit() and len(sent) < 3 else 1
    return reload if answer.status == "shown" and joined is None and reload <= MAX_RELOADS else None
