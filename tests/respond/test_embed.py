"""The form inside another site's page: no cookie either way, and nothing lost."""

from __future__ import annotations

import functools
import http.server
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.test import TestResponse

from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.core.settings import Settings
from survey.manage import surveys
from survey.respond import bot_checks, embed_routes, forms
from survey.respond.bot_checks import FormSigns
from tests.support.filled_survey import Says, fill
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG, field, make_survey, owned_survey, sign_in
from tests.whole.test_accessibility import violations
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EMBED = f"/s/{SLUG}/embed"


def visitor(app: Flask) -> FlaskClient:
    """Somebody whose browser keeps no cookies, as a frame of another site does."""
    return app.test_client(use_cookies=False)


def send(client: FlaskClient, typed: str, address: str = EMBED, **changes: str) -> TestResponse:
    page = client.get(address)
    form = {"token": field(page, "token"), "form_key": field(page, "form_key"), "text": typed}
    return client.post(address, data=form | changes)


def stored(app: Flask) -> list[tuple[str, str | None, str | None]]:
    with app.app_context():
        return [(answer.text, answer.source, answer.kind) for answer in db.session.query(Answer).order_by(Answer.id)]


def test_an_answer_comes_in_without_any_cookie(app: Flask) -> None:
    make_survey(app, None)
    client = visitor(app)
    sent = send(client, "  Patience\r\nand more ", kind="friend")
    assert sent.status_code == 303
    assert stored(app) == [("Patience\nand more", "embed", "friend")]
    thanks = client.get(sent.location)
    assert thanks.status_code == 200
    assert "“Patience\nand more”" in thanks.text
    assert thanks.headers["Cache-Control"] == "no-store"


def test_no_page_of_it_sets_or_reads_a_cookie(sqlite_app: Flask) -> None:
    survey_id = owned_survey(sqlite_app)
    owner = sqlite_app.test_client()
    sign_in(owner)
    form = {"text": "Patience", "form_key": "k" * 22}
    with sqlite_app.app_context():
        form["token"] = bot_checks.form_token(survey_id, form["form_key"])
    for client in (visitor(sqlite_app), owner):
        sent = client.post(EMBED, data=form)
        for answer in (client.get(EMBED), sent, client.get(sent.location), client.post(EMBED, data={"text": ""})):
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("Vary", "")
            assert "csrf_token" not in answer.text


@pytest.mark.parametrize("address", [EMBED, f"{EMBED}/thanks/made-up", "/s/nowhere/embed"])
def test_it_may_be_framed_anywhere_and_runs_nothing_from_elsewhere(sqlite_app: Flask, address: str) -> None:
    make_survey(sqlite_app, None)
    headers = visitor(sqlite_app).get(address).headers
    assert "X-Frame-Options" not in headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "*",
        "object-src": "'none'",
    }


@pytest.mark.parametrize(
    "address",
    [f"/s/{SLUG}", f"/s/{SLUG}/themes", f"/s/{SLUG}/what-happens", "/sign-in", "/manage", f"/s/{SLUG}/embedded",
     f"/s/{SLUG}/qr.svg", f"/manage/{SLUG}/embed", "/nowhere"],
)  # fmt: skip
def test_every_other_page_may_be_framed_nowhere(sqlite_app: Flask, address: str) -> None:
    make_survey(sqlite_app, None)
    headers = visitor(sqlite_app).get(address).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.both_databases
def test_the_same_form_twice_is_one_answer_with_the_later_text(app: Flask) -> None:
    make_survey(app, None)
    client = visitor(app)
    page = client.get(EMBED)
    form = {"token": field(page, "token"), "form_key": field(page, "form_key")}
    first = client.post(EMBED, data=form | {"text": "Patience"})
    again = client.post(EMBED, data=form | {"text": "Patience, always"})
    assert (first.status_code, again.status_code) == (303, 303)
    assert stored(app) == [("Patience, always", "embed", None)]


