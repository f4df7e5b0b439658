"""The input matrix at random: any text is refused or comes back unchanged, and nothing breaks a page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.files.delimited import pasted_lines, pasted_rows
from survey.accounts import api_tokens
from survey.answers import lifecycle as answers
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.exports import file_formats
from survey.tables import rows as export_rows
from survey.tables.data_dictionary import ANSWERS
from tests.support.entry_points import (
    DATABASES,
    JSON,
    MULTIPART,
    NAMES,
    URLENCODED,
    Way,
    empty_database,
    site_with_ways,
)
from tests.support.examples import examples
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, field, sign_in

pytestmark = pytest.mark.slow

quietly = settings(
    max_examples=examples(20), deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
SURROGATES = st.characters(categories=["Cs"])
CONTROLS = st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Co"])
LETTERS = st.one_of(
    st.characters(), SURROGATES, CONTROLS, st.sampled_from("=+-@\t\r\n\0'\"<>&;,\\%_＝\ufeff\u200b{}[]")
)
TEXT = st.one_of(st.text(LETTERS, max_size=60), st.text(LETTERS, min_size=1, max_size=4).map(lambda text: text * 1700))
BODY = st.one_of(
    st.binary(max_size=400), st.text(LETTERS, max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Way]]:
    with site_with_ways(tmp_path_factory.mktemp("random")) as ways:
        yield ways


def as_bytes(text: str) -> bytes:
    """The text as a careless program sends it: lone surrogates in the way of UTF-8, which UTF-8 forbids."""
    return text.encode("utf-8", "surrogatepass")


def send(way: Way, typed: str) -> int:
    """Send a text; gives the status."""
    if way.box == "text" and way.shown:
        body = urlencode(way.open()).encode() + b"&text=" + quote_from_bytes(as_bytes(typed)).encode()
        return way.post(body).status_code
    return way.send(typed).status_code


@pytest.mark.parametrize("name", NAMES)
@quietly
@given(typed=TEXT)
def test_any_text_is_refused_or_comes_back_unchanged(ways: dict[str, Way], name: str, typed: str) -> None:
    way = ways[name]
    before = way.stored()
    status = send(way, typed)
    assert status in (201, 303, 400, 422)
    if status >= 400:
        assert way.stored() == before
        with pytest.raises((answers.Refused, UnicodeError)):
            as_bytes(typed).decode()
            answers.check_text(way.kept(typed))
        return
    if name == "import" and way.stored() == before:
        return  # the same file as before adds nothing
    assert way.stored() == [*before, way.kept(typed)]
    comes_back(way, way.kept(typed))


def comes_back(way: Way, stored: str) -> None:
    """Look for the newest answer in every file and on the owner's page."""
    with way.app.app_context():
        survey = db.session.get_one(Survey, way.survey_id)
        newest = db.session.query(Answer.id).order_by(Answer.id.desc()).limit(1).scalar()
        [row] = export_rows.answer_rows(survey, [newest])
        [read] = json.loads("".join(file_formats.as_json(ANSWERS.columns, [row])))
        [_, written] = csv.reader(io.StringIO("".join(file_formats.as_csv(ANSWERS.columns, [row])), newline=""))
    assert read["answer"] == stored
    assert written[1] == file_formats.defused(stored)
    assert written[1] in (stored, f"'{stored}")


@pytest.mark.parametrize("name", NAMES)
@settings(quietly, max_examples=examples(25))
@given(content_type=st.sampled_from([URLENCODED, MULTIPART, JSON, "text/csv", "", "a/b; charset=utf-16"]), body=BODY)
def test_any_bytes_as_a_body_are_refused_or_taken_and_break_nothing(
    ways: dict[str, Way], name: str, content_type: str, body: bytes
) -> None:
    assert ways[name].post(body, content_type).status_code < 500


@pytest.mark.parametrize("name", NAMES)
@quietly
@given(
    fields=st.dictionaries(st.sampled_from(["form_key", "token", "kind", "source", "proof", "website", "key"]), TEXT)
)
def test_any_hidden_field_breaks_nothing(ways: dict[str, Way], name: str, fields: dict[str, str]) -> None:
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    assert ways[name].send("Kindness", **clean).status_code < 500


