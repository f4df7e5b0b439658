"""Exports: every cell exact, none that a spreadsheet would run, nothing piled up in memory."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from flask import Flask
from openpyxl import load_workbook

from analysis.known_themes.codebook import Codebook
from survey.accounts import api_tokens
from survey.core.account_models import ApiToken
from survey.core.database import db, iso, write_transaction
from survey.core.models import Answer, Idea, Placement, Survey, Theme
from survey.curation import theme_edits
from survey.exports import file_formats, single_file_page
from survey.exports.sending import TYPES
from survey.imports import importer
from survey.tables import answer_query
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import ANSWERS, CLUSTERS, FORMATS, TABLES, THEMES
from tests.support.checks import add_check
from tests.support.filled_once import filled_once
from tests.support.filled_survey import Says, add_answers, fill
from tests.support.site import queries
from tests.support.visitors import SLUG, field, make_owner, owned_survey, sign_in

pytestmark = pytest.mark.both_databases

NASTY = (
    "answer,kind,source,received_at\n"
    "=Listening and honesty,partner,whatsapp,2026-03-02T07:40:00Z\n"
    '"Honesty\nabove all 😀",,poster,2026-03-02T09:00:00+02:00\n'
    "idk,,,2026-03-04T00:00:00Z\n"
    "Zebra quagga okapi,,,1066-10-14T00:00:00Z\n"
)


def survey_with_nasty_answers(app: Flask, perform: Callable[[Flask], None]) -> int:
    """A survey with a result: placed, unplaced and silent answers, a hidden one, a theme with a formula for a name."""
    number = owned_survey(app)
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, number), NASTY.encode())
    perform(app)
    with app.app_context():
        importer.import_answers(db.session.get_one(Survey, number), b"answer\n+hidden\n")
        with write_transaction() as session:
            session.query(Answer).filter_by(text="+hidden").update({"status": "hidden"})
            long_ago = datetime(1066, 10, 14, tzinfo=UTC)
            session.query(Answer).filter_by(text="Zebra quagga okapi").update({"received_at": long_ago})
        theme_edits.rename(db.session.query(Theme).filter_by(name="Honesty").one(), "=HYPERLINK(1)")
    add_check(app, number, note="-1")
    return number


@pytest.fixture
def survey_id(app: Flask, perform: Callable[[Flask], None]) -> int:
    return filled_once(app, survey_with_nasty_answers, perform)


def fetched(app: Flask, name: str) -> bytes:
    client = app.test_client()
    sign_in(client)
    response = client.get(f"/manage/{SLUG}/export/{name}")
    assert response.status_code == 200
    assert f'filename="{SLUG}-' in response.headers["Content-Disposition"] or "filename=" + SLUG in str(
        response.headers["Content-Disposition"]
    )
    assert response.headers["Cache-Control"] == "no-store"
    return bytes(response.data)


def csv_rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_one_line_for_each_idea_in_a_theme(app: Flask, survey_id: int) -> None:
    rows = csv_rows(fetched(app, "clusters.csv"))
    assert list(rows[0]) == list(CLUSTERS.header)
    with app.app_context():
        answers = {answer.public_id: answer for answer in db.session.query(Answer)}
        themes = {theme.public_id: theme for theme in db.session.query(Theme)}
    for row in rows:
        answer = answers[row["answer_id"]]
        assert row["answer"].removeprefix("'") == answer.text
        assert (row["kind"], row["source"]) == (answer.kind or "", answer.source)
        if row["status"] != "nonanswer":
            assert row["idea"].removeprefix("'") == answer.text[int(row["start"]) : int(row["end"])]
        if row["status"] == "placed":
            theme = themes[row["theme_id"]]
            assert (row["theme"].removeprefix("'"), row["origin"]) == (theme.name, theme.origin)
            assert 0 <= float(row["strength"]) <= 1
            assert row["quote"] in ("0", "1")
        else:
            assert (row["theme_id"], row["theme"], row["strength"]) == ("", "", "")
    statuses = {row["answer"]: row["status"] for row in rows}
    assert statuses["'=Listening and honesty"] == "placed"
    assert (statuses["idk"], statuses["Zebra quagga okapi"]) == ("nonanswer", "unplaced")
    assert "'+hidden" not in statuses
    assert {row["received_at"] for row in rows} >= {"2026-03-02T07:40:00Z", "2026-03-02T07:00:00Z"}


def test_one_line_for_each_answer_whatever_its_status(app: Flask, survey_id: int) -> None:
    rows = {row["answer"]: row for row in csv_rows(fetched(app, "answers.csv"))}
    assert len(rows) == 5
    assert (rows["'+hidden"]["status"], rows["'+hidden"]["placement"]) == ("hidden", "")
    assert (rows["idk"]["status"], rows["idk"]["placement"]) == ("shown", "nonanswer")
    assert rows["'=Listening and honesty"]["placement"] == "placed"
    assert set(rows["Honesty\nabove all 😀"]["themes"].split("; ")) >= {"'=HYPERLINK(1)"}
    assert rows["Zebra quagga okapi"]["askers_own"] == "0"


@pytest.mark.slow
def test_every_format_holds_the_same_rows(app: Flask, survey_id: int, database_url: str) -> None:
    """(On PostgreSQL those two in which the type of a cell shows.)"""
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        made = {name: list(rows(survey)) for name, rows in export_rows.ROWS.items()}
        columns = {name: export_rows.columns_of(survey, name) for name in TABLES}
    for name in TABLES:
        header = [column.name for column in columns[name]]
        objects = [file_formats.as_object(columns[name], row) for row in made[name]]
        assert objects
        assert json.loads(fetched(app, f"{name}.json")) == objects
        written = pyarrow.parquet.read_table(io.BytesIO(fetched(app, f"{name}.parquet")))
        assert written.column_names == header
        assert [
            {key: iso(cell) if isinstance(cell, datetime) else cell for key, cell in row.items()}
            for row in written.to_pylist()
        ] == objects
        if database_url.startswith("postgresql"):
            continue
        assert len(csv_rows(fetched(app, f"{name}.csv"))) == len(objects)
        sheet = load_workbook(io.BytesIO(fetched(app, f"{name}.xlsx"))).worksheets[0]
        first, *rows = sheet.iter_rows()
        assert [cell.value for cell in first] == [file_formats.defused(name) for name in header]
        assert len(rows) == len(objects)
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
            assert not any(str(cell.value or "").startswith(("=", "+", "-", "@")) for cell in row)
    assert any(row["theme"] == "=HYPERLINK(1)" for row in json.loads(fetched(app, "themes.json")))


def test_a_workbook_keeps_texts_moments_and_numbers(app: Flask, survey_id: int) -> None:
    sheet = load_workbook(io.BytesIO(fetched(app, "clusters.xlsx"))).worksheets[0]
    rows = [dict(zip(CLUSTERS.header, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)]
    placed = next(row for row in rows if row["answer"] == "'=Listening and honesty" and row["status"] == "placed")
    assert placed["received_at"] == datetime(2026, 3, 2, 7, 40)
    assert isinstance(placed["strength"], int | float)
    assert isinstance(placed["quote"], bool)
    assert next(r for r in rows if r["answer"] == "Zebra quagga okapi")["received_at"] == "1066-10-14T00:00:00Z"


@pytest.mark.parametrize("scan_ratio", [0, 10**6])
def test_rows_are_the_same_however_they_are_found(
    app: Flask, survey_id: int, scan_ratio: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether read as they lie or one by one, some at once or all, the first and the last among them."""
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        made = {name: list(rows(survey)) for name, rows in export_rows.ROWS.items()}
        monkeypatch.setattr(answer_query, "MAX_SCAN_RATIO", scan_ratio)
        monkeypatch.setattr(answer_query, "BATCH_ROWS", 1)
        assert {name: list(rows(survey)) for name, rows in export_rows.ROWS.items()} == made
        stored = db.session.query(Answer).order_by(Answer.received_at, Answer.id)
        assert [row[0] for row in made["answers"]] == [answer.public_id for answer in stored]
        ids = [answer.id for answer in stored]
        assert sorted(export_rows.answer_rows(survey, ids)) == sorted(made["answers"])


