"""The four ways in which an answer reaches the site, each with the same few moves.

A form on its page, the form inside another site's page, the API for programs, and an import.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from analysis.formula_cells import defused
from survey.accounts import api_tokens
from survey.answers import lifecycle as answers
from survey.core.database import db
from survey.core.models import Answer, Survey
from tests.support import importing
from tests.support.databases import empty_postgres
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, field, owned_survey, sign_in

URLENCODED, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"
DATABASES = ("sqlite", "postgresql")
NAMES = ("form", "embed", "api", "import")


class Way:
    """A way in: where it is, what a good request to it holds, and what it says."""

    address = f"/s/{SLUG}"
    box = "text"
    """The field that holds the answer"""
    shown: tuple[str, ...] = ("csrf_token", "form_key", "token")
    """The hidden fields that go back with it"""

    def __init__(self, app: Flask, survey_id: int) -> None:
        self.app, self.survey_id = app, survey_id
        self.client = app.test_client()
        self.sent = 0

    def open(self) -> dict[str, str]:
        """What the form holds when it is shown."""
        page = self.client.get(self.address)
        return {name: field(page, name) for name in self.shown}

    def send(self, typed: str | None, **changes: str) -> TestResponse:
        """Send an answer as it is meant to be sent; None leaves the field out."""
        form = self.open() | ({} if typed is None else {self.box: typed}) | changes
        return self.post(urlencode(form).encode())

    def post(
        self, body: bytes, content_type: str = URLENCODED, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send any body."""
        return self.client.post(
            self.address, data=body, content_type=content_type, headers=self.rights() | dict(headers or {})
        )

    def kept(self, typed: str) -> str:
        """What is stored of a text that is not refused."""
        return answers.normalize(typed)

    def rights(self) -> dict[str, str]:
        """The headers that say who sends it, besides the cookie."""
        return {}

    def cookie(self) -> dict[str, str]:
        """The cookie as a header, for a request that this client does not make."""
        found = self.client.get_cookie("session")
        return {"Cookie": f"session={found.value}"} if found else {}

    def good(self, typed: str) -> tuple[bytes, str]:
        """The body and the type of a good request."""
        return urlencode(self.open() | {self.box: typed}).encode(), URLENCODED

    def said(self, response: TestResponse) -> str:
        """What it says to people, or to a program, without the marks of a page."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())

    def typed(self, response: TestResponse) -> str:
        """What stands in the box of the page that came back."""
        found = re.search(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", response.text, re.DOTALL)
        return unescape(found[1]) if found else ""

    def takes_a_good_answer(self) -> bool:
        """Send one that is like no other; whether it was stored."""
        self.sent += 1
        typed = f"A good answer by {type(self).__name__}, number {self.sent}"
        self.send(typed)
        return self.stored().count(typed) == 1

    def stored(self) -> list[str]:
        """The answers there are, oldest first."""
        with self.app.app_context():
            return list(db.session.scalars(select(Answer.text).order_by(Answer.id)))


class Form(Way):
    """The form on its own page."""


class Embed(Way):
    """The form inside another site's page: no cookies."""

    address = f"/s/{SLUG}/embed"
    shown = ("form_key", "token")

    def __init__(self, app: Flask, survey_id: int) -> None:
        super().__init__(app, survey_id)
        self.client = app.test_client(use_cookies=False)

    def cookie(self) -> dict[str, str]:
        return {}


class Api(Way):
    """JSON of a program, with a token."""

    address = "/api/v1/answers"
    shown = ()

    def __init__(self, app: Flask, survey_id: int) -> None:
        super().__init__(app, survey_id)
        self.client = app.test_client(use_cookies=False)
        with app.app_context():
            self.token = api_tokens.create(db.session.get_one(Survey, survey_id), "a program", api_tokens.SEND)

    def open(self) -> dict[str, str]:
        return {}

    def send(self, typed: str | None, **changes: str) -> TestResponse:
        return self.post(json.dumps(({} if typed is None else {self.box: typed}) | changes).encode())

    def post(self, body: bytes, content_type: str = JSON, headers: Mapping[str, str] | None = None) -> TestResponse:
        return super().post(body, content_type, headers)

    def rights(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def cookie(self) -> dict[str, str]:
        return {}

    def good(self, typed: str) -> tuple[bytes, str]:
        return json.dumps({self.box: typed}).encode(), JSON

    def said(self, response: TestResponse) -> str:
        assert response.json is not None
        return str(response.json.get("error", response.json))


class Import(Way):
    """An export of this program with one answer in it, which comes in exactly; looked at and confirmed."""

    address = f"/manage/{SLUG}/import"
    box = "pasted"
    shown = ("csrf_token",)

    def __init__(self, app: Flask, survey_id: int) -> None:
        super().__init__(app, survey_id)
        sign_in(self.client)

    def send(self, typed: str | None, **changes: str) -> TestResponse:
        if typed is None:
            return self.post(urlencode(self.open()).encode())
        return self.send_all([typed], **changes)

    def send_all(self, typed: Iterable[str], **changes: str) -> TestResponse:
        """Send answers in one file."""
        rows = [
            dict.fromkeys(EXPORTED, "")
            | {"answer_id": token_hex(8), "answer": defused(text), "status": "shown"}
            | changes
            for text in typed
        ]
        return self.file(table([*rows[0]], [[*row.values()] for row in rows]))

    def kept(self, typed: str) -> str:
        """What is stored: the file's reader makes a line feed of every kind of line end, and drops NUL."""
        return answers.normalize(re.sub("\r\n|[\r\v\u2028\u2029\x85]", "\n", typed).replace("\0", ""))

    def file(self, content: bytes) -> TestResponse:
        """Send a file, and confirm what was understood."""
        form = self.open() | {"file": (io.BytesIO(content), "file.csv")}
        return self.confirm(self.client.post(self.address, data=form, content_type="multipart/form-data"))

    def post(
        self, body: bytes, content_type: str = URLENCODED, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        return self.confirm(super().post(body, content_type, headers))

    def confirm(self, first: TestResponse, **choices: str) -> TestResponse:
        """The second step, with what the page has chosen unless something else is; the first one's answer where it
        was refused."""
        if first.status_code != 303 or not re.search(r"/import/[0-9a-f]{32}$", first.location):
            return first
        page = self.client.get(first.location)
        return importing.confirm(self.client, first.location, page, **choices)

    def typed(self, response: TestResponse) -> str:
        return ""


EXPORTED = ("answer_id", "answer", "kind", "source", "received_at", "status")
"""Columns by which an export of this program is known"""
KINDS: dict[str, type[Way]] = {"form": Form, "embed": Embed, "api": Api, "import": Import}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file as spreadsheets write it."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    return file.getvalue().encode("utf-8", "surrogatepass")


def ways_into(app: Flask) -> dict[str, Way]:
    """Every way into one new survey of one new owner."""
    survey_id = owned_survey(app)
    return {name: kind(app, survey_id) for name, kind in KINDS.items()}


@contextmanager
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """For a fixture of a whole module with DATABASES as its parameters: the setting of a database of its own."""
    if request.param == "sqlite":
        yield ""
        return
    with empty_postgres(request.getfixturevalue("postgres_server")) as url:
        yield url


@contextmanager
def site_with_ways(folder: Path, **chosen: str | int) -> Iterator[dict[str, Way]]:
    """A site of its own on SQLite, or where `database_url` says, with every way into it."""
    with migrated(quiet(folder, address_answers=100_000, **chosen)) as app:
        yield ways_into(app)
