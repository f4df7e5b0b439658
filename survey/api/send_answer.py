"""The API: an answer that a program sends."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import abort, jsonify, request
from flask.typing import ResponseReturnValue

from survey.accounts import api_tokens
from survey.answers import lifecycle as answers
from survey.answers.lifecycle import KeyTaken, NewAnswer, Refused
from survey.api import parameters
from survey.api.authorisation import authorised
from survey.api.routes import blueprint
from survey.core import respondent_kinds
from survey.core.account_models import ApiToken
from survey.core.database import db, now
from survey.core.models import Survey
from survey.web import request_checks
from survey.web.access import public

__all__ = ["blueprint", "send"]


@blueprint.post("/v1/answers", endpoint="send")
@public
def send() -> ResponseReturnValue:
    """Keep one answer that a program sends."""
    token = authorised(api_tokens.SEND)
    parameters.only()
    own = db.session.get_one(Survey, token.survey_id)
    if not own.takes_answers(now()):
        abort(409, "This survey takes no answers now. Nothing was kept.")
    try:
        sent = request_checks.json_object(request)
        stored = answers.receive(own, _new_answer(own, token, sent))
    except request_checks.InvalidJson as refused:
        abort(refused.status, str(refused))
    except Refused as refused:
        abort(422, str(refused))
    except KeyTaken:
        abort(409, "Another answer came with this key before. It stays as it is: use a new key for each answer.")
    return jsonify(id=stored), 201


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
        kind=_kind(own, kind),
        source="api",
        replaces=False,
    )


def _kind(own: Survey, kind: str | None) -> str | None:
    """The key of a kind that this survey has. Raises answers.Refused, naming those it asks for."""
    if kind and not own.kinds_asked:
        raise Refused("This survey asks for no kind now. Send the answer without one.")
    if kind and kind not in respondent_kinds.by_key(own):
        site = dict(respondent_kinds.SITE)
        keys = (one.key if one.key in site else f"{one.key} ({one.label})" for one in respondent_kinds.offered(own))
        raise Refused(
            f"There is no kind {kind[:40]!r}. Send one of these keys, or none: {', '.join(keys)}. "
            "/api/v1/survey names all that are taken."
        )
    return kind or None


def _form_key(token: ApiToken, key: str) -> str:
    """Return the form key of an answer that a program gave a key: with another token, the same key is another one."""
    return "api-" + hashlib.sha256(f"{token.id}:{token.token_hash}:{key}".encode()).hexdigest()
