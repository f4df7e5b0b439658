"""The API: one survey, which a program with a token reads or sends answers to. It sets no cookie and asks for none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

from survey.accounts import api_tokens
from survey.answers import lifecycle as answers
from survey.answers import moderation
from survey.answers.lifecycle import NewAnswer, Refused
from survey.core.account_models import ApiToken
from survey.core.database import db, now
from survey.core.models import Answer, Idea, Survey
from survey.exports import check_rows, edit_rows, openapi
from survey.exports import rows as export_rows
from survey.exports.data_dictionary import ANSWERS, CHECKS, CLUSTERS, EDITS, READINGS, THEMES, Cell, Row, Table
from survey.exports.file_formats import as_object, iso
from survey.results.lookups import shown_run
from survey.web import request_checks
from survey.web.access import public
from survey.web.rate_limits import API_CALLS, rate_limiter

blueprint = Blueprint("api", __name__, url_prefix="/api")

ID = re.compile(r"[0-9]{1,18}", re.ASCII)
ID_PAIR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """No store keeps what was read here; nothing depends on a cookie."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


@blueprint.get("/v1/survey")
@public
def survey() -> ResponseReturnValue:
    """The survey a token reads."""
    own = _survey()
    run = shown_run(own)
    statuses = moderation.status_counts(own)
    return jsonify(
        address=own.slug,
        question=own.question,
        introduction=own.introduction,
        asker=own.asker,
        open=own.takes_answers(now()),
        published=own.is_published,
        created_at=iso(own.created_at),
        answers=statuses["shown"] + statuses["held"],
        people=run.answers - run.nonanswers if run else 0,
        people_placed=run.placed if run else 0,
        result=_result(own),
        result_at=iso(run.finished_at) if run and run.finished_at else None,
    )


@blueprint.get("/v1/themes")
@public
def themes() -> ResponseReturnValue:
    """Its themes."""
    own = _survey()
    return jsonify(result=_result(own), themes=_objects(THEMES, export_rows.theme_rows(own)))


@blueprint.get("/v1/edits")
@public
def edits() -> ResponseReturnValue:
    """What was changed in its themes, oldest first."""
    return jsonify(edits=_objects(EDITS, edit_rows.edit_rows(_survey())))


@blueprint.get("/v1/checks")
@public
def checks() -> ResponseReturnValue:
    """Its blind checks, and what each reader's found."""
    return jsonify(checks=_objects(CHECKS, check_rows.check_rows(_survey())))


@blueprint.get("/v1/readings")
@public
def readings() -> ResponseReturnValue:
    """What was said of each answer of its blind checks."""
    return jsonify(readings=_objects(READINGS, check_rows.reading_rows(_survey())))


@blueprint.get("/v1/answers", endpoint="answers")
@public
def answers_page() -> ResponseReturnValue:
    """Its answers, a page at a time, in the order they were stored."""
    own = _survey()
    limit, after = _limit(), request.args.get("after")
    if after is not None and not ID.fullmatch(after):
        abort(400, "after is not one that was given as next.")
    wanted = select(Answer.id).where(Answer.survey_id == own.id, Answer.id > int(after or 0))
    ids = db.session.scalars(wanted.order_by(Answer.id).limit(limit)).all()
    following = str(ids[-1]) if len(ids) == limit else None
    return jsonify(next=following, answers=_objects(ANSWERS, export_rows.answer_rows(own, ids)))


@blueprint.post("/v1/answers", endpoint="send")
@public
def send() -> ResponseReturnValue:
    """Keep one answer that a program sends."""
    token = _token(api_tokens.SEND)
    own = db.session.get_one(Survey, token.survey_id)
    if not own.takes_answers(now()):
        abort(409, "This survey takes no answers now. Nothing was kept.")
    try:
        sent = request_checks.json_object(request)
        answer = _new_answer(own, token, sent)
    except request_checks.InvalidJson as refused:
        abort(refused.status, str(refused))
    except answers.Refused as refused:
        abort(422, str(refused))
    return jsonify(id=answers.receive(own, answer)), 201


