"""What comes in and goes out of a survey, its checks and its links, in Spanish: nothing of it stays English."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.answers.check_models import Check
from survey.core.database import db
from survey.core.models import Survey
from tests.coded_files.coded import fill_counted
from tests.support import checks, importing
from tests.support.filled_survey import Says
from tests.support.two_languages import in_both, left_in_english, texts
from tests.support.visitors import OWNER, SLUG, field, make_owner, sign_in

HOME = f"/manage/{SLUG}"
ANSWERS = [
    Says("Zumbel grofta opfel", [("Zumbel grofta", "Vintlo")], kind="partner"),
    Says("Drilka marnu", [("Drilka", "Marnu")], days=3),
    Says("Opfel vintlo zumbel", [("Opfel vintlo", "Vintlo")], kind="friend", days=9),
    Says("Grofta grofta drilka", [("Grofta", None)], days=1),
    Says("Marnu zumbel", [("Marnu", "Marnu"), ("zumbel", "Vintlo")], days=2),
    Says("Vintlo", is_silent=True),
]
CELLS = ("Received", "Kind", "Mail", "friend", "partner", "codes", ".example", "grof…", "localhost/s/")
"""Of the files below, and the address"""
OWN = (
    *CELLS,
    SLUG,
    OWNER,
    "zumbel.csv",
    "grofta.csv",
    "Opfel",
    "Grofta",
    "Marnu",
    "Vintlo",
    "zumbel",
    "vintlo",
    "drilka",
)
LONG = "grofta " * 900
TABLE = (
    "Received,Opfel,Kind,Mail,Grofta\n"
    "25/11/2026 10:00,Drilka zumbel grofta opfel,partner,a@grofta.example,Vintlo marnu drilka opfel zumbel\n"
    "26/11/2026 11:00,,friend,b@grofta.example,Zumbel opfel grofta vintlo drilka\n"
    "27/11/2026 12:00,n/a,Drilka,c@grofta.example,Grofta drilka zumbel marnu vintlo\n"
    "zumbel,Marnu grofta drilka vintlo,Opfel,d@grofta.example,Opfel grofta marnu drilka zumbel\n"
    "28/11/2026 13:00,Zumbel drilka marnu grofta,friend,e@grofta.example,Marnu drilka vintlo zumbel opfel\n"
    "28/11/2026 13:05,Zumbel drilka marnu grofta,friend,f@grofta.example,Drilka marnu opfel grofta zumbel\n"
    f"28/11/2026 14:00,{LONG},partner,g@grofta.example,Zumbel vintlo opfel drilka marnu\n"
    "28/11/2026 15:00,Zumbel grofta opfel é,friend,h@grofta.example,Vintlo opfel zumbel marnu grofta,Drilka,Vintlo\n"
)
CODED = "Opfel,codes\nDrilka marnu,Vintlo | Marnu\nZumbel grofta opfel,Vintlo\nGrofta opfel zumbel,Opfel\n"
REFUSED = {
    "zumbel.pdf": b"%PDF-1.7",
    "zumbel.png": b"\x89PNG",
    "zumbel.zip": b"PK\x03\x04 cut short",
    "zumbel.json": b'{"opfel": 1}',
    "zumbel.html": b"<html><body>opfel</body></html>",
    "zumbel.txt": b"",
}


@pytest.fixture
def client(sqlite_app: Flask) -> FlaskClient:
    fill_counted(sqlite_app, ANSWERS, make_owner(sqlite_app))
    with sqlite_app.app_context():
        own = db.session.scalars(select(Survey)).one()
        own.question, own.introduction, own.asker = "Zumbel grofta?", "", "Drilka"
        db.session.commit()
    client = sqlite_app.test_client()
    sign_in(client)
    return client


def upload(client: FlaskClient, address: str, content: bytes, name: str) -> str:
    """Send a file; gives where it leads."""
    sent = {"csrf_token": field(client.get(address), "csrf_token"), "file": (io.BytesIO(content), name)}
    return str(client.post(address, data=sent, content_type="multipart/form-data").location)


def all_in_spanish(client: FlaskClient, *addresses: str) -> None:
    """Hold pages to having nothing English on them."""
    left = [f"{address}: {text}" for address in addresses for text in left_in_english(*in_both(client, address), OWN)]
    assert not left, "\n".join(left)


def test_the_test_sees_what_stays_english() -> None:
    english = '<p>Take it back</p><input placeholder="A file"><bdi>Of the people</bdi><p>Zumbel</p><p>Excel, CSV</p>'
    spanish = english.replace("Take it back", "Deshacerla")
    assert left_in_english(english, spanish) == {"A file"}
    assert left_in_english("<p>3 are new.</p>", "<p>3 are nuevas.</p>") == {"3 are nuevas."}
    assert texts("<p>12 %</p><script>the</script>") == set()


def test_pages_of_exports_and_links(client: FlaskClient) -> None:
    pages = ("export", "export/dictionary", "publish/dictionary", "publish/readers", "share", "share/poster")
    all_in_spanish(client, *(f"{HOME}/{page}" for page in pages))


def test_pages_of_imports(client: FlaskClient) -> None:
    waiting = importing.send(client, TABLE.encode(), name="zumbel.csv").location
    all_in_spanish(client, waiting)
    for asked in ({"too_long": "mine"}, {"unknown_kind": "leave", "placeholders": "take", "look": "yes"}):
        pages = []
        for code in ("en", "es"):
            client.environ_base["HTTP_ACCEPT_LANGUAGE"] = code
            pages.append(importing.confirm(client, waiting, None, **{"look": "yes", **asked}).text)
        client.environ_base.pop("HTTP_ACCEPT_LANGUAGE")
        left = left_in_english(pages[0], pages[1], OWN)
        assert not left, "\n".join(left)
    importing.confirm(client, waiting)
    again = importing.send(client, TABLE.encode(), name="zumbel.csv").location
    all_in_spanish(client, f"{HOME}/import", again)
    past = re.search(r"/import/past/\w+/delete", client.get(f"{HOME}/import").text)
    assert past
    all_in_spanish(client, HOME + past[0])
    all_in_spanish(client, importing.send(client, pasted="Drilka opfel\n\nGrofta\nmarnu").location)


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_of_files(client: FlaskClient, name: str) -> None:
    pages = []
    for code in ("en", "es"):
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = code
        answer = importing.send(client, REFUSED[name], name=name)
        assert answer.status_code == 422
        pages.append(re.sub(r"<bdi>(.*?)</bdi>", r"\1", answer.text))
    left = left_in_english(pages[0], pages[1], OWN)
    assert not left, "\n".join(left)


def test_pages_of_coded_files(client: FlaskClient) -> None:
    waiting = upload(client, f"{HOME}/coded", CODED.encode(), "grofta.csv")
    all_in_spanish(client, waiting)
    last_form = client.get(waiting).text.rpartition("<form")[2]
    form = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', last_form))
    coding = client.post(waiting, data=form | {"missing": "import"}).location
    all_in_spanish(client, f"{HOME}/coded", coding, f"{coding}/compare", f"{coding}/compare?blank=yes")


def test_pages_of_archives(client: FlaskClient) -> None:
    archive = client.get(f"{HOME}/export/survey.zip").data
    waiting = upload(client, "/manage/new/archive", archive, "zumbel.zip")
    all_in_spanish(client, "/manage/new/archive", waiting)


def test_pages_of_checks(sqlite_app: Flask, client: FlaskClient) -> None:
    all_in_spanish(client, f"{HOME}/check")
    with sqlite_app.app_context():
        check = checks.start(db.session.scalars(select(Survey.id)).one())
        check_id, public_id = check.id, check.public_id
    page = f"{HOME}/check/{public_id}"
    reader = re.search(r"/read/\d+", client.get(page).text)
    assert reader
    all_in_spanish(client, page, page + reader[0], f"{page}/delete")
    with sqlite_app.app_context():
        read = db.session.get_one(Check, check_id)
        checks.read_all(read, lambda text, machine: ["Marnu"] if "grofta" in text.lower() else machine)
        checks.read_all(db.session.get_one(Check, check_id), name="Drilka")
    all_in_spanish(client, page, f"{HOME}/check")


def test_what_is_said_once(client: FlaskClient) -> None:
    """Refusals of forms, and what is flashed."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es"
    token = field(client.get(f"{HOME}/export"), "csrf_token")
    refused = client.post(f"{HOME}/export/tokens", data={"csrf_token": token, "purpose": "read", "name": ""})
    assert "Escribe qué lo va a usar" in refused.text and "No se ha creado ningún token" in refused.text
    long = client.post(f"{HOME}/export/tokens", data={"csrf_token": token, "purpose": "read", "name": "x" * 90})
    assert "Deja el nombre en 80 caracteres." in long.text
    done = client.post(f"{HOME}/publish/readers", data={"csrf_token": token, "files": "themes"}, follow_redirects=True)
    assert "Los lectores pueden descargar lo que elegiste." in done.text
    assert "Ese archivo ya no espera aquí." in client.get(f"{HOME}/import/0000", follow_redirects=True).text
    assert "no es el de una encuesta entera" in client.post(
        "/manage/new/archive",
        data={"csrf_token": token, "file": (io.BytesIO(b"opfel"), "zumbel.zip")},
        content_type="multipart/form-data",
    ).text  # fmt: skip


def test_files_keep_their_names(client: FlaskClient, tmp_path: Path) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "es"
    assert client.get(f"{HOME}/export/answers.csv").text.startswith("\ufeffanswer_id,answer,kind,source,received_at")
    assert client.get(f"{HOME}/publish/answers.csv").text.startswith("\ufeffrow,day,placement,themes")
