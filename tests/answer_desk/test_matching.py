"""Which answers match a filter: each part of it, several together, and the pages of a long list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from survey.answer_desk import filter_choices, matching
from survey.answer_desk.answer_filter import MAX_ID, AnswerFilter, Cursor
from survey.core import respondent_kinds
from survey.core.account_models import Owner
from survey.core.database import db, write_transaction
from survey.core.models import Answer, AnswerImport, Survey
from tests.support.filled_survey import START, Filled, Says, fill
from tests.support.visitors import make_owner, make_survey

CALM, LOUD = "Calm", "Loud"
ANSWERS = [
    Says("Quiet mornings", [("Quiet mornings", CALM)], kind="friend", days=0),
    Says("Singing, and quiet", [("Singing", LOUD), ("quiet", CALM)], kind="family", days=1),
    Says("Nothing in common", [("Nothing in common", None)], kind="friend", days=1),
    Says("Don't know", is_silent=True, days=2),
    Says("Singing and so on", [("Singing", LOUD), ("so on", None)], days=3),
    Says("Buy now", status="held", days=3),
    Says("Something rude", status="hidden", days=4),
    Says("ÜBER alles reden", [("ÜBER alles reden", LOUD)], days=5),
]


@pytest.fixture
def filled(app: Flask) -> Filled:
    """The answers, of two sources, one import and two languages, beside another survey's."""
    owner_id = make_owner(app)
    made = fill(app, ANSWERS, owner_id=owner_id)
    other_id = make_survey(app, owner_id, slug="other")
    with app.app_context():
        own, others = (
            AnswerImport(survey_id=survey_id, name="old.csv", public_id=f"{survey_id:016x}")
            for survey_id in (made.survey_id, other_id)
        )
        db.session.add_all([own, others])
        db.session.flush()
        for answer in db.session.query(Answer):
            answer.source = "poster" if answer.id % 2 else None
            answer.language = "de" if answer.id == 8 else "en" if answer.id != 4 else None
            answer.import_id = own.id if answer.id in (1, 2) else None
            answer.is_askers = answer.id == 5
            answer.reason = "link" if answer.status == "held" else None
        db.session.add(
            Answer(id=1000, survey_id=other_id, form_key="other", text="Quiet", source="poster", kind="friend")
        )
        db.session.commit()
    return made


def found(app: Flask, wanted: AnswerFilter) -> set[int]:
    """The ids of the answers that match, as a page lists them and as all of them are selected."""
    with app.app_context(), app.test_request_context():
        survey = db.session.query(Survey).filter_by(slug="lasting").one()
        page = matching.page(survey, wanted, 50, after=None, before=None)
        ids = {answer.id for answer in page.answers}
        everything = db.session.query(Answer.id).filter(*matching.all_matching(survey, wanted, MAX_ID))
        assert {row.id for row in everything} == ids
        assert page.extent == matching.Extent(len(ids), sum(ids))
        assert matching.extent(survey, wanted, up_to=MAX_ID) == page.extent
        assert [answer.id for answer in page.answers] == sorted(ids, reverse=True)
        return ids


CASES: dict[str, tuple[Callable[[Filled], AnswerFilter], set[int]]] = {
    "all": (lambda _: AnswerFilter(), set(range(1, 9))),
    "a theme": (lambda made: AnswerFilter(theme=made.public[CALM]), {1, 2}),
    "another theme": (lambda made: AnswerFilter(theme=made.public[LOUD]), {2, 5, 8}),
    "in no theme": (lambda _: AnswerFilter(theme="none"), {3}),
    "says nothing": (lambda _: AnswerFilter(theme="silent"), {4}),
    "a kind": (lambda _: AnswerFilter(kind="friend"), {1, 3}),
    "no kind": (lambda _: AnswerFilter(kind="none"), {4, 5, 6, 7, 8}),
    "a source": (lambda _: AnswerFilter(source="poster"), {1, 3, 5, 7}),
    "no source, but for the owner's own": (lambda _: AnswerFilter(source="direct"), {2, 4, 6, 8}),
    "the owner's own": (lambda _: AnswerFilter(source="asker"), {5}),
    "held": (lambda _: AnswerFilter(state="held"), {6}),
    "held for a link": (lambda _: AnswerFilter(why="link"), {6}),
    "held for a flood": (lambda _: AnswerFilter(state="held", why="flood"), set()),
    "hidden": (lambda _: AnswerFilter(state="hidden"), {7}),
    "a language": (lambda _: AnswerFilter(language="de"), {8}),
    "no language": (lambda _: AnswerFilter(language="none"), {4}),
    "an import": (lambda made: AnswerFilter(arrived_in=f"{made.survey_id:016x}"), {1, 2}),
    "one day": (lambda _: AnswerFilter(since="2026-03-03", until="2026-03-03"), {2, 3}),
    "from a day on": (lambda _: AnswerFilter(since="2026-03-05"), {5, 6, 7, 8}),
    "to a day": (lambda _: AnswerFilter(until="2026-03-02"), {1}),
    "from after to": (lambda _: AnswerFilter(since="2026-03-05", until="2026-03-04"), set()),
    "a word": (lambda _: AnswerFilter(words="quiet"), {1, 2}),
    "two words": (lambda _: AnswerFilter(words="quiet sing"), {2}),
    "a capital beyond ASCII": (lambda _: AnswerFilter(words="über"), {8}),
    "signs of patterns": (lambda _: AnswerFilter(words="%_"), set()),
    "theme, kind and day": (
        lambda made: AnswerFilter(theme=made.public[CALM], kind="family", since="2026-03-03", state="shown"), {2}
    ),
    "a theme that is none": (lambda _: AnswerFilter(theme="f" * 16), set()),
    "a kind that is none": (lambda _: AnswerFilter(kind="boss"), set()),
    "a source that is none": (lambda _: AnswerFilter(source="spam"), set()),
    "a state that is none": (lambda _: AnswerFilter(state="gone"), set()),
    "a reason that is none": (lambda _: AnswerFilter(why="no"), set()),
    "an import of another survey": (lambda made: AnswerFilter(arrived_in=f"{made.survey_id + 1:016x}"), set()),
    "a day that is none": (lambda _: AnswerFilter(since="2026-02-30"), set()),
    "the last day of all": (lambda _: AnswerFilter(until="9999-12-31"), set()),
    "the first day of all": (lambda _: AnswerFilter(since="0001-01-01"), set(range(1, 9))),
}  # fmt: skip


