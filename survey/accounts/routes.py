"""Routes of owner accounts: set up, sign in, sign out, change the password."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from survey.accounts import owners
from survey.accounts import sign_in as signing_in
from survey.accounts.forms import ChangePasswordForm, NewPasswordForm, SetUpForm, SignInForm, TimeZoneForm
from survey.core.i18n import N_, gettext
from survey.web import access
from survey.web.access import RefusedPost, SignedIn, public

blueprint = Blueprint("account", __name__)

NEW_LINK_COMMANDS = ("flask --app app set-up-link", "flask --app app reset-password NAME")
DISABLED = N_("This account is switched off. Ask whoever looks after this site to switch it on again.")


@blueprint.route("/set-up/<token>", methods=["GET", "POST"])
@public
def set_up(token: str) -> ResponseReturnValue:
    """The one-time link: choose a name and a password, or a new password."""
    try:
        makes_owner = owners.owner_of_link(token) is None
    except owners.LinkUsed:
        return _link_is_over()
    except owners.LinkExpired:
        return _link_is_over(owners.LINK_LIFETIME.days)
    form = SetUpForm() if makes_owner else NewPasswordForm()
    status = 200
    headers = {"Cache-Control": "no-store"}
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                signing_in.count_by_link(token)
                first = url_for("manage.create") if makes_owner else url_for("manage.surveys")
                return signing_in.begin_session(_by_link(token, form), first)
            except signing_in.TooManyAttempts as slowed:
                status, headers["Retry-After"] = 429, str(slowed.minutes * 60)
                form["password"].errors = [gettext(signing_in.TOO_MANY_TRIES, minutes=slowed.minutes)]
            except owners.NameTaken:
                form["name"].errors = [gettext("Somebody signs in with this name already. Choose another.")]
            except owners.LinkUsed:
                return _link_is_over()
    page = render_template("accounts/set_up.html", form=form, token=token, makes_owner=makes_owner)
    return page, status, headers


def _link_is_over(days: int | None = None) -> ResponseReturnValue:
    """Return a page that says what to do with a link that was used or, after some ``days``, has expired."""
    page = render_template("accounts/link_over.html", days=days, commands=NEW_LINK_COMMANDS)
    return page, 404, {"Cache-Control": "no-store"}


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Name and password."""
    status = 200
    headers = {"Cache-Control": "no-store"}
    refused: RefusedPost | None = g.get("refused_post")
    form = SignInForm(formdata=None, next=refused.back) if refused else SignInForm()
    if refused:
        status = 403
    elif request.method == "GET":
        form.next.data = access.safe_redirect_path(request.args.get("next"))
        if current_user.is_authenticated:
            return redirect(form.next.data or url_for("manage.surveys"))
    else:
        status = 422
        if form.validate():
            try:
                owner = signing_in.attempt(form.name.data or "", form.password.data or "")
            except signing_in.TooManyAttempts as slowed:
                status, headers["Retry-After"] = 429, str(slowed.minutes * 60)
                form.password.errors = [gettext(signing_in.TOO_MANY_TRIES, minutes=slowed.minutes)]
            except owners.OwnerDisabled:
                form.name.errors = [gettext(DISABLED)]
            else:
                if owner is not None:
                    return signing_in.begin_session(
                        owner, access.safe_redirect_path(form.next.data) or url_for("manage.surveys")
                    )
                form.password.errors = [gettext("The name or the password is not right. Check both and try again.")]
    page = render_template(
        "accounts/sign_in.html",
        form=form,
        texts=refused.texts if refused else [],
        was_refused=bool(refused) or (request.method == "GET" and request.args.get("refused") == "yes"),
        was_signed_out=request.method == "GET" and "_user_id" in session,
    )
    return page, status, headers


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End all sessions of this owner, here and on other devices."""
    owners.end_sessions(current_user.owner_id)
    logout_user()
    session.clear()
    flash(gettext("You are signed out, here and wherever else you were signed in."))
    wanted = access.safe_redirect_path(request.form.get("next"))
    return redirect(url_for("account.sign_in", next=wanted), 303)


@blueprint.route("/account", methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """The owner's name, and a new password."""
    form = ChangePasswordForm()
    status = 200
    headers = {"Cache-Control": "no-store"}
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                if signing_in.check_own_password(current_user, form.current.data or ""):
                    return _change_password(form.password.data or "")
                form.current.errors = [gettext("This is not your present password. Type it again.")]
            except signing_in.TooManyAttempts as slowed:
                status, headers["Retry-After"] = 429, str(slowed.minutes * 60)
                form.current.errors = [gettext(signing_in.TOO_MANY_TRIES, minutes=slowed.minutes)]
    return _account_page(form, TimeZoneForm.of(current_user.time_zone)), status, headers


@blueprint.post("/account/time-zone")
def set_time_zone() -> ResponseReturnValue:
    """Choose the zone in which dates are shown and typed."""
    form = TimeZoneForm()
    if not form.validate():
        return _account_page(ChangePasswordForm(formdata=None), form), 422
    owners.set_time_zone(current_user.owner_id, form.time_zone.data or None)
    flash(gettext("Your time zone is kept."))
    return redirect(url_for("account.own"), 303)


def _account_page(form: ChangePasswordForm, zone_form: TimeZoneForm) -> str:
    return render_template("accounts/account.html", form=form, zone_form=zone_form)


def _by_link(token: str, form: SetUpForm | NewPasswordForm) -> SignedIn:
    """Create an owner or reset a password with a one-time link. Raises owners.LinkUsed or owners.NameTaken."""
    password = form.password.data or ""
    if isinstance(form, SetUpForm):
        owner = owners.set_up(token, form.name.data or "", password)
        owners.set_time_zone(owner.owner_id, form.known_zone())
        return owner
    return owners.reset_password(token, password)


def _change_password(password: str) -> ResponseReturnValue:
    try:
        owner = owners.change_password(current_user, password)
    except access.SessionEnded:
        return redirect(url_for("account.sign_in"), 303)
    response = signing_in.begin_session(owner, url_for("account.own"))
    flash(gettext("Your password is changed. Wherever else you were signed in, you are not any more."))
    return response
