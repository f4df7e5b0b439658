"""Pages of mails to owners: their address, what they are told of, and the links in the mails."""

from __future__ import annotations

import secrets

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from survey.core import i18n
from survey.core.account_models import Owner
from survey.core.database import db
from survey.core.i18n import N_, gettext
from survey.core.models import DELETED_PREFIX, Survey
from survey.mail import outbox
from survey.notices import own_address, people, texts
from survey.notices.events import EVENTS
from survey.notices.forms import NO_ADDRESS, AddressForm, AllForm, SwitchForm
from survey.web.access import get_own_survey, members, public
from survey.web.rate_limits import Rule, rate_limiter

blueprint = Blueprint("notices", __name__)

LINKS = Rule("mail-links", 5, 60)
"""Links that one owner may have mailed to addresses"""
TOO_MANY = N_("A link was mailed %(times)s times within an hour. Wait a little and try again.")
FRESH = {"Cache-Control": "no-store"}


@blueprint.record_once
def _offer(state: object) -> None:
    """Let templates ask whether the site sends mail."""
    state.app.jinja_env.globals["sends_mail"] = outbox.is_configured  # type: ignore[attr-defined]


@blueprint.get("/account/mail")
def own() -> ResponseReturnValue:
    """The owner's address, language, and what they are told of every survey."""
    _refuse_without_mail()
    return _own_page(AddressForm(formdata=None), _all_form())


@blueprint.post("/account/mail")
def choose_for_all() -> ResponseReturnValue:
    """Keep what is to be told of every survey."""
    _refuse_without_mail()
    form = AllForm()
    if not form.validate():
        return _own_page(AddressForm(formdata=None), form), 422
    people.choose_for_all(current_user.owner_id, form.wanted(), form.language.data)
    flash(gettext("That is kept."))
    return redirect(url_for("notices.own"), 303)


@blueprint.post("/account/mail/address")
def ask() -> ResponseReturnValue:
    """Mail a link to an address."""
    _refuse_without_mail()
    form = AddressForm()
    if form.validate():
        if not rate_limiter().hit(LINKS, str(current_user.owner_id)):
            form.address.errors = [gettext(TOO_MANY, times=LINKS.max_hits)]
            return _own_page(form, _all_form()), 429, {"Retry-After": str(LINKS.minutes * 60)}
        try:
            with i18n.in_language(i18n.language(), i18n.WORKSHOP):
                key = f"confirm:{current_user.owner_id}:{secrets.token_hex(8)}"
                address = own_address.ask(current_user.owner_id, form.address.data or "", key=key)
        except own_address.NoAddress:
            form.address.errors = [gettext(NO_ADDRESS)]
        else:
            flash(gettext("A link is on its way to %(address)s. Follow it, and mails come there.", address=address))
            return redirect(url_for("notices.own"), 303)
    return _own_page(form, _all_form()), 422


@blueprint.post("/account/mail/remove")
def remove() -> ResponseReturnValue:
    """Forget the owner's address."""
    own_address.remove(current_user.owner_id)
    flash(gettext("Your address is forgotten. No mail comes any more."))
    return redirect(url_for("notices.own" if outbox.is_configured() else "account.own"), 303)


@blueprint.route("/mail/confirm/<token>", methods=["GET"])
@public
def confirm(token: str) -> ResponseReturnValue:
    """Ask once more whether an address is to be used: programs that check mails follow links."""
    read = own_address.read_link(token)
    return _confirm_page(token, read[1] if read else None), 200 if read else 404, FRESH


@blueprint.post("/mail/confirm/<token>")
@public
def confirmed(token: str) -> ResponseReturnValue:
    """Use an address from now on."""
    read = own_address.read_link(token)
    is_done = read is not None and own_address.confirm(*read)
    return _confirm_page(token, read[1] if read and is_done else None, is_done=is_done), 200 if is_done else 404, FRESH


@blueprint.get("/mail/stop/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    """Ask whether mails of one kind about one survey are to end."""
    return _stop_page(token, is_done=False)


@blueprint.post("/mail/stop/<token>")
@public
def stopped(token: str) -> ResponseReturnValue:
    """End mails of one kind about one survey, for whoever has the link (RFC 8058): a button, or a mail program."""
    read = texts.read_stop(token)
    return _stop_page(token, is_done=read is not None and read[2] in EVENTS and people.stop(*read))


@blueprint.route("/manage/<slug>/mails", methods=["GET", "POST"])
@members
def of_survey(slug: str) -> ResponseReturnValue:
    """What the owner is told of one survey."""
    survey = get_own_survey(slug)
    _refuse_without_mail()
    form = SwitchForm()
    if form.validate_on_submit():
        people.choose(current_user.owner_id, survey.id, form.wanted())
        flash(gettext("That is kept."))
        return redirect(url_for("notices.of_survey", slug=slug), 303)
    shown = SwitchForm.of(people.wanted_of(current_user.owner_id, survey.id))
    owner = db.session.get_one(Owner, current_user.owner_id)
    return render_template("notices/survey.html", survey=survey, form=shown, events=EVENTS.values(), owner=owner)


def _refuse_without_mail() -> None:
    if not outbox.is_configured():
        abort(404, gettext("This site sends no mail: nobody has told it by which server."))


def _all_form() -> AllForm:
    owner = db.session.get_one(Owner, current_user.owner_id)
    return AllForm.of(people.wanted_in_all(owner.id), language=owner.mail_language)


def _own_page(form: AddressForm, switches: AllForm) -> str:
    owner = db.session.get_one(Owner, current_user.owner_id)
    return render_template(
        "notices/own.html",
        form=form,
        switches=switches,
        events=EVENTS.values(),
        owner=owner,
        zone=people.zone_of(owner).key,
        days=own_address.LIFETIME.days,
    )


def _confirm_page(token: str, address: str | None, *, is_done: bool = False) -> str:
    return render_template("notices/confirm.html", token=token, address=address, is_done=is_done)


def _stop_page(token: str, *, is_done: bool) -> ResponseReturnValue:
    read = texts.read_stop(token)
    survey = db.session.get(Survey, read[1]) if read else None
    if survey is not None and survey.slug.startswith(DELETED_PREFIX):
        survey = None
    event = EVENTS.get(read[2]) if read else None
    is_known = survey is not None and event is not None
    page = render_template("notices/stop.html", token=token, survey=survey, event=event, is_done=is_done)
    return page, 200 if is_known else 404, FRESH
