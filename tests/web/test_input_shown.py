"""The input matrix, second half: what looks like something else stands as text on every page and in every file.

A page is compared with the same page of harmless words: the same elements with the same attributes, no more.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pyarrow.parquet
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from sqlalchemy import update

from survey.accounts import api_tokens
from survey.coded_files.code_columns import OWN_SEMICOLON
from survey.core.database import db, write_transaction
from survey.core.models import Advice, Answer, Placement, Survey
from survey.core.personal_data import mask_personal_data
from survey.edits.models import Edit
from survey.exports import file_formats
from survey.manage import surveys
from survey.search import find
from survey.tables.data_dictionary import TABLES
from tests.support.checks import add_check
from tests.support.entry_points import KINDS
from tests.support.every_case import every_case
from tests.support.filled_survey import Filled, Says, fill
from tests.support.hostile_texts import SHORT, TEXTS
from tests.support.site import migrated, quiet, served
from tests.support.visitors import SLUG, sign_in
from tests.whole.test_journey import watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

S, M = f"/s/{SLUG}", f"/manage/{SLUG}"
PLACES = {
    "theme page": [f"{S}/themes"],
    "all answers": [f"{S}/answers?page={n}" for n in range(1, 8)],
    "map": [f"{S}/map"],
    "owner's answers": [f"{M}/answers"],
    "owner's themes": [f"{M}/themes"],
    "inbox": [f"{M}/themes/inbox"],
    "check": [f"{M}/check/{'c' * 16}"],
    "file of the theme page": [f"{M}/export/theme-page.html"],
    "front": [
        S,
        f"{S}/embed",
        f"{S}/what-happens",
        M,
        f"{M}/settings",
        f"{M}/words",
        f"{M}/advice",
        f"{M}/share/poster",
        "/manage",
    ],
}
"""Pages by what they are"""
SEARCHES = [f"{S}/answers?q=patience", f"{S}/answers?q=zebra"]
SAYS_TEXTS = ("theme page", "all answers", "owner's answers", "inbox", "check", "file of the theme page", "each theme")
SAYS_NAMES = ("theme page", "all answers", "map", "owner's themes", "file of the theme page", "each theme")
MASKED = tuple(place for place in SAYS_NAMES if place != "owner's themes")
"""Where a link or a number is masked even in the name of a theme: wherever visitors read it"""
KIND_ROWS = [
    "script",
    "attribute breakout",
    "formula =",
    "formula @",
    "template",
    "homoglyphs",
    "entities",
    "formula -",
]


class Page(HTMLParser):
    """The text of pages, and which elements with which attributes they are made of."""

    def __init__(self, *pages: str) -> None:
        super().__init__()
        self.shapes: set[tuple[str, tuple[str, ...]]] = set()
        self.addresses: set[str] = set()
        self.words: list[str] = []
        for page in pages:
            self.feed(page)
            self.close()
            self.reset()
        self.text = flat("".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shapes.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src", "action", "srcset")}
        # What stands in a field is an attribute; it is read as text, too.
        self.words += [f" {value} " for name, value in attrs if name in ("value", "content") and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def flat(text: str) -> str:
    """A text on one line: pages may break it as they like."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Site:
    """A survey whose every word is one of the table, or a harmless one as long; its pages as they were read."""

    app: Flask
    filled: Filled
    client: FlaskClient
    pages: dict[str, Page]


