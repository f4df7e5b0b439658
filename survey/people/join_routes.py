"""The page of an invitation: accept it as who one is, sign in as somebody else, or make an account.

It is open to strangers, because its address is the secret; what it shows of the survey is the question and a name.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey.accounts import owners
from survey.accounts import sign_in as signing_in
from survey.accounts.forms import SetUpForm
from survey.core.i18n import gettext
from survey.people import invitations
from survey.people.forms import ROLE_NAMES
from survey.people.invitations import AlreadyIn, InvitationOver, Offer
from survey.people.memberships import PeopleRefused
from survey.web.access import public, suffices

blueprint = Blueprint("joining", __name__)

NO_STORE = {"Cache-Control": "no-store"}


@blueprint.get("/join/<token>")
@public
def join(token: str) -> ResponseReturnValue:
    """What an invitation offers, and as whom one accepts it."""
    try:
        return _page(token, invitations.look(token, _me()), SetUpForm(formdata=None))
    except InvitationOver as over:
        return _over(token, str(over))


@blueprint.post("/join/<token>", endpoint="accept")
@public
def accept(token: str) -> ResponseReturnValue:
    """Accept an invitation, as who is signed in or with a new account."""
    try:
        return _accept_signed_in(token) if current_user.is_authenticated else _accept_as_new(token)
    except InvitationOver as over:
        return _over(token, str(over))


def _accept_signed_in(token: str) -> ResponseReturnValue:
    try:
        offer = invitations.accept(token, current_user)
    except AlreadyIn:
        return redirect(url_for("joining.join", token=token), 303)
    except PeopleRefused as refused:
        return _page(token, invitations.look(token, _me()), SetUpForm(formdata=None), str(refused), status=409)
    flash(_welcome(offer))
    return redirect(url_for("manage.survey", slug=offer.slug), 303)


def _accept_as_new(token: str) -> ResponseReturnValue:
    form = SetUpForm()
    offer = invitations.look(token, None)
    if "name" not in request.form:  # who was signed in when the page was made, and is not any more
        return redirect(url_for("joining.join", token=token), 303)
    if not form.validate():
        return _page(token, offer, form, status=422)
    try:
        signing_in.count_by_link(token)
        owner, offer = invitations.accept_as_new(token, form.name.data or "", form.password.data or "")
    except signing_in.TooManyAttempts as slowed:
        form.password.errors = [gettext(signing_in.TOO_MANY_TRIES, minutes=slowed.minutes)]
        page, status, headers = _page(token, offer, form, status=429)
        return page, status, {**headers, "Retry-After": str(slowed.minutes * 60)}
    except owners.NameTaken:
        form.name.errors = [
            gettext("Somebody signs in with this name already. If it is you, sign in; else choose another.")
        ]
        return _page(token, offer, form, status=422)
    except PeopleRefused as refused:
        return _page(token, offer, form, str(refused), status=409)
    owners.set_time_zone(owner.owner_id, form.known_zone())
    response = signing_in.begin_session(owner, url_for("manage.survey", slug=offer.slug))
    flash(_welcome(offer))
    return response


def _me() -> int | None:
    return current_user.owner_id if current_user.is_authenticated else None


def _welcome(offer: Offer) -> str:
    return gettext("You are in. Your role: %(role)s.", role=gettext(ROLE_NAMES[offer.role]))


def _page(
    token: str, offer: Offer, form: SetUpForm, refusal: str = "", *, status: int = 200
) -> tuple[str, int, dict[str, str]]:
    page = render_template(
        "people/join.html",
        token=token,
        offer=offer,
        form=form,
        refusal=refusal,
        role_names=ROLE_NAMES,
        is_in=suffices(offer.present_role, offer.role),
        days=invitations.LIFETIME.days,
    )
    return page, status, NO_STORE


def _over(token: str, reason: str) -> ResponseReturnValue:
    """Say why an invitation does not work; who joined with it goes on to the survey."""
    me = _me()
    slug = invitations.joined_with(token, me) if me is not None else None
    if slug is not None:
        return redirect(url_for("manage.survey", slug=slug), 303)
    status = 404 if reason == invitations.UNKNOWN else 410
    page = render_template("people/join_over.html", reason=reason, days=invitations.LIFETIME.days)
    return page, status, NO_STORE
