"""The theme page as one file, in a real browser with nothing else there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analysis.known_themes.codebook import Codebook
from survey.core.database import db
from survey.core.models import Survey
from survey.imports import importer
from survey.worker.worker import Worker
from tests.support.site import migrated, quiet
from tests.support.toy_model import ToyModel, short_codebook
from tests.support.visitors import SLUG, owned_survey, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

TEXTS = ["Honesty", "Be honest", "Listening", "Trust and honesty", "<img src=https://evil.example/x onerror=alert(1)>"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The file, and the headline of the page it was made from. The site is gone before the browser opens."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch, migrated(quiet(folder)) as app:
        patch.setattr("survey.worker.worker.load", lambda model, keep: ToyModel())
        patch.setattr(Codebook, "load", short_codebook)
        survey_id = owned_survey(app)
        with app.app_context():
            survey = db.session.get_one(Survey, survey_id)
            importer.import_answers(survey, ("answer\n" + "\n".join(TEXTS)).encode())
        Worker(app).sweep()
        client = app.test_client()
        sign_in(client)
        path = folder / "themes.html"
        path.write_bytes(client.get(f"/manage/{SLUG}/export/theme-page.html").data)
        live = client.get(f"/s/{SLUG}/themes").text
    headline = re.search(r"<h1>(.*?)</h1>", live, re.DOTALL)
    assert headline
    yield path, re.sub(r"<[^>]*>", "", headline[1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_alone_and_looks_the_same(saved: tuple[Path, str], page: Page, scheme: str) -> None:
    path, headline = saved
    asked: list[str] = []
    complaints: list[str] = []
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    assert page.locator("h1").inner_text() == headline
    page.locator("details summary").last.click()
    assert asked == [path.as_uri()]
    assert complaints == []
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(27, 25, 22)" if scheme == "dark" else "rgb(250, 247, 242)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    links = page.evaluate("[...document.querySelectorAll('[href],[src]')].map(e => e.getAttribute('href'))")
    assert all(link.startswith("#") for link in links)
