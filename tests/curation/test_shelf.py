"""A codebook that fits: measured by the worker, asked about, taken up, declined, taken back; one that fits badly."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from analysis.known_themes.codebook import Codebook, packaged
from analysis.known_themes.translated import languages
from survey.core.database import db, write_transaction
from survey.core.models import Placement, Run, Survey, Theme, ThemeResult
from survey.curation import edit_history, shelf, theme_edits
from survey.curation.codebook import packaged_codebook, rename_known_themes
from survey.curation.shelf import OfferGone
from survey.edits import change_log, proposals
from survey.edits.models import Edit
from survey.manage.overview import theme_changes
from survey.results.models import CodebookFit
from tests.support.only_survey import own, send
from tests.support.visitors import SLUG, field, owned_survey, sign_in

NONSENSE = [f"nonsense{n} rubbish{n} gibberish{n}" for n in range(20)]


def said(codebook: str, each: int = 2) -> list[str]:
    """What people say about many themes of a codebook, each in two themes at least."""
    return [text for theme in Codebook.load(codebook).themes for text in theme.examples[:each]]


@pytest.fixture
def asked(app: Flask, perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Flask]:
    """Make a survey with a result, after which codebooks were measured with the toy model."""
    monkeypatch.setattr("survey.worker.measure_shelf.precomputed_vectors", lambda model: {"ready": model})

    def make(texts: list[str], codebook: str = "none") -> Flask:
        owned_survey(app, codebook=codebook)
        with app.app_context():
            send(texts)
        perform(app)
        return app

    return make


def shown() -> dict[str, str]:
    """The origin of each theme that is shown, by its name."""
    rows = select(Theme.name, Theme.origin).join(ThemeResult, ThemeResult.theme_id == Theme.id)
    found = rows.where(ThemeResult.run_id == own().current_run_id, ThemeResult.parent_id.is_(None))
    return dict(db.session.execute(found).all())


def placed() -> Mapping[int, set[int]]:
    """The ideas in each theme that is shown."""
    found: dict[int, set[int]] = {}
    for theme_id, idea_id in db.session.execute(select(Placement.theme_id, Placement.idea_id)):
        found.setdefault(theme_id, set()).add(idea_id)
    return found


def found_with() -> str:
    """The known themes that the result says it was found with."""
    run = db.session.get_one(Run, own().current_run_id)
    return str(run.settings["codebook"])


def client_of(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def press(client: FlaskClient, address: str, **form: str) -> str:
    token = field(client.get(f"/manage/{SLUG}"), "csrf_token")
    return client.post(address, data={"csrf_token": token, **form}, follow_redirects=True).text


@pytest.mark.slow
def test_the_owner_is_asked_about_what_fits_and_nothing_is_switched(asked: Callable[..., Flask]) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        offer = shelf.offer(own())
        assert offer is not None
        assert (offer.codebook, offer.used, offer.topic, offer.topic_now) == ("workplace", "none", "working life", None)
        assert offer.people >= offer.placed > offer.people / 2
        assert own().codebook == "none"
    page = client_of(app).get(f"/manage/{SLUG}").text
    assert "Most of what people wrote is about <bdi>working life</bdi>. Start from known themes for it?" in page
    assert "Start from known themes for it?" in client_of(app).get(f"/manage/{SLUG}/themes").text


@pytest.mark.slow
def test_yes_starts_from_it_and_it_can_be_taken_back(
    asked: Callable[..., Flask], perform: Callable[[Flask], None]
) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        before = shown()
        assert "codebook" not in before.values()
    client = client_of(app)
    page = press(client, f"/manage/{SLUG}/known-themes", codebook="workplace", yes="1")
    assert "Themes are found again. It takes a moment, and you can take it back." in page
    perform(app)
    with app.app_context():
        assert own().codebook == "workplace"
        assert list(shown().values()).count("codebook") > len(shown()) / 2
        keys = db.session.scalars(select(Theme.key).where(Theme.origin == "codebook")).all()
        assert all(key.startswith("workplace-") for key in keys)
        assert shelf.offer(own()) is None
    page = client.get(f"/manage/{SLUG}").text
    assert "You start from known themes about <bdi>working life</bdi> since" in page
    page = press(client, f"/manage/{SLUG}/known-themes/undo")
    assert "It is taken back, and all is as it was." in page
    assert "What the last run changed" not in page
    with app.app_context():
        assert found_with() == "none"
    perform(app)
    with app.app_context():
        assert own().codebook == "none"
        assert own().takes_findings
        assert shown() == before
        assert found_with() == "none"
        assert shelf.offer(own()) is None
        assert shelf.adopted(own()) is None
    assert "It was taken back already." in press(client, f"/manage/{SLUG}/known-themes/undo")


@pytest.mark.slow
def test_what_a_finding_changed_is_made_again_and_taken_back_with_the_known_themes_it_says(
    asked: Callable[..., Flask], perform: Callable[[Flask], None]
) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        shelf.adopt(own(), "workplace")
    perform(app)
    with app.app_context():
        found = db.session.scalars(select(Edit)).one()
        assert found_with() == "workplace"
        for is_undone in (True, False, True):
            (edit_history.undo if is_undone else edit_history.redo)(own(), found.id)
            assert found_with() == ("none" if is_undone else "workplace")
            assert theme_changes(own(), db.session.get_one(Run, own().current_run_id)) == []


@pytest.mark.slow
def test_what_came_since_stays_and_is_told(asked: Callable[..., Flask], perform: Callable[[Flask], None]) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        shelf.adopt(own(), "workplace")
    perform(app)
    with app.app_context():
        rows = select(Theme).join(ThemeResult, ThemeResult.theme_id == Theme.id)
        theme = db.session.scalars(rows.where(ThemeResult.run_id == own().current_run_id)).first()
        assert theme is not None
        theme_edits.rename(theme, "What we call it")
    page = press(client_of(app), f"/manage/{SLUG}/known-themes/undo")
    assert "It is taken back. What was changed or came in since stays." in page
    assert "all is as it was" not in page


@pytest.mark.slow
def test_taken_back_before_the_run_nothing_is_found_again(
    asked: Callable[..., Flask], perform: Callable[[Flask], None]
) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        before = shown()
        shelf.adopt(own(), "workplace")
        shelf.take_back(own())
        assert db.session.scalars(select(Run.finds).where(Run.state == "asked")).all() == [False]
    perform(app)
    with app.app_context():
        assert shown() == before


@pytest.mark.slow
def test_taking_back_that_breaks_off_can_be_repeated(
    asked: Callable[..., Flask], perform: Callable[[Flask], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        before = shown()
        shelf.adopt(own(), "workplace")
    perform(app)
    with app.app_context():
        undone = change_log.set_undone
        monkeypatch.setattr(change_log, "set_undone", lambda *called: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shelf.take_back(own())
        assert own().codebook == "workplace"
        monkeypatch.setattr(change_log, "set_undone", undone)
        shelf.take_back(own())
        assert own().codebook == "none"
        assert own().takes_findings
        assert shown() == before


@pytest.mark.slow
def test_no_is_remembered(asked: Callable[..., Flask], perform: Callable[[Flask], None]) -> None:
    app = asked(said("workplace"))
    client = client_of(app)
    page = press(client, f"/manage/{SLUG}/known-themes", codebook="workplace", no="1")
    assert "It stays as it is. You are not asked about this again." in page
    with app.app_context():
        send([f"{text} too" for text in said("workplace")])
    perform(app)
    with app.app_context():
        assert db.session.scalars(select(CodebookFit.better)).all() == ["workplace"]
        assert shelf.offer(own()) is None
        assert own().codebook == "none"


@pytest.mark.parametrize("codebook", ["", "town", "none", "../x"])
def test_only_what_was_offered_can_be_taken_up(asked: Callable[..., Flask], codebook: str) -> None:
    app = asked(said("workplace"))
    with app.app_context():
        for act in (shelf.adopt, shelf.decline):
            with pytest.raises(OfferGone):
                act(own(), codebook)
        assert own().codebook == "none"
    page = press(client_of(app), f"/manage/{SLUG}/known-themes", codebook=codebook, yes="1")
    assert "That does not hold any more" in page


@pytest.mark.slow
def test_after_edits_it_is_a_proposal_and_what_the_owner_did_stays(
    asked: Callable[..., Flask], perform: Callable[[Flask], None]
) -> None:
    app = asked(said("workplace", each=4))
    with app.app_context():
        name = next(iter(shown()))
        theme = db.session.scalars(select(Theme).where(Theme.name == name)).one()
        theme_edits.rename(theme, "What we call it")
        before = shown()
        offer = shelf.offer(own())
        assert offer is not None and not offer.replaces
    page = press(client_of(app), f"/manage/{SLUG}/known-themes", codebook="workplace", yes="1")
    assert "What would change waits until you accept it." in page
    perform(app)
    with app.app_context():
        assert shown() == before
        waiting = proposals.waiting(own())
        assert waiting is not None
        begun = {change["theme"] for change in waiting.changes if change["kind"] in ("new", "split")}
        origins = db.session.scalars(select(Theme.origin).where(Theme.id.in_(begun))).all()
        assert "codebook" in origins
        proposals.accept(own(), waiting.public_id, range(len(waiting.changes)))
    perform(app)
    with app.app_context():
        assert "codebook" in shown().values()
        assert "What we call it" in shown()


def test_a_codebook_that_fits_badly_says_so_and_loses_against_none(
    asked: Callable[..., Flask], perform: Callable[[Flask], None]
) -> None:
    app = asked([*NONSENSE, "really listen to what they are saying"], codebook="relationships")
    with app.app_context():
        offer = shelf.offer(own())
        assert offer is not None
        assert (offer.codebook, offer.topic, offer.topic_now) == ("none", None, "relationships")
    client = client_of(app)
    assert "The known themes you start from do not fit what people wrote:" in client.get(f"/manage/{SLUG}").text
    press(client, f"/manage/{SLUG}/known-themes", codebook="none", yes="1")
    perform(app)
    with app.app_context():
        assert own().codebook == "none"
        assert "codebook" not in shown().values()
    assert "You find every theme from the answers since" in client.get(f"/manage/{SLUG}").text


def test_of_few_answers_nothing_is_said(asked: Callable[..., Flask]) -> None:
    app = asked(said("workplace")[:10])
    with app.app_context():
        assert db.session.query(CodebookFit).count() == 0
        assert shelf.offer(own()) is None


def test_with_another_model_nothing_is_measured(app: Flask, perform: Callable[[Flask], None]) -> None:
    owned_survey(app, codebook="none")
    with app.app_context():
        send(said("workplace"))
    perform(app)
    with app.app_context():
        assert db.session.query(CodebookFit).count() == 0


def test_an_error_in_measuring_leaves_the_result(asked: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr("survey.worker.measure_shelf.measure", broken)
    app = asked(said("workplace"))
    with app.app_context():
        assert own().current_run_id is not None
        assert db.session.query(CodebookFit).count() == 0


def test_two_codebooks_share_no_key() -> None:
    books = [packaged_codebook(name, "en") for name in ("relationships", "customers", "workplace")]
    keys = [theme.key for book in books for theme in book.themes]
    assert len(set(keys)) == len(keys)
    assert packaged_codebook("none", "en").themes == ()


@pytest.mark.parametrize("name", [name for name in packaged() if "de" in languages(name)])
def test_known_themes_of_the_shelf_follow_the_language_of_the_survey(app: Flask, name: str) -> None:
    owned_survey(app, codebook=name)
    english, german = (packaged_codebook(name, code).themes[0] for code in ("en", "de"))
    assert english.name != german.name
    with app.app_context(), write_transaction() as session:
        survey = session.scalars(select(Survey)).one()
        theme = Theme(
            survey_id=survey.id, key=english.key, name=english.name, description="", origin="codebook", colour=1
        )
        session.add(theme)
        session.flush()
        survey.language = "de"
        rename_known_themes(session, survey)
        assert theme.name == german.name
