"""Who did what: in one list by time, by name, without anybody's answers."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts import api_tokens
from survey.core.account_models import ApiToken, Owner
from survey.core.database import db, write_transaction
from survey.core.models import Answer, AnswerImport, Survey, Theme
from survey.curation import theme_edits
from survey.edits import deeds
from survey.edits.models import Deed, Edit
from survey.web.access import Actor
from survey.workbench import done
from tests.manage.test_manage import survey_form
from tests.people.test_joining import accept, invite
from tests.support.filled_survey import Filled
from tests.support.importing import take_in
from tests.support.library import QUIET, owned_library
from tests.support.site import queries
from tests.support.visitors import PASSWORD, SLUG, field, send_answer, sign_in

PAGE = f"/manage/{SLUG}"


def lines(page: str) -> list[str]:
    """What the history says, the newest first: each line without its buttons."""
    found = re.findall(r"<li[^>]*>\s*<span>(.*?)</span>\s*</span>", page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", "", line)).split()) for line in found]


def post(client: FlaskClient, path: str, **form: str) -> None:
    token = field(client.get("/account"), "csrf_token")
    assert client.post(f"{PAGE}/{path}", data={"csrf_token": token, **form}).status_code in (200, 303)


@pytest.fixture
def filled(app: Flask) -> Filled:
    """A survey of Ruth's with themes."""
    return owned_library(app)


@pytest.fixture
def ruth(app: Flask, filled: Filled) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


@pytest.mark.slow
def test_everything_is_in_one_list_with_who_did_it(app: Flask, filled: Filled, ruth: FlaskClient) -> None:
    olga = app.test_client()
    accept(olga, invite(ruth, "editor", "Olga from the office"), name="Olga", password=PASSWORD)
    theme = filled.public[QUIET]
    post(olga, f"themes/{theme}/rename", name="Silence")
    post(ruth, f"themes/undo/{edit_id(app)}")
    for path in ("unpublish", "publish", "publish"):  # the last time it is public already
        post(ruth, path)
    post(ruth, "close")
    post(ruth, "open")
    with app.app_context():
        answer = db.session.query(Answer.public_id).filter_by(text="A roof garden").scalar()
    post(olga, "answers/decide", status="hidden", answer=answer)
    post(olga, f"answers/{answer}/delete")
    take_in(olga, b"answer\nWarm lamps\nMore warm lamps\n", name="lamps.csv")
    with app.app_context():
        imported = db.session.query(AnswerImport.public_id).scalar()
    post(olga, f"import/past/{imported}/delete")
    post(ruth, "export/tokens", name="A sheet", purpose="read")
    with app.app_context():
        token_id = db.session.query(ApiToken.id).scalar()
    post(ruth, f"export/tokens/{token_id}/revoke")
    post(ruth, "publish/readers", files="themes", licence="")
    post(ruth, "proposal/switch", takes="1")
    member = re.findall(r"/people/(\d+)/role", ruth.get(f"{PAGE}/people").text)[0]
    post(ruth, f"people/{member}/role", role="reader")
    post(olga, "leave")
    page = ruth.get(f"{PAGE}/themes/history").text
    said = [re.sub(r", \d+ \w+.*?(, taken back by .*)?$", r"\1", line) for line in lines(page)]  # without the moment
    assert said == [
        "Olga left. Olga",
        "Olga became reader. Ruth",
        "Settings were changed: taking new findings by themselves. Ruth",
        "What readers may download was changed. Ruth",
        "A token for programs was ended: A sheet. Ruth",
        "A token for programs was made: A sheet. Ruth",
        "The import lamps.csv was taken back, with its 2 answers. Olga",
        "2 answers were imported from lamps.csv. Olga",
        "1 answer was deleted for good. Olga",
        "1 answer was hidden. Olga",
        "The survey was opened. Ruth",
        "The survey was closed. Ruth",
        "The theme page became public. Ruth",
        "The theme page became private. Ruth",
        f"{QUIET} is called Silence. Olga, taken back by Ruth",
        "Olga joined as editor. Olga",
        "Olga from the office was invited as editor. Ruth",
    ]
    only = ruth.get(f"{PAGE}/themes/history?of=themes").text
    assert len(lines(only)) == 1
    with app.app_context():
        kept = repr([deed.details for deed in db.session.query(Deed)])
    assert "roof garden" not in kept
    assert "lamps\\n" not in kept


