"""Becoming an owner, signing in, signing out."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from survey import access, signing_in
from survey.access import SignedIn, public
from survey.forms import SetUpForm, SignInForm

blueprint = Blueprint("account", __name__)


@blueprint.route("/set-up/<token>", methods=["GET", "POST"])
@public
def set_up(token: str) -> ResponseReturnValue:
    """The one-time link: choose a name and a password."""
    if not access.is_set_up_token(token):
        abort(404, "This set-up link was used already, or is not whole. `flask --app app set-up-link` makes a new one.")
    form = SetUpForm()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                owner = access.set_up(token, form.name.data or "", form.password.data or "")
            except access.NameTaken:
                form.name.errors = ["Somebody signs in with this name already. Choose another."]
            except access.LinkUsed:
                abort(404)
            else:
                return _begin_session(owner, url_for("manage.surveys"))
    return render_template("account/set_up.html", form=form, token=token), status, {"Cache-Control": "no-store"}


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Name and password."""
    form = SignInForm()
    status = 200
    headers = {"Cache-Control": "no-store"}
    if request.method == "GET":
        form.next.data = access.local_path(request.args.get("next"))
        if current_user.is_authenticated:
            return redirect(form.next.data or url_for("manage.surveys"))
    else:
        status = 422
        if form.validate():
            try:
                owner = signing_in.attempt(form.name.data or "", form.password.data or "")
            except signing_in.TooManyTries as slowed:
                status, headers["Retry-After"] = 429, str(slowed.minutes * 60)
                form.password.errors = [f"There were too many tries. Wait {slowed.minutes} minutes and try again."]
            else:
                if owner is not None:
                    return _begin_session(owner, access.local_path(form.next.data) or url_for("manage.surveys"))
                form.password.errors = ["The name or the password is not right. Check both and try again."]
    return render_template("account/sign_in.html", form=form), status, headers


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session here, and any copy of its cookie with it."""
    access.end_sessions(current_user.owner_id)
    logout_user()
    session.clear()
    return redirect(url_for("account.sign_in"), 303)


def _begin_session(owner: SignedIn, target: str) -> ResponseReturnValue:
    session.clear()
    login_user(owner)
    response = redirect(target, 303)
    signing_in.remember_browser(response, owner.name)
    return response
