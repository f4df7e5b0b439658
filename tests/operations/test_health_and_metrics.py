"""What the operator's programs are told, and what stands in the log."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask, request
from sqlalchemy import text

from app import create_app
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, WorkerProcess
from survey.core.settings import PROJECT, Settings, SettingsError, load
from survey.web import logging_setup
from survey.web.logging_setup import RemoveAddresses, ShortenConnectionErrors
from tests.support.site import migrated, queries, quiet
from tests.support.visitors import SLUG, make_survey, owned_survey, send_answer

pytestmark = pytest.mark.both_databases

TOKEN = "m" * 40
SECRET_WORDS = "My sister Beatrix keeps the peace"


@pytest.fixture
def watched(settings: Settings, tmp_path: Path) -> Iterator[Flask]:
    with migrated(quiet(tmp_path, database_url=settings.database_url, metrics_token=TOKEN)) as app:
        yield app


def seen(app: Flask, ago: timedelta) -> None:
    with app.app_context(), write_transaction() as session:
        session.add(WorkerProcess(name="here:1", seen_at=now() - ago))


def test_the_process_lives_without_its_database(sqlite_app: Flask) -> None:
    with queries(sqlite_app) as statements:
        assert sqlite_app.test_client().get("/healthz").json == {"status": "ok"}
    assert not statements


def test_several_may_ask_at_once_whether_it_is_ready(settings: Settings) -> None:
    """As a proxy and a monitor do when the site has just started."""
    with migrated(settings):
        pass
    app = create_app(settings)
    at_once = threading.Barrier(8)

    def ask(number: int) -> set[int]:
        at_once.wait()
        return {app.test_client().get("/readyz").status_code for _ in range(10)}

    with ThreadPoolExecutor(8) as threads:
        assert set().union(*threads.map(ask, range(8))) == {200}
    with app.app_context():
        db.engine.dispose()


def test_ready_tells_of_the_worker_and_is_ready_without_it(watched: Flask) -> None:
    app = watched
    client = app.test_client()
    shown = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/readyz", headers=shown).json == {"status": "ok", "database": "ok", "worker": "silent"}
    seen(app, timedelta(minutes=10))
    assert client.get("/readyz", headers=shown).json == {"status": "ok", "database": "ok", "worker": "silent"}
    with app.app_context(), write_transaction() as session:
        session.query(WorkerProcess).update({"seen_at": now()})
    ready = client.get("/readyz", headers=shown)
    assert (ready.status_code, ready.json) == (200, {"status": "ok", "database": "ok", "worker": "ok"})


@pytest.mark.parametrize(
    ("tables", "remedy"), [("0001", "flask --app app migrate."), ("9999", "Run that version (`make upgrade`")]
)
def test_tables_of_another_version_are_not_ready(
    watched: Flask, caplog: pytest.LogCaptureFixture, tables: str, remedy: str
) -> None:
    app = watched
    with app.app_context(), write_transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :tables"), {"tables": tables})
    refused = app.test_client().get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
    assert refused.status_code == 503
    assert remedy.rstrip(".") in refused.json["database"]  # type: ignore[index]
    assert remedy in caplog.text
    stranger = app.test_client().get("/readyz")
    assert (stranger.status_code, stranger.json) == (503, {"status": "not ready"})


def test_a_full_disk_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = shutil.disk_usage(tmp_path)
    with migrated(quiet(tmp_path, metrics_token=TOKEN)) as app:
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: disk._replace(free=4096))
        told = app.test_client().get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
        assert (told.status_code, told.json) == (503, {"status": "not ready", "database": "has no room on its disk"})
        monkeypatch.undo()
        assert app.test_client().get("/readyz").status_code == 200


@pytest.mark.parametrize("shown", [None, "Bearer wrong"])
def test_a_stranger_learns_only_whether_it_is_ready(watched: Flask, shown: str | None) -> None:
    headers = {"Authorization": shown} if shown else {}
    assert watched.test_client().get("/readyz", headers=headers).json == {"status": "ok"}


def test_without_tables_it_lives_and_is_not_ready(bare_url: str, tmp_path: Path) -> None:
    app = create_app(quiet(tmp_path, database_url=bare_url))
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("shown", [None, "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ünïcode"])
def test_only_who_shows_the_token_reads_the_metrics(watched: Flask, shown: str | None) -> None:
    headers = {"Authorization": shown.encode().decode("latin-1")} if shown else {}
    assert watched.test_client().get("/metrics", headers=headers).status_code == 404


def test_without_a_token_in_the_settings_nobody_reads_them(sqlite_app: Flask) -> None:
    for shown in ("", "Bearer ", "Bearer None"):
        assert sqlite_app.test_client().get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_the_metrics_count_requests_answers_runs_and_workers(watched: Flask) -> None:
    owned_survey(watched)
    client = watched.test_client()
    send_answer(client, "Honesty")
    send_answer(watched.test_client(), "See https://shop.example")
    seen(watched, timedelta(seconds=5))
    page = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert page.status_code == 200
    told = dict(line.rsplit(" ", 1) for line in page.text.splitlines() if not line.startswith("#"))
    assert told['threads_answers{status="shown"}'] == "1.0"
    assert told['threads_answers{status="held"}'] == "1.0"
    assert told['threads_runs{state="asked"}'] == "1.0"
    assert float(told["threads_run_waiting_seconds"]) >= 0
    assert told["threads_workers"] == "1.0"
    assert float(told['threads_requests_total{method="POST",route="/s/<slug>",status="303"}']) >= 2
    assert SLUG not in page.text


def test_what_visitors_make_up_adds_no_counts(watched: Flask) -> None:
    owned_survey(watched)
    client = watched.test_client()

    def series() -> set[str]:
        page = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        lines = (line for line in page.text.splitlines() if line.startswith("threads_") and "{" in line)
        return {line.rsplit(" ", 1)[0] for line in lines}

    def make_up(n: int) -> None:
        for address in (
            f"/s/{SLUG}",
            f"/s/{n}",
            f"/made/up/{n}",
            f"/healthz?{n}",
            f"/static/{n}",
            f"/s/{SLUG}/mine/{n}",
        ):
            client.open(address, method=f"MADEUP{chr(65 + n)}")
            client.get(address, headers={"Host": f"{n}.example"})
            client.get(address, headers={"X-HTTP-Method-Override": f"X{n}", "User-Agent": str(n)})
            client.post(address, data={"text": str(n)}, content_type=f"made/up{n}")

    make_up(0)
    known = series()
    for n in range(1, 10):
        make_up(n)
    assert series() == known
    assert not [line for line in known if "MADEUP" in line]


@pytest.mark.server
def test_processes_are_counted_together(tmp_path: Path) -> None:
    code = (
        "import sys; from app import create_app; from survey.core.settings import Settings; "
        f"app = create_app(Settings(instance={str(tmp_path)!r}, metrics_token={TOKEN!r})); client = app.test_client(); "
        "from survey.core.database import migrations\n"
        "with app.app_context(): migrations.upgrade()\n"
        "client.get('/healthz'); "
        f"sys.stdout.write(client.get('/metrics', headers={{'Authorization': 'Bearer {TOKEN}'}}).text)"
    )
    (tmp_path / "counts").mkdir()
    environment = {"PATH": "/usr/bin:/bin", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts")}
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    wanted = 'threads_requests_total{method="GET",route="/healthz",status="200"}'
    assert [f"{wanted} {number}.0" in told for number, told in enumerate(runs, 1)] == [True, True]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a log of JSON lines would say, of every logger there is."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = logging_setup.configuration("json")["formatters"]["json"]
    handler.setFormatter(logging_setup.JsonLines(formatter["fmt"], rename_fields=formatter["rename_fields"]))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_logged_by_its_route_without_words_addresses_or_secrets(app: Flask, written: io.StringIO) -> None:
    owned_survey(app)
    client = app.test_client()
    send_answer(client, SECRET_WORDS)
    page = client.get(f"/s/{SLUG}/thanks")
    secret = page.text.split("/mine/")[1].split('"')[0]
    client.get(f"/s/{SLUG}/mine/{secret}", environ_base={"REMOTE_ADDR": "203.0.113.77"})
    client.get(f"/s/{SLUG}/answers?q=Beatrix")
    told = [line for line in lines(written) if line["logger"] == "survey.requests"]
    assert {"method": "GET", "route": "/s/<slug>/mine/<secret>", "status": 200} in [
        {key: line[key] for key in ("method", "route", "status")} for line in told
    ]
    assert all(isinstance(line["ms"], int) for line in told)
    for private in (SECRET_WORDS, "Beatrix", secret, "203.0.113.77", SLUG):
        assert private not in written.getvalue()


def test_an_error_of_the_database_is_logged_without_the_values(app: Flask, written: io.StringIO) -> None:
    survey_id = owned_survey(app)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def break_it() -> str:
        with write_transaction() as session:
            session.add_all(Answer(survey_id=survey_id, form_key="k", text=SECRET_WORDS) for _ in range(2))
        return ""

    break_it.is_public = True  # type: ignore[attr-defined]
    app.view_functions["home.front"] = break_it
    assert app.test_client().get("/").status_code == 500
    [error] = [line for line in lines(written) if line["level"] == "ERROR"]
    assert "IntegrityError" in str(error["exc_info"])
    assert "Beatrix" not in written.getvalue()


@pytest.mark.parametrize("kind", ["text", "json"])
def test_either_log_can_be_set_up(kind: str) -> None:
    code = (
        "import logging, logging.config; from survey.web import logging_setup; "
        f"logging.config.dictConfig(logging_setup.configuration({kind!r})); "
        "logging.getLogger('x').info('hello %s', 'there'); "
        "logging_setup.requests.info('request', extra={'route': '/'})"
    )
    environment = os.environ | {"TZ": "Pacific/Auckland"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
    )
    told = done.stderr.splitlines()
    if kind == "text":
        assert [line.split(" ", 2)[2:] for line in told] == [["INFO x: hello there"]]
    else:
        assert [json.loads(line)["message"] for line in told] == ["hello there", "request"]
        assert json.loads(told[0])["level"] == "INFO"
    written_at = told[0].split()[0] if kind == "text" else json.loads(told[0])["time"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", written_at)
    assert abs(datetime.fromisoformat(written_at) - now()) < timedelta(minutes=10)


def test_lines_of_gunicorn_name_no_visitor() -> None:
    log = logging.getLogger("test of gunicorn's lines")
    stream = io.StringIO()
    log.addHandler(logging.StreamHandler(stream))
    log.addFilter(RemoveAddresses())
    log.warning("Invalid request from ip=203.0.113.77: Invalid HTTP request line: 'GET /s/x/mine/secret'")
    log.error("Error handling request %s %s", "GET", "/s/x/mine/secret")
    log.error("Error handling request %s", "/s/x/mine/secret")
    log.error("Worker (pid:%s) exited with code %s.", 7, 1)
    assert len(stream.getvalue().splitlines()) == 4
    assert "Worker (pid:7) exited with code 1." in stream.getvalue()
    for private in ("203.0.113.77", "secret"):
        assert private not in stream.getvalue()


def test_a_queue_that_is_away_is_a_line_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    log = logging.getLogger("test of a queue that is away")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(ShortenConnectionErrors())
    log.addHandler(handler)
    moment = [1000.0]
    monkeypatch.setattr("survey.web.logging_setup.time.monotonic", lambda: moment[0])
    for _ in range(3):
        try:
            raise psycopg.OperationalError("connection refused")
        except psycopg.OperationalError:
            log.exception("Run %s could not be queued.", 7)
    assert stream.getvalue().startswith("Run 7 could not be queued. (OperationalError: connection refused)")
    assert len(stream.getvalue().splitlines()) == 1
    moment[0] += 61
    try:
        raise psycopg.OperationalError("connection refused")
    except psycopg.OperationalError:
        log.exception("Run %s could not be queued.", 8)
    assert len(stream.getvalue().splitlines()) == 2
    try:
        raise KeyError("an error of ours")
    except KeyError:
        log.exception("Run %s could not be queued.", 9)
    assert "Traceback" in stream.getvalue()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "local host"])
def test_a_forged_host_is_refused(sqlite_app: Flask, host: str) -> None:
    make_survey(sqlite_app, None)
    refused = sqlite_app.test_client().get(f"/s/{SLUG}", headers={"Host": host})
    assert refused.status_code == 400
    assert "evil" not in refused.text
    assert refused.mimetype == "text/html"
    assert "<h1>This site does not go by that name</h1>" in refused.text
    assert "default-src 'self'" in refused.headers["Content-Security-Policy"]
    assert not re.search(r"(src|href|action|style)=", refused.text)
    program = sqlite_app.test_client().get("/api/v1/surveys", headers={"Host": host})
    assert (program.status_code, program.json) == (400, {"error": "This site does not go by that name."})


@pytest.mark.parametrize(
    ("chosen", "host", "status"),
    [
        ({"base_url": "https://ask.example"}, "ask.example", 200),
        ({"base_url": "https://ask.example"}, "other.example", 400),
        ({"base_url": "https://ask.example", "hosts": "other.example, third.example"}, "third.example:8000", 200),
        ({"base_url": "https://ask.example", "hosts": "other.example"}, "third.example", 400),
        ({}, "127.0.0.1:5000", 200),
    ],
)
def test_the_names_that_are_set_are_taken(tmp_path: Path, chosen: dict[str, str], host: str, status: int) -> None:
    with migrated(quiet(tmp_path, **chosen)) as app:
        make_survey(app, None)
        assert app.test_client().get(f"/s/{SLUG}", headers={"Host": host}).status_code == status


def test_a_site_open_to_the_network_must_know_its_name() -> None:
    with pytest.raises(SettingsError, match="THREADS_BASE_URL"):
        load({"THREADS_HOST": "0.0.0.0"})
    assert load({"THREADS_HOST": "0.0.0.0", "THREADS_BASE_URL": "https://ask.example"})


@pytest.mark.parametrize(("proxies", "seen_as"), [(0, "192.0.2.9"), (1, "198.51.100.1"), (2, "203.0.113.5")])
def test_forwarded_addresses_are_believed_only_from_so_many_proxies(tmp_path: Path, proxies: int, seen_as: str) -> None:
    with migrated(quiet(tmp_path, proxies=proxies)) as app:
        found: list[str | None] = []

        @app.before_request
        def look() -> None:
            found.append(request.remote_addr)

        headers = {"X-Forwarded-For": "10.0.0.1, 203.0.113.5, 198.51.100.1"}
        app.test_client().get("/healthz", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.9"})
        assert found == [seen_as]


def test_a_forwarded_host_is_believed_only_from_a_proxy_and_must_be_ours(tmp_path: Path) -> None:
    with migrated(quiet(tmp_path, proxies=1, hosts="ask.example")) as app:
        client = app.test_client()
        for forwarded, status in (("ask.example", 200), ("evil.example", 400)):
            headers = {"Host": "127.0.0.1", "X-Forwarded-Host": forwarded}
            assert client.get("/healthz", headers=headers).status_code == status
