"""The API: one survey, which a program with a token reads. It sets no cookie and asks for none."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from survey.answers import moderation
from survey.api import openapi, parameters
from survey.api.authorisation import shown_token, survey_to_read
from survey.api.changed_answers import changed_since, latest_change
from survey.api.theme_lists import with_theme_lists, with_themes_of
from survey.core import respondent_kinds
from survey.core.database import db, iso, now
from survey.core.models import Answer, Idea, Survey
from survey.exports.file_formats import as_object
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.tables import check_rows, edit_rows
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import ANSWERS, CHECKS, CLUSTERS, EDITS, READINGS, THEMES, Cell, Row, Table
from survey.web.access import public
from survey.web.rate_limits import API_CALLS

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.after_request
def keep_private(response: Response) -> Response:
    """No store keeps what was read here; nothing depends on a cookie.

    A program may keep it, and asks with its ETag whether it still holds.
    """
    response.headers.setdefault("Cache-Control", "private, no-store")
    if request.method in ("GET", "HEAD") and response.status_code == 200 and response.is_json:
        response.add_etag()
        response.make_conditional(request)
    return response


@blueprint.get("/v1/survey")
@public
def survey() -> ResponseReturnValue:
    """The survey a token reads."""
    own = survey_to_read()
    parameters.only()
    run = shown_run(own)
    return jsonify(
        address=own.slug,
        question=own.question,
        introduction=own.introduction,
        asker=own.asker,
        language=own.language,
        open=own.takes_answers(now()),
        published=own.is_published,
        created_at=iso(own.created_at),
        answers=sum(moderation.status_counts(own).values()),
        people=counted_people.people(own),
        people_placed=run.placed if run else 0,
        result=_result(own),
        result_at=iso(run.finished_at) if run and run.finished_at else None,
        kinds=_kinds(own),
    )


@blueprint.get("/v1/themes")
@public
def themes() -> ResponseReturnValue:
    """Its themes."""
    own = survey_to_read()
    parameters.only()
    return jsonify(result=_result(own), themes=_objects(THEMES, export_rows.theme_rows(own)))


@blueprint.get("/v1/edits")
@public
def edits() -> ResponseReturnValue:
    """What was changed in its themes, oldest first."""
    own = survey_to_read()
    parameters.only()
    return jsonify(edits=_objects(EDITS, edit_rows.edit_rows(own)))


@blueprint.get("/v1/checks")
@public
def checks() -> ResponseReturnValue:
    """Its blind checks, and what each reader's found."""
    own = survey_to_read()
    parameters.only()
    return jsonify(checks=_objects(CHECKS, check_rows.check_rows(own)))


@blueprint.get("/v1/readings")
@public
def readings() -> ResponseReturnValue:
    """What was said of each answer of its blind checks."""
    own = survey_to_read()
    parameters.only()
    return jsonify(readings=with_theme_lists(own, _objects(READINGS, check_rows.reading_rows(own))))


@blueprint.get("/v1/answers", endpoint="answers")
@public
def answers_page() -> ResponseReturnValue:
    """Its answers, a page at a time, in the order they were stored."""
    own = survey_to_read()
    parameters.only("limit", "after", "since")
    limit, after, since = parameters.limit(), parameters.after_id(), parameters.since()
    wanted = select(Answer.id).where(Answer.survey_id == own.id, Answer.id > after)
    if since is not None:
        wanted = wanted.where(changed_since(own, since))
    ids = db.session.scalars(wanted.order_by(Answer.id).limit(limit)).all()
    following = str(ids[-1]) if len(ids) == limit else None
    latest = None if after else latest_change(own)
    return jsonify(
        next=following,
        changed=latest and iso(latest),
        answers=with_themes_of(own, ids, _objects(ANSWERS, export_rows.answer_rows(own, ids))),
    )


@blueprint.get("/v1/clusters")
@public
def clusters() -> ResponseReturnValue:
    """Its ideas and their themes, a page at a time. A page of one result is never followed by one of another."""
    own = survey_to_read()
    parameters.only("limit", "after")
    limit, last = parameters.limit(), parameters.after_of(lambda: _result(own))
    wanted = select(Idea.id).where(Idea.run_id == own.current_run_id, Idea.id > last)
    ids = db.session.scalars(wanted.order_by(Idea.id).limit(limit)).all()
    following = f"{_result(own)}-{ids[-1]}" if len(ids) == limit else None
    return jsonify(result=_result(own), next=following, clusters=_objects(CLUSTERS, export_rows.cluster_rows(own, ids)))


@blueprint.get("/v1/openapi.json")
@public
def description() -> ResponseReturnValue:
    """The API described for programs; with a token, the kinds that an answer to its survey may have are named."""
    parameters.only()
    token = shown_token()
    own = None if token is None else db.session.get_one(Survey, token.survey_id)
    kinds = None if own is None else list(respondent_kinds.by_key(own)) if own.kinds_asked else []
    return jsonify(openapi.document(kinds))


@blueprint.get("/docs")
@public
def docs() -> ResponseReturnValue:
    """The API described for people, made from the same description."""
    limits = parameters.DEFAULT_LIMIT, parameters.MAX_LIMIT
    return render_template("api/docs.html", api=openapi.document(), limits=limits, calls=API_CALLS)


def _kinds(own: Survey) -> list[dict[str, str | bool]]:
    """Return every kind that an answer may have, those that are offered first, by key and label in English."""
    labels = dict(respondent_kinds.SITE)
    offered = {kind.key for kind in respondent_kinds.offered(own)}
    kinds = sorted(respondent_kinds.by_key(own).values(), key=lambda kind: kind.key not in offered)
    return [
        {
            "key": kind.key,
            "label": labels.get(kind.key, kind.export_label),
            "exported_as": kind.export_label,
            "asked": own.kinds_asked and kind.key in offered,
        }
        for kind in kinds
    ]


def _result(own: Survey) -> str | None:
    return str(own.current_run_id) if own.current_run_id else None


def _objects(table: Table, rows: Iterable[Row]) -> list[dict[str, Cell]]:
    return [as_object(table.columns, row) for row in rows]