def test_the_source_cannot_be_chosen(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    send(visitor(sqlite_app), "Patience", source="facebook")
    assert stored(sqlite_app) == [("Patience", "embed", None)]


@pytest.mark.parametrize("token", ["", "made-up", "WzEsImsiXQ.aaaa.bbbb"])
def test_a_token_that_is_not_ours_is_refused_and_the_text_stays(sqlite_app: Flask, token: str) -> None:
    make_survey(sqlite_app, None)
    client = visitor(sqlite_app)
    refused = send(client, "Patience & time", token=token)
    assert refused.status_code == 400
    assert forms.OPEN_TOO_LONG in refused.text
    assert "Patience &amp; time</textarea>" in refused.text
    assert stored(sqlite_app) == []
    form = {"token": field(refused, "token"), "form_key": field(refused, "form_key"), "text": "Patience & time"}
    assert client.post(EMBED, data=form).status_code == 303


def test_a_token_is_of_one_form_and_one_survey(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None)
    make_survey(sqlite_app, None, "other")
    client = visitor(sqlite_app)
    page = client.get("/s/other/embed")
    assert send(client, "Patience", token=field(page, "token")).status_code == 400
    assert send(client, "Patience", token=field(page, "token"), form_key=field(page, "form_key")).status_code == 400
    assert send(client, "Patience", form_key="x" * 22).status_code == 400
    assert stored(sqlite_app) == []


def test_a_token_grows_old(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_survey(sqlite_app, None)
    client = visitor(sqlite_app)
    sent = send(client, "Patience")
    monkeypatch.setattr(forms, "MAX_EMBED_FORM_AGE", timedelta(seconds=-1))
    monkeypatch.setattr(embed_routes, "THANKS_SECONDS", -1)
    assert send(client, "Patience").status_code == 400
    late = client.get(sent.location)
    assert (late.status_code, late.location) == (302, EMBED)


def test_the_address_of_a_thank_you_shows_the_answer_for_some_minutes_only(
    sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_survey(sqlite_app, None)
    location = send(visitor(sqlite_app), "Patience").location
    for minutes, status in ((4, 200), (6, 302)):
        later = time.time() + 60 * minutes
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _, later=later: int(later))
        page = visitor(sqlite_app).get(location)
        assert (page.status_code, "Patience" in page.text) == (status, status == 200)


def test_a_thank_you_shows_only_the_answer_it_was_signed_for(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    other = make_survey(sqlite_app, None, "other")
    client = visitor(sqlite_app)
    location = send(client, "Patience").location
    assert client.get(location.replace(f"/s/{SLUG}/", "/s/other/")).location == "/s/other/embed"
    with sqlite_app.app_context():
        form_token = bot_checks.form_token(survey_id, "k" * 22)
        assert embed_routes.answer_of_thanks_token(form_token, survey_id) == (None, "")
        thanks = embed_routes.thanks_token(other, "k" * 22, "s")
        assert bot_checks.form_age(other, FormSigns(thanks, "k" * 22, "", "")) is None


def test_a_closed_survey_takes_nothing_and_shows_the_text(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    client = visitor(sqlite_app)
    page = client.get(EMBED)
    with sqlite_app.app_context():
        surveys.set_open(survey_id, False)
    form = {"token": field(page, "token"), "form_key": field(page, "form_key"), "text": "Too <late>"}
    closed = client.post(EMBED, data=form)
    assert closed.status_code == 410
    assert "Too &lt;late&gt;" in closed.text
    assert client.get(EMBED).status_code == 410
    assert stored(sqlite_app) == []


def test_a_survey_that_asks_no_kind_keeps_none(sqlite_app: Flask) -> None:
    make_survey(sqlite_app, None, kinds_asked=False)
    client = visitor(sqlite_app)
    assert 'name="kind"' not in client.get(EMBED).text
    send(client, "Patience", kind="friend")
    assert stored(sqlite_app) == [("Patience", "embed", None)]


def test_a_write_elsewhere_still_needs_its_token(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    assert client.post(f"/manage/{SLUG}/close", data={"x": "1"}).status_code == 400
    with sqlite_app.app_context():
        assert db.session.query(Survey.is_open).scalar()


def test_the_introduction_comes_by_choice_and_stays(sqlite_app: Flask) -> None:
    survey_id = make_survey(sqlite_app, None)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        survey.introduction = "We want to know.\n\nReally <so>."
        db.session.commit()
    client = visitor(sqlite_app)
    assert "We want to know." not in client.get(EMBED).text
    for chosen in ("0", "yes", "1 ", ""):
        assert "We want to know." not in client.get(EMBED, query_string={"introduction": chosen}).text
    page = client.get(f"{EMBED}?introduction=1&look=dark")
    assert '<p dir="auto">Really &lt;so&gt;.</p>' in page.text
    address = next(part for part in page.text.split('action="')[1:]).split('"')[0].replace("&amp;", "&")
    form = {"token": field(page, "token"), "form_key": field(page, "form_key")}
    refused = client.post(address, data=form | {"text": ""})
    assert "We want to know." in refused.text
    assert '<html lang="en" data-look="dark">' in refused.text
    sent = client.post(address, data=form | {"text": "Patience"})
    thanks = client.get(sent.location)
    assert '<html lang="en" data-look="dark">' in thanks.text
    assert f"{EMBED}?" in thanks.text
    again = thanks.text.split(f'href="{EMBED}?')[1].split('"')[0].replace("&amp;", "&")
    assert set(again.split("&")) == {"introduction=1", "look=dark"}


@pytest.mark.parametrize("look", ["", "auto", "blue", "dark<", "x" * 500, "light\x00"])
def test_a_look_that_is_none_is_the_visitors_own(sqlite_app: Flask, look: str) -> None:
    make_survey(sqlite_app, None)
    page = visitor(sqlite_app).get(EMBED, query_string={"look": look})
    assert page.status_code == 200
    assert '<html lang="en">' in page.text
    assert "looks.css" not in page.text


def test_the_script_for_hosts_has_an_address_that_stays(sqlite_app: Flask) -> None:
    script = visitor(sqlite_app).get("/embed.js")
    assert script.mimetype == "text/javascript"
    assert script.headers["Cache-Control"] == "public, max-age=3600"
    assert visitor(sqlite_app).get("/embed.js", headers={"If-None-Match": script.headers["ETag"]}).status_code == 304


def test_the_themes_may_stand_elsewhere_once_they_are_published(sqlite_app: Flask) -> None:
    says = [Says(f"Secret {n}", [(f"Secret {n}", "Listening")]) for n in range(3)]
    filled = fill(sqlite_app, says, is_published=False)
    client = visitor(sqlite_app)
    assert client.get(f"{EMBED}/themes").status_code == 404
    with sqlite_app.app_context():
        surveys.set_published(filled.survey_id, True)
    page = client.get(f"{EMBED}/themes?look=light")
    assert page.status_code == 200
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "Listening" in page.text
    assert 'data-look="light"' in page.text
    assert "Secret" not in page.text
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize(
    ("asked", "there", "not_there"),
    [
        ("", ["/embed.js", f"{EMBED}&#34;"], ["introduction=1", "look="]),
        ("?embed=question&look=dark&introduction=1", ["introduction=1&amp;amp;look=dark"], ["/embed.js"]),
        ("?embed=question&follows=1&look=light", ["/embed.js", "look=light"], ["introduction=1&amp;"]),
        ("?embed=themes&follows=1&introduction=1", [f"{EMBED}/themes&#34;"], ["introduction=1&amp;"]),
        ("?embed=%00&look=%22%3E%3Cscript%3E", [f"{EMBED}&#34;"], ["look=", "script%"]),
    ],
)
def test_the_share_page_gives_the_code_that_was_chosen(
    sqlite_app: Flask, asked: str, there: list[str], not_there: list[str]
) -> None:
    survey_id = owned_survey(sqlite_app)
    with sqlite_app.app_context():
        db.session.get_one(Survey, survey_id).introduction = "Why"
        surveys.set_published(survey_id, True)
    owner = sqlite_app.test_client()
    sign_in(owner)
    page = owner.get(f"/manage/{SLUG}/share{asked}").text
    code = page.split('id="embed-code"')[1].split("</textarea>")[0]
    for part in there:
        assert part in code
    for part in not_there:
        assert part not in code


# ---------- in a browser, on a page of another site ----------


@pytest.fixture
def other_site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder served under another host than the site's; gives it and its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.browser
def test_somebody_answers_on_another_site(
    browser: Browser, other_site: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, address = other_site
    proof_bits = Settings().proof_bits
    with migrated(quiet(tmp_path_factory.mktemp("embed"), proof_bits=proof_bits)) as app, served(app) as base:
        make_survey(app, None)
        (folder / "favicon.ico").write_bytes(b"")
        (folder / "index.html").write_text(
            f'<!doctype html><title>Another site</title><iframe src="{base}{EMBED}" width="390" height="860">'
            f'</iframe><iframe src="{base}/s/{SLUG}" name="refused"></iframe>',
            encoding="utf-8",
        )
        context = browser.new_context(viewport={"width": 800, "height": 900})
        page = context.new_page()
        said = watch(page)
        page.goto(address)
        frame = page.frame_locator("iframe").first
        frame.get_by_role("button", name="Send my answer").click()
        frame.get_by_role("alert").wait_for()
        frame.get_by_label("Your answer").fill("Patience <b>and</b> time")
        frame.get_by_role("button", name="Send my answer").click()
        frame.get_by_role("heading", name="Thank you. Your answer is kept.").wait_for()
        assert "Patience <b>and</b> time" in frame.get_by_role("main").inner_text()
        assert context.cookies() == []
        refused = page.frame(name="refused")
        assert refused is not None
        assert refused.get_by_role("textbox").count() == 0
        # The page that may not be framed is refused, and the empty form was: nothing else is complained of.
        assert [text for text in said if "frame-ancestors" not in text and "422" not in text] == []
        context.close()


HOST = """<!doctype html><html style="color-scheme: dark"><title>Another site</title><body style="background: #111">
<script src="{base}/embed.js" async></script>
<iframe id="a" src="{base}/s/lasting/embed?look=dark" width="360" height="300"></iframe>
<script src="{base}/embed.js" async></script>
<iframe id="b" src="{base}/s/lasting/embed?introduction=1" width="360" height="300"></iframe>
<iframe id="c" src="{base}/s/lasting/embed?look=light" width="360" height="300"></iframe>
<iframe id="d" src="{base}/s/lasting/embed/themes" width="360" height="300"></iframe>
<iframe id="e" src="liar.html" width="360" height="300"></iframe></body></html>"""
LIAR = """<!doctype html><title>A liar</title><script>
for (const height of [9999, "1e9", -1, null, {{}}])
  parent.postMessage({{ height, type: "common-threads-height" }}, "*");
</script>"""


@pytest.mark.browser
def test_many_frames_follow_their_content_and_obey_nobody(
    browser: Browser, other_site: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, address = other_site
    with migrated(quiet(tmp_path_factory.mktemp("frames"))) as app:
        filled = fill(app, [Says(f"Hear {n}", [(f"Hear {n}", "Listening")]) for n in range(3)])
        with app.app_context():
            db.session.get_one(Survey, filled.survey_id).introduction = "Why we ask. " * 40
            db.session.commit()
        with served(app) as base:
            (folder / "favicon.ico").write_bytes(b"")
            (folder / "index.html").write_text(HOST.format(base=base), encoding="utf-8")
            (folder / "liar.html").write_text(LIAR.format(), encoding="utf-8")
            context = browser.new_context(viewport={"width": 800, "height": 900}, color_scheme="light")
            page = context.new_page()
            said = watch(page)
            page.goto(address)
            heights = "Object.fromEntries([...document.querySelectorAll('iframe')].map(f => [f.id, f.clientHeight]))"
            page.wait_for_function(
                f"Object.entries({heights}).every(([id, h]) => id === 'e' || Math.abs(h - 300) > 20)"
            )
            first = page.evaluate(heights)
            assert first["b"] > first["a"] + 200  # the introduction
            assert first["e"] == 300  # a page of another origin has no say
            for frame_id in "abc":
                frame = page.frame_locator(f"#{frame_id}")
                assert frame.locator("html").evaluate("e => e.scrollHeight <= e.clientHeight + 1")
                frame.get_by_label("Your answer").fill(f"Patience {frame_id}")
                # A click would miss a frame that moves while the one above it grows or shrinks.
                frame.get_by_role("button", name="Send my answer").press("Enter")
                frame.get_by_role("heading", name="Thank you. Your answer is kept.").wait_for()
            page.wait_for_function(f"{heights}.b < {first['b']} - 100")
            paper = {
                frame_id: page.frame_locator(f"#{frame_id}")
                .locator("body")
                .evaluate("e => getComputedStyle(e).backgroundColor")
                for frame_id in "abc"
            }
            assert paper == {"a": "rgb(27, 25, 22)", "b": "rgb(250, 247, 242)", "c": "rgb(250, 247, 242)"}
            with app.app_context():
                kept = sorted(answer.text for answer in db.session.query(Answer) if answer.text.startswith("Patience"))
            assert kept == ["Patience a", "Patience b", "Patience c"]
            # A hostile host: whatever it says to the frames, they stay as they are, and send nothing.
            before = [page.frame_locator(f"#{one}").locator("body").inner_html() for one in "abc"]
            page.evaluate(
                """() => {
                    for (const frame of document.querySelectorAll("iframe")) for (const said of [
                        { type: "common-threads-height", height: 5 }, { type: "submit" }, "location=https://example.org",
                        { type: "common-threads-height", height: "x", html: "<b>" },
                    ]) frame.contentWindow.postMessage(said, "*");
                }"""
            )
            page.evaluate("window.postMessage({ type: 'common-threads-height', height: 5000 }, '*')")
            page.wait_for_timeout(300)
            assert [page.frame_locator(f"#{one}").locator("body").inner_html() for one in "abc"] == before
            assert page.evaluate(heights)["e"] == 300
            with app.app_context():
                assert db.session.query(Answer).count() == 6
            assert context.cookies() == []
            assert [text for text in said if "favicon" not in text] == []
            for look in ("light", "dark"):
                page.goto(f"{base}/s/lasting/embed/themes?look={look}")
                assert violations(page) == []
            context.close()
