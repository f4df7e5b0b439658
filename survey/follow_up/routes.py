"""The pages of who asks to be told when a result is out: give an address, and confirm it or take it back."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from survey.core.database import now
from survey.core.i18n import N_, fall_back_on, gettext, language
from survey.core.models import Survey
from survey.follow_up import registration
from survey.follow_up.forms import FollowUpForm
from survey.web import access
from survey.web.access import get_survey, public

blueprint = Blueprint("follow_up", __name__)

TOO_MANY = N_("Many people asked for this just now. Nothing was kept: try again in an hour.")
BUSY = N_("The site is too busy to keep it just now. Wait a moment and send it again.")
PRIVATE_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@blueprint.get("/s/<slug>/tell-me")
@public
def ask(slug: str) -> ResponseReturnValue:
    """Show the form for an address; once the result is out, go there."""
    survey = _find(slug)
    if survey.is_published:
        return redirect(url_for("results.themes", slug=slug))
    return _form_page(survey, FollowUpForm(formdata=None), 200)


@blueprint.post("/s/<slug>/tell-me", endpoint="register")
@public
def register(slug: str) -> ResponseReturnValue:
    """Take an address, and mail it the link to confirm. What is shown then is the same for every address."""
    survey = _find(slug)
    if survey.is_published:
        return redirect(url_for("results.themes", slug=slug), 303)
    form = FollowUpForm()
    if not form.validate():
        return _form_page(survey, form, 422)
    try:
        registration.register(survey, form.cleaned(), language())
    except registration.TooMany:
        form.address.errors = [gettext(TOO_MANY)]
        return _form_page(survey, form, 429)
    except OperationalError:
        form.address.errors = [gettext(BUSY)]
        return _form_page(get_survey(slug), form, 503)
    return redirect(url_for("follow_up.look", slug=slug), 303)


@blueprint.get("/s/<slug>/tell-me/look")
@public
def look(slug: str) -> ResponseReturnValue:
    """Say that a mail is on its way."""
    page = render_template("follow_up/look.html", survey=_find(slug), days=registration.CONFIRM_DAYS)
    return page, PRIVATE_HEADERS


@blueprint.get("/tell-me/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """Show how it stands at a mailed link, with the buttons to confirm and to take back.

    Opening it changes nothing: programs that look through mails open every link.
    """
    found = registration.find(token)
    if found is None:
        return _state_page("gone", None, token)
    row, survey = found
    fall_back_on(survey.language)
    state = "published" if survey.is_published else "confirmed" if row.confirmed else "waiting"
    return _state_page(state, survey, token)


@blueprint.post("/tell-me/<token>", endpoint="confirm")
@public
def confirm(token: str) -> ResponseReturnValue:
    """Confirm the address."""
    registration.confirm(token)
    return redirect(url_for("follow_up.link", token=token), 303)


@blueprint.post("/tell-me/<token>/take-back", endpoint="take_back")
@public
def take_back(token: str) -> ResponseReturnValue:
    """Delete the address."""
    registration.take_back(token)
    return redirect(url_for("follow_up.link", token=token), 303)


def _find(slug: str) -> Survey:
    """Return a survey of which strangers may know; abort with 404 where it is none, or the site sends no mail."""
    survey = get_survey(slug)
    if not survey.is_published and (not registration.is_offered(survey) or access.is_draft(survey, now())):
        abort(404)
    return survey


def _form_page(survey: Survey, form: FollowUpForm, status: int) -> ResponseReturnValue:
    page = render_template("follow_up/ask.html", survey=survey, form=form)
    return page, status, {"Cache-Control": "private, no-cache"}


def _state_page(state: str, survey: Survey | None, token: str) -> ResponseReturnValue:
    page = render_template("follow_up/link.html", state=state, survey=survey, token=token)
    return page, 404 if state == "gone" else 200, PRIVATE_HEADERS
