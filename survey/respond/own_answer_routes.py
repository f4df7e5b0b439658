"""The respondent's own answer, at the secret link shown on the thank-you page: read, change or delete it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from survey.answers import erasure, own_link
from survey.answers import lifecycle as answers
from survey.core.database import now
from survey.core.i18n import N_, gettext
from survey.core.models import Answer, Survey
from survey.follow_up import registration
from survey.respond import bot_checks, returning, submission
from survey.respond.forms import AnswerForm
from survey.respond.refusals import refusals
from survey.respond.story import story_of
from survey.web import error_pages
from survey.web.access import get_survey, public

blueprint = Blueprint("own_answer", __name__, url_prefix="/s/<slug>/mine/<secret>")

NO_MORE_CHANGES = N_(
    "The survey is closed, and what was said there changes no more. Your answer is as it was. You can still delete it."
)
TOO_MANY = N_(
    "That was a lot of changes at once. This one is not saved yet: wait %(minutes)s minutes and send it again."
)
PRIVATE_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@blueprint.get("")
@public
def read(slug: str, secret: str) -> ResponseReturnValue:
    """Show the answer in a form, ready to be changed."""
    survey, own = _find(slug, secret)
    form = AnswerForm(survey, formdata=None, text=own.text, kind=own.kind)
    return _page(survey, own, form, secret, 200)


@blueprint.post("", endpoint="change")
@public
def change(slug: str, secret: str) -> ResponseReturnValue:
    """Replace the text of the answer."""
    survey, own = _find(slug, secret)
    survey_id, public_id = survey.id, own.public_id
    form = AnswerForm(survey)
    form.form_key.data = answers.new_form_key()
    if not form.validate():
        return _page(survey, own, form, secret, 422)
    try:
        hold_reason = bot_checks.reason_to_hold_change(survey_id, public_id)
        answers.change(survey, own, answers.check_text(form.text.data), form.kind_key(), hold_reason)
    except answers.Gone:
        message = gettext("This answer was deleted a moment ago, in another window. The change was not kept.")
        return error_pages.page(404, message=message, text=form.text.data or "")
    except answers.Closed:
        form.text.errors = [gettext(NO_MORE_CHANGES)]
        return _page(survey, own, form, secret, 409)
    except bot_checks.RateLimited:
        form.text.errors = [gettext(TOO_MANY, minutes=bot_checks.FLOOD_MINUTES)]
        return _page(survey, own, form, secret, 429)
    except OperationalError as error:
        refusals.add(error)
        form.text.errors = [submission.why_not_saved(error)]
        return _page(survey, own, form, secret, 503)
    flash(gettext("Your answer is changed, and kept as it stands here."))
    return redirect(url_for("own_answer.read", slug=slug, secret=secret), 303)


@blueprint.post("/delete")
@public
def delete(slug: str, secret: str) -> ResponseReturnValue:
    """Delete the answer for good, also after the survey closed."""
    survey, own = _find(slug, secret)
    erasure.delete_answer(survey, own)
    response = make_response(redirect(url_for("respond.deleted", slug=slug), 303))
    returning.forget(response, slug, secret)
    return response


def _find(slug: str, secret: str) -> tuple[Survey, Answer]:
    """Return the answer at a secret link; where there is none, say that what is deleted leaves nothing."""
    survey = get_survey(slug)
    own = own_link.find_by_secret(survey, secret)
    if own is None:
        page = render_template("respond/no_answer.html", survey=survey)
        abort(make_response(page, 404, PRIVATE_HEADERS))
    return survey, own


def _page(survey: Survey, own: Answer, form: AnswerForm, secret: str, status: int) -> ResponseReturnValue:
    may_change = survey.takes_answers(now())
    page = render_template(
        "respond/own_answer.html",
        survey=survey,
        answer=own,
        form=form,
        secret=secret,
        may_change=may_change,
        story=story_of(survey, own),
        tells=registration.is_offered(survey),
    )
    return page, status, PRIVATE_HEADERS
