"""Two owners: what one asks of the other's is answered like what is not there. And looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from survey.accounts import api_tokens, owners
from survey.answers.lifecycle import NewAnswer, receive
from survey.checks import drawing, reading
from survey.coded_files import codings
from survey.coded_files.assign import Mark
from survey.coded_files.codings import Code
from survey.core.account_models import ApiToken, Invitation, Membership
from survey.core.database import Model, PageVersion, db, now, write_transaction
from survey.core.models import Advice, Answer, AnswerImport, Idea, Survey, Theme
from survey.curation import advice_lists, theme_edits
from survey.edits.models import Edit
from survey.imports import importer, staged_uploads
from survey.mail.webhook_models import Delivery, Webhook
from tests.support.filled_once import filled_once
from tests.support.site import queries
from tests.support.visitors import field, make_owner, make_survey, sign_in

ANSWERS = b"answer\nHonesty\nHonesty always\nListening\nListening well\nZebras\n"
OTHERWISE = {"table": "clusters", "form": "csv", "version": "x", "token": "t", "filename": "base.css",
             "status": "held", "chart": "themes"}  # fmt: skip
"""Parts of addresses that name nothing of anybody's"""
NAMED_BY_ID = {
    "public_id",
    "edit_id",
    "token_id",
    "key",
    "burst",
    "reader_id",
    "member_id",
    "invitation_id",
    "webhook_id",
    "delivery_id",
}
SECRETS = {"ruths": "r" * 32, "ottos": "o" * 32}
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Things:
    """What an owner has that is named by an id."""

    slug: str
    secret: str
    theme: str
    advice: str
    edit: str
    token: str
    upload: str
    answer: str
    idea: str
    imported: str
    burst: str
    check: str
    reader: str
    coding: str
    member: str
    invitation: str
    webhook: str
    delivery: str

    def address(self, rule: Rule, slug: str | None = None) -> str:
        """The address of a route for these things, or for another survey with them."""
        own = {"slug": slug or self.slug, "secret": self.secret, "edit_id": self.edit, "token_id": self.token,
               "key": self.upload, "public_id": self.public_id(rule), "burst": self.burst,
               "role": "logo", "reader_id": self.reader, "member_id": self.member, "invitation_id": self.invitation,
               "owner_id": "999999", "webhook_id": self.webhook, "delivery_id": self.delivery}  # fmt: skip
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: (own | OTHERWISE)[part[1]], rule.rule)

    def public_id(self, rule: Rule) -> str:
        """The id of what a route is about."""
        about = {"advice": self.advice, "answers": self.answer, "import": self.imported, "check": self.check,
                 "coded": self.coding}  # fmt: skip
        return next((found for part, found in about.items() if f"/{part}/" in rule.rule), self.theme)


MISSING = Things("nowhere", "n" * 32, "0" * 16, "0" * 16, "999999", "999999", "0" * 32, "0" * 16, "999999",
                 "0" * 16, "0" * 16, "0" * 16, "999999", "0" * 16, *["999999"] * 4)  # fmt: skip


