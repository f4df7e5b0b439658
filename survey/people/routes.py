"""The owner's page about who works at a survey: invite, change roles, remove, hand over; and leaving it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey.core.i18n import gettext, ngettext
from survey.core.models import Survey
from survey.people import invitations, memberships
from survey.people.forms import ROLE_NAMES, InviteForm, RoleForm
from survey.people.memberships import Ended, PeopleRefused
from survey.web.access import external_url, get_own_survey, members, owners_only

blueprint = Blueprint("people", __name__, url_prefix="/manage/<slug>")

MAX_ID = 2**31 - 1


@blueprint.get("/people")
@owners_only
def listed(slug: str) -> ResponseReturnValue:
    """Who works at a survey, and which invitations wait."""
    return _page(get_own_survey(slug), InviteForm(formdata=None))


@blueprint.post("/people/invite")
@owners_only
def invite(slug: str) -> ResponseReturnValue:
    """A new invitation, its link shown this once."""
    own = get_own_survey(slug)
    form = InviteForm()
    if not form.validate():
        return _page(own, form), 422
    try:
        token = invitations.invite(own, current_user.owner_id, form.role.data, form.label.data or "", form.key.data)
    except PeopleRefused as refused:
        form.label.errors = [str(refused)]
        return _page(get_own_survey(slug), form), 409
    link = external_url("joining.join", token=token)
    page = _page(get_own_survey(slug), InviteForm(formdata=None), link=link, invited=form)
    return page, {"Cache-Control": "no-store"}


@blueprint.post("/people/invitations/<int:invitation_id>/revoke")
@owners_only
def revoke(slug: str, invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    own = get_own_survey(slug)

    def taken_back() -> str:
        if not invitations.revoke(own, current_user.owner_id, _known(invitation_id)):
            raise LookupError
        return gettext("The invitation is taken back. Its link works no more.")

    return _done(slug, taken_back)


@blueprint.post("/people/<int:member_id>/role")
@owners_only
def set_role(slug: str, member_id: int) -> ResponseReturnValue:
    """Give somebody another role."""
    own, form = get_own_survey(slug), RoleForm()
    if not form.validate():
        abort(400)

    def given() -> str:
        ended = memberships.set_role(own, current_user.owner_id, _known(member_id), form.role.data)
        said = gettext("%(name)s: %(role)s.", name=ended.name, role=gettext(ROLE_NAMES[form.role.data]))
        return said + _of_programs(ended)

    return _done(slug, given)


@blueprint.post("/people/<int:member_id>/remove")
@owners_only
def remove(slug: str, member_id: int) -> ResponseReturnValue:
    """Take somebody out of a survey."""
    own = get_own_survey(slug)

    def removed() -> str:
        ended = memberships.remove(own, current_user.owner_id, _known(member_id))
        return gettext("%(name)s is not part of this survey any more.", name=ended.name) + _of_programs(ended)

    return _done(slug, removed)


@blueprint.post("/people/<int:member_id>/hand-over")
@owners_only
def hand_over(slug: str, member_id: int) -> ResponseReturnValue:
    """Let another owner of a survey answer for it."""
    own = get_own_survey(slug)
    return _done(
        slug,
        lambda: gettext(
            "%(name)s answers for this survey now. You stay one of its owners.",
            name=memberships.hand_over(own, current_user.owner_id, _known(member_id)),
        ),
    )


@blueprint.route("/leave", methods=["GET", "POST"])
@members
def leave(slug: str) -> ResponseReturnValue:
    """Leave a survey, after confirmation."""
    own = get_own_survey(slug)
    if request.method == "POST":
        try:
            memberships.leave(own, current_user.owner_id)
        except PeopleRefused as refused:
            flash(str(refused))
            return redirect(url_for("people.listed", slug=slug), 303)
        flash(gettext("You have left the survey."))
        return redirect(url_for("manage.surveys"), 303)
    return render_template("people/leave.html", survey=own, is_keeper=own.owner_id == current_user.owner_id)


def _of_programs(ended: Ended) -> str:
    """Say what has ended of the programs of somebody who is no owner any more, and what goes on."""
    said = ""
    if ended.tokens:
        said += " " + ngettext(
            "%(n)s token they made has ended.", "%(n)s tokens they made have ended.", ended.tokens, n=ended.tokens
        )
    if ended.webhooks:
        said += " " + ngettext(
            "%(n)s address of a program is told nothing any more.",
            "%(n)s addresses of programs are told nothing any more.",
            ended.webhooks,
            n=ended.webhooks,
        )
    if ended.unknown:
        said += " " + gettext(
            "Tokens or addresses of programs of which it is not kept who made them go on. End those you do not know, "
            "under “Take it with you” and “Tell another program”."
        )
    return said


def _known(row_id: int) -> int:
    """Return an id that a row may have. Raises LookupError."""
    if row_id > MAX_ID:
        raise LookupError
    return row_id


def _done(slug: str, change: Callable[[], str]) -> ResponseReturnValue:
    """Make a change, say so or why not, and go back to the page; 404 if there is nobody to change."""
    try:
        flash(change())
    except LookupError:
        abort(404)
    except PeopleRefused as refused:
        flash(str(refused))
    return redirect(url_for("people.listed", slug=slug), 303)


def _page(own: Survey, form: InviteForm, *, link: str = "", invited: InviteForm | None = None) -> str:
    return render_template(
        "people/people.html",
        survey=own,
        form=form,
        link=link,
        invited=invited,
        people=memberships.list_members(own),
        waiting=invitations.waiting_of(own),
        lifetime=invitations.LIFETIME,
        role_names=ROLE_NAMES,
        me=current_user.owner_id,
    )
