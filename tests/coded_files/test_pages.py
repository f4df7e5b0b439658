"""A coded file brought in by its owner: seen first, changed, taken in once; and the survey as a project and back."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
import xmlschema
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from analysis.refi_qda.codebook_file import read_codebook
from analysis.refi_qda.model import all_codes
from analysis.refi_qda.read_project import read_project
from survey.answers.coding_models import Coding
from survey.coded_files import codings
from survey.core.database import db, write_transaction
from survey.core.models import Answer, Theme
from survey.edits.models import Edit
from tests.analysis.refi_qda.test_files import SCHEMAS
from tests.coded_files.coded import everything, fill_counted, survey, themes_of
from tests.support.filled_survey import Says
from tests.support.visitors import SLUG, field, make_owner, sign_in

PAGE = f"/manage/{SLUG}/coded"
ANSWERS = [
    Says("We talk openly.\r\nHe never lies 👩‍👩‍👧", [("We talk openly", "Talking"), ("He never lies 👩‍👩‍👧", None)]),
    Says("Laughing together", [("Laughing together", "Fun")], kind="partner", part="Jokes"),
    Says("=honest words", [("=honest words", "Fun")]),
    Says("hidden one", [("hidden one", "Fun")], status="hidden"),
    Says("nothing"),
]
BARS = "answer,Codes\nLaughing together,Fun | Joy\n=honest words,Honesty\nSomebody else,Joy\n,Fun\n"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    fill_counted(app, ANSWERS, make_owner(app))
    client = app.test_client()
    sign_in(client)
    return client


def upload(client: FlaskClient, content: bytes | str, name: str = "coded.csv") -> TestResponse:
    data = content.encode() if isinstance(content, str) else content
    token = field(client.get(PAGE), "csrf_token")
    return client.post(PAGE, data={"csrf_token": token, "file": (io.BytesIO(data), name)})


def send(client: FlaskClient, address: str, **form: str) -> TestResponse:
    token = field(client.get(PAGE), "csrf_token")
    return client.post(address, data={"csrf_token": token, **form})


def hidden_fields(page: str) -> dict[str, str]:
    form = page[page.rindex("<form") :]
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form))


def bring_in(client: FlaskClient, content: bytes | str, name: str = "coded.csv", **more: str) -> str:
    """Upload a file and take it in as proposed; gives the address of the coding."""
    address = upload(client, content, name).location
    fields = hidden_fields(client.get(address).text)
    return str(client.post(address, data={**fields, **more}).location)


def test_a_table_is_seen_taken_in_and_placed(app: Flask, client: FlaskClient) -> None:
    address = upload(client, BARS).location
    page = client.get(address).text
    assert "3 coded answers, 3 codes" in page and "Bring in what it says of 2 answers" in page
    assert "4, 1 without an answer" in page and "Import the 1 answer that is not here too" in page
    with app.app_context():
        assert db.session.scalar(select(func.count(Coding.id))) == 0
    fields = hidden_fields(page)
    first, second = (client.post(address, data=fields) for _ in range(2))
    assert first.status_code == 303 and first.location == second.location
    page = client.get(first.location).text
    assert "2 answers have codes." in page and "1 answer of the file is not here." in page
    assert "2 themes are made." in page and "Fun (by its name)" in page
    with app.app_context():
        before = everything()
        assert db.session.scalar(select(func.count(Coding.id))) == 1
    for _ in range(2):
        assert send(client, f"{first.location}/place").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Edit.action == "coded")) == 1
        assert themes_of("Laughing together") == {"Laughing together": ["Fun", "Joy"]}
        assert themes_of("=honest words") == {"=honest words": ["Honesty"]}
    assert "Undo it" in client.get(first.location).text
    history = client.get(f"/manage/{SLUG}/themes/history").text
    assert "placed as people coded them in <em><bdi>coded.csv</bdi></em>" in history
    with app.app_context():
        edit_id = db.session.scalars(select(Edit.id)).one()
    send(client, f"/manage/{SLUG}/themes/undo/{edit_id}", at="history", list="")
    with app.app_context():
        assert everything() == before


@pytest.mark.parametrize("table", ["answers", "wide"])
def test_our_own_export_gives_the_codes_that_it_has(app: Flask, client: FlaskClient, table: str) -> None:
    names = {"Talking": "Parking | storage", "Fun": "@Showers; lockers, warm"}
    with app.app_context(), write_transaction() as session:
        for theme in session.scalars(select(Theme).where(Theme.name.in_(names))):
            theme.name = names[theme.name]
    exported = client.get(f"/manage/{SLUG}/export/{table}.csv").data
    bring_in(client, exported)
    with app.app_context():
        coding = db.session.scalars(select(Coding)).one()
        assert {code.name for code in codings.codes_of(coding)} == set(names.values())


def test_columns_can_be_changed_and_answers_imported(app: Flask, client: FlaskClient) -> None:
    rows = "answer,A,B,person\nLaughing together,1,0,Ann\nSomebody else,0,1,Bob\nAnd another,1,1,Cy\n"
    address = upload(client, rows).location
    page = client.get(f"{address}?answer=0&codes=several&column-2=yes").text
    assert "2 coded answers, 1 code" in page
    fields = hidden_fields(page)
    assert fields["column-2"] == "yes" and "column-1" not in fields
    location = client.post(address, data={**fields, "missing": "import"}).location
    assert "2 answers were imported." in client.get(location).text
    with app.app_context():
        (coding,) = db.session.scalars(select(Coding))
        texts = {text.text: text.marks for text in codings.coded_texts(db.session, coding.id)}
        assert {text: len(marks) for text, marks in texts.items()} == {
            "Laughing together": 0,
            "Somebody else": 1,
            "And another": 1,
        }
        assert db.session.scalar(select(func.count(Answer.id)).where(Answer.source == "import")) == 2
    assert "No run has read these answers yet." in client.get(location).text


def test_codes_get_other_themes_and_the_comparison_leads_to_them(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = bring_in(client, BARS)
    with app.app_context():
        talking = db.session.scalars(select(Theme.public_id).where(Theme.name == "Talking")).one()
    send(client, f"{location}/themes", **{"code-0": "name", "code-1": "none", "code-2": talking})
    page = client.get(f"{location}/compare").text
    assert "Too few answers can be compared" in page and "1 of 2 answers." in page
    assert "agree at .50" not in page and "alpha is" not in page
    counted = "Codes compared: 2 of 2. Answers that carry one of them: 2 of 2."
    for address in (location, f"{location}/compare"):
        told = client.get(address).text
        assert counted in told and "There is no figure below 10 such answers" in told and "F1)" not in told
    monkeypatch.setattr("survey.coded_files.compare.MIN_CARRIED", 2)
    page = client.get(f"{location}/compare").text
    said = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert re.search(r"People and themes agree at \.50 \( ?\.\d\d to \.\d\d ?\) on 2 of 2 codes", said)
    assert "Of 2 answers that have one from people or from the themes, 1 is exactly the same." in said
    assert "twice what both gave, divided by all that either gave (micro F1)" in said
    own = client.get(location).text
    assert own.index(counted) < own.index("On these codes, people and themes agree at .50 (micro F1)")
    assert f"/manage/{SLUG}/themes/{talking}" in page and "Go to the answer" in page and "?q=" in page
    assert "They do not differ" not in client.get(f"{location}/compare?theme={talking}").text
    assert client.get(f"{location}/compare?page=x&blank=yes").status_code == 200


def test_an_answer_that_only_people_placed_is_found_among_those_in_no_theme(client: FlaskClient) -> None:
    location = bring_in(client, "answer,Codes\n=honest words,Talking\n")
    assert f"/manage/{SLUG}/themes/inbox?q=" in client.get(f"{location}/compare").text


def test_a_codebook_alone_becomes_known_themes(app: Flask, client: FlaskClient) -> None:
    qdc = client.get(f"{PAGE}/out/codebook.qdc").data
    xmlschema.XMLSchema(SCHEMAS / "Codebook.xsd").validate(io.BytesIO(qdc))
    assert [code.name for code in all_codes(read_codebook(io.BytesIO(qdc)))] == ["Fun", "Jokes", "Talking"]
    location = bring_in(client, qdc, "codes.qdc")
    page = client.get(location).text
    assert "A codebook without answers." in page and "By hand" not in page
    assert send(client, f"{location}/teach").status_code == 303
    with app.app_context():
        assert survey().codebook == "own" and "Jokes" in (survey().own_codebook or "")


def test_a_project_goes_out_with_exact_spans_and_comes_back(app: Flask, client: FlaskClient) -> None:
    sent = client.get(f"{PAGE}/out/project.qdpx")
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        xmlschema.XMLSchema(SCHEMAS / "Project.xsd").validate(io.BytesIO(archive.read("project.qde")))
    project = read_project(io.BytesIO(sent.data))
    names = {code.guid: code.name for code in all_codes(project.codes)}
    coded = {
        source.text: [(source.text[one.starts : one.ends], [names[c] for c in one.codes]) for one in source.selections]
        for source in project.sources
    }
    assert coded == {
        "We talk openly.\nHe never lies 👩‍👩‍👧": [("We talk openly", ["Talking"])],
        "Laughing together": [("Laughing together", ["Jokes"])],
        "=honest words": [("=honest words", ["Fun"])],
        "nothing": [],
    }
    assert {value for source in project.sources for value in source.values} >= {"Kind", "Received at (UTC)"}
    location = bring_in(client, sent.data, "survey.qdpx")
    page = client.get(location).text
    assert "3 answers have codes. 1 has none." in page and "0 are seen differently." in page
    assert "A new theme" not in page


def test_what_the_owner_leaves_out_is_not_in_the_project(client: FlaskClient) -> None:
    sent = client.get(f"{PAGE}/out/project.qdpx?kinds=no&times=no&uncoded=no")
    project = read_project(io.BytesIO(sent.data))
    assert [source.values for source in project.sources] == [{}, {}, {}]
    assert all(source.created is None for source in project.sources)
    with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
        qde = archive.read("project.qde").decode()
    assert "artner" not in qde and "nothing" not in qde and "hidden one" not in qde


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"PK\x03\x04 broken", "x.qdpx", "cannot be opened"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><CodeBook/>", "x.qdc", "document type"),
        (b"", "x.csv", "Nothing was brought in"),
        (b"answer,codes\n", "x.csv", "no answers below"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(client: FlaskClient, content: bytes, name: str, said: str) -> None:
    response = upload(client, content, name)
    assert response.status_code == 422 and said in response.text


def test_without_codes_nothing_is_taken_in(client: FlaskClient) -> None:
    address = upload(client, "answer,town\nLaughing together,Bonn\n=honest words,Ulm\n").location
    fields = hidden_fields(client.get(address).text)
    response = client.post(address, data=fields)
    assert response.status_code == 422 and "no column says how answers were coded" in response.text


def test_no_file_a_gone_file_and_a_stranger(app: Flask, client: FlaskClient) -> None:
    token = field(client.get(PAGE), "csrf_token")
    assert client.post(PAGE, data={"csrf_token": token}).status_code == 422
    assert client.get(f"{PAGE}/file/{'0' * 16}").status_code == 303
    assert client.get(f"{PAGE}/file/..%2f..%2fx").status_code in (303, 404)
    location = bring_in(client, BARS)
    make_owner(app, "other")
    other = app.test_client()
    sign_in(other, "other")
    assert other.get(location).status_code == 404
    assert client.get(f"{PAGE}/{'0' * 16}").status_code == 404


def test_a_brought_in_file_can_be_deleted_and_its_edit_stays(app: Flask, client: FlaskClient) -> None:
    location = bring_in(client, BARS)
    send(client, f"{location}/place")
    assert send(client, f"{location}/delete").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count(Coding.id))) == 0
        assert themes_of("=honest words") == {"=honest words": ["Honesty"]}