@pytest.mark.both_databases
@pytest.mark.parametrize("few", [0, 2000], ids=["as of many", "as of few"])
def test_a_filter_finds_the_answers_that_it_names_and_no_others(
    app: Flask, filled: Filled, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(matching, "FEW", few)
    got = {case: found(app, wanted(filled)) for case, (wanted, _) in CASES.items()}
    assert got == {case: expected for case, (_, expected) in CASES.items()}


@pytest.mark.both_databases
@pytest.mark.parametrize("few", [0, 2000], ids=["as of many", "as of few"])
def test_pages_have_every_answer_once_there_and_back(app: Flask, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(matching, "FEW", few)
    made = fill(app, [Says(f"Answer {n}", status="shown" if n % 3 else "held") for n in range(25)])
    with app.app_context(), app.test_request_context():
        db.session.execute(update(Answer).where(Answer.id > 10).values(received_at=START + timedelta(days=9)))
        db.session.commit()
        survey = db.session.get_one(Survey, made.survey_id)
        wanted = AnswerFilter(state="shown")
        there: list[list[int]] = []
        page = matching.page(survey, wanted, 4, after=None, before=None)
        assert page.before is None
        there.append([answer.id for answer in page.answers])
        while page.after is not None:
            page = matching.page(survey, wanted, 4, after=page.after, before=None)
            there.append([answer.id for answer in page.answers])
            assert page.before is not None
        ids = [answer_id for ids in there for answer_id in ids]
        assert sorted(ids) == [row.id for row in db.session.query(Answer.id).filter_by(status="shown").order_by("id")]
        back = [there[-1]]
        while page.before is not None:
            page = matching.page(survey, wanted, 4, after=None, before=page.before)
            back.append([answer.id for answer in page.answers])
        assert back[::-1] == there
        nothing = matching.page(survey, wanted, 4, after=Cursor(-(2**50), 1), before=None)
        assert nothing.answers == []


def test_a_day_is_the_owners(app: Flask, owned: FlaskClient) -> None:
    """In Auckland the second of March begins when it is 11:00 of the first in UTC."""
    with app.app_context(), write_transaction() as session:
        survey_id = session.query(Survey.id).scalar()
        session.query(Owner).one().time_zone = "Pacific/Auckland"
        for hour in (10, 11, 34, 35):
            moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
            session.add(Answer(survey_id=survey_id, form_key=f"h{hour}", text=f"hour {hour}", received_at=moment))
    page = owned.get("/manage/lasting/answers?from=2026-03-02&to=2026-03-02").text
    assert [f"hour {hour}" in page for hour in (10, 11, 34, 35)] == [False, True, True, False]


def test_a_day_without_a_midnight_begins_at_one(app: Flask, owned: FlaskClient) -> None:
    """In Cairo the clocks go from 0:00 to 1:00 on 24 April 2026."""
    with app.app_context(), write_transaction() as session:
        survey_id = session.query(Survey.id).scalar()
        session.query(Owner).one().time_zone = "Africa/Cairo"
        for minute in (-1, 0):
            moment = datetime(2026, 4, 23, 22, tzinfo=UTC) + timedelta(minutes=minute)
            session.add(Answer(survey_id=survey_id, form_key=f"m{minute}", text=f"minute {minute}", received_at=moment))
    page = owned.get("/manage/lasting/answers?from=2026-04-24").text
    assert ["minute -1" in page, "minute 0" in page] == [False, True]


def test_kinds_that_are_neither_asked_for_nor_had_are_not_offered(sqlite_app: Flask) -> None:
    fill(sqlite_app, [Says("Quiet", kind="friend"), Says("Loud")])
    with sqlite_app.app_context():
        survey = db.session.query(Survey).one()
        kinds = respondent_kinds.update_own_kinds([], ["Guest", "Cook"])
        for own, asks, offered in (
            ([], True, ["Partner", "Family", "Friend", "Colleague", "Customer", "Any kind"]),
            (kinds, True, ["Guest", "Cook", "Friend"]),
            (kinds, False, ["Friend"]),
        ):
            survey.own_kinds, survey.kinds_asked = own, asks
            assert [label for _, label in filter_choices.choices(survey).kind] == [*offered, "None chosen"]
