"""Access control: every route is for signed-in owners unless its view is marked `public`.

Several may work at a survey, each in one of the roles of `survey.core.account_models.ROLES`. What a route needs is said
at its view; without a mark, looking (GET) needs a reader, and everything else an editor. A survey that somebody has no
role in and a survey that does not exist are both 404; a role that does not suffice is 403, with the role that would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import NamedTuple, TypeVar

from flask import Flask, abort, current_app, g, has_app_context, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from survey.core import i18n
from survey.core.account_models import EDITOR, OWNER, READER, ROLES, Membership, Owner
from survey.core.database import db, now
from survey.core.i18n import gettext
from survey.core.models import Answer, Survey
from survey.core.survey_model import survey_formerly_at
from survey.web import request_checks, time_zones

View = TypeVar("View", bound=Callable[..., object])


class SignedIn(UserMixin):
    """The signed-in owner, for Flask-Login."""

    def __init__(self, owner: Owner) -> None:
        self.owner_id = owner.id
        self.name = owner.name
        self.time_zone = owner.time_zone
        self.is_operator = owner.is_operator
        self.seen_on = owner.seen_on
        self._session_key = owner.session_key

    def get_id(self) -> str:
        return self._session_key


class Actor(NamedTuple):
    """Who does what is being done: an owner, or nobody (a program, a worker, a visitor)."""

    owner_id: int | None = None
    name: str = ""


class RefusedPost(NamedTuple):
    """A form that was sent by somebody who is not signed in any more."""

    back: str | None
    texts: list[str]
    """What was typed in it, to be copied: it is stored nowhere"""


class RoleNeeded(Forbidden):
    """Somebody's role in a survey does not allow what they asked for."""

    def __init__(self, survey: Survey, needed: str) -> None:
        needs = {EDITOR: gettext("That is for editors and owners of this survey.")}
        super().__init__(needs.get(needed, gettext("That is for owners of this survey.")))
        self.advice = gettext("You may ask %(name)s, who answers for it.", name=keeper(survey))
        self.back = url_for("manage.survey", slug=survey.slug), gettext("Back to the survey")


class NotPartOf(NotFound):
    """Somebody signed in has no role in a survey of this address, or there is none: they are not told which."""

    def __init__(self) -> None:
        super().__init__(gettext("Either there is no survey at this address, or you do not work at it (any more)."))
        self.heading = gettext("You are not part of this survey")
        self.advice = gettext("Its owners can tell you, and can invite you.")
        self.back = url_for("manage.surveys"), gettext("To your surveys")


class SessionEnded(Exception):
    """The session was ended in the meantime; nothing was changed."""


