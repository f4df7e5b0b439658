"""No download has words that are not to be in it: of deleted answers none has, of held and hidden ones only the files
in which an owner takes everything away. The test walks the url_map, so that a new file is searched too.
"""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator

import pyarrow.parquet
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from survey.accounts import api_tokens
from survey.answers import erasure, lifecycle
from survey.charts.files import TYPES as CHARTS
from survey.core.database import db
from survey.core.models import Answer, Survey
from survey.exports.routes import CHART_NAMES
from survey.exports.sending import TYPES
from survey.publication import offering
from survey.publication.tables import FOR_PUBLISHING, FOR_READERS
from survey.results.reader_downloads import DOWNLOADS
from survey.tables.data_dictionary import TABLES
from tests.support.filled_survey import Filled, Says, fill
from tests.support.site import migrated, quiet
from tests.support.visitors import SLUG, sign_in

pytestmark = pytest.mark.slow

SHOWN, HELD, HIDDEN, DELETED = "wallabies", "quokkas", "numbats", "bettongs"
MAIL = "jo@example.com"
EVERYTHING = {
    "/manage/lasting/export/answers",
    "/manage/lasting/export/wide",
    "/manage/lasting/export/all.xlsx",
    "/manage/lasting/export/survey.zip",
    "/manage/lasting/answers/those",
    "/api/v1/answers",
}
"""Downloads of owners, without their endings, that have held and hidden answers too, and say which they are"""
VALUES = {
    "slug": [SLUG],
    "table": sorted({*TABLES, *FOR_PUBLISHING, *FOR_READERS}),
    "form": sorted({*TYPES, *CHARTS}),
    "chart": sorted(CHART_NAMES),
    "version": ["x"],
    "role": ["logo"],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Filled]]:
    """A published survey that gives everything away, with answers of each state, some deleted."""
    with migrated(quiet(tmp_path_factory.mktemp("downloads"))) as app:
        says = [
            *(Says(f"{SHOWN} number {n}", [(f"{SHOWN} number {n}", "Calm")], kind="friend", days=n) for n in range(14)),
            Says(f"{SHOWN} write to {MAIL}", [(SHOWN, "Calm")], kind="friend"),
            *(Says(f"{HELD} number {n}", status="held", kind="friend") for n in range(3)),
            *(Says(f"{HIDDEN} number {n}", status="hidden", kind="friend") for n in range(3)),
            *(Says(f"{DELETED} number {n}", [(f"{DELETED} number {n}", "Calm")], kind="friend") for n in range(3)),
            Says(f"{DELETED} held", status="held"),
        ]
        filled = fill(app, says, is_owned=True)
        with app.app_context():
            survey = db.session.get_one(Survey, filled.survey_id)
            offering.offer(survey, list(DOWNLOADS), "")
            gone = select(Answer.public_id).where(Answer.text.startswith(DELETED))
            for public_id in db.session.scalars(gone).all():
                survey = db.session.get_one(Survey, filled.survey_id)
                answer = lifecycle.find(survey, public_id)
                assert answer is not None
                erasure.delete_answer(survey, answer)
        yield app, filled


def addresses(app: Flask, filled: Filled) -> Iterator[tuple[Rule, str]]:
    """Every address that can be got, with every value its parts may have."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        made = [rule.rule.replace("<path:", "<").replace("<int:", "<")]
        for name in sorted(rule.arguments):
            values = {**VALUES, "public_id": [filled.public["Calm"]]}.get(name, ["0"])
            made = [address.replace(f"<{name}>", value) for address in made for value in values]
        for address in made:
            yield rule, address


def contents(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes of a file and of all files in it, unpacked."""
    yield content
    if depth > 3:
        return
    if content[:2] == b"\x1f\x8b":
        yield from contents(gzip.decompress(content), depth + 1)
    elif content[:4] == b"PAR1":
        yield repr(pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()).encode()
    elif content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield from contents(packed.read(name), depth + 1)


def has(content: bytes, word: str) -> bool:
    return any(word.encode() in part for part in contents(content))


def is_download(response: TestResponse) -> bool:
    attached = response.headers.get("Content-Disposition", "").startswith("attachment")
    return response.status_code == 200 and (attached or response.mimetype != "text/html")


def downloads(app: Flask, filled: Filled, client: FlaskClient, token: str | None) -> dict[str, bytes]:
    """What can be downloaded, by address."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    found = {}
    for _, address in addresses(app, filled):
        response = client.get(address, headers=headers if address.startswith("/api") else {})
        if is_download(response):
            found[address] = response.data
        response.close()
    return found


def test_no_download_has_words_that_are_not_to_be_in_it(site: tuple[Flask, Filled]) -> None:
    app, filled = site
    owner = app.test_client()
    sign_in(owner)
    with app.app_context():
        token = api_tokens.create(db.session.get_one(Survey, filled.survey_id), "x")
    of_owner = downloads(app, filled, owner, token)
    of_strangers = downloads(app, filled, app.test_client(), None)
    assert len(of_owner) > 60
    assert len(of_strangers) > 15
    assert [address for address, one in (of_owner | of_strangers).items() if has(one, DELETED)] == []
    private = (HELD, HIDDEN, MAIL)
    assert [address for address, one in of_strangers.items() if any(has(one, word) for word in private)] == []
    everything = {address for address, one in of_owner.items() if has(one, HELD) or has(one, HIDDEN)}
    assert {ending_off(address) for address in everything} == EVERYTHING  # in which the test finds them
    assert sum(has(one, SHOWN) for one in of_owner.values()) > 10
    assert any(has(one, SHOWN) for one in of_strangers.values())


def ending_off(address: str) -> str:
    """The address of a table without its form."""
    name, _, form = address.rpartition(".")
    return name if form in TYPES and address not in EVERYTHING else address
