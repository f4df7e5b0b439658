"""Sharing: what feeds are told, where links lead, pictures and codes at their addresses."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from survey.accounts import owners
from survey.answers.lifecycle import SOURCES
from survey.core.database import db, now
from survey.core.models import Answer, Run, Survey, Theme, ThemeResult
from survey.manage import surveys
from survey.sharing import links as sharing
from survey.sharing import preview_image
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG, make_owner, owned_survey, send_answer, sign_in
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BASE = "https://ask.example"
QUESTION = 'What\'s "really" <b>lasting</b> & why?'


def found_themes(app: Flask, survey_id: int, people: int = 12) -> None:
    """A finished run with three themes, without the work of one."""
    with app.app_context():
        run = Run(survey_id=survey_id, state="finished", reason="owner", answers=people, ideas=people, placed=people)
        run.claimed_at = run.finished_at = now()
        db.session.add(run)
        db.session.add_all(
            Answer(survey_id=survey_id, form_key=f"{run.finished_at} {n}", text=f"Said {n}") for n in range(people)
        )
        db.session.flush()
        for rank, (name, count) in enumerate([("Listening", 7), ("Honesty & truth", 5), ("Laughing", 3)]):
            theme = Theme(survey_id=survey_id, key=name, origin="codebook", name=name, colour=rank + 1)
            db.session.add(theme)
            db.session.flush()
            db.session.add(
                ThemeResult(run_id=run.id, theme_id=theme.id, rank=rank, people=count, mentions=count, wordings=count)
            )
        db.session.get_one(Survey, survey_id).current_run_id = run.id
        db.session.commit()


@pytest.fixture
def shared(sqlite_app: Flask) -> Flask:
    """A published survey with themes, reached under its own name."""
    sqlite_app.config["BASE_URL"] = BASE
    survey_id = owned_survey(sqlite_app, question=QUESTION, asker="Ruth & Co")
    found_themes(sqlite_app, survey_id)
    with sqlite_app.app_context():
        surveys.set_published(survey_id, True)
    return sqlite_app


def tags(page: str) -> dict[str, str]:
    """The meta tags of a page; fails where one stands twice."""
    pairs = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page)
    assert len({name for name, _ in pairs}) == len(pairs)
    return {name: html.unescape(content) for name, content in pairs}


def local(address: str) -> str:
    assert address.startswith(BASE + "/")
    return address.removeprefix(BASE)


# ---------- what feeds are told ----------


def test_the_question_tells_feeds_what_it_is(shared: Flask) -> None:
    page = shared.test_client().get(f"/s/{SLUG}").text
    said = tags(page)
    picture = said["og:image"]
    assert said == {
        "viewport": said["viewport"],
        "description": "Ruth & Co asks one question. One line is enough.",
        "author": "Ruth & Co",
        "og:type": "website",
        "og:site_name": "Common Threads",
        "og:title": QUESTION,
        "og:description": "Ruth & Co asks one question. One line is enough.",
        "og:url": f"{BASE}/s/{SLUG}",
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": f"{QUESTION} Ruth & Co asks one question.",
        "twitter:card": "summary_large_image",
        "twitter:title": QUESTION,
        "twitter:description": said["og:description"],
        "twitter:image": picture,
        "twitter:image:alt": said["og:image:alt"],
    }
    assert re.fullmatch(rf"{BASE}/s/{SLUG}/preview-[0-9a-f]{{12}}\.png", picture)
    assert f'<link rel="canonical" href="{BASE}/s/{SLUG}">' in page


def test_the_theme_page_tells_feeds_what_was_found(shared: Flask) -> None:
    said = tags(shared.test_client().get(f"/s/{SLUG}/themes").text)
    assert said["og:title"] == said["twitter:title"] == f"{QUESTION} 12 people answered."
    assert (
        said["og:description"]
        == "Listening and honesty & truth come first, about level with each other. Laughing follows."
    )
    assert said["og:image:alt"].endswith("12 people answered. Listening (7), Honesty & truth (5), Laughing (3).")
    assert said["og:url"] == f"{BASE}/s/{SLUG}/themes"
    assert re.fullmatch(rf"{BASE}/s/{SLUG}/themes/preview-[0-9a-f]{{12}}\.png", said["og:image"])


def test_a_tag_stays_in_the_address_a_feed_keeps_and_nothing_else_does(shared: Flask) -> None:
    client = shared.test_client()
    tagged = client.get(f"/s/{SLUG}?from=facebook&fbclid=abc").text
    assert tags(tagged)["og:url"] == f"{BASE}/s/{SLUG}?from=facebook"
    assert f'<link rel="canonical" href="{BASE}/s/{SLUG}">' in tagged
    assert tags(client.get(f"/s/{SLUG}?from=evil").text)["og:url"] == f"{BASE}/s/{SLUG}"
    themes = client.get(f"/s/{SLUG}/themes?from=x").text
    assert tags(themes)["og:url"] == f"{BASE}/s/{SLUG}/themes?from=x"
    assert f'href="/s/{SLUG}?from=x"' in themes, "who comes from there and answers came from there"


def test_a_form_with_an_error_has_its_tags_too(shared: Flask) -> None:
    assert tags(send_answer(shared.test_client(), " ").text)["og:title"] == QUESTION


# ---------- pictures and codes at their addresses ----------


@pytest.mark.parametrize(
    ("page", "caching"), [("", "public, max-age=31536000, immutable"), ("/themes", "public, no-cache")]
)
def test_pictures_are_at_the_address_the_page_names(shared: Flask, page: str, caching: str) -> None:
    client = shared.test_client()
    answer = client.get(local(tags(client.get(f"/s/{SLUG}{page}").text)["og:image"]))
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert len(answer.data) < 300_000
    assert Image.open(BytesIO(answer.data)).size == (1200, 630)
    assert answer.headers["Cache-Control"] == caching
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("page", ["", "/themes"])
def test_an_old_picture_leads_to_the_newest(shared: Flask, page: str) -> None:
    client = shared.test_client()
    newest = local(tags(client.get(f"/s/{SLUG}{page}").text)["og:image"])
    answer = client.get(f"/s/{SLUG}{page}/preview-0123456789ab.png")
    assert (answer.status_code, answer.location) == (302, newest)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_another_question_has_another_picture(shared: Flask) -> None:
    client = shared.test_client()
    first = tags(client.get(f"/s/{SLUG}").text)["og:image"]
    with shared.app_context():
        db.session.query(Survey).update({"asker": "Otto"})
        db.session.commit()
    assert tags(client.get(f"/s/{SLUG}").text)["og:image"] != first
    assert client.get(local(first)).status_code == 302


def test_a_private_theme_page_has_a_picture_for_its_owner_alone(shared: Flask) -> None:
    client, owner, other = shared.test_client(), shared.test_client(), shared.test_client()
    address = local(tags(client.get(f"/s/{SLUG}/themes").text)["og:image"])
    with shared.app_context():
        surveys.set_published(db.session.query(Survey.id).scalar() or 0, False)
    make_owner(shared, "Otto")
    sign_in(owner)
    sign_in(other, "Otto")
    assert (client.get(address).status_code, other.get(address).status_code) == (404, 404)
    own = owner.get(address)
    assert own.status_code == 200
    assert own.headers["Cache-Control"] == "private, no-store"
    old = owner.get(f"/s/{SLUG}/themes/preview-0123456789ab.png")
    assert (old.status_code, old.headers["Cache-Control"]) == (302, "private, no-store")


def test_a_cache_learns_that_themes_are_not_public_any_more(shared: Flask) -> None:
    client = shared.test_client()
    address = local(tags(client.get(f"/s/{SLUG}/themes").text)["og:image"])
    kept = client.get(address)
    again = {"If-None-Match": kept.headers["ETag"]}
    same = client.get(address, headers=again)
    assert (same.status_code, same.data) == (304, b"")
    with shared.app_context():
        surveys.set_published(db.session.query(Survey.id).scalar() or 0, False)
    assert client.get(address, headers=again).status_code == 404


@pytest.mark.parametrize(
    "address", ["preview-0123456789ab.png", "themes/preview-0123456789ab.png", "qr.svg", "qr.png", "embed"]
)
def test_an_unknown_survey_has_none_of_it(sqlite_app: Flask, address: str) -> None:
    assert sqlite_app.test_client().get(f"/s/nowhere/{address}").status_code == 404


def test_codes_hold_the_address_tagged_as_a_poster(shared: Flask) -> None:
    client = shared.test_client()
    with shared.app_context(), shared.test_request_context():
        survey = db.session.query(Survey).one()
        assert sharing.poster_address(survey) == f"{BASE}/s/{SLUG}?from=poster"
    drawn = client.get(f"/s/{SLUG}/qr.svg")
    assert drawn.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(drawn.data)
    modules = int(root.attrib["viewBox"].split()[-1])
    pixels = Image.open(BytesIO(client.get(f"/s/{SLUG}/qr.png").data))
    assert pixels.size == (modules * 24, modules * 24)
    assert pixels.width > 800
    assert "style" not in drawn.text


# ---------- links ----------


def rows(shared: Flask) -> Iterator[sharing.Link]:
    with shared.app_context(), shared.test_request_context():
        yield from sharing.question_share(db.session.query(Survey).one()).row


def test_every_place_opens_with_the_question_and_a_link_that_names_it(shared: Flask) -> None:
    found = {link.tag: link for link in rows(shared)}
    assert set(found) == {"whatsapp", "facebook", "x", "linkedin", "bluesky", "threads", "email"}
    assert set(found) <= set(SOURCES)
    for tag, link in found.items():
        assert link.address == f"{BASE}/s/{SLUG}?from={tag}"
        assert link.opens is not None
        query = {name: values[0] for name, values in parse_qs(urlsplit(link.opens).query).items()}
        told = " ".join(query.values())
        assert link.address in told
        assert QUESTION in told or tag in ("facebook", "linkedin"), "these two read the page's own tags"
        assert "+" not in link.opens
    assert urlsplit(found["x"].opens or "").netloc == "x.com"
    assert (found["email"].opens or "").startswith("mailto:?subject=What")


def test_a_post_on_bluesky_is_never_too_long(shared: Flask) -> None:
    with shared.app_context(), shared.test_request_context():
        survey = db.session.query(Survey).one()
        survey.question = "word " * 40
        links = {link.tag: link for link in sharing.question_share(survey).row}
        opened = parse_qs(urlsplit(links["bluesky"].opens or "").query)["text"][0]
        assert len(opened) <= sharing.BLUESKY_MAX_LENGTH
        assert opened.endswith(f"/s/{SLUG}?from=bluesky")


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client)
    return client


def test_the_row_stands_where_people_may_want_to_pass_it_on(shared: Flask) -> None:
    client = shared.test_client()
    send_answer(client, "Patience")
    pages = {
        f"/s/{SLUG}": client.get(f"/s/{SLUG}/thanks").text,
        f"/s/{SLUG}/themes": client.get(f"/s/{SLUG}/themes").text,
    }
    for path, page in pages.items():
        assert f"url=https%3A//ask.example{path}%3Ffrom%3Dx" in page or "%2Fs%2F" in page
        assert f'data-copy-link="{BASE}{path}?from=direct"' in page
        assert f'data-share-url="{BASE}{path}?from=direct"' in page
        assert page.count('rel="noopener"') == 7
    assert page.count("<li hidden>") == 2, "shown by a script, where it can do what they say"
    assert "wa.me" in signed_in(shared).get(f"/manage/{SLUG}").text


def test_the_owner_finds_everything_on_one_page(shared: Flask) -> None:
    client = signed_in(shared)
    page = html.unescape(client.get(f"/manage/{SLUG}/share").text)
    for tag in sharing.TAGGED:
        assert f'value="{BASE}/s/{SLUG}?from={tag}"' in page
        assert f'value="{BASE}/s/{SLUG}/themes?from={tag}"' in page
    assert f"/s/{SLUG}/qr.png" in page
    assert f'<iframe src="{BASE}/s/{SLUG}/embed" title="' in page
    with shared.app_context():
        card = sharing.question_card(db.session.query(Survey).one())
    assert f'src="/s/{SLUG}/preview-{preview_image.version(card)}.png"' in page
    poster = client.get(f"/manage/{SLUG}/share/poster").text
    assert f"ask.example/s/{SLUG}" in poster
    assert f"/s/{SLUG}/qr.svg" in poster


def test_a_private_theme_page_is_not_offered_for_sharing(shared: Flask) -> None:
    with shared.app_context():
        surveys.set_published(db.session.query(Survey.id).scalar() or 0, False)
    page = signed_in(shared).get(f"/manage/{SLUG}/share").text
    assert "Share the themes" not in page
    assert "/themes?from=" not in page


def test_the_embed_code_cannot_be_broken_out_of(shared: Flask) -> None:
    with shared.app_context(), shared.test_request_context():
        survey = db.session.query(Survey).one()
        survey.question = '"><script>alert(1)</script>'
        code = sharing.embed_code(survey, sharing.EmbedChoice(follows=False))
    frame = ElementTree.fromstring(code)
    assert frame.tag == "iframe"
    assert frame.attrib["title"] == survey.question
    assert len(frame) == 0


# ---------- in a browser ----------


@pytest.mark.browser
def test_copying_and_the_phones_sheet(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with migrated(quiet(tmp_path_factory.mktemp("sharing"))) as app, served(app) as base:
        with app.app_context():
            set_up = f"{base}/set-up/{owners.new_set_up_token()}"
        context = browser.new_context(viewport={"width": 390, "height": 844})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.add_init_script("navigator.share = (given) => { window.given = given; return Promise.resolve(); };")
        page = context.new_page()
        said = watch(page)
        page.goto(set_up)
        page.get_by_label("Your name").fill("Ruth")
        page.get_by_label("Password").fill("a long enough password")
        page.get_by_role("button").last.click()
        page.wait_for_url("**/manage/new")
        page.goto(f"{base}/manage/new")
        page.get_by_text("Language, address, dates").click()
        page.get_by_label("The address").fill("together")
        page.get_by_role("button", name="Create the survey").click()
        page.wait_for_url("**/manage/together")
        page.goto(f"{base}/manage/together/share")
        page.locator(".address", has=page.locator("#embed-code")).get_by_role("button", name="Copy").click()
        code = page.evaluate("navigator.clipboard.readText()")
        assert code.startswith(f'<script src="{base}/embed.js" async></script>\n<iframe src="{base}/s/together/embed"')
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.goto(f"{base}/s/together")
        page.get_by_label("Your answer").fill("Patience")
        page.get_by_role("button", name="Send my answer").click()
        page.wait_for_url("**/s/together/thanks*")
        page.get_by_role("button", name="Copy link").click()
        page.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == f"{base}/s/together?from=direct"
        page.get_by_role("button", name="Share", exact=True).click()
        assert page.evaluate("window.given.url") == f"{base}/s/together?from=direct"
        assert page.evaluate("window.given.text") == "What's your secret to a lasting relationship?"
        assert said == []
        context.close()

        plain = browser.new_context(java_script_enabled=False).new_page()
        plain.goto(f"{base}/s/together")
        plain.get_by_label("Your answer").fill("Patience")
        plain.get_by_role("button", name="Send my answer").click()
        plain.wait_for_url("**/s/together/thanks*")
        assert plain.get_by_role("link", name="WhatsApp").is_visible()
        assert plain.get_by_role("button", name="Copy link").count() == 0
        plain.context.close()