def test_themes_stand_in_the_order_of_the_answer_and_the_strongest_first(app: Flask) -> None:
    said = [Says("first second third", [("first", "B"), ("second", None), ("third", "A")]), Says("hm", is_silent=True)]
    filled = fill(app, [*said, Says("alone", [("alone", None)]), Says("new")], is_owned=True)
    with app.app_context():
        with write_transaction() as session:
            first, _, third = session.query(Idea).filter_by(answer_id=1).order_by(Idea.starts)
            for idea, name, strength in ((first, "A", 1.5), (third, "B", 1.5)):
                session.add(Placement(idea_id=idea.id, theme_id=filled.themes[name], strength=strength))
        rows = list(export_rows.answer_rows(db.session.get_one(Survey, filled.survey_id)))
        assert [row[7:9] for row in rows] == [("placed", "A; B"), ("nonanswer", ""), ("unplaced", ""), ("waiting", "")]
        with write_transaction() as session:
            session.query(Placement).filter_by(theme_id=filled.themes["A"], idea_id=first.id).update({"strength": 0.0})
        rows = list(export_rows.answer_rows(db.session.get_one(Survey, filled.survey_id)))
        assert rows[0][8] == "B; A"


def test_more_answers_ask_for_no_more_statements(app: Flask) -> None:
    owner = make_owner(app)
    with app.app_context():
        counts = []
        filled = fill(app, [Says("one", [("one", "A")])], owner_id=owner)
        for count in (0, 2 * answer_query.BATCH_ROWS):
            add_answers(filled, [Says("more", [("more", "A")])] * count)
            db.session.commit()
            survey = db.session.get_one(Survey, filled.survey_id)
            with queries(app) as statements:
                assert len(list(export_rows.answer_rows(survey))) == count + 1
            counts.append(len(statements))
        assert counts[0] == counts[1]