def things(app: Flask, owner_id: int, slug: str) -> Things:
    """Fill a survey that has a result with an edit, advice, a token and a waiting upload."""
    with app.app_context():
        survey_id = db.session.query(Survey.id).filter_by(slug=slug).scalar() or 0
        theme = db.session.query(Theme).filter_by(survey_id=survey_id).order_by(Theme.id).first()
        assert theme is not None
        public_id = theme.public_id
        theme_edits.rename(theme, f"Called so by {slug}")
        advice_lists.add(db.session.get_one(Survey, survey_id), "Rules", ["Listen more", "Never lie"])
        api_tokens.create(db.session.get_one(Survey, survey_id), "a program")
        upload = staged_uploads.keep_pasted(owner_id, survey_id, "Honesty\nPatience")

        of_survey = {"survey_id": survey_id}
        with write_transaction() as session:
            held = {"status": "held", "reason": "burst", "burst": slug.ljust(16, "b")}
            session.add(Answer(**of_survey, form_key="b" * 22, text="Buy crystals", **held))
        check = drawing.start(db.session.get_one(Survey, survey_id), 30)
        reader = reading.readers(check)[0]
        coded = codings.store(
            db.session.get_one(Survey, survey_id),
            slug.encode().hex()[:8].ljust(16, "c"),
            "coded.csv",
            [Code("Honesty")],
            {number: [Mark(0)] for (number,) in db.session.query(Answer.id).filter_by(**of_survey)},
            {},
        ).public_id
        with write_transaction() as session:
            colleague = owners.add(session, f"A colleague in {slug}", "x")
            member = Membership(**of_survey, owner_id=colleague.id, role="reader")
            invitation = Invitation(**of_survey, token_hash=slug.ljust(64, "i"), role="reader", label="Somebody")
            webhook = Webhook(**of_survey, address="https://hook.example/", events=["test"])
            session.add_all([member, invitation, webhook])
            session.flush()
            delivery = Delivery(webhook_id=webhook.id, event="test", data={}, done_at=now())
            session.add(delivery)
            session.flush()
            webhook_id, delivery_id = str(webhook.id), str(delivery.id)
            member_id, invitation_id = str(member.id), str(invitation.id)
        idea = db.session.query(Idea.id).join(Answer).filter(Answer.survey_id == survey_id).limit(1).scalar()
        return Things(
            slug,
            SECRETS[slug],
            public_id,
            str(db.session.query(Advice.public_id).filter_by(**of_survey).scalar()),
            str(db.session.query(Edit.id).filter_by(**of_survey).scalar()),
            str(db.session.query(ApiToken.id).filter_by(**of_survey).scalar()),
            upload,
            str(db.session.query(Answer.public_id).filter_by(**of_survey).limit(1).scalar()),
            str(idea),
            str(db.session.query(AnswerImport.public_id).filter_by(**of_survey).scalar()),
            slug.ljust(16, "b"),
            check.public_id,
            str(reader.id),
            coded,
            member_id,
            invitation_id,
            webhook_id,
            delivery_id,
        )


def what_two_have(app: Flask, perform: Callable[[Flask], None]) -> tuple[Things, Things]:
    """What Ruth has, and what Otto has. Nothing is published."""
    whose = {"ruths": make_owner(app, "Ruth"), "ottos": make_owner(app, "Otto")}
    for slug, owner_id in whose.items():
        survey_id = make_survey(app, owner_id, slug)
        with app.app_context():
            importer.import_answers(db.session.get_one(Survey, survey_id), ANSWERS)
            own = NewAnswer("Honesty too", slug.ljust(22, "k"), secret=SECRETS[slug])
            receive(db.session.get_one(Survey, survey_id), own)
    perform(app)
    ruths, ottos = (things(app, owner_id, slug) for slug, owner_id in whose.items())
    return ruths, ottos


@pytest.fixture
def two(app: Flask, perform: Callable[[Flask], None]) -> tuple[FlaskClient, Things, Things]:
    """Ruth, signed in; what she has, and what Otto has."""
    ruths, ottos = filled_once(app, what_two_have, perform)
    client = app.test_client()
    sign_in(client, "Ruth")
    return client, ruths, ottos


def owners_routes(app: Flask) -> list[Rule]:
    """Every route about one survey that is not open to strangers, or shows what is not published yet."""
    found = []
    for rule in app.url_map.iter_rules():
        public = getattr(app.view_functions[rule.endpoint], "is_public", False)
        if "slug" in rule.arguments and (not public or rule.endpoint.startswith(("results.", "reading."))):
            found.append(rule)
    assert len(found) > 40
    return found


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    found = {
        name: sorted((tuple(row) for row in db.session.execute(table.select())), key=repr)
        for name, table in Model.metadata.tables.items()
        if table is not PageVersion.__table__  # changed by deeds that come to nothing, too
    }
    db.session.rollback()
    return found


@pytest.mark.slow
def test_another_owners_things_are_like_things_that_are_not_there(
    app: Flask, two: tuple[FlaskClient, Things, Things]
) -> None:
    client, _, ottos = two
    csrf = field(client.get("/manage/ruths/export"), "csrf_token")
    form = {"csrf_token": csrf, "name": "mine now", "status": "hidden", "answer": ottos.answer, "idea": ottos.idea,
            "theme": ottos.theme, "target": ottos.theme, "phrase": "mine", "title": "Mine",
            "place": "1", "say": "none", "use": "mine", "size": "30", "to": "first", "role": "owner"}  # fmt: skip
    with app.app_context():
        before = everything()
    asked = 0
    for rule in owners_routes(app):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            given = {"data": form} if method == "POST" else {}
            missing = client.open(MISSING.address(rule), method=method, **given)  # type: ignore[arg-type]
            theirs = client.open(ottos.address(rule), method=method, **given)  # type: ignore[arg-type]
            assert (theirs.status_code, theirs.text) == (404, missing.text), f"{method} {rule.rule}"
            asked += 1
            if len(rule.arguments) > 1 and rule.arguments & NAMED_BY_ID:
                in_her_own = client.open(ottos.address(rule, "ruths"), method=method, **given)  # type: ignore[arg-type]
                not_there = client.open(MISSING.address(rule, "ruths"), method=method, **given)  # type: ignore[arg-type]
                assert in_her_own.status_code == not_there.status_code, f"{method} {rule.rule} in her own survey"
                assert in_her_own.status_code in (303, 404), f"{method} {rule.rule}"
                assert in_her_own.text == not_there.text
                asked += 1
    assert asked > 60
    with app.app_context():
        assert everything() == before


