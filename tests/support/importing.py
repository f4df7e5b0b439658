"""The two steps of an import, as a browser takes them: what a form holds is sent, but for what is chosen."""

from __future__ import annotations

import io
import re
from html import unescape
from html.parser import HTMLParser

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.core.database import db
from survey.core.models import Answer, Survey
from tests.support.visitors import SLUG, field


def send(
    client: FlaskClient, content: bytes | None = None, pasted: str = "", name: str = "file.csv", slug: str = SLUG
) -> TestResponse:
    """The first step: send a file, or a pasted list."""
    address = f"/manage/{slug}/import"
    form: dict[str, object] = {"csrf_token": field(client.get(address), "csrf_token"), "pasted": pasted}
    if content is not None:
        form["file"] = (io.BytesIO(content), name)
    return client.post(address, data=form, content_type="multipart/form-data")


def confirm(client: FlaskClient, address: str, page: TestResponse | None = None, **choices: str | None) -> TestResponse:
    """The second step: send the form of the preview, with choices in place of what it holds; None takes a field out."""
    form = fields_of((page or client.get(address)).text) | choices
    return client.post(address, data={name: value for name, value in form.items() if value is not None})


def look(client: FlaskClient, address: str, page: TestResponse | None = None, **choices: str | None) -> TestResponse:
    """Press "Show it this way"."""
    return confirm(client, address, page, look="yes", **choices)


def take_in(client: FlaskClient, content: bytes, name: str = "file.csv", **choices: str | None) -> TestResponse:
    """Both steps, as the file is understood; with choices, these are looked at first. Gives the page that follows."""
    sent = send(client, content, name=name)
    assert sent.status_code == 303, words(sent)
    page = look(client, sent.location, None, **choices) if choices else client.get(sent.location)
    done = confirm(client, sent.location, page)
    return client.get(done.location) if done.status_code == 303 else done


def words(page: TestResponse) -> str:
    """What a page says in its middle, without tags and pictures."""
    text = page.text[page.text.index("<main") :]
    text = re.sub(r"<svg.*?</svg>|<script.*?</script>", " ", text, flags=re.DOTALL)
    return re.sub(r" (?=[,.:])", "", re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text))))


def headline(page: TestResponse) -> str:
    """The heading of a page."""
    found = re.search(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
    return unescape(found[1]) if found else ""


def stored(app: Flask, slug: str = SLUG) -> list[Answer]:
    """The answers of a survey, as they came."""
    with app.app_context():
        own = db.session.query(Survey).filter_by(slug=slug).one()
        return db.session.query(Answer).filter_by(survey_id=own.id).order_by(Answer.id).all()


def texts(app: Flask, slug: str = SLUG) -> list[str]:
    return [answer.text for answer in stored(app, slug)]


class _Form(HTMLParser):
    """Reads what the form of a preview would send."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str | None] = {}
        self._inside = False
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        if tag == "form":
            self._inside = "data-busy" in at
        if not self._inside:
            return
        name, value = at.get("name") or "", at.get("value")
        if tag == "input" and (at.get("type") in (None, "hidden", "text") or "checked" in at):
            self.fields[name] = value or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self.fields or "selected" in at):
            self.fields[self._select] = value or ""
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] = (self.fields[self._textarea] or "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "select":
            self._select = ""


def fields_of(page: str) -> dict[str, str | None]:
    """What the form of a preview holds."""
    form = _Form()
    form.feed(page)
    return form.fields
