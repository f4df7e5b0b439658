"""Schemathesis, a tester of APIs by their description, finds nothing wrong, with either token. It asks no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

from survey.accounts import api_tokens
from survey.answers.lifecycle import NewAnswer, new_form_key, receive
from survey.core.database import db
from survey.core.models import Survey
from tests.support.visitors import owned_survey

EXAMPLES = 10
SEARCH = "/search"
pytestmark = pytest.mark.slow


@pytest.fixture
def described(app: Flask, perform: Callable[[Flask], None]) -> Callable[[str], tuple[Any, dict[str, str]]]:
    """The description of a survey with a result, as a token of a purpose gets it, and the header with that token."""
    survey_id = owned_survey(app)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        for number in range(8):
            receive(survey, NewAnswer(f"Honesty and listening number {number}", new_form_key()))
    perform(app)

    def load(purpose: str) -> tuple[Any, dict[str, str]]:
        with app.app_context():
            token = api_tokens.create(db.session.get_one(Survey, survey_id), "tester", purpose)
        headers = {"Authorization": f"Bearer {token}"}
        schema = schemathesis.openapi.from_wsgi(
            "/api/v1/openapi.json", app, config=SchemathesisConfig(), headers=headers
        )
        return schema, headers

    return load


@pytest.mark.parametrize("purpose", [api_tokens.READ, api_tokens.SEND])
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_the_api_does_as_its_description_says(
    described: Callable[[str], tuple[Any, dict[str, str]]], purpose: str, mode: schemathesis.GenerationMode
) -> None:
    schema, headers = described(purpose)
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        def check(case: Any) -> None:
            nonlocal tried
            tried += 1
            # No search service runs here: the description says that a search by meaning is a 503 then.
            without = [not_a_server_error] if case.path.endswith(SEARCH) else []
            answer = case.call_and_validate(headers=headers, excluded_checks=without)
            assert answer.status_code in range(200, 500) or (without and answer.status_code == 503)

        check()
    assert tried > 8
