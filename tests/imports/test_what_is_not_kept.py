"""An import says what becomes of every column: what is kept or not, what cannot be read, what is coded already."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from flask import Flask
from flask.testing import FlaskClient

from tests.analysis.tables.test_code_columns import coded, opinions
from tests.support.importing import send, words


def table(*rows: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def seen(owner: FlaskClient, content: bytes) -> str:
    """What the preview of a file says."""
    return words(owner.get(send(owner, content).location))


def test_codes_are_offered_as_coded_and_not_as_a_survey(app: Flask, owner: FlaskClient) -> None:
    page = seen(owner, table(("answer", "Codes", "v13"), *zip(opinions(), coded(";"), coded(" / "), strict=True)))
    assert "becomes a survey of its own" not in page
    assert "Take in 120 answers" in page
    assert "Codes and v13 look like codes of the answers, so no survey is made of them." in page
