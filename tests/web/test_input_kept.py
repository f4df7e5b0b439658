"""The input matrix, second half: what can be kept is stored exactly on every way in, and leaves exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from analysis.text.normalise import seen as seen_text
from survey.answers import lifecycle as answers
from survey.core import respondent_kinds
from survey.core.account_models import ApiToken
from survey.core.database import db, now, write_transaction
from survey.core.models import Advice, Answer, Idea, Run, Survey, Theme, ThemeResult
from survey.looks import change
from tests.support.entry_points import DATABASES, NAMES, Import, Way, empty_database, site_with_ways
from tests.support.every_case import every_case
from tests.support.hostile_texts import SHORT, TEXTS
from tests.support.visitors import make_survey

pytestmark = pytest.mark.slow

OTHERS = ("Listening to each other, every day", "A plain answer")


@pytest.fixture(scope="module")
def ways(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Way]]:
    """One site for all rows, on each database."""
    with empty_database(request) as url, site_with_ways(tmp_path_factory.mktemp("kept"), database_url=url) as ways:
        yield ways


@pytest.mark.parametrize(
    ("ways", "name"),
    [*(("sqlite", name) for name in NAMES if name != "import"), ("postgresql", "api")],
    indirect=["ways"],
)
def test_what_was_typed_is_stored_exactly(ways: dict[str, Way], name: str) -> None:
    with every_case() as case:
        for row in TEXTS:
            with case(row):
                way, typed = ways[name], TEXTS[row]
                before = way.stored()
                assert way.send(f" {typed}\r\n").status_code in (201, 303)
                assert way.stored() == [*before, way.kept(typed)]


@pytest.mark.parametrize("ways", DATABASES, indirect=True)
def test_what_is_imported_is_stored_exactly(ways: dict[str, Way]) -> None:
    way = ways["import"]
    assert isinstance(way, Import)
    before = way.stored()
    assert way.send_all(TEXTS.values()).status_code == 303
    stored = way.stored()
    assert stored[: len(before)] == before
    with every_case() as case:
        for row, found in zip(TEXTS, stored[len(before) :], strict=True):
            with case(row):
                assert found == way.kept(TEXTS[row])


def an_owner_writes_exactly(ways: dict[str, Way], row: str) -> None:
    """A question, an introduction, a name, a kind, a list of advice, the name of a token and that of a theme.

    But signs that turn the direction of what follows are left out: names stand inside other people's sentences. (Emoji
    alone are no point of advice: that must have words in it.)
    """
    way, typed = ways["import"], SHORT[row]
    with way.app.app_context(), write_transaction() as session:
        survey = session.get_one(Survey, way.survey_id)
        slug, token_count = survey.slug, session.query(ApiToken).count()
        theme = Theme(survey_id=survey.id, key=f"k-{row}", origin="codebook", name=f"before {row}", colour=1)
        session.add_all([theme, advice := Advice(survey_id=survey.id, title="before", points=["before"])])
        session.flush()
        run = Run(survey_id=survey.id, state="finished", reason="owner", finished_at=now(), model="toy")
        session.add(run)
        session.flush()
        session.add(ThemeResult(run_id=run.id, theme_id=theme.id, rank=0, people=1, mentions=1, wordings=1))
        survey.current_run_id = run.id
        theme_id, advice_id, of_theme, of_advice = theme.id, advice.id, theme.public_id, advice.public_id
        seen = change.state(survey)
    settings = {"question": typed, "introduction": typed, "asker": typed, "slug": slug}
    sent = {
        "words": {"kinds": typed, "kinds_asked": "y", "seen": seen},
        "settings": settings | {"codebook": "relationships"},
        f"advice/{of_advice}": {"title": typed, "points": typed},
        "export/tokens": {"name": typed, "purpose": "read"},
        f"themes/{of_theme}/rename": {"name": typed},
    }
    for address, form in sent.items():
        answer = way.client.post(f"/manage/{slug}/{address}", data=way.open() | form)
        assert answer.status_code == (200 if address == "export/tokens" else 303), address
    with way.app.app_context():
        survey = db.session.get_one(Survey, way.survey_id)
        advice, theme = db.session.get_one(Advice, advice_id), db.session.get_one(Theme, theme_id)
        token = db.session.query(ApiToken.name).order_by(ApiToken.id.desc()).limit(1).scalar()
        stored = [
            survey.question,
            survey.introduction,
            survey.asker,
            *respondent_kinds.own_labels(survey),
            advice.title,
        ]
        assert [*stored, *advice.points, token, theme.name] == [seen_text(typed)] * 8
        assert db.session.query(ApiToken).count() == token_count + 1
        with write_transaction() as session:
            session.delete(session.get_one(Advice, advice_id))
            session.query(ApiToken).filter_by(purpose="read").delete()


@pytest.mark.parametrize("ways", ["postgresql"], indirect=True)
def test_what_an_owner_writes_is_stored_exactly(ways: dict[str, Way]) -> None:
    with every_case() as case:
        for row in [row for row in SHORT if row != "5,000 emoji"]:
            with case(row):
                an_owner_writes_exactly(ways, row)


def test_no_text_of_the_table_is_changed_by_tidying() -> None:
    assert {name: answers.normalize(typed) for name, typed in TEXTS.items()} == TEXTS


def test_the_analysis_reads_them_all(sqlite_app: Flask, perform: Callable[[Flask], None]) -> None:
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        new = [answers.NewAnswer(typed, f"{number:022}") for number, typed in enumerate([*TEXTS.values(), *OTHERS])]
        answers.receive_import(db.session.get_one(Survey, survey_id), new)
    perform(sqlite_app)
    with sqlite_app.app_context():
        assert db.session.query(Run.state).all() == [("finished",)]
        assert set(db.session.query(Answer.status)) == {("shown",)}
        spans = db.session.query(Answer.text, Idea.starts, Idea.ends).join(Idea, Idea.answer_id == Answer.id).all()
    assert {words for words, _, _ in spans} == {*TEXTS.values(), *OTHERS}
    assert all(0 <= starts <= ends <= len(words) for words, starts, ends in spans)
