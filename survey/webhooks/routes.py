"""The page of a survey's webhooks."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey.core.i18n import gettext
from survey.core.models import Survey
from survey.web.access import get_own_survey, owners_only
from survey.webhooks import listed as webhooks
from survey.webhooks.addresses import AddressRefused
from survey.webhooks.connection import TROUBLES
from survey.webhooks.events import EVENTS, LABELS
from survey.webhooks.forms import WebhookForm, field_name

blueprint = Blueprint("webhooks", __name__, url_prefix="/manage/<slug>/webhooks")


@blueprint.get("", endpoint="listed")
@owners_only
def listed(slug: str) -> ResponseReturnValue:
    """List the addresses that are told what happens, and what was sent to each."""
    return _page(get_own_survey(slug), WebhookForm(formdata=None))


@blueprint.post("")
@owners_only
def make(slug: str) -> ResponseReturnValue:
    """Add an address; its secret is shown this once."""
    own = get_own_survey(slug)
    form = WebhookForm()
    if form.validate():
        if not form.events():
            form.address.errors = [gettext("Choose at least one thing that it is told.")]
        else:
            try:
                secret = webhooks.make(own, form.address.data or "", form.events(), with_text=bool(form.with_text.data))
            except AddressRefused as refused:
                form.address.errors = [gettext(TROUBLES[refused.key])]
            except webhooks.TooMany:
                most = webhooks.MAX_WEBHOOKS
                form.address.errors = [gettext("This survey has %(most)s addresses. Delete one first.", most=most)]
            else:
                return _page(get_own_survey(slug), WebhookForm(formdata=None), secret)
    return _page(own, form), 422


@blueprint.post("/<int:webhook_id>/pause")
@owners_only
def pause(slug: str, webhook_id: int) -> ResponseReturnValue:
    """Tell an address nothing for now."""
    return _done(slug, webhooks.set_paused(get_own_survey(slug), webhook_id, True), gettext("It is not told for now."))


@blueprint.post("/<int:webhook_id>/resume")
@owners_only
def resume(slug: str, webhook_id: int) -> ResponseReturnValue:
    """Tell an address again, also what it has missed."""
    done = webhooks.set_paused(get_own_survey(slug), webhook_id, False)
    return _done(slug, done, gettext("It is told again, also what it has missed."))


@blueprint.post("/<int:webhook_id>/delete")
@owners_only
def delete(slug: str, webhook_id: int) -> ResponseReturnValue:
    """Delete an address and the list of what was sent to it."""
    done = webhooks.remove(get_own_survey(slug), webhook_id)
    return _done(slug, done, gettext("The address is deleted. Nothing more is sent to it."))


@blueprint.post("/<int:webhook_id>/test")
@owners_only
def test(slug: str, webhook_id: int) -> ResponseReturnValue:
    """Send a test to an address."""
    try:
        done = webhooks.test(get_own_survey(slug), webhook_id)
    except webhooks.TooMany:
        flash(gettext("Tests wait already. Look in a moment what came of them."))
        return redirect(url_for("webhooks.listed", slug=slug), 303)
    return _done(slug, done, gettext("A test is on its way. Load this page again to see what came of it."))


@blueprint.post("/deliveries/<int:delivery_id>/again")
@owners_only
def again(slug: str, delivery_id: int) -> ResponseReturnValue:
    """Send something once more."""
    return _done(slug, webhooks.again(get_own_survey(slug), delivery_id), gettext("It is sent once more."))


def _done(slug: str, done: bool, message: str) -> ResponseReturnValue:
    if not done:
        abort(404)
    flash(message)
    return redirect(url_for("webhooks.listed", slug=slug), 303)


def _page(own: Survey, form: WebhookForm, secret: str | None = None) -> str:
    return render_template(
        "webhooks/listed.html",
        survey=own,
        form=form,
        secret=secret,
        listed=webhooks.of_survey(own),
        events=EVENTS,
        labels=LABELS,
        troubles=TROUBLES,
        field_name=field_name,
    )