def edit_id(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Edit.id).scalar() or 0


def test_settings_say_which(app: Flask, filled: Filled, ruth: FlaskClient) -> None:
    own = survey_form(codebook="none", slug=SLUG, hold_first="y")
    for question in ("What would you change?", "What would you change here?", "What would you change here?"):
        post(ruth, "settings", **own | {"question": question})
    with app.app_context():
        changed = [set(deed.details["fields"]) for deed in db.session.query(Deed).order_by(Deed.id)]
    assert {"question", "hold_first"} <= changed[0]
    assert changed[1:] == [{"question"}]  # the third time it was the same
    assert "Settings were changed: " in lines(ruth.get(f"{PAGE}/themes/history").text)[0]
    assert done.name_settings(["opens_at", "closes_at", "closed_at", "something_new"]) == [
        "when it opens", "when it closes", "other settings",
    ]  # fmt: skip


def test_what_visitors_programs_and_workers_do_is_nobodys_deed(app: Flask, filled: Filled, ruth: FlaskClient) -> None:
    # In the owner's own browser: what is done on a visitor's page is done as a visitor.
    sent = send_answer(ruth, "A quieter printer")
    assert sent.status_code == 303
    page = ruth.get(f"/s/{SLUG}/thanks?look=9").text
    secret = re.findall(rf"/s/{SLUG}/mine/([\w-]+)", page)[0]
    token = field(ruth.get(f"/s/{SLUG}/mine/{secret}"), "csrf_token")
    assert ruth.post(f"/s/{SLUG}/mine/{secret}/delete", data={"csrf_token": token}).status_code == 303
    with app.app_context():
        theme_edits.rename(db.session.get_one(Theme, filled.themes[QUIET]), "Silence")
        edit = db.session.query(Edit).one()
        assert (edit.owner_id, edit.owner_name) == (None, "")
        assert db.session.query(Deed).count() == 0


def test_the_name_of_who_is_gone_stays_readable_in_pages_and_tables(
    app: Flask, filled: Filled, ruth: FlaskClient
) -> None:
    olga = app.test_client()
    accept(olga, invite(ruth, "editor", "Olga"), name="Olga", password=PASSWORD)
    post(olga, f"themes/{filled.public[QUIET]}/rename", name="Silence")
    with app.app_context(), write_transaction() as session:
        session.delete(session.query(Owner).filter_by(name="Olga").one())
    assert "called Silence. Olga," in lines(ruth.get(f"{PAGE}/themes/history").text)[0].replace("is ", "")
    assert ruth.get(f"{PAGE}/export/edits.csv").text.splitlines()[0].endswith(",who")
    assert ruth.get(f"{PAGE}/export/edits.csv").text.splitlines()[1].endswith(",Olga")
    with app.app_context():
        token = api_tokens.create(db.session.query(Survey).one(), "x")
    given = app.test_client().get("/api/v1/edits", headers={"Authorization": f"Bearer {token}"}).json
    assert given is not None
    assert [line["who"] for line in given["edits"]] == ["Olga"]


def test_a_long_history_takes_as_few_queries_as_a_short_one(app: Flask, filled: Filled) -> None:
    counts = []
    with app.app_context():
        for number in (1, 30):
            with write_transaction() as session:
                for _ in range(number):
                    deeds.record(session, filled.survey_id, "publish", by=Actor(1, "Ruth"))
            for turn in range(number):
                theme_edits.set_pinned(db.session.get_one(Theme, filled.themes[QUIET]), turn % 2 == 0)
            survey = db.session.get_one(Survey, filled.survey_id)
            with queries(app) as statements:
                assert len(done.lines(survey, only_themes=False, offset=0, limit=50)) >= 2 * number - 10
            counts.append(len(statements))
    assert counts[0] == counts[1] == 4