def harmless(text: str) -> str:
    """As long as another text, with as many lines."""
    return "\n".join(("patience " * (len(line) // 9 + 1))[: len(line)].strip() or "ok" for line in text.split("\n"))


def make(app: Flask, texts: dict[str, str], names: dict[str, str]) -> Site:
    placed = [Says(text, [(text, names[row])], kind="friend") for row, text in texts.items()]
    filled = fill(app, [*placed, *(Says(text, [(text, None)]) for text in texts.values())], is_owned=True)
    with app.app_context():
        with write_transaction() as session:
            session.execute(update(Placement).values(quote=0))
            session.add_all(
                Advice(survey_id=filled.survey_id, title=names[row], points=[names[row], "Listen"]) for row in KIND_ROWS
            )
        survey = db.session.get_one(Survey, filled.survey_id)
        odd = flat(" ".join(names[row] for row in KIND_ROWS))[:180]
        kinds = tuple(flat(names[row]) for row in KIND_ROWS)
        fields = surveys.Fields(odd, f"{odd}\n\n{odd}", odd[:80], SLUG, True, "relationships", kinds)
        surveys.change(survey.id, fields)
        survey = db.session.get_one(Survey, filled.survey_id)
        for row in KIND_ROWS:
            api_tokens.create(survey, names[row])
        with write_transaction() as session:
            own = session.get_one(Survey, filled.survey_id).own_kinds
            session.add_all(
                Edit(survey_id=filled.survey_id, action="example", theme_id=filled.themes[name], name=name)
                for name in names.values()
            )
            for number, answer in enumerate(session.query(Answer).order_by(Answer.id)):
                answer.kind = own[number % len(own)]["key"]
    add_check(app, filled.survey_id, note=names[KIND_ROWS[0]])
    client = app.test_client()
    sign_in(client)
    return Site(app, filled, client, {})


def read(site: Site) -> Site:
    """Read every page once."""
    each = [site.filled.page(name) for name in site.filled.themes]
    for name, addresses in {**PLACES, "each theme": each, "export": [f"{M}/export"], "search": SEARCHES}.items():
        found = [site.client.get(address) for address in addresses]
        while name == "owner's answers" and (older := re.search(r'href="([^"]*)" rel="next"', found[-1].text)):
            found.append(site.client.get(older[1].replace("&amp;", "&")))
        assert {page.status_code for page in found} == {200}, name
        site.pages[name] = Page(*(page.text for page in found))
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with migrated(quiet(tmp_path_factory.mktemp("shown"), address_answers=100_000)) as app:
        yield read(make(app, TEXTS, SHORT))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same with harmless words."""
    with migrated(quiet(tmp_path_factory.mktemp("plain"), address_answers=100_000)) as app:
        texts = {row: harmless(text) for row, text in TEXTS.items()}
        names = {row: f"name {number}".ljust(len(text), "x") for number, (row, text) in enumerate(SHORT.items())}
        yield read(make(app, texts, names))


@pytest.mark.parametrize("place", [*PLACES, "each theme", "export"])
def test_no_element_and_no_attribute_comes_from_a_text(site: Site, plain: Site, place: str) -> None:
    assert site.pages[place].shapes <= plain.pages[place].shapes
    assert not [a for a in site.pages[place].addresses if re.match(r"\s*(javascript|data|vbscript):", a, re.IGNORECASE)]
    assert not [a for a in site.pages[place].addresses if "evil.example" in a]


@pytest.mark.parametrize("place", SAYS_TEXTS)
def test_a_text_stands_as_text(site: Site, place: str) -> None:
    with every_case() as case:
        for row in TEXTS:
            with case(row):
                said = TEXTS[row] if place == "owner's answers" else mask_personal_data(TEXTS[row])
                assert flat(said)[:200] in site.pages[place].text


@pytest.mark.parametrize("place", SAYS_NAMES)
def test_the_name_of_a_theme_stands_as_text(site: Site, place: str) -> None:
    with every_case() as case:
        for row in SHORT:
            with case(row):
                assert flat(mask_personal_data(SHORT[row]) if place in MASKED else SHORT[row]) in site.pages[place].text


def test_what_an_owner_writes_stands_as_text(site: Site) -> None:
    """In a question, an introduction, a name, a kind, a list of advice, the name of a token."""
    with every_case() as case:
        for row in KIND_ROWS:
            with case(row):
                assert site.pages["front"].text.count(SHORT[row]) >= 5
                assert SHORT[row] in site.pages["export"].text


def test_the_words_of_the_map_are_the_texts(site: Site) -> None:
    answer = site.client.get(f"{S}/map/words.json")
    assert answer.mimetype == "application/json"
    assert "<script" not in answer.text or answer.headers["X-Content-Type-Options"] == "nosniff"
    words = flat(json.dumps(answer.json, ensure_ascii=False))
    with every_case() as case:
        for row in TEXTS:
            with case(row):
                assert json.dumps(flat(mask_personal_data(TEXTS[row]))[:60], ensure_ascii=False)[1:-1] in words


def test_a_search_for_it_finds_it_and_is_inert(site: Site, plain: Site) -> None:
    with every_case() as case:
        for row in TEXTS:
            with case(row):
                query = flat(mask_personal_data(TEXTS[row]))[: find.MAX_QUERY_CHARACTERS].strip()
                page = site.client.get(f"{S}/answers", query_string={"q": query})
                assert page.status_code == 200
                shown = Page(page.text)
                assert query in shown.text
                assert shown.shapes <= plain.pages["search"].shapes | plain.pages["all answers"].shapes
                if row not in ("SVG", "a Markdown picture"):
                    assert "No answer has" not in page.text


def thanked(site: Site, way: str, typed: str) -> Page:
    """The thank-you and the page of one's own answer."""
    sender = KINDS[way](site.app, site.filled.survey_id)
    thanks = sender.client.get(sender.send(typed).location)
    link = re.search(rf"{S}/mine/[\w-]+", thanks.text)
    assert link
    own = sender.client.get(link[0])
    assert [page.status_code for page in (thanks, own)] == [200, 200]
    assert all(flat(typed) in Page(page.text).text for page in (thanks, own))
    return Page(thanks.text, own.text)


@pytest.fixture(scope="module")
def thanks_of_plain_answers(plain: Site) -> dict[str, set[tuple[str, tuple[str, ...]]]]:
    """What the two pages are made of, for an answer that is shown and one that is held for its link."""
    said = ("Kindness, every day", "Kindness, as https://example.org says")
    return {way: set().union(*(thanked(plain, way, typed).shapes for typed in said)) for way in ("form", "embed")}


@pytest.mark.parametrize("way", ["form", "embed"])
def test_its_writer_reads_it_as_text(
    site: Site, thanks_of_plain_answers: dict[str, set[tuple[str, tuple[str, ...]]]], way: str
) -> None:
    """On the thank-you, and at the link to one's own answer; of a form inside another page only what is like HTML."""
    rows = list(TEXTS) if way == "form" else [row for row, text in TEXTS.items() if "<" in text or "&" in text]
    with every_case() as case:
        for row in rows:
            with case(row):
                assert thanked(site, way, TEXTS[row]).shapes <= thanks_of_plain_answers[way]


# ---------- every exported file ----------


def fetched(site: Site, name: str) -> bytes:
    answer = site.client.get(f"{M}/export/{name}")
    assert answer.status_code == 200
    return bytes(answer.data)


def cells(site: Site, table: str, form: str) -> tuple[list[str], list[list[Any]]]:
    """The header and the rows of a file, with an apostrophe that was put before a cell taken away again."""
    content = fetched(site, f"{table}.{form}")
    if form == "csv":
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        assert not [cell for row in [header, *rows] for cell in row if runs(cell)]
        return header, [[undone(cell) for cell in row] for row in rows]
    if form == "json":
        objects = json.loads(content)
        return list(objects[0]), [list(row.values()) for row in objects]
    if form == "parquet":
        read = pyarrow.parquet.read_table(io.BytesIO(content))
        return read.column_names, [list(row.values()) for row in read.to_pylist()]
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert not re.search(rb"<f[ >/]|<hyperlink", b"".join(book.read(n) for n in book.namelist() if "sheet" in n))
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    header, *rows = [
        [unescape(c) if isinstance(c := cell.value, str) else c for cell in row] for row in sheet.iter_rows()
    ]
    assert not [cell for row in [header, *rows] for cell in row if isinstance(cell, str) and runs(cell)]
    return header, [[undone(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def runs(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula. A number that we wrote is none."""
    seen = cell.lstrip(' "\u200b\ufeff\u00a0')
    return seen.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) and not re.fullmatch(
        r"-?[\d.]+", cell
    )


def undone(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and file_formats.defused(cell[1:]) == cell else cell


@pytest.mark.parametrize("form", ["csv", "json", "xlsx", "parquet"])
@pytest.mark.parametrize("table", TABLES)
def test_a_file_holds_every_text_and_runs_none(site: Site, table: str, form: str) -> None:
    header, rows = cells(site, table, form)
    assert tuple(header[: len(TABLES[table].header)]) == TABLES[table].header
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    if table in ("checks", "readings"):
        assert table == "checks" or {*TEXTS.values()} <= {*columns["answer"]}
        return
    if table == "edits":
        assert {*SHORT.values()} <= {*columns["theme"]} & {*columns["after"]}
        return
    if table == "kinds":
        assert {*SHORT.values()} <= {*columns["theme"]}
        assert {*columns["kind"]} - {None, ""} == {flat(SHORT[row]) for row in KIND_ROWS}
        return
    if table != "themes":
        assert {*TEXTS.values()} <= {*columns["answer"]}
        assert {*columns["kind"]} - {None, ""} == {flat(SHORT[row]) for row in KIND_ROWS}
    if table == "answers":
        apart = {name.replace(";", OWN_SEMICOLON) for name in SHORT.values()}
        assert apart <= {*columns["themes"]}
    elif table == "wide":
        assert {*SHORT.values()} <= {*header} | {undone(name) for name in header}
    else:
        assert {*SHORT.values()} <= {*columns["theme"]}


def test_the_api_gives_every_text(site: Site) -> None:
    with site.app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, site.filled.survey_id), "x")
    client = site.app.test_client()
    found: list[Any] = []
    for path in ("answers", "clusters", "themes", "survey"):
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.mimetype == "application/json"
        assert answer.json
        found.append(answer.json)
    for path, answer in zip(("answers", "clusters"), found, strict=False):
        assert {*TEXTS.values()} <= {row["answer"] for row in answer[path]}
    assert {*SHORT.values()} <= {row["theme"] for row in found[2]["themes"]}


# ---------- in a browser ----------


@pytest.mark.browser
def test_a_browser_runs_none_of_it(site: Site, browser: Browser) -> None:
    with served(site.app) as base:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        cookie = site.client.get_cookie("session")
        assert cookie
        context.add_cookies([{"name": "session", "value": cookie.value, "url": base}])
        page = context.new_page()
        said = watch(page)
        asked: list[str] = []
        page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: asked.append(request.url))
        each = [site.filled.page(SHORT[row]) for row in ("script", "SVG", "attribute breakout", "textarea", "template")]
        for address in [*(a for addresses in PLACES.values() for a in addresses if "export" not in a), *each]:
            answer = page.goto(base + address, wait_until="load")
            assert answer
            assert answer.status == 200
            assert page.locator("main script, i#broken, img[onerror], svg[onload]").count() == 0
            assert said == [], address
        assert [url for url in asked if not url.startswith(base)] == []
        context.close()
