"""The page of one theme: every answer in it once, its idea marked, nobody's data shown, small groups hidden."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from survey.core.database import db
from survey.core.models import Advice, Idea, Run, Survey, Theme
from survey.manage import surveys
from survey.reports import one_theme, sections
from survey.reports.one_theme import OneTheme
from survey.results import read_model
from survey.results.highlighting import highlight, mask_with_spans
from tests.support.filled_survey import Says, add_answers, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, sign_in


def listening(text: str = "We listen", **known: object) -> Says:
    return Says(text, [(text, "Listening")], **known)  # type: ignore[arg-type]


def one(app: Flask, survey_id: int, public_id: str, **asked: str) -> OneTheme:
    with app.app_context():
        found = one_theme.one_theme(db.session.get_one(Survey, survey_id), public_id, asked)
    assert found
    return found


@pytest.mark.both_databases
def test_every_answer_is_there_once_with_all_its_ideas_marked(app: Flask) -> None:
    text = "Listen first. Then cook. Then hear them out."
    twice = Says(text, [("Listen first", "Listening"), ("Then cook", "Home"), ("hear them out", "Listening")])
    filled = fill(app, [twice, listening("Hear"), Says("Only honesty", [("honesty", "Honesty")])])
    page = app.test_client().get(filled.page("Listening")).text
    assert "<mark>Listen first</mark>. Then cook. Then <mark>hear them out</mark>." in page
    assert page.count("<blockquote") == 2
    assert "Only honesty" not in page
    assert "2 people said this" in page
    found = one(app, filled.survey_id, filled.public["Listening"])
    assert [mark.name for mark in found.answers[0].themes] == ["Home"]
    assert [(theme.name, theme.people) for theme in found.related] == [("Home", 1)]


@pytest.mark.both_databases
def test_hidden_and_held_answers_and_other_runs_are_not_listed(app: Flask) -> None:
    filled = fill(app, [listening("Seen words")] + [listening(f"{s} words", status=s) for s in ("hidden", "held")])
    with app.app_context():
        old = Run(survey_id=filled.survey_id, state="finished", reason="owner")
        db.session.add(old)
        db.session.flush()
        db.session.add(Idea(id=999, run_id=old.id, answer_id=1, starts=0, ends=4, status="placed"))
        db.session.commit()
    page = app.test_client().get(filled.page("Listening")).text
    assert "Seen words" in page
    assert "hidden words" not in page
    assert "held words" not in page


@pytest.mark.parametrize("cut", ["me jo@exam", "ple.com and 0207 946", "me jo@example.com and 02"])
def test_personal_data_is_masked_whole_inside_a_mark_and_around_it(app: Flask, cut: str) -> None:
    text = "Mail me jo@example.com and 0207 946 0958, or see www.example.org"
    shown, moved = mask_with_spans(text, [(text.index(cut), text.index(cut) + len(cut))])
    assert shown == "Mail me [e-mail address] and [phone number], or see [link]"
    pieces = highlight(shown, moved).whole
    assert "".join(piece.text for piece in pieces) == shown
    for part in ("jo@", "example", "ple.com", "0207", "946"):
        assert all(part not in piece.text for piece in pieces)
    filled = fill(app, [Says(text, [(cut, "Listening")])])
    page = app.test_client().get(filled.page("Listening")).text
    assert "[e-mail address]" in page
    assert not re.search(r"jo@|0207|example\.(com|org)", page)


def test_a_long_answer_is_folded_around_its_idea_and_whole_inside(sqlite_app: Flask) -> None:
    text = "before " * 300 + "the idea itself " + "after " * 300
    filled = fill(sqlite_app, [Says(text, [("the idea itself", "Listening")])])
    answer = one(sqlite_app, filled.survey_id, filled.public["Listening"]).answers[0]
    assert "".join(piece.text for piece in answer.text.whole) == text
    assert [piece.text for piece in answer.text.short if piece.marked] == ["the idea itself"]
    assert 300 < sum(len(piece.text) for piece in answer.text.short) < 500
    assert "Read all of it" in sqlite_app.test_client().get(filled.page("Listening")).text
    assert highlight("x" * 5000).short[0].text == "x" * 420


@pytest.mark.both_databases
def test_a_page_holds_twenty_the_clearest_first(app: Flask) -> None:
    filled = fill(app, [listening(f"Word {number}.") for number in range(45)])
    client = app.test_client()
    seen = [re.findall(r"Word \d+\.", client.get(f"{filled.page('Listening')}?page={page}").text) for page in (1, 2, 3)]
    assert [len(page) for page in seen] == [20, 20, 5]
    assert [word for page in seen for word in page] == [f"Word {number}." for number in range(45)]


@pytest.mark.both_databases
def test_a_sub_theme_narrows_the_list(app: Flask) -> None:
    filled = fill(app, [listening("Ask again", part="Asking"), listening("Hush")])
    found = one(app, filled.survey_id, filled.public["Listening"], part=filled.public["Asking"])
    assert [part.name for part in found.parts] == ["Asking"]
    assert found.part is not None
    assert len(found.answers) == 1
    assert one(app, filled.survey_id, filled.public["Listening"], part="0" * 16).pages.total == 2
    page = app.test_client().get(f"{filled.page('Listening')}?part={filled.public['Asking']}").text
    assert "Hush" not in page
    assert app.test_client().get(filled.page("Asking")).status_code == 404


def test_an_old_link_by_kind_shows_the_whole_list(app: Flask) -> None:
    answers = [listening(f"Partner {n}", kind="partner") for n in range(7)]
    answers += [listening(f"Customer {n}", kind="customer") for n in range(6)]
    filled = fill(
        app,
        answers,
        groups={"partner": 7, "customer": 6},
        published={"Listening": {"partner": 7, "customer": 6}},
    )
    client = app.test_client()
    page = client.get(filled.page("Listening"), query_string={"kind": "partner"}).text
    assert page.replace("?kind=partner&amp;lang=", "?lang=") == client.get(filled.page("Listening")).text
    assert page.count("<blockquote") == 13


def test_hidden_themes_and_strangers_themes_have_no_page(app: Flask) -> None:
    filled = fill(app, [listening(), Says("Secret", [("Secret", "Hidden one")])], hidden=["Hidden one"])
    client = app.test_client()
    assert client.get(filled.page("Listening")).status_code == 200
    assert client.get(filled.page("Hidden one")).status_code == 404
    assert client.get(f"/s/{SLUG}/themes/{'0' * 16}").status_code == 404


@pytest.mark.parametrize("page", ["answers", "map", "map/words.json", "theme"])
def test_the_pages_are_private_until_published(app: Flask, page: str) -> None:
    filled = fill(app, [listening()], is_owned=True, is_published=False)
    address = filled.page("Listening") if page == "theme" else f"/s/{SLUG}/{page}"
    stranger, owner = app.test_client(), app.test_client()
    sign_in(owner)
    assert stranger.get(address).status_code == 404
    shown = owner.get(address)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    with app.app_context():
        surveys.set_published(filled.survey_id, True)
    assert stranger.get(address).headers["Cache-Control"] == "private, no-cache"
    assert page == "map/words.json" or "Only those who work on this survey can see this page" in shown.text


def test_ten_answers_and_a_thousand_take_the_same_queries(app: Flask) -> None:
    filled = fill(app, [listening(f"Word {n}", days=n) for n in range(10)])
    counted = []
    for _ in range(2):
        with queries(app) as statements:
            assert app.test_client().get(filled.page("Listening")).status_code == 200
        counted.append(len(statements))
        with app.app_context():
            add_answers(filled, [listening(f"Word {n}", days=n % 300) for n in range(990)])
    assert counted[0] == counted[1] < 15


def test_the_theme_page_tells_of_advice_the_map_and_how_it_was_made(app: Flask) -> None:
    filled = fill(app, [listening(f"Word {n}") for n in range(5)] + [Says("True", [("True", "Honesty")])] * 2)
    with app.app_context():
        advice = Advice(survey_id=filled.survey_id, title="Two habits", points=["Listen", "Smile"])
        db.session.add(advice)
        db.session.flush()
        run = db.session.get_one(Run, filled.run_id)
        run.settings = {"codebook": "relationships", "seed": 7}
        points = [
            {"heading": "Listen", "body": "", "theme": "Listening", "people": 5, "strength": 0.9},
            {"heading": "Smile", "body": "", "theme": None, "people": 0, "strength": 0.0},
        ]
        missing = [{"theme": "Honesty", "people": 2}]
        run.advice = [{"public_id": advice.public_id, "title": "Two habits", "points": points, "missing": missing}]
        db.session.query(Theme).filter_by(name="Honesty").update({"pinned": True})
        db.session.commit()
    page = app.test_client().get(f"/s/{SLUG}/themes").text
    assert "People named 1 of them." in page
    assert "Nobody has said this" in page
    assert "missing from the list" in page
    assert f'href="/s/{SLUG}/map"' in page
    assert "the same seed give the same themes" in page
    assert "Pinned by <bdi>Ruth</bdi>, so it stands first." in page
    assert page.index("Pinned by") < page.index("Read all 5 answers")


def test_without_lists_and_without_a_run_there_are_no_empty_sections(app: Flask) -> None:
    filled = fill(app, [listening(), listening()])
    page = app.test_client().get(f"/s/{SLUG}/themes").text
    assert "Advice and answers" not in page
    assert "Over time" not in page
    with app.app_context():
        survey = db.session.get_one(Survey, filled.survey_id)
        survey.current_run_id = None
        assert sections.sections(read_model.theme_page(survey)) == {
            "trend": None, "advice": [], "patches": [], "patch_names": [], "statement": None, "downloads": [],
        }  # fmt: skip
