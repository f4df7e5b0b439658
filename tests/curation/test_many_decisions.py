"""More ideas decided by hand, or answers in a flood, than PostgreSQL takes parameters: 65,535."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from survey.core.database import db
from survey.core.models import Answer
from survey.edits.models import Edit, IdeaChange
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG, field, sign_in

COUNT = 1500
FLOOD = "flood-2026113012"


@pytest.fixture
def many(sqlite_app: Flask) -> Filled:
    """A survey of many answers, all one flood, whose owner put every idea in its theme."""
    says = [Says(f"Trust {number}", [("Trust", "Trust")]) for number in range(COUNT)]
    filled = fill(sqlite_app, says, is_owned=True)
    with sqlite_app.app_context():
        into = filled.themes["Trust"]
        edit = Edit(survey_id=filled.survey_id, action="move", target_id=into, version=1)
        db.session.add(edit)
        db.session.flush()
        change = {"edit_id": edit.id, "starts": 0, "ends": 5, "target_id": into, "new_strength": 1.0}
        answer_ids = [answer_id for (answer_id,) in db.session.query(Answer.id)]
        db.session.execute(insert(IdeaChange), [change | {"answer_id": answer_id} for answer_id in answer_ids])
        db.session.query(Answer).update({"burst": FLOOD})
        db.session.commit()
    return filled


@pytest.mark.slow
def test_no_statement_has_a_parameter_for_each(sqlite_app: Flask, many: Filled) -> None:
    most = 0

    def count(*called: Any) -> None:
        nonlocal most
        statement, parameters, is_many = called[2], called[3], called[5]
        if not is_many and not statement.startswith("INSERT"):
            most = max(most, len(parameters))

    client = sqlite_app.test_client()
    sign_in(client)
    with sqlite_app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
    for page in ("settings", "export", "export/codebook.toml"):
        shown = client.get(f"/manage/{SLUG}/{page}")
        assert (shown.status_code, most < COUNT) == (200, True), page
        assert "codebook.toml" in shown.text or "Trust" in shown.text
    token = field(client.get("/manage/new"), "csrf_token")
    client.post(f"/manage/{SLUG}/answers/decide", data={"csrf_token": token, "burst": FLOOD, "status": "hidden"})
    with sqlite_app.app_context():
        event.remove(db.engine, "before_cursor_execute", count)
        assert db.session.query(Answer).filter_by(status="hidden").count() == COUNT
    assert most < COUNT
