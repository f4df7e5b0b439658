"""Pages that every visitor gets alike: made once, gone at once with what they showed, never one that is private."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.answers import erasure, moderation
from survey.core.database import PageVersion, db, now, write_transaction
from survey.core.models import Answer, Survey, Theme
from survey.curation import theme_edits
from survey.manage import surveys
from survey.reports import theme_page_routes
from survey.results import read_model
from survey.results.read_model import ThemePage
from survey.serve import kept_pages
from survey.serve.kept_pages import KeptPages
from survey.web import shared_pages
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, make_owner, sign_in

ADDRESS = f"/s/{SLUG}/themes"
LISTEN = [Says(f"We listen, the {number}. time", [("We listen", "Listening")]) for number in range(4)]
ANSWERS = [*LISTEN, Says("Cook together", [("Cook together", "Home")]), Says("A warm kitchen", [("kitchen", "Home")])]


@pytest.fixture
def owner(app: Flask) -> int:
    return make_owner(app)


@pytest.fixture
def filled(app: Flask, owner: int) -> Filled:
    return fill(app, ANSWERS, owner_id=owner)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were made, by address."""
    pages: list[str] = []

    def theme_page(survey: Survey) -> ThemePage:
        pages.append(survey.slug)
        return read_model.theme_page(survey)

    monkeypatch.setattr(theme_page_routes, "theme_page", theme_page)
    return pages


def forget(app: Flask) -> None:
    """Empty the memory of this process."""
    middleware = app.wsgi_app
    assert isinstance(middleware, KeptPages)
    middleware._pages.clear()


def own(filled: Filled) -> Survey:
    return db.session.get_one(Survey, filled.survey_id)


