"""An address that a survey had before leads on to it: printed codes, private links, forms that are open."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.answers import erasure
from survey.core.database import db, migrations, write_transaction
from survey.core.models import Answer, FormerSlug, Survey
from survey.core.survey_model import free_slug, move
from tests.respond.test_story_page import LINK
from tests.support.visitors import SLUG, field, make_owner, make_survey, owned_survey, send_answer, sign_in

pytestmark = pytest.mark.both_databases


def moved(app: Flask) -> int:
    """A survey that was at SLUG and is at "newer" now."""
    survey_id = owned_survey(app)
    rename(app, survey_id, "newer")
    return survey_id


def rename(app: Flask, survey_id: int, slug: str) -> None:
    with app.app_context(), write_transaction() as session:
        move(session, session.get_one(Survey, survey_id), slug)


def test_the_settings_say_so_and_keep_the_old_address_alive(app: Flask) -> None:
    owned_survey(app)
    owner, visitor = app.test_client(), app.test_client()
    sign_in(owner)
    send_answer(visitor, "Patience")
    found = LINK.search(visitor.get(f"/s/{SLUG}/thanks?look=9").text)
    assert found
    path = found[0].partition(f"/s/{SLUG}/")[2]
    page = owner.get(f"/manage/{SLUG}/settings")
    assert "the address it has now leads on to the new one" in page.text
    form = {name: field(page, name) for name in ("csrf_token", "seen", "survey_id")}
    form |= {"question": "What holds?", "slug": "newer", "codebook": "none", "kinds_asked": "y"}
    kept = owner.post(f"/manage/{SLUG}/settings", data=form)
    assert kept.location == "/manage/newer"
    assert "The one it had leads on to it" in owner.get(kept.location).text
    assert visitor.get(f"/s/{SLUG}/{path}").location == f"/s/newer/{path}"
    assert visitor.get(f"/s/newer/{path}").status_code == 200


@pytest.mark.parametrize("path", ["", "?embed=1&x=%20y", "/themes", "/live.json"])
def test_pages_lead_on(app: Flask, path: str) -> None:
    moved(app)
    response = app.test_client().get(f"/s/{SLUG}{path}")
    assert (response.status_code, response.location) == (302, f"/s/newer{path}")


def test_an_answer_typed_on_an_open_page_arrives(app: Flask) -> None:
    survey_id = owned_survey(app)
    client = app.test_client()
    page = client.get(f"/s/{SLUG}")
    rename(app, survey_id, "newer")
    form = {name: field(page, name) for name in ("csrf_token", "form_key", "token")} | {"text": "Patience"}
    sent = client.post(f"/s/{SLUG}", data=form)
    assert (sent.status_code, sent.location) == (307, "/s/newer")
    client.post(sent.location, data=form)
    with app.app_context():
        assert db.session.query(Answer.text).all() == [("Patience",)]


def test_only_who_works_at_it_is_led_on_behind_the_scenes(app: Flask, owned: FlaskClient) -> None:
    with app.app_context():
        survey_id = db.session.query(Survey.id).scalar() or 0
    rename(app, survey_id, "newer")
    make_owner(app, "Stranger")
    stranger = app.test_client()
    sign_in(stranger, "Stranger")
    assert owned.get(f"/manage/{SLUG}/export").location == "/manage/newer/export"
    assert stranger.get(f"/manage/{SLUG}/export").status_code == 404


def test_a_draft_is_told_to_nobody(app: Flask) -> None:
    survey_id = moved(app)
    with app.app_context(), write_transaction() as session:
        session.get_one(Survey, survey_id).is_open = False
    assert app.test_client().get(f"/s/{SLUG}").status_code == 404


def test_another_survey_may_take_it_and_a_deleted_one_frees_it(app: Flask) -> None:
    first = moved(app)
    with app.app_context():
        assert free_slug(db.session, SLUG) == f"{SLUG}-2", "made addresses keep away from it"
    second = make_survey(app, None, SLUG)
    client = app.test_client()
    assert client.get(f"/s/{SLUG}").status_code == 200
    rename(app, second, "third")
    assert client.get(f"/s/{SLUG}").location == "/s/third"
    with app.app_context():
        erasure.delete_survey(db.session.get_one(Survey, second))
        assert client.get(f"/s/{SLUG}").status_code == 404
        assert db.session.query(FormerSlug).filter_by(survey_id=second).count() == 0
        assert db.session.get_one(Survey, first).slug == "newer"


def test_there_and_back(app: Flask) -> None:
    survey_id = moved(app)
    rename(app, survey_id, SLUG)
    client = app.test_client()
    assert client.get(f"/s/{SLUG}").status_code == 200
    assert client.get("/s/newer").location == f"/s/{SLUG}"
    assert client.get("/s/NEWER.").location == "/s/newer"


def test_an_address_leads_on_again_after_going_back_and_an_upgrade(app: Flask) -> None:
    """But for one that a survey was given by the older version meanwhile."""
    survey_id = moved(app)
    rename(app, survey_id, "newest")
    with app.app_context():
        migrations.downgrade("0034")
        make_survey(app, None, "newer")
        migrations.upgrade()
        assert db.session.scalars(select(FormerSlug.slug)).all() == [SLUG]
    assert app.test_client().get(f"/s/{SLUG}/themes").location == "/s/newest/themes"
