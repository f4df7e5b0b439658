"""The operator's page: the owners of the site."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey.accounts import owners
from survey.core.i18n import gettext
from survey.people import operators
from survey.people.forms import HandOverForm
from survey.people.memberships import PeopleRefused
from survey.people.routes import MAX_ID
from survey.web.access import external_url, operators_only

blueprint = Blueprint("operators", __name__, url_prefix="/owners")


@blueprint.get("")
@operators_only
def listed() -> ResponseReturnValue:
    """The owners of the site: since when, last seen on which day, with which surveys."""
    return _page(HandOverForm(formdata=None))


@blueprint.post("/link")
@operators_only
def make_link() -> ResponseReturnValue:
    """A one-time link that makes an owner, shown this once."""
    link = external_url("account.set_up", token=owners.new_set_up_token())
    return _page(HandOverForm(formdata=None), link)


@blueprint.post("/<int:owner_id>/disable")
@operators_only
def disable(owner_id: int) -> ResponseReturnValue:
    """End an owner's sessions, and let them sign in no more."""
    return _done(owner_id, operators.disable, lambda name: gettext("%(name)s cannot sign in any more.", name=name))


@blueprint.post("/<int:owner_id>/enable")
@operators_only
def enable(owner_id: int) -> ResponseReturnValue:
    """Let an owner sign in again."""
    return _done(owner_id, operators.enable, lambda name: gettext("%(name)s can sign in again.", name=name))


@blueprint.post("/hand-over")
@operators_only
def hand_over() -> ResponseReturnValue:
    """Let another owner answer for a survey."""
    form = HandOverForm()
    if not form.validate():
        return _page(form), 422
    slug, name = (form.address.data or "").rstrip("/").rpartition("/")[2], form.name.data or ""
    try:
        operators.hand_over(current_user.owner_id, slug, name)
    except PeopleRefused as refused:
        form.address.errors = [str(refused)]
        return _page(form), 409
    flash(gettext("%(name)s answers for %(slug)s now.", name=name, slug=slug))
    return redirect(url_for("operators.listed"), 303)


def _done(owner_id: int, change: Callable[[int, int], str], words: Callable[[str], str]) -> ResponseReturnValue:
    if owner_id > MAX_ID:
        abort(404)
    try:
        flash(words(change(current_user.owner_id, owner_id)))
    except LookupError:
        abort(404)
    except PeopleRefused as refused:
        flash(str(refused))
    return redirect(url_for("operators.listed"), 303)


def _page(form: HandOverForm, link: str = "") -> str:
    return render_template(
        "people/owners.html", rows=operators.list_owners(), form=form, link=link, me=current_user.owner_id
    )
