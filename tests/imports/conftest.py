"""Who imports files in tests: the owner of a survey, signed in."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.visitors import owned_survey, sign_in


@pytest.fixture
def owner(app: Flask) -> FlaskClient:
    owned_survey(app)
    client = app.test_client()
    sign_in(client)
    return client
