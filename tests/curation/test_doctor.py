"""The theme doctor's page: each finding said with its figures, mended by one button, or left, and gone once edited."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from analysis.results import Finding
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Idea, Placement, Survey, Theme
from survey.curation import doctor, theme_edits
from survey.edits.models import Edit
from survey.results.models import Examination, LeftFinding
from survey.runs import lifecycle as runs
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, field, owned_survey, send_answer, sign_in

PAGE = f"/manage/{SLUG}/themes/doctor"
TODAY = f"/manage/{SLUG}"
SAID = {
    "Books": ["New books please", "More novels", "Newer shelves"],
    "Also books": ["Better books", "Comics for teens"],
    "Sunday": ["It should be open on Sunday", "Open it on Sunday", "It should not be open on Sunday"],
    "Owls": ["Owls in the garden"],
    "Long evening hours": ["Late hours", "Late hours too", "long evening hours"],
}


def finding(rule: str, theme: str, other: str | None = None, **more: Any) -> dict[str, Any]:
    """A finding as a run stores it."""
    figures: dict[str, dict[str, float]] = {
        "alike": {"nearer": 1, "wordings": 2, "other_nearer": 2, "other_wordings": 3},
        "inside": {"people": 2, "other_people": 3},
        "small": {"people": 1, "all": 12},
        "name": {"say": 2, "better": 6, "people": 40},
        "detail": {"say": 1, "better": 2, "people": 3},
        "opposed": {"people": 1, "other_people": 2},
        "mixed": {"ideas": 1, "all": 3},
    }
    about = {"rule": rule, "theme": theme, "other": other, "figures": {"share": 0.5, **figures[rule]}}
    return {**about, "ideas": [], "contrast": [], "name": None, **more}


def idea(app: Flask, words: str) -> list[int]:
    with app.app_context():
        answer = db.session.query(Answer).filter_by(text=words).one()
        return [answer.id, 0, len(words)]


def examine(app: Flask, filled: Filled, findings: Sequence[dict[str, Any]]) -> None:
    with app.app_context(), write_transaction() as session:
        version = session.get_one(Survey, filled.survey_id).edit_version
        doctor.store(session, filled.survey_id, filled.run_id, version, findings)


def all_findings(app: Flask) -> list[dict[str, Any]]:
    own, stay = [idea(app, "It should not be open on Sunday")], [idea(app, "Open it on Sunday")]
    return [
        finding("opposed", "Sunday", ideas=own, contrast=stay, name="Should not be open"),
        finding("alike", "Also books", "Books"),
        finding("small", "Owls"),
        finding("detail", "Long evening hours", name="Late hours"),
    ]


@pytest.fixture
def filled(app: Flask) -> Filled:
    answers = [Says(text, [(text, theme)]) for theme, texts in SAID.items() for text in texts]
    return fill(app, answers, is_owned=True)


@pytest.fixture
def owner(app: Flask, filled: Filled) -> FlaskClient:
    examine(app, filled, all_findings(app))
    client = app.test_client()
    sign_in(client)
    return client


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])).split())


def finding_ids(client: FlaskClient) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="finding" value="([^"]+)"', client.get(PAGE).text)))


def post(client: FlaskClient, what: str, **form: str) -> str:
    """Press a button of the page; gives the words of the page it leads to."""
    token = field(client.get("/manage/new"), "csrf_token")
    response = client.post(f"{PAGE}/{what}", data={"csrf_token": token, **form})
    assert (response.status_code, response.location.partition("#")[0]) == (303, PAGE)
    return text_of(client.get(PAGE).text)


def placed(app: Flask) -> dict[str, set[str]]:
    """The answers in each theme of the result that is shown."""
    with app.app_context():
        rows = db.session.query(Theme.name, Answer.text).select_from(Placement).join(
            Theme, Theme.id == Placement.theme_id
        ).join(Idea, Idea.id == Placement.idea_id).join(Answer, Answer.id == Idea.answer_id)  # fmt: skip
        found: dict[str, set[str]] = {}
        for name, text in rows:
            found.setdefault(name, set()).add(text)
        return found


def test_every_rule_has_a_sentence_with_its_figures(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    own, stay = [idea(app, "More novels")], [idea(app, "New books please")]
    more = [
        finding("inside", "Also books", "Books"),
        finding("name", "Long evening hours", name="Late hours"),
        finding("mixed", "Books", ideas=own, contrast=stay, name="Novels"),
    ]
    words = text_of(owner.get(PAGE).text)
    examine(app, filled, more)
    words += text_of(owner.get(PAGE).text)
    words = re.sub(r" ([.,”])", r"\1", words).replace("“ ", "“")
    for sentence in (
        "4 things to look at in your themes",
        "Also books and Books say nearly the same.",
        "1 of the 2 wordings of the first is nearer to the middle of the second, and 2 of 3 the other way round.",
        "Sunday holds people for and against.",
        "2 say one thing, 1 says the opposite: “Should not be open”.",
        "“It should not be open on Sunday”",
        "Owls is too small to be a theme here.",
        "1 person of the 12 who are in any theme.",
        "Long evening hours is the wording of one person.",
        "1 person of 3 uses these words. 2 say “Late hours”.",
        "Also books is inside Books.",
        "Few people in Long evening hours would call it that.",
        "2 people of 40 use these words. 6 say “Late hours”.",
        "Books holds two different things.",
        "1 of its 3 ideas is unlike the rest.",
    ):
        assert sentence in words, sentence


def test_today_says_how_many_there_are_and_readers_see_nothing(app: Flask, owner: FlaskClient) -> None:
    page = owner.get(TODAY).text
    assert "4 things to look at in your themes" in text_of(page)
    assert PAGE in page
    stranger = app.test_client()
    assert stranger.get(PAGE).status_code in (302, 303, 401, 404)
    for address in (f"/s/{SLUG}/themes", f"/s/{SLUG}/themes.json"):
        assert "doctor" not in stranger.get(address).text
        assert "to look at" not in stranger.get(address).text


@pytest.mark.both_databases
def test_one_button_mends_each(app: Flask, owner: FlaskClient) -> None:
    opposed, alike, small, detail = finding_ids(owner)
    words = post(owner, "mend", finding=alike)
    assert "Also books is part of Books now." in words
    assert placed(app)["Books"] == {*SAID["Books"], *SAID["Also books"]}
    assert "3 things to look at" in words
    words = post(owner, "mend", finding=opposed, name="Closed on Sunday")
    assert "There is a new theme, and it stays." in words
    assert placed(app)["Closed on Sunday"] == {"It should not be open on Sunday"}
    assert placed(app)["Sunday"] == set(SAID["Sunday"]) - {"It should not be open on Sunday"}
    post(owner, "mend", finding=detail)
    assert "Late hours" in placed(app)
    words = post(owner, "mend", finding=small)
    assert "Readers do not see Owls any more." in words
    assert "Nothing to look at in your themes" in words
    assert "to look at in your themes" not in text_of(owner.get(TODAY).text)
    with app.app_context():
        assert sorted(edit.action for edit in db.session.query(Edit)) == ["hide", "merge", "rename", "split"]


def test_the_page_opens_again_at_the_next_finding(owner: FlaskClient) -> None:
    ids = finding_ids(owner)
    token = field(owner.get("/manage/new"), "csrf_token")
    for what, at, follows in (("leave", 0, 1), ("mend", 3, 2), ("mend", 1, 2), ("leave", 2, None)):
        sent = owner.post(f"{PAGE}/{what}", data={"csrf_token": token, "finding": ids[at]})
        assert sent.location == (PAGE if follows is None else f"{PAGE}#{ids[follows]}")


def test_what_was_done_is_taken_back_where_it_was_done(app: Flask, owner: FlaskClient) -> None:
    before = placed(app)
    for at in range(4):
        found = finding_ids(owner)[at]
        token = field(owner.get("/manage/new"), "csrf_token")
        owner.post(f"{PAGE}/mend", data={"csrf_token": token, "finding": found})
        address = re.findall(rf'action="({PAGE}/undo/\d+)"', owner.get(PAGE).text)
        assert len(address) == 1
        assert placed(app) != before or found.startswith("small")
        assert "It is taken back" in post(owner, address[0].removeprefix(f"{PAGE}/"))
        assert placed(app) == before
        assert owner.post(address[0], data={"csrf_token": token}).status_code == 404, "only once"
        if found.startswith(("small", "detail")):
            assert found in finding_ids(owner)
        with app.app_context(), write_transaction() as session:  # the next run
            session.query(Examination).one().edit_version = session.query(Survey).one().edit_version
        assert found in finding_ids(owner)
    assert owner.post(f"{PAGE}/undo/{2**40}", data={"csrf_token": token}).status_code == 404


def test_two_windows_do_not_mend_twice(app: Flask, owner: FlaskClient) -> None:
    alike = finding_ids(owner)[1]
    post(owner, "mend", finding=alike)
    for again in (alike, "alike-none", "", "x" * 500, "small-0000000000000000"):
        for what in ("mend", "leave"):
            assert "That is settled" in post(owner, what, finding=again), again
    with app.app_context():
        assert db.session.query(Edit).count() == 1
        assert db.session.query(LeftFinding).count() == 0


def test_a_name_that_is_taken_is_refused_in_words(app: Flask, owner: FlaskClient) -> None:
    opposed = finding_ids(owner)[0]
    assert "Another theme is called Books." in post(owner, "mend", finding=opposed, name="Books")
    assert "A name has 1 to 60 characters." in post(owner, "mend", finding=opposed, name="x" * 61)
    assert opposed in finding_ids(owner)
    post(owner, "mend", finding=opposed, name="")
    assert "Should not be open" in placed(app), "without a name, what was proposed"


def test_what_was_edited_since_waits_for_the_next_run(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    with app.app_context():
        owls, sunday = (db.session.get_one(Theme, filled.themes[name]) for name in ("Owls", "Sunday"))
        theme_edits.merge(owls, sunday)
        theme_edits.set_pinned(db.session.get_one(Theme, filled.themes["Books"]), True)
        theme_edits.rename(db.session.get_one(Theme, filled.themes["Also books"]), "Other books")
    words = text_of(owner.get(PAGE).text)
    assert "Sunday holds" not in words
    assert "1 more concerns a theme that you edited, and waits for the next run." in words
    assert "Other books and Books say nearly the same" in re.sub(r" +", " ", words)


def test_a_name_the_owner_gave_is_not_questioned(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    with app.app_context():
        theme_edits.rename(db.session.get_one(Theme, filled.themes["Long evening hours"]), "After work")
    examine(app, filled, all_findings(app))
    assert not [each for each in finding_ids(owner) if each.startswith("detail")]


def test_what_the_owner_split_off_or_merged_is_not_questioned(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    post(owner, "mend", finding=finding_ids(owner)[0], name="Closed on Sunday")
    post(owner, "mend", finding=finding_ids(owner)[0])
    with app.app_context():
        closed = db.session.query(Theme).filter_by(name="Closed on Sunday").one().key
    about = [
        finding("alike", closed, "Sunday"),
        finding("inside", "Sunday", closed),
        finding("small", closed),
        finding("detail", closed, name="On Sunday"),
        finding("mixed", "Books", name="Comics", ideas=[idea(app, "Comics for teens")]),
        finding("alike", closed, "Books"),
    ]
    examine(app, filled, about)
    assert [each.partition("-")[0] for each in finding_ids(owner)] == ["alike"], "of that, nothing was decided"


def test_hidden_and_gone_themes_are_left_out(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    with app.app_context(), write_transaction() as session:
        session.get_one(Theme, filled.themes["Owls"]).hidden = True
        session.get_one(Theme, filled.themes["Books"]).hidden = True
    examine(app, filled, [*all_findings(app), finding("small", "never-was"), finding("alike", "Sunday", "never-was")])
    assert [each.partition("-")[0] for each in finding_ids(owner)] == ["opposed", "detail"]


def test_left_as_it_is_until_the_figures_change_clearly(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    alike = finding_ids(owner)[1]
    words = post(owner, "leave", finding=alike)
    assert "It stays as it is." in words
    assert alike not in finding_ids(owner)
    assert "1 is left as it is until the figures change clearly." in words
    rows = all_findings(app)
    for share, is_shown in ((0.5, False), (0.6, False), (0.4, False), (0.75, True), (0.2, True)):
        rows[1]["figures"]["share"] = share
        examine(app, filled, rows)
        assert (alike in finding_ids(owner)) == is_shown, share
    examine(app, filled, all_findings(app))
    assert alike not in finding_ids(owner)
    post(owner, "leave", finding=finding_ids(owner)[0])
    assert "2 are left as they are" in text_of(owner.get(PAGE).text)
    assert "4 things" in post(owner, "again")


def test_a_survey_without_answers_or_themes_has_nothing_to_look_at(app: Flask) -> None:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    assert "Nothing to look at in your themes" in text_of(client.get(PAGE).text)
    assert "That is settled" in post(client, "mend", finding="small-0000000000000000")
    assert client.get(TODAY).status_code == 200


def test_ideas_that_are_gone_are_not_split_off(app: Flask, filled: Filled, owner: FlaskClient) -> None:
    opposed = finding_ids(owner)[0]
    with app.app_context(), write_transaction() as session:
        session.query(Answer).filter_by(text="It should not be open on Sunday").delete()
    assert owner.get(PAGE).status_code == 200
    assert "That is settled" in post(owner, "mend", finding=opposed, name="Closed")


def test_thirty_themes_need_no_more_queries_than_three(app: Flask) -> None:
    answers = [Says(f"{number} words", [(f"{number} words", f"Theme {number}")]) for number in range(30)]
    filled = fill(app, answers, is_owned=True)
    client = app.test_client()
    sign_in(client)
    counts = []
    for number in (3, 30):
        rows = [
            finding("mixed", f"Theme {at}", ideas=[idea(app, f"{at} words")], name=f"T {at}") for at in range(number)
        ]
        examine(app, filled, rows)
        client.get(PAGE)
        with queries(app) as statements:
            client.get(PAGE)
        counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.mark.both_databases
def test_a_run_stores_what_it_found_and_deletes_what_earlier_ones_did(
    app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    owned_survey(app, codebook="none")
    said = ["cat", "one cat", "the cat sits", "late train", "train fare", "train delays"]
    for text in said:
        send_answer(app.test_client(), text)

    def found(*args: Any) -> tuple[Finding, ...]:
        themes = args[4]
        return tuple(Finding("small", theme.key, None, {"share": 0.1, "people": 1, "all": 6}, (0,)) for theme in themes)

    monkeypatch.setattr("analysis.pipeline.examine", found)
    perform(app)
    for text in ("a cat again", "train train", "cat and dog", "train on time", "my cat", "slow train"):
        send_answer(app.test_client(), text)
    with app.app_context():
        runs.request_run_now(db.session.query(Survey.id).scalar() or 0)
    perform(app)
    with app.app_context():
        survey = db.session.query(Survey).one()
        examinations = db.session.query(Examination).all()
        assert [each.run_id for each in examinations] == [survey.current_run_id]
        first = db.session.query(Answer).order_by(Answer.id).first()
        for row in examinations[0].findings:
            assert row["ideas"] == [[first.id if first else 0, 0, 3]]
        assert len(doctor.current_findings(survey).open) == len(examinations[0].findings) > 0