@pytest.mark.both_databases
def test_ids_in_forms_are_those_of_the_survey_alone(app: Flask, two: tuple[FlaskClient, Things, Things]) -> None:
    client, ruths, ottos = two
    csrf = field(client.get("/manage/ruths/export"), "csrf_token")
    with app.app_context():
        before = everything()
    for address, form in (
        ("answers/decide", {"status": "hidden", "answer": ottos.answer}),
        (f"themes/{ruths.theme}/merge", {"target": ottos.theme}),
        (f"themes/{ruths.theme}/move", {"idea": ottos.idea, "target": ruths.theme}),
        (f"themes/{ruths.theme}/move", {"idea": ruths.idea, "target": ottos.theme}),
        (f"themes/{ruths.theme}/split", {"name": "Mine", "idea": ottos.idea}),
        ("themes/inbox", {"idea": ottos.idea, "target": ruths.theme}),
        (f"check/{ruths.check}/read/{ruths.reader}", {"place": "1", "theme": ottos.theme}),
        (f"check/{ruths.check}/read/{ottos.reader}", {"place": "1", "say": "none"}),
        (f"check/{ruths.check}/mend", {"answer": ottos.answer, "use": "mine"}),
    ):
        response = client.post(f"/manage/ruths/{address}", data=form | {"csrf_token": csrf})
        assert response.status_code in (303, 400, 404, 409, 422), address
    with app.app_context():
        assert everything() == before


def test_a_secret_link_opens_its_own_answer_in_its_own_survey(
    app: Flask, two: tuple[FlaskClient, Things, Things]
) -> None:
    client = app.test_client()
    assert client.get(f"/s/ottos/mine/{SECRETS['ottos']}").status_code == 200
    assert client.get(f"/s/ruths/mine/{SECRETS['ottos']}").status_code == 404


@pytest.mark.slow
@pytest.mark.both_databases
def test_looking_writes_nothing(app: Flask, two: tuple[FlaskClient, Things, Things]) -> None:
    client, ruths, _ = two
    with app.app_context():
        before = everything()
    with queries(app) as statements:
        walked = 0
        for rule in app.url_map.iter_rules():
            if "GET" in (rule.methods or set()):
                assert client.get(ruths.address(rule)).status_code < 500, rule.rule
                walked += 1
    assert walked > 45
    assert len(statements) > 100
    assert [statement for statement in statements if WRITES.match(statement)] == []
    with app.app_context():
        assert everything() == before


def test_a_program_that_reads_writes_nothing(app: Flask, two: tuple[FlaskClient, Things, Things]) -> None:
    with app.app_context():
        token = api_tokens.create(db.session.query(Survey).filter_by(slug="ruths").one(), "reads")
    client = app.test_client()
    with queries(app) as statements:
        for path in ("survey", "themes", "answers", "clusters"):
            assert client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert [statement for statement in statements if WRITES.match(statement)] == []


def test_every_write_from_another_site_is_refused(app: Flask, two: tuple[FlaskClient, Things, Things]) -> None:
    """The owner's browser sends the cookie along (as an old one would), the other site knows no form token."""
    client, ruths, _ = two
    with app.app_context():
        before = everything()
    headers = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
    form = {"name": "x", "text": "forged words", "form_key": "f" * 22, "password": "x" * 20, "status": "hidden",
            "answer": ruths.answer, "title": "x", "points": "x", "question": "x"}  # fmt: skip
    asked = 0
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or set()):
            refused = client.post(ruths.address(rule), data=form, headers=headers)
            assert refused.status_code in (400, 401, 404), f"{rule.rule} took a forged post: {refused.status_code}"
            asked += 1
    assert asked > 30
    with app.app_context():
        assert everything() == before