def test_a_page_is_made_once_and_is_the_same_bytes_for_everybody(
    sqlite_app: Flask, made: list[str], tmp_path: Path
) -> None:
    fill(sqlite_app, ANSWERS)
    first = sqlite_app.test_client().get(ADDRESS)
    again = sqlite_app.test_client().get(ADDRESS)
    packed = sqlite_app.test_client().get(ADDRESS, headers={"Accept-Encoding": "gzip, br"})
    assert made == [SLUG]
    assert first.data == again.data == gzip.decompress(packed.data)
    assert b"Listening" in first.data
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert packed.headers["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in packed.headers
    for same in (first, packed):
        known = {"If-None-Match": same.headers["ETag"], "Accept-Encoding": same.headers.get("Content-Encoding", "")}
        answer = sqlite_app.test_client().get(ADDRESS, headers=known)
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", same.headers["ETag"])
    assert first.headers["ETag"] != packed.headers["ETag"]


def test_a_kept_page_takes_one_query_and_in_memory_none_of_the_site(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    sqlite_app.test_client().get(ADDRESS)
    with queries(sqlite_app) as asked:
        sqlite_app.test_client().get(ADDRESS)
        assert len(asked) == 0
        forget(sqlite_app)
        sqlite_app.test_client().get(ADDRESS)
    assert len(asked) == 1


def test_a_page_in_memory_is_sent_as_the_view_sends_it(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    for headers in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "gzip;q=0"}):
        by_view = sqlite_app.test_client().get(ADDRESS, headers=headers)
        in_memory = sqlite_app.test_client().get(ADDRESS, headers=headers)
        assert in_memory.data == by_view.data
        assert dict(in_memory.headers) == dict(by_view.headers)
        head = sqlite_app.test_client().head(ADDRESS, headers=headers)
        assert (head.data, dict(head.headers)) == (b"", dict(by_view.headers))
        forget(sqlite_app)


def test_a_304_from_memory_says_what_it_must_and_nothing_that_the_browser_has(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    page = sqlite_app.test_client().get(ADDRESS, headers={"Accept-Encoding": "gzip"})
    known = {"If-None-Match": f'"other", W/{page.headers["ETag"]}', "Accept-Encoding": "gzip"}
    in_memory = sqlite_app.test_client().get(ADDRESS, headers=known)
    forget(sqlite_app)
    by_view = sqlite_app.test_client().get(ADDRESS, headers=known)
    assert in_memory.status_code == by_view.status_code == 304
    assert set(dict(in_memory.headers)) == {"Cache-Control", "ETag", "Vary"}
    assert dict(in_memory.headers).items() <= dict(by_view.headers).items()
    assert page.headers["ETag"] not in sqlite_app.test_client().get(ADDRESS).headers["ETag"]


def test_a_database_file_that_is_gone_is_not_made_by_a_look_at_it(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    middleware = sqlite_app.wsgi_app
    assert isinstance(middleware, KeptPages)
    with sqlite_app.app_context():
        db.engine.dispose()
        file = Path(str(db.engine.url.database))
    file.rename(file.with_suffix(".away"))
    assert middleware._version() is None
    assert not file.exists()
    file.with_suffix(".away").rename(file)
    assert middleware._version() is not None


def test_an_upgraded_site_keeps_pages_though_nothing_is_written(sqlite_app: Flask, made: list[str]) -> None:
    fill(sqlite_app, ANSWERS)
    with sqlite_app.app_context():
        db.session.query(PageVersion).delete()
        db.session.commit()
        db.session.rollback()
        shared_pages.drop_old()
    for _ in range(3):
        assert sqlite_app.test_client().get(ADDRESS).status_code == 200
    assert made == [SLUG]


def test_a_page_in_memory_is_for_nobody_with_a_session_and_holds_until_the_survey_closes(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = fill(sqlite_app, ANSWERS, is_owned=True)
    closes = now() + timedelta(minutes=5)
    with sqlite_app.app_context():
        own(filled).closes_at = closes
        db.session.commit()
    client = sqlite_app.test_client()
    open_page = client.get(ADDRESS).text
    assert client.get(ADDRESS).text == open_page
    sign_in(client)
    assert "ETag" not in client.get(ADDRESS).headers
    for module in (kept_pages, shared_pages):
        monkeypatch.setattr(module, "now", lambda: closes + timedelta(seconds=1))
    monkeypatch.setattr(theme_page_routes, "now", lambda: closes + timedelta(seconds=1))
    assert sqlite_app.test_client().get(ADDRESS).text != open_page


def test_a_database_that_does_not_tell_leaves_it_to_the_site(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_app, ANSWERS)
    sqlite_app.test_client().get(ADDRESS)
    monkeypatch.setattr(kept_pages, "SELECT_VERSION", "SELECT version FROM no_such_table")
    assert sqlite_app.test_client().get(ADDRESS).status_code == 200


def _hide(filled: Filled) -> None:
    answer = db.session.query(Answer).filter_by(text=LISTEN[0].text).one()
    moderation.set_status(own(filled), [answer.id], "hidden")


def _delete(filled: Filled) -> None:
    answer = db.session.query(Answer).filter_by(text=LISTEN[0].text).one()
    erasure.delete_answer(own(filled), answer)


def _rename(filled: Filled) -> None:
    theme_edits.rename(db.session.get_one(Theme, filled.themes["Listening"]), "Hearing each other")


def _hide_theme(filled: Filled) -> None:
    theme_edits.set_hidden(db.session.get_one(Theme, filled.themes["Home"]), hidden=True)


def _close(filled: Filled) -> None:
    surveys.set_open(filled.survey_id, False)


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [_hide, _delete, _rename, _hide_theme, _close])
def test_what_changes_is_changed_with_the_next_request(
    app: Flask, filled: Filled, change: Callable[[Filled], None]
) -> None:
    before = app.test_client().get(ADDRESS)
    with app.app_context():
        change(filled)
    after = app.test_client().get(ADDRESS, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data
    unkept = app.test_client().get(ADDRESS, query_string={"unknown": "argument"})
    assert "ETag" not in unkept.headers
    assert after.text == unkept.text.replace("?unknown=argument&amp;", "?").replace("?unknown=argument", "")


@pytest.mark.both_databases
def test_an_unpublished_page_is_gone_at_once_and_is_never_kept(app: Flask, filled: Filled) -> None:
    tag = app.test_client().get(ADDRESS).headers["ETag"]
    with app.app_context():
        surveys.set_published(filled.survey_id, False)
    assert app.test_client().get(ADDRESS, headers={"If-None-Match": tag}).status_code == 404
    client = app.test_client()
    sign_in(client)
    private = client.get(ADDRESS)
    assert (private.status_code, private.headers["Cache-Control"]) == (200, "no-store")
    assert app.test_client().get(ADDRESS).status_code == 404


def test_who_is_signed_in_gets_the_page_itself(sqlite_app: Flask, made: list[str]) -> None:
    fill(sqlite_app, ANSWERS, is_owned=True)
    client = sqlite_app.test_client()
    sign_in(client)
    for _ in range(2):
        assert "ETag" not in client.get(ADDRESS).headers
    assert len(made) == 2


def test_each_language_host_and_source_has_its_own(sqlite_app: Flask) -> None:
    fill(sqlite_app, ANSWERS)
    client = sqlite_app.test_client()
    pages = [
        client.get(ADDRESS, headers=headers, query_string=query)
        for headers, query in (
            ({}, {}),
            ({"Accept-Language": "es"}, {}),
            ({"Host": "127.0.0.1"}, {}),
            ({}, {"from": "email"}),
        )
    ]
    assert len({page.headers["ETag"] for page in pages}) == 4
    assert '<html lang="es"' in pages[1].text


@pytest.mark.parametrize(
    "cookie",
    ["language =ar", " language\t= ar", 'language="ar"', "a; language = ar", 'x="; language=es"; language=ar',
     "language=ar; language=es", 'language="a\\162"', "language=ar\xff", 'x="; language=ar', 'x="language=ar"',
     "session =; language=ar", "lang=es; LANGUAGE=ar", "language", "xlanguage=ar", "=language=ar", "language=ar x"],
)  # fmt: skip
@pytest.mark.parametrize("address", [ADDRESS, f"/s/{SLUG}"])
def test_a_cookie_in_whatever_spelling_chooses_for_its_visitor_alone(
    sqlite_app: Flask, cookie: str, address: str
) -> None:
    fill(sqlite_app, ANSWERS)
    asked = [{}, {"Cookie": cookie}, {"Cookie": "language=es"}, {"Cookie": "language=ar"}]
    languages = []
    for kept in (False, True):
        for first in range(len(asked)):  # whoever comes first into an empty memory leaves it to all others
            forget(sqlite_app)
            for headers in (asked[first], asked[first], *asked):
                if not kept:
                    forget(sqlite_app)
                page = sqlite_app.test_client(use_cookies=False).get(address, headers=headers)
                languages.append((str(headers), page.text.partition('<html lang="')[2][:2]))
    assert len(set(languages)) == len({str(headers) for headers in asked})


@pytest.mark.parametrize(
    "cookie", ["session =x", "session\t=x", " session = x", 'a="b"; session =x', "remember_token =x"]
)
@pytest.mark.parametrize("name", ["session", "remember_token"])
def test_a_session_in_whatever_spelling_gets_nothing_from_memory(sqlite_app: Flask, cookie: str, name: str) -> None:
    fill(sqlite_app, ANSWERS)
    for _ in range(2):
        sqlite_app.test_client().get(ADDRESS)
    with queries(sqlite_app) as asked:
        sqlite_app.test_client(use_cookies=False).get(ADDRESS, headers={"Cookie": cookie.replace("session", name)})
    assert asked


def test_tags_that_a_stranger_thinks_of_are_not_kept(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_pages, "MAX_PAGES", 3)
    fill(sqlite_app, ANSWERS)
    client = sqlite_app.test_client()
    for number in range(5):
        assert "ETag" not in client.get(ADDRESS, query_string={"from": f"one-{number}"}).headers
    assert "ETag" in client.get(ADDRESS).headers


def test_deleting_an_answer_leaves_no_copy_on_the_disk(sqlite_app: Flask, tmp_path: Path) -> None:
    filled = fill(sqlite_app, ANSWERS)
    sqlite_app.test_client().get(ADDRESS)
    folder = Path(sqlite_app.instance_path) / shared_pages.FOLDER
    assert any(b"Listening" in path.read_bytes() for path in folder.rglob("*.html"))
    with sqlite_app.app_context():
        _delete(filled)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_the_worker_removes_what_was_kept_while_an_answer_was_deleted(sqlite_app: Flask) -> None:
    filled = fill(sqlite_app, ANSWERS)
    sqlite_app.test_client().get(ADDRESS)
    store: shared_pages.PageStore = sqlite_app.extensions["shared_pages"]
    with sqlite_app.app_context():
        _delete(filled)
        assert store.keep("an older version", "made before", b"We listen")
        assert store.find("an older version", "made before")
        shared_pages.drop_old()
    assert store.find("an older version", "made before") is None


def test_pages_of_older_versions_are_removed_and_there_is_a_limit(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = fill(sqlite_app, ANSWERS)
    client = sqlite_app.test_client()
    client.get(ADDRESS)
    with sqlite_app.app_context():
        _rename(filled)
    client.get(ADDRESS)
    folder = Path(sqlite_app.instance_path) / shared_pages.FOLDER
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(shared_pages, "MAX_PAGES", 1)
    more: FlaskClient = sqlite_app.test_client()
    assert more.get(ADDRESS, headers={"Accept-Language": "de"}).status_code == 200
    assert len(list(folder.rglob("*.html"))) == 1


def test_a_write_that_readers_do_not_see_leaves_pages_as_they_are(sqlite_app: Flask, made: list[str]) -> None:
    fill(sqlite_app, ANSWERS)
    client = sqlite_app.test_client()
    client.get(ADDRESS)
    with sqlite_app.app_context(), write_transaction(shown=False):
        pass
    client.get(ADDRESS)
    assert len(made) == 1
    with sqlite_app.app_context(), write_transaction():
        pass
    client.get(ADDRESS)
    assert len(made) == 2


@pytest.mark.parametrize("address", [ADDRESS, f"/s/{SLUG}"])
def test_a_page_that_is_removed_while_it_is_sent_is_made_anew(sqlite_app: Flask, address: str) -> None:
    fill(sqlite_app, ANSWERS)
    before = sqlite_app.test_client().get(address)
    for path in (Path(sqlite_app.instance_path) / shared_pages.FOLDER).rglob("*.html"):
        path.unlink()
    forget(sqlite_app)
    after = sqlite_app.test_client().get(address)
    assert (after.status_code, len(after.data) > 1000) == (before.status_code, True)


def test_a_full_disk_only_costs_time(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared_pages, "_write", full)
    fill(sqlite_app, ANSWERS)
    assert "Listening" in sqlite_app.test_client().get(ADDRESS).text
