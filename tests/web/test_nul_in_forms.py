"""NUL in fields that nobody types: PostgreSQL can look nothing up by it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.filled_survey import Says, fill
from tests.support.visitors import SLUG, field, sign_in

IDEA = f"{1:016x}:0:5"
THEME = "themes/THEME"
SENT: list[tuple[str, dict[str, str | list[str]]]] = [
    ("proposal", {"proposal": "\0", "accept": "1"}),
    ("read-next", {"idea": IDEA, "verdict": "right", "source": "\0"}),
    (f"{THEME}/confirm", {"idea": IDEA, "at": "\0"}),
    (f"{THEME}/confirm", {"idea": [IDEA, "a\0b:0:5"], "at": "inbox"}),
    (f"{THEME}/move", {"idea": IDEA, "target": "x", "list": "?q=\0"}),
    ("themes/doctor/mend", {"finding": "\0"}),
    ("themes/undo/1", {"at": "\0"}),
    ("answers/many", {"do": "hidden", "answer": "x", "once": "\0"}),
    ("known-themes", {"codebook": "\0", "yes": "1"}),
]


@pytest.mark.both_databases
def test_a_nul_is_refused_wherever_it_is(app: Flask) -> None:
    filled = fill(app, [Says("Trust", [("Trust", "Trust")])], is_owned=True)
    client = app.test_client()
    sign_in(client)
    token = field(client.get("/manage/new"), "csrf_token")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for path, fields in SENT:
        address = f"/manage/{SLUG}/{path}".replace("THEME", filled.public["Trust"])
        sent = client.post(address, data={"csrf_token": token, **fields})
        assert sent.status_code in (303, 400, 404, 409, 422), (path, fields, sent.status_code)