@blueprint.get("/v1/clusters")
@public
def clusters() -> ResponseReturnValue:
    """Its ideas and their themes, a page at a time. A page of one result is never followed by one of another."""
    own = _survey()
    limit, after = _limit(), request.args.get("after")
    last = 0
    if after is not None:
        found = ID_PAIR.fullmatch(after)
        if found is None:
            abort(400, "after is not one that was given as next.")
        if found[1] != _result(own):
            abort(409, "The result changed since the page before. Begin again without after.")
        last = int(found[2])
    wanted = select(Idea.id).where(Idea.run_id == own.current_run_id, Idea.id > last)
    ids = db.session.scalars(wanted.order_by(Idea.id).limit(limit)).all()
    following = f"{_result(own)}-{ids[-1]}" if len(ids) == limit else None
    return jsonify(result=_result(own), next=following, clusters=_objects(CLUSTERS, export_rows.cluster_rows(own, ids)))


@blueprint.get("/v1/openapi.json")
@public
def description() -> ResponseReturnValue:
    """The API described for programs."""
    return jsonify(openapi.document())


@blueprint.get("/docs")
@public
def docs() -> ResponseReturnValue:
    """The API described for people, made from the same description."""
    return render_template("exports/api_docs.html", api=openapi.document())


def _survey() -> Survey:
    """The survey that the token of this request reads."""
    return db.session.get_one(Survey, _token(api_tokens.READ).survey_id)


def _token(purpose: str) -> ApiToken:
    """The token that this request shows: 401 without one, 403 where it is for another purpose."""
    shown = request.authorization
    token = (
        api_tokens.authenticate(shown.token) if shown is not None and shown.type == "bearer" and shown.token else None
    )
    if token is None:
        raise Unauthorized(
            "Send a token as Authorization: Bearer TOKEN. The owner makes one on the Export page.",
            www_authenticate=WWWAuthenticate("bearer", {"realm": "Common Threads"}),
        )
    if token.purpose != purpose:
        abort(
            403, "This token is for sending answers." if token.purpose == api_tokens.SEND else "This token only reads."
        )
    if not rate_limiter().hit(API_CALLS, str(token.id)):
        raise TooManyRequests("That was a lot at once. Wait five minutes.", retry_after=API_CALLS.minutes * 60)
    return token


def _form_key(token: ApiToken, key: str) -> str:
    """Return the form key of an answer that a program gave a key: with another token, the same key is another one."""
    return "api-" + hashlib.sha256(f"{token.id}:{token.token_hash}:{key}".encode()).hexdigest()


def _new_answer(own: Survey, token: ApiToken, sent: dict[str, Any]) -> NewAnswer:
    """The answer in an object. Raises answers.Refused."""
    unknown = sent.keys() - {"text", "kind", "key"}
    if unknown:
        raise Refused(f"There is no {min(unknown)[:40]!r} here: an answer has text, kind and key.")
    text, kind, key = sent.get("text"), sent.get("kind"), sent.get("key")
    for name, value in (("text", text), ("kind", kind), ("key", key)):
        if value is not None and not isinstance(value, str):
            raise Refused(f"{name} is not a text.")
    if key is not None and not answers.FORM_KEY.fullmatch(key):
        raise Refused("key is 22 to 64 letters, digits, - and _, another one for every answer.")
    return NewAnswer(
        text=answers.check_text(text),
        form_key=_form_key(token, key) if key else answers.new_form_key(),
        kind=answers.check_kind(own, kind) if own.kinds_asked else None,
        source="api",
    )


def _limit() -> int:
    text = request.args.get("limit", str(openapi.DEFAULT_LIMIT))
    if not ID.fullmatch(text) or not 1 <= int(text) <= openapi.MAX_LIMIT:
        abort(400, f"limit is a whole number from 1 to {openapi.MAX_LIMIT}.")
    return int(text)


def _result(own: Survey) -> str | None:
    return str(own.current_run_id) if own.current_run_id else None


def _objects(table: Table, rows: Iterable[Row]) -> list[dict[str, Cell]]:
    return [as_object(table.columns, row) for row in rows]
