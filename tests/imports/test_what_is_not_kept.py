"""An import says what becomes of every column: what is kept or not, what cannot be read, what is coded already."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from tests.analysis.tables.support import TEXTS
from tests.analysis.tables.test_code_columns import coded, opinions
from tests.support.importing import look, send, stored, take_in, words
from tests.support.visitors import SLUG


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


WEIGHTED = table(
    ("Respondent ID", "Weight", "ward", "Why did you leave?"),
    *((f"R{n:04}", f"{0.4 + n / 50:.3f}", "ABC"[n % 3], one) for n, one in enumerate(opinions(), 1)),
)


def test_columns_that_are_not_kept_are_named(app: Flask, owner: FlaskClient) -> None:
    assert "Not kept: Weight, ward." in seen(owner, WEIGHTED)
    assert "Not kept" not in seen(owner, table(("Respondent ID", "answer"), ("R1", "Peace"), ("R2", "Quiet")))


def test_of_many_columns_that_are_not_kept_the_first_are_named(app: Flask, owner: FlaskClient) -> None:
    names = [f"v{n}" for n in range(12)]
    page = seen(
        owner, table(("answer", *names), *((one, *("1" if n % 2 else "2",) * 12) for n, one in enumerate(TEXTS)))
    )
    assert "Not kept: v0, v1, v2, v3, v4, v5, v6, v7 and 4 more." in page


def test_an_id_too_long_for_one_is_not_kept_and_said(app: Flask, owner: FlaskClient) -> None:
    content = table(
        ("answer", "Respondent ID"), *((one, f"R{n}" + "0" * (300 if n == 2 else 5)) for n, one in enumerate(TEXTS))
    )
    sent = send(owner, content)
    assert "1 response id is longer than 200 characters, and is not kept." in words(
        look(owner, sent.location, response_id="1")
    )
    done = words(take_in(owner, content, response_id="1"))
    assert "The response id of 1 answer is too long for one, and is not kept." in done
    assert [one.response_id for one in stored(app)].count(None) == 1


REGIONS = table(("answer", "Region"), *((one, ("North", "South", "Email")[n % 3]) for n, one in enumerate(TEXTS)))


def test_sources_that_cannot_be_read_are_counted_before_and_after(app: Flask, owner: FlaskClient) -> None:
    sent = send(owner, REGIONS)
    page = words(look(owner, sent.location, source="1"))
    assert "4 rows have sources that this site does not know: North (2), South (2)." in page
    assert "The cells are left out, and the answers count as imported." in page
    done = words(take_in(owner, REGIONS, source="1"))
    assert "The sources of 4 answers are none that this site knows: they count as imported." in done
    assert [one.source for one in stored(app)] == ["import", "import", "email"] * 2


def test_kinds_and_times_that_are_left_out_are_said_afterwards(app: Flask, owner: FlaskClient) -> None:
    days = [f"2026-03-{n + 11} 09:10:11" for n in range(5)] + ["some day"]
    content = table(("answer", "kind", "received_at"), *zip(TEXTS, ["Martians"] * 6, days, strict=True))
    done = words(take_in(owner, content))
    assert "6 answers came in without their kinds, which this survey does not ask." in done
    assert "The time of 1 answer could not be read: it has the time of the import." in done


def test_the_command_says_the_same(app: Flask, owner: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(REGIONS)
    ran = app.test_cli_runner().invoke(
        args=["import-answers", SLUG, str(tmp_path / "a.csv"), "--source-column", "Region"]
    )
    assert "4 of a source not known here, taken as imported: 'North', 'South'" in ran.output, ran.output
    (tmp_path / "b.csv").write_bytes(WEIGHTED)
    ran = app.test_cli_runner().invoke(args=["import-answers", SLUG, str(tmp_path / "b.csv"), "--dry-run"])
    assert "Not kept: 'Weight', 'ward'" in ran.output, ran.output
