"""The API: answers found by word or by meaning."""

from __future__ import annotations

from typing import Literal

from flask import abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from survey.api import parameters
from survey.api.authorisation import survey_to_read
from survey.api.send_answer import blueprint
from survey.api.theme_lists import Listed, with_themes_of
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.exports.file_formats import as_object
from survey.search import find
from survey.search.by_word import Scope
from survey.search.find import ASKED, MAX_QUERY_CHARACTERS, OFTEN, SEARCHED, UNASKED
from survey.tables.data_dictionary import ANSWERS
from survey.tables.rows import answer_rows
from survey.web.access import public
from survey.web.rate_limits import client_address, rate_limiter

By = Literal["word", "meaning"]


@blueprint.get("/v1/search")
@public
def search() -> ResponseReturnValue:
    """Its answers that have some words, or are near them in meaning, a page at a time."""
    own = survey_to_read()
    parameters.only("q", "by", "limit", "after")
    by, limit, after = _by(), parameters.limit(), parameters.after_id()
    text = request.args.get("q", "")
    if len(text) > MAX_QUERY_CHARACTERS or "\0" in text or not find.clean_query(text):
        abort(400, f"q is 1 to {MAX_QUERY_CHARACTERS} characters, of which one can be seen.")
    scope = Scope((Answer.survey_id == own.id,), is_masked=False)
    if by == "word":
        found = find.find(own, text, scope=scope, meaning=False)
        query, ids = found.query, found.by_word
    else:
        query, ids = find.clean_query(text), _by_meaning(own, text, scope)
    page = ids[after : after + limit]
    following = str(after + limit) if after + limit < len(ids) else None
    return jsonify(query=query, by=by, total=len(ids), next=following, answers=_in_order(own, page))


def _by() -> By:
    """Return how to search; abort with 400 where that is not known."""
    asked = request.args.get("by", "word")
    if asked not in ("word", "meaning"):
        abort(400, "by is word or meaning.")
    return "word" if asked == "word" else "meaning"


def _by_meaning(own: Survey, text: str, scope: Scope) -> list[int]:
    """Return the ids of answers near a text in meaning; abort with 429 or 503 where they cannot be searched now."""
    near = find.answer_ids_by_meaning(own, text, scope)
    if near.state == OFTEN:
        seconds = rate_limiter().seconds_left(ASKED, client_address())
        raise TooManyRequests(f"That was a lot. Wait {seconds} seconds, or search by word.", retry_after=seconds)
    if near.state not in (SEARCHED, UNASKED):
        words = "Search by meaning is starting, busy, or not running here. Ask again, or with by=word."
        abort(make_response(jsonify(error=words), 503))
    return list(near.ids)


def _in_order(own: Survey, ids: list[int]) -> list[Listed]:
    """Return answers in the order of their ids."""
    numbers = dict(db.session.execute(select(Answer.public_id, Answer.id).where(Answer.id.in_(ids))).all())
    rows = with_themes_of(own, ids, [as_object(ANSWERS.columns, row) for row in answer_rows(own, ids)])
    place = {number: at for at, number in enumerate(ids)}
    return sorted(rows, key=lambda row: place[numbers[str(row["answer_id"])]])