@pytest.mark.slow
@pytest.mark.usefixtures("files_in_processes")
def test_nothing_is_left_behind(
    sqlite_app: Flask, perform: Callable[[Flask], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled_once(sqlite_app, survey_with_nasty_answers, perform)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    files = {form: fetched(sqlite_app, f"answers.{form}") for form in TYPES}
    assert list(scratch.iterdir()) == []
    assert pyarrow.parquet.read_table(io.BytesIO(files["parquet"])).num_rows == 5


def test_without_a_result_the_file_has_a_header_alone(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    content = fetched(sqlite_app, "clusters.csv").decode("utf-8-sig")
    assert content == ",".join(CLUSTERS.header) + "\r\n"
    assert pyarrow.parquet.read_table(io.BytesIO(fetched(sqlite_app, "themes.parquet"))).num_rows == 0


@pytest.mark.parametrize("name", ["people.csv", "answers.pdf", "answers", "answers.csv.json", "..%2fanswers.csv"])
def test_other_files_are_not_there(sqlite_app: Flask, name: str) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    assert client.get(f"/manage/{SLUG}/export/{name}").status_code == 404


# ---------- the data dictionary ----------


def test_every_column_is_described_once_and_every_row_fits(app: Flask, survey_id: int) -> None:
    kinds: dict[str, type | tuple[type, ...]] = {
        "text": str, "whole number": int, "number": (int, float), "yes or no": bool, "moment": str,
    }  # fmt: skip
    assert set(TABLES) == set(export_rows.ROWS)
    assert set(FORMATS) == set(TYPES)
    with app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        for name, table in TABLES.items():
            columns = export_rows.columns_of(survey, name)
            assert columns[: len(table.columns)] == table.columns
            assert len({column.name for column in columns}) == len(columns)
            assert all(column.meaning for column in columns)
            for row in export_rows.ROWS[name](survey):
                for cell, column in zip(row, columns, strict=True):
                    assert cell is None or isinstance(cell, kinds[column.type]), column
                    if cell is not None and column.type == "moment":
                        assert datetime.fromisoformat(str(cell)).tzinfo is None


def test_the_first_columns_never_move() -> None:
    assert CLUSTERS.header[:10] == (
        "answer_id", "answer", "idea", "theme_id", "theme", "origin", "strength", "kind", "source", "received_at",
    )  # fmt: skip
    assert CLUSTERS.header[10:14] == ("status", "start", "end", "quote")
    assert ANSWERS.header[:5] == ("answer_id", "answer", "kind", "source", "received_at")
    assert THEMES.header[:4] == ("theme_id", "theme", "description", "origin")


def test_the_pages_name_every_table_and_column(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    page = client.get(f"/manage/{SLUG}/export").text
    words = client.get(f"/manage/{SLUG}/export/dictionary").text
    for name, table in TABLES.items():
        for form in TYPES:
            assert f"/export/{name}.{form}" in page
        assert all(column.name in words and column.meaning in words for column in table.columns)


# ---------- the codebook ----------


def written_codebook(app: Flask, tmp_path: Path) -> Codebook:
    path = tmp_path / "own.toml"
    path.write_bytes(fetched(app, "codebook.toml"))
    return Codebook.load(path)


def test_the_packaged_codebook_comes_back_whole(sqlite_app: Flask, tmp_path: Path) -> None:
    owned_survey(sqlite_app)
    packaged = {theme.key: theme for theme in Codebook.load("relationships").themes}
    written = written_codebook(sqlite_app, tmp_path)
    assert {theme.key: theme for theme in written.themes} == packaged
    assert (written.name, written.title) == (SLUG, "What keeps you together?")


def test_a_survey_without_a_codebook_has_none_to_give(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app, codebook="none")
    client = sqlite_app.test_client()
    sign_in(client)
    assert "There is none yet" in client.get(f"/manage/{SLUG}/export").text
    missing = client.get(f"/manage/{SLUG}/export/codebook.toml")
    assert missing.status_code == 404
    assert "This survey has no codebook" in missing.text


# ---------- the theme page as one file ----------


def test_the_theme_page_is_one_file_that_asks_nobody(app: Flask, survey_id: int) -> None:
    page = fetched(app, "theme-page.html").decode()
    assert "<style>" in page
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|link|form|iframe|object|base)\b", page)
    assert not re.search(r"""\s(src|action|srcset)=|href="[^#]|\son\w+=|@import""", page)
    assert "=HYPERLINK(1)" in page
    assert "can see this page" not in page


def test_what_could_reach_out_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p { color: red }")
    page = single_file_page.as_single_file(
        '<!doctype html><html><head><link rel="stylesheet" href="/static/a.css"><link rel="icon" href="/x.svg">'
        '<meta property="og:url" content="https://evil">'
        '<meta http-equiv="refresh" content="0;url=//evil"><script src="/a.js" defer></script></head>'
        '<body onload="x()"><p class="a no-print">gone <b>too</b></p><p>kept &amp; <a href="/s/x">word</a> '
        '<a href="#t">here</a></p><img src="https://evil/x.png" alt="a"><form><input name="x"><p>gone</form>'
        '<svg viewBox="0 0 1 1"><use xlink:href="/x#y"/></svg><noscript>gone</noscript>&lt;script&gt;</body></html>',
        tmp_path,
    )
    assert "<style>\np { color: red }</style>" in page
    assert "gone" not in page
    assert "evil" not in page
    assert 'kept &amp; <a>word</a> <a href="#t">here</a>' in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"onload|<script|/x|icon|refresh", page)
    assert page.count("<svg") == page.count("</svg>") == 1


# ---------- tokens ----------


def test_a_token_is_shown_once_and_can_be_ended(sqlite_app: Flask) -> None:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    address = f"/manage/{SLUG}/export"

    def post(path: str, **form: str) -> Any:
        return client.post(address + path, data={"csrf_token": field(client.get(address), "csrf_token"), **form})

    made = post("/tokens", name="<b>Notebook</b>")
    token = re.findall(r'id="new-token" readonly dir="ltr" value="([\w-]{32})"', made.text)[0]
    assert made.headers["Cache-Control"] == "no-store"
    page = client.get(address).text
    assert token not in page
    assert "&lt;b&gt;Notebook&lt;/b&gt;" in page
    assert "Not used yet" in page
    bearer = {"Authorization": f"Bearer {token}"}
    assert sqlite_app.test_client().get("/api/v1/survey", headers=bearer).status_code == 200
    with sqlite_app.app_context():
        api_tokens.record_use(db.session.query(ApiToken.id).scalar() or 0)  # what the worker does
    assert "Last used" in client.get(address).text
    ended = re.findall(r'action="([^"]+/revoke)"', page)[0].removeprefix(address)
    assert post(ended).status_code == 303
    assert post(ended).status_code == 404
    assert sqlite_app.test_client().get("/api/v1/survey", headers=bearer).status_code == 401
    for name, message in (("", "Name what will use it"), ("x" * 81, "Keep the name to 80"), ("a\0b", "NUL")):
        refused = post("/tokens", name=name)
        assert refused.status_code == 422
        assert message in refused.text


def test_the_dictionary_says_what_else_a_reader_of_a_file_has_to_know() -> None:
    said = {column.name: column.meaning for column in TABLES["clusters"].columns}
    assert "apostrophe" in said["start"] and "does not count" in said["start"]
    assert "part:" in said["origin"]
