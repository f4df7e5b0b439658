"""The files of an export, each opened by a program that is not the one that wrote it."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pandas
import pytest
from flask import Flask
from openpyxl import load_workbook
from PIL import Image
from playwright.sync_api import Browser

from survey.core.database import db
from survey.core.models import Answer, Survey, Theme
from survey.exports.workbook import SHEETS
from survey.tables import rows as export_rows
from tests.support.checks import add_check
from tests.support.filled_survey import Filled, Says, fill
from tests.support.visitors import SLUG, sign_in

TEXTS = [
    "Trust, and time", '"Trust" she said', "Trust\nover two lines", "=HYPERLINK(1)trust", "الثقة trust",
    "信任 trust 😀",    "trust;semi", "@trust", "  trust", "trust\ttab",
]  # fmt: skip
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.fixture
def filled(sqlite_app: Flask) -> Filled:
    """Thirty-one answers: every odd text three times, one without a theme, over a hundred days."""
    said = [
        Says(text, [("trust" if "trust" in text else "Trust", "=Trust" if place % 2 else "Trust")], "friend", 3 * n)
        for n in range(3)
        for place, text in enumerate(TEXTS)
    ]
    made = fill(sqlite_app, [*said, Says("rain", [("rain", None)], days=99)], is_owned=True)
    add_check(sqlite_app, made.survey_id, note="=1+1")
    return made


def fetched(app: Flask, name: str) -> bytes:
    client = app.test_client()
    sign_in(client)
    response = client.get(f"/manage/{SLUG}/export/{name}")
    assert response.status_code == 200
    return bytes(response.data)


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [answer.text for answer in db.session.query(Answer).order_by(Answer.received_at, Answer.id)]


def named(app: Flask) -> dict[str, set[str]]:
    """The themes by the answer's id, from the database."""
    with app.app_context():
        survey = db.session.query(Survey).one()
        return {str(row[0]): set(str(row[8]).split("; ")) - {""} for row in export_rows.answer_rows(survey)}


def undone(cells: Any) -> list[str]:
    """Texts without the apostrophe that keeps a spreadsheet from running them."""
    return [str(cell).removeprefix("'") for cell in cells]


def same_as_stored(app: Flask, frame: pandas.DataFrame, themes: list[str]) -> None:
    """Every answer is there word for word, and each theme is 1 where the database says so."""
    assert undone(frame["answer"]) == stored(app)
    expected = named(app)
    for row in frame.to_dict("records"):
        found = {theme.removeprefix("'") for theme in themes if row[theme] == 1}
        assert found == expected[str(row["answer_id"])]


def test_pandas_reads_the_csv(sqlite_app: Flask, filled: Filled) -> None:
    frame = pandas.read_csv(io.BytesIO(fetched(sqlite_app, "wide.csv")), parse_dates=["received_at"])
    same_as_stored(sqlite_app, frame, ["Trust", "'=Trust"])
    assert str(frame["received_at"].dtype).startswith("datetime64")
    assert frame["Trust"].sum() == 15


def test_pandas_reads_the_parquet_file(sqlite_app: Flask, filled: Filled) -> None:
    frame = pandas.read_parquet(io.BytesIO(fetched(sqlite_app, "wide.parquet")))
    assert list(frame["answer"]) == stored(sqlite_app)
    same_as_stored(sqlite_app, frame, ["Trust", "=Trust"])
    assert str(frame["received_at"].dtype).startswith("datetime64")


def test_pandas_reads_the_json(sqlite_app: Flask, filled: Filled) -> None:
    content = fetched(sqlite_app, "wide.json")
    frame = pandas.read_json(io.BytesIO(content), dtype=False)
    assert list(frame["answer"]) == stored(sqlite_app)
    same_as_stored(sqlite_app, frame, ["Trust", "=Trust"])
    assert json.loads(content)[-1]["Trust"] == 0


def test_pandas_reads_every_sheet_of_the_workbook(sqlite_app: Flask, filled: Filled) -> None:
    """By python-calamine, which is written in Rust; openpyxl looks for formulas."""
    content = fetched(sqlite_app, "all.xlsx")
    sheets = pandas.read_excel(io.BytesIO(content), sheet_name=None, engine="calamine")
    assert list(sheets) == ["dictionary", *SHEETS]
    same_as_stored(sqlite_app, sheets["wide"], ["Trust", "'=Trust"])
    described = sheets["dictionary"].dropna(subset=["column"])
    for name in SHEETS:
        columns = list(described.loc[described["sheet"] == name, "column"])
        assert columns == list(sheets[name].columns)
    for sheet in load_workbook(io.BytesIO(content)):
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not here: apt-get install libreoffice-calc")
@pytest.mark.parametrize("name", ["all.xlsx", "wide.csv"])
def test_libreoffice_opens_it_and_runs_nothing(sqlite_app: Flask, filled: Filled, name: str, tmp_path: Path) -> None:
    """Converted by LibreOffice to its own format, which keeps formulas as such: none is there, and all lines are."""
    (tmp_path / name).write_bytes(fetched(sqlite_app, name))
    source = ["--infilter=CSV:44,34,76"] if name.endswith("csv") else []
    subprocess.run(
        [str(OFFICE), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", *source,
         "--convert-to", "ods", "--outdir", str(tmp_path / "out"), str(tmp_path / name)],
        check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    converted = tmp_path / "out" / f"{Path(name).stem}.ods"
    sheets = pandas.read_excel(converted, sheet_name=None, engine="calamine")
    wide = sheets["wide"]
    texts = [text.replace("\t", "") for text in stored(sqlite_app)]  # the reader of .ods knows no <text:tab/>
    assert [text.replace("\r\n", "\n") for text in undone(wide["answer"])] == texts
    assert wide["Trust"].sum() == 15
    assert name != "all.xlsx" or list(sheets) == ["dictionary", *SHEETS]
    with zipfile.ZipFile(converted) as parts:
        formulas = re.findall(rb'table:formula="([^"]*)"', parts.read("content.xml"))
    assert set(formulas) <= {b"of:=TRUE()", b"of:=FALSE()"}  # so it writes yes and no


@pytest.mark.browser
def test_chromium_draws_the_svg(sqlite_app: Flask, filled: Filled, browser: Browser) -> None:
    svg = fetched(sqlite_app, "charts/themes.svg").decode()
    page = browser.new_page(viewport={"width": 1000, "height": 500})
    page.set_content(f'<body style="margin:0">{svg}</body>')
    with sqlite_app.app_context():
        names = [theme.name for theme in db.session.query(Theme)]
    for name in names:
        box = page.get_by_text(name, exact=True).first.bounding_box()
        assert box is not None
        assert box["x"] >= 40
        assert box["x"] + box["width"] < 1000
    page.close()


def test_pillow_opens_the_png(sqlite_app: Flask, filled: Filled) -> None:
    with Image.open(io.BytesIO(fetched(sqlite_app, "charts/themes.png"))) as image:
        image.verify()
    with Image.open(io.BytesIO(fetched(sqlite_app, "charts/time.png"))) as image:
        assert image.width == 2000
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 20
