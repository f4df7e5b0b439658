"""Access control: every route is for signed-in owners unless its view is marked `public`.

A survey of another owner and a survey that does not exist are both 404.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.wrappers import Response

from survey.core import i18n
from survey.core.account_models import Owner
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.web import time_zones

View = TypeVar("View", bound=Callable[..., object])


class SignedIn(UserMixin):
    """The signed-in owner, for Flask-Login."""

    def __init__(self, owner: Owner) -> None:
        self.owner_id = owner.id
        self.name = owner.name
        self.time_zone = owner.time_zone
        self._session_key = owner.session_key

    def get_id(self) -> str:
        return self._session_key


class SessionEnded(Exception):
    """The session was ended in the meantime; nothing was changed."""


def public(view: View) -> View:
    """Mark a view as public. A test lists all public routes."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Redirect strangers from routes that are not public to the sign-in page, and disable caching of those routes."""
    manager = LoginManager(app)

    @manager.user_loader
    def load(session_key: str) -> SignedIn | None:
        owner = db.session.scalar(select(Owner).where(Owner.session_key == session_key))
        return None if owner is None else SignedIn(owner)

    @app.before_request
    def require_sign_in() -> Response | None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
            return None
        if current_user.is_authenticated:
            return None
        wanted = request.full_path if request.method == "GET" else None
        return redirect(url_for("account.sign_in", next=wanted))

    @app.after_request
    def disable_caching(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and request.endpoint != "static" and not getattr(view, "is_public", False):
            response.headers["Cache-Control"] = "no-store"
        return response


def get_own_survey(slug: str) -> Survey:
    """Return the survey with this slug if it belongs to the signed-in owner, else abort with 404."""
    survey = db.session.scalar(select(Survey).where(Survey.slug == slug, Survey.owner_id == current_user.owner_id))
    if survey is None:
        abort(404)
    time_zones.of_owner()
    i18n.fall_back_on(survey.language)  # for what is quoted: the owner's page itself is in the browser's language
    return survey


def is_owner(survey: Survey) -> bool:
    """Return whether the visitor is the owner of this survey."""
    return bool(current_user.is_authenticated and survey.owner_id == current_user.owner_id)


def get_survey(slug: str) -> Survey:
    """Return the survey with this slug, or abort with 404. Who asks for no language there is reads the survey's."""
    survey = db.session.scalar(select(Survey).where(Survey.slug == slug))
    if survey is None:
        abort(404)
    time_zones.of_survey(survey.time_zone)
    i18n.fall_back_on(survey.language)
    return survey


def signer(purpose: str) -> URLSafeTimedSerializer:
    """Return a serializer that signs timestamped tokens of one purpose; those of other purposes are rejected."""
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt=purpose)


def safe_redirect_path(target: str | None) -> str | None:
    """Return `target` if it is a path on this site, else None, so that no redirect leads elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return None
    if any(ord(character) < 32 for character in target):
        return None
    return target


def external_url(endpoint: str, **values: object) -> str:
    """Return the absolute URL of a page as visitors see it."""
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    if base:
        return base + url_for(endpoint, **values)  # type: ignore[arg-type]
    return url_for(endpoint, _external=True, **values)  # type: ignore[arg-type]


def is_draft(survey: Survey, moment: datetime) -> bool:
    """Return whether a survey has never been open: then only its owner may see the question."""
    if survey.is_published or survey.takes_answers(moment):
        return False
    if survey.closes_at is not None and survey.closes_at <= moment:
        return False
    came = select(Answer.id).where(
        Answer.survey_id == survey.id, Answer.source.is_distinct_from("import"), ~Answer.is_askers
    )
    return db.session.scalar(came.limit(1)) is None