def public(view: View) -> View:
    """Mark a view as public. A test lists all public routes."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def owners_only(view: View) -> View:
    """Mark a view of a survey as one for its owners, whatever the method."""
    view.role = OWNER  # type: ignore[attr-defined]
    return view


def editors_only(view: View) -> View:
    """Mark a view of a survey as one for editors and owners also where it only shows: a page to decide something on."""
    view.role = EDITOR  # type: ignore[attr-defined]
    return view


def members(view: View) -> View:
    """Mark a view of a survey as one that readers may also send something to."""
    view.role = READER  # type: ignore[attr-defined]
    return view


def operators_only(view: View) -> View:
    """Mark a view as one for operators of the site."""
    view.is_operators = True  # type: ignore[attr-defined]
    return view


def needed_role(view: object, method: str) -> str:
    """Return the role that a view of a survey needs for a method."""
    return str(getattr(view, "role", READER if method in ("GET", "HEAD", "OPTIONS") else EDITOR))


def suffices(role: str | None, needed: str) -> bool:
    """Return whether a role, or none, allows what needs another."""
    return role is not None and ROLES.index(role) >= ROLES.index(needed)


def init_app(app: Flask) -> None:
    """Redirect strangers from routes that are not public to the sign-in page, and disable caching of those routes."""
    manager = LoginManager(app)
    app.jinja_env.globals.update(may_edit=may_edit, may_own=may_own, keeper=keeper)

    @manager.user_loader
    def load(session_key: str) -> SignedIn | None:
        able = select(Owner).where(Owner.session_key == session_key, Owner.disabled_at.is_(None))
        owner = db.session.scalar(able)
        return None if owner is None else SignedIn(owner)

    @app.before_request
    def require_sign_in() -> ResponseReturnValue | None:
        g.actor, g.role = Actor(), None
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.endpoint == "static" or getattr(view, "is_public", False):
            return None
        if current_user.is_authenticated:
            g.actor = Actor(current_user.owner_id, current_user.name)
            if getattr(view, "is_operators", False) and not current_user.is_operator:
                abort(403, gettext("That is for whoever looks after this site."))
            if current_user.seen_on is None or current_user.seen_on.date() < now().date():
                app.extensions["jobs"].enqueue_owner_seen(current_user.owner_id)  # a GET writes nothing
            return None
        if request.method == "GET":
            return redirect(url_for("account.sign_in", next=request.full_path))
        return _refused_post()

    @app.after_request
    def disable_caching(response: Response) -> Response:
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and request.endpoint != "static" and not getattr(view, "is_public", False):
            response.headers["Cache-Control"] = "no-store"
        return response


def _refused_post() -> ResponseReturnValue:
    """Have somebody sign in who sent a form and is not signed in any more: they are told, and come back to its page."""
    if request.endpoint == "account.sign_out":
        return redirect(url_for("account.sign_in"))
    back = safe_redirect_path(request_checks.referring_page())
    is_of_account = (request.endpoint or "").startswith("account.")
    texts = [] if is_of_account else request_checks.typed_texts()
    if not texts:
        return redirect(url_for("account.sign_in", next=back, refused="yes"))
    g.refused_post = RefusedPost(back, texts)
    view: Callable[[], ResponseReturnValue] = current_app.view_functions["account.sign_in"]  # type: ignore[assignment]
    return view()


def get_own_survey(slug: str) -> Survey:
    """Return the survey with this slug if the signed-in owner has a role in it that the view allows.

    Answers with 404 if they have none, with 403 if it does not suffice. That is decided when the request begins: who is
    removed while it runs still finishes it, as if it had come a moment earlier.
    """
    me = current_user.owner_id
    found = db.session.execute(
        select(Survey, Membership.role)
        .outerjoin(Membership, and_(Membership.survey_id == Survey.id, Membership.owner_id == me))
        .where(Survey.slug == slug, or_(Survey.owner_id == me, Membership.role.is_not(None)))
    ).one_or_none()
    if found is None:
        lead_on(slug)
        raise NotPartOf
    survey, g.role = found[0], OWNER if found[0].owner_id == me else found[1]
    time_zones.of_owner()
    i18n.fall_back_on(survey.language)  # for what is quoted: the owner's page itself is in the browser's language
    needed = needed_role(current_app.view_functions.get(request.endpoint or ""), request.method)
    if not suffices(g.role, needed):
        raise RoleNeeded(survey, needed)
    return survey


def role_in(session: Session, survey: Survey, owner_id: int) -> str | None:
    """Return what an owner may do in a survey: one of ROLES, or None."""
    if survey.owner_id == owner_id:
        return OWNER
    own = (Membership.survey_id == survey.id, Membership.owner_id == owner_id)
    return session.scalar(select(Membership.role).where(*own))


def visitor_role(survey: Survey) -> str | None:
    """Return the role that the visitor has in this survey, on whatever page; None for strangers."""
    return role_in(db.session, survey, current_user.owner_id) if current_user.is_authenticated else None


def is_member(survey: Survey) -> bool:
    """Return whether the visitor has a role in this survey, and so may see what is not public yet."""
    return visitor_role(survey) is not None


def may_edit() -> bool:
    """Return whether the page being made is about a survey that its reader may change."""
    return suffices(g.get("role"), EDITOR)


def may_own() -> bool:
    """Return whether the page being made is about a survey of its reader's own."""
    return suffices(g.get("role"), OWNER)


def keeper(survey: Survey) -> str:
    """Return the name of the owner who answers for a survey."""
    return db.session.scalar(select(Owner.name).where(Owner.id == survey.owner_id)) or ""


def actor() -> Actor:
    """Return who does what is being done: the signed-in owner on pages of owners, else nobody."""
    return g.get("actor", Actor()) if has_app_context() else Actor()


@contextmanager
def acting(who: Actor) -> Iterator[None]:
    """Have what is done in this block recorded as the deed of somebody. Needs an app context."""
    before = actor()
    g.actor = who
    try:
        yield
    finally:
        g.actor = before


def get_survey(slug: str) -> Survey:
    """Return the survey with this slug, or abort with 404. Who asks for no language there is reads the survey's.

    An address that a survey had before leads on to where it is now.
    """
    survey = db.session.scalar(select(Survey).where(Survey.slug == slug))
    if survey is None:
        lead_on(slug)
        abort(404)
    time_zones.of_survey(survey.time_zone)
    i18n.fall_back_on(survey.language)
    return survey


def lead_on(slug: str) -> None:
    """Lead from a page at an address that a survey had to the same page at its own, if the visitor may know of it."""
    survey, values = survey_formerly_at(db.session, slug), request.view_args or {}
    if survey is None or values.get("slug") != slug or (is_draft(survey, now()) and not is_member(survey)):
        return
    if not (getattr(current_app.view_functions[request.endpoint or ""], "is_public", False) or is_member(survey)):
        return
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    here = url_for(request.endpoint or "", **(values | {"slug": survey.slug})) + query
    abort(redirect(here, 302 if request.method in ("GET", "HEAD") else 307))  # 307 keeps what was typed


def signer(purpose: str) -> URLSafeTimedSerializer:
    """Return a serializer that signs timestamped tokens of one purpose; those of other purposes are rejected."""
    return _signer(current_app.config["SECRET_KEY"], purpose)


@cache
def _signer(key: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=purpose)


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
    """Return whether a survey has never been open: then only its members may see the question."""
    if survey.is_published or survey.takes_answers(moment):
        return False
    if survey.closed_at is not None or (survey.closes_at is not None and survey.closes_at <= moment):
        return False
    came = select(Answer.id).where(
        Answer.survey_id == survey.id, Answer.source.is_distinct_from("import"), ~Answer.is_askers
    )
    return db.session.scalar(came.limit(1)) is None