@quietly
@given(typed=st.text(st.characters(), max_size=80))
def test_any_list_is_cut_into_its_lines(typed: str) -> None:
    lines = [line for line in typed.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    assert [cells for _, cells in pasted_rows(pasted_lines(typed), "line")] == [[line] for line in lines]


# ---------- every page ----------

ODD = {
    "postgresql": ["%00", "%ED%A0%80", "-1", str(2**63)],
    "sqlite": [str(2**63), "0", "..%2Fx", "x" * 3000, "'%20OR%201=1%0A%F0%9F%98%80"],
}
"""Values as they stand in an address, each on the database that takes it worse; a number too large is so for both"""
EACH_ODD = pytest.mark.parametrize(
    ("reader", "odd"),
    [pytest.param(database, odd, id=f"{database}-{odd[:12]}") for database in DATABASES for odd in ODD[database]],
    indirect=["reader"],
)
ARGUMENTS = (
    "page",
    "q",
    "theme",
    "kind",
    "state",
    "after",
    "limit",
    "from",
    "look",
    "lang",
    "next",
    "version",
    "sort",
    "source",
    "to",
    "why",
    "language",
    "import",
    "before",
    "became",
    "tick",
    "list",
)


@dataclass(frozen=True)
class Reader:
    """Somebody who may read everything there is."""

    app: Flask
    filled: Filled
    client: FlaskClient
    bearer: dict[str, str]
    token: str
    """That every form of theirs carries"""

    def get(self, address: str) -> int:
        headers = self.bearer if address.startswith("/api") else {}
        answer = self.client.get(address, headers=headers)
        answer.close()
        return answer.status_code


@pytest.fixture(scope="module", params=DATABASES)
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with (
        empty_database(request) as url,
        migrated(quiet(tmp_path_factory.mktemp("walk"), database_url=url)) as app,
    ):
        says = [Says("Trust and time", [("Trust", "Trust")], "friend"), Says("Zebra", [("Zebra", None)])]
        filled = fill(app, says, is_owned=True)
        with app.app_context():
            token = api_tokens.create(db.session.get_one(Survey, filled.survey_id), "x")
        client = app.test_client()
        sign_in(client)
        yield Reader(
            app, filled, client, {"Authorization": f"Bearer {token}"}, field(client.get("/manage/new"), "csrf_token")
        )


def addresses(reader: Reader, odd: str) -> list[str]:
    """Every address that can be read, once for each of its parts with the odd value there and good ones elsewhere."""
    good = {
        "slug": SLUG, "public_id": reader.filled.public["Trust"], "table": "answers", "form": "json",
        "chart": "themes", "version": "x", "role": "logo",
        "key": "0" * 32, "secret": "x", "token": "x", "filename": "base.css",
        "status": "held", "burst": "x", "reader_id": "1", "edit_id": "1",
    }  # fmt: skip
    made = []
    for rule in reader.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            for part in sorted(rule.arguments):
                values = {name: quote(good[name]) for name in rule.arguments} | {part: odd}
                address = rule.rule.replace("<path:", "<").replace("<int:", "<")
                for name, value in values.items():
                    address = address.replace(f"<{name}>", value)
                made.append(address)
    return made


@EACH_ODD
def test_an_odd_value_in_an_address_breaks_nothing(reader: Reader, odd: str) -> None:
    walked = addresses(reader, odd)
    assert len(walked) > 40
    broken = [address for address in walked if reader.get(address) >= 500]
    assert broken == []


@EACH_ODD
def test_an_odd_value_in_a_query_breaks_nothing(reader: Reader, odd: str) -> None:
    query = "&".join(f"{name}={odd}" for name in ARGUMENTS)
    rules = [rule.rule for rule in reader.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    walked = [rule.replace("<slug>", SLUG).replace("<public_id>", reader.filled.public["Trust"]) for rule in rules]
    walked = [address for address in walked if "<" not in address]
    assert len(walked) > 30
    assert [address for address in walked if reader.get(f"{address}?{query}") >= 500] == []


@settings(quietly, max_examples=examples(15))
@given(odd=st.binary(min_size=1, max_size=40), name=st.sampled_from(ARGUMENTS))
def test_any_query_breaks_nothing(reader: Reader, odd: bytes, name: str) -> None:
    for page in (f"/s/{SLUG}/answers", f"/s/{SLUG}/themes/{reader.filled.public['Trust']}", f"/manage/{SLUG}/answers"):
        assert reader.get(f"{page}?{name}={quote_from_bytes(odd)}") < 500


@settings(quietly, max_examples=examples(4))
@given(odd=st.binary(min_size=1, max_size=40))
@example(odd=b"\0")
@example(odd=str(2**63).encode())
@example(odd="²".encode())
def test_any_id_in_a_form_of_the_owner_breaks_nothing(reader: Reader, odd: bytes) -> None:
    theme = reader.filled.public["Trust"]
    posts = {
        f"/manage/{SLUG}/answers/decide": ("answer", "burst", "list"),
        f"/manage/{SLUG}/answers/many": ("answer", "all", "fits", "list", "once", "do", "target"),
        f"/manage/{SLUG}/answers/many/delete": ("answer", "all", "fits", "list", "once"),
        f"/manage/{SLUG}/first-steps/dismiss": ("back", "csrf_token"),
        f"/manage/{SLUG}/look": ("back", "csrf_token"),
        f"/manage/{SLUG}/live/switch": ("to",),
        f"/manage/{SLUG}/live/show": ("theme", "back"),
        f"/manage/{SLUG}/live/quotes": ("to",),
        f"/manage/{SLUG}/live/hide": ("answer",),
        f"/manage/{SLUG}/people/invite": ("label", "role"),
        f"/manage/{SLUG}/people/1/role": ("role",),
        "/owners/hand-over": ("address", "name"),
        "/join/x": ("name", "password"),
        f"/manage/{SLUG}/themes/inbox": ("target", "idea"),
        f"/manage/{SLUG}/themes/{theme}/merge": ("target",),
        f"/manage/{SLUG}/themes/{theme}/move": ("target", "idea"),
        f"/manage/{SLUG}/themes/{theme}/split": ("part", "idea", "name"),
    }
    value = odd.decode(errors="replace")
    for address, names in posts.items():
        for name in names:
            form = {
                "csrf_token": reader.token,
                "target": theme,
                "status": "hidden",
                "idea": "1",
                "do": "move",
                name: value,
            }
            assert reader.client.post(address, data=form | {name: value}).status_code < 500
