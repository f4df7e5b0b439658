"""An owner who is signed in and has a library's survey."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.filled_survey import Filled
from tests.support.library import owned_library
from tests.support.visitors import SLUG, field, sign_in


@dataclass
class Bench:
    """The workbench of an owner."""

    app: Flask
    client: FlaskClient
    filled: Filled

    def get(self, page: str = "") -> str:
        """The page at an address under that of the themes."""
        response = self.client.get(f"/manage/{SLUG}/themes{page}")
        assert response.status_code == 200, response.text
        return response.text

    def theme(self, name: str, query: str = "") -> str:
        """The page of a theme."""
        return self.get(f"/{self.filled.public[name]}{query}")

    def post(self, page: str, **form: str | list[str]) -> TestResponse:
        """Send a form."""
        token = field(self.client.get(f"/manage/{SLUG}/themes"), "csrf_token")
        return self.client.post(f"/manage/{SLUG}/themes{page}", data={"csrf_token": token, **form})

    def act(self, page: str, **form: str | list[str]) -> str:
        """Send a form that is not refused, and follow it; gives the page it leads to."""
        response = self.post(page, **form)
        assert response.status_code == 303, response.text
        return self.client.get(response.location).text

    def on(self, theme: str, verb: str, **form: str | list[str]) -> str:
        """Send a form of a theme's page, and follow it."""
        return self.act(f"/{self.filled.public[theme]}/{verb}", **form)


@pytest.fixture
def bench(app: Flask) -> Bench:
    filled = owned_library(app)
    client = app.test_client()
    sign_in(client)
    return Bench(app, client, filled)
