"""How the processes of the site start: one sentence where they cannot, and files that nobody else may read."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from benchmarks.place import free_port
from survey.core.database import db
from survey.core.settings import PROJECT, Settings, SettingsError
from survey.serve import startup
from survey.web.rate_limits import Rule, rate_limiter
from tests.serve.test_launch import modes
from tests.support.forked_flask import forked
from tests.support.site import quiet

KEY = "k" * 40
NOBODY = 65534
GUNICORN = [
    sys.executable,
    "-m",
    "gunicorn",
    "-c",
    "python:survey.serve.gunicorn_config",
    "-b",
    "127.0.0.1:{port}",
    "app:create_app()",
]
FORKED = {"flask": ["--app", "app", "migrate"], "app.py": ["--no-demo", "--port", "{port}"]}

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="rights and processes of POSIX"),
]


def environment(folder: Path, **chosen: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("THREADS_")}
    return own | {"THREADS_INSTANCE": str(folder)} | {f"THREADS_{name}": value for name, value in chosen.items()}


def run(way: str, folder: Path, **chosen: str) -> subprocess.CompletedProcess[str]:
    """Start it, and wait until it ends."""
    words = [str(forked(way)), *FORKED[way]] if way in FORKED else GUNICORN
    command = [word.format(port=free_port()) for word in words]
    return subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(folder, **chosen),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def running(folder: Path, log: Path, **chosen: str) -> Iterator[int]:
    """Start the server and wait until it answers; gives its port."""
    port = free_port()
    command = [word.format(port=port) for word in GUNICORN]
    with (
        log.open("wb") as file,
        subprocess.Popen(
            command, cwd=PROJECT, env=environment(folder, **chosen), stdout=file, stderr=file, umask=0o022
        ) as site,
    ):
        try:
            for _ in range(300):
                with suppress(urllib.error.URLError, OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                    break
                time.sleep(0.1)
            yield port
        finally:
            site.send_signal(signal.SIGTERM)
            site.wait(30)


BAD = {
    "a number": ({"PROXIES": "many"}, "THREADS_PROXIES is 'many'. Set it to a whole number from 0 to 5."),
    "a port": ({"LIMITS": "redis://:secret@127.0.0.1:many/0"}, "THREADS_LIMITS cannot be read as an address."),
    "a folder": ({"INSTANCE": "/proc/nowhere", "SECRET_KEY": KEY}, "The folder /proc/nowhere cannot be written"),
    "a database": ({"DATABASE_URL": "postgresql+psycopg://a:secret@h:many/x"}, "cannot be read as an address"),
    "its folder": ({"DATABASE_URL": "sqlite:////proc/nowhere/x.db"}, "The folder /proc/nowhere cannot be written"),
}


BEGIN = """
import json, os, sys
from survey.serve import startup
for chosen in json.loads(sys.argv[1]):
    os.environ.update(chosen)
    try:
        startup.begin()
    except startup.SettingsError as error:
        print(json.dumps(str(error)))
    for name in chosen:
        del os.environ[name]
"""


def test_the_counts_of_a_running_process_are_kept_when_another_starts(tmp_path: Path) -> None:
    """And all of them by a start that does not come as far as its port."""
    counts = tmp_path / "metrics"
    counts.mkdir()
    ended = subprocess.Popen(["true"])
    ended.wait()
    gone, kept = counts / f"counter_{ended.pid}.db", counts / f"counter_{os.getpid()}.db"
    gone.touch()
    kept.touch()
    code = (
        "from survey.serve import gunicorn_config as config; config.on_starting(None); "
        "print(len(list(config._counts.glob('*.db')))); config.when_ready(None)"
    )
    done = subprocess.run(
        [str(forked("python")), "-c", code],
        cwd=PROJECT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "2\n"
    assert list(counts.iterdir()) == [kept]


@pytest.mark.parametrize("way", ["flask", "app.py", "gunicorn"])
def test_what_cannot_start_says_so_in_one_line(tmp_path: Path, way: str) -> None:
    chosen, words = BAD["a number"]
    ended = run(way, tmp_path, **chosen)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "secret" not in ended.stderr


def test_each_thing_that_cannot_be_used_is_one_line_without_secrets(tmp_path: Path) -> None:
    """As `begin` raises it, which every way in says."""
    rows = [environment(tmp_path, **chosen) for chosen, _ in BAD.values()]
    own = [{name: value for name, value in row.items() if name.startswith("THREADS_")} for row in rows]
    command = [str(forked("python")), "-c", BEGIN, json.dumps(own)]
    ended = subprocess.run(command, cwd=PROJECT, env=environment(tmp_path), capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(said) == len(BAD)
    for sentence, (_, words) in zip(said, BAD.values(), strict=True):
        assert words in sentence
        assert "\n" not in sentence
        assert "secret" not in sentence
    assert ended.stderr == ""


@pytest.mark.parametrize("way", ["flask", "app.py"])
def test_a_database_that_is_away_is_said_in_one_line(tmp_path: Path, way: str) -> None:
    ended = run(way, tmp_path, DATABASE_URL=f"postgresql+psycopg://a:secret@127.0.0.1:{free_port()}/x")
    assert ended.returncode == 2
    assert "The database cannot be reached" in ended.stderr
    assert "Connection refused" in ended.stderr
    assert "secret" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user")
def test_a_folder_of_another_user_is_said_in_one_line() -> None:
    code = (
        f"import os; from survey.serve import startup; os.setuid({NOBODY})\n"
        "try: startup.begin()\nexcept startup.SettingsError as error: print(error)"
    )

    def said(folder: Path, mode: int) -> str:
        folder.chmod(mode)
        command = [str(forked("python")), "-c", code]
        done = subprocess.run(command, cwd=PROJECT, env=environment(folder), capture_output=True, text=True, check=True)
        return done.stdout

    with tempfile.TemporaryDirectory() as name:  # those of pytest are shut to others
        folder = Path(name)
        assert "cannot be written (Permission denied). Set THREADS_INSTANCE" in said(folder, 0o755)
        (folder / "secret_key").write_text(KEY)
        (folder / "secret_key").chmod(0o600)
        assert "secret_key cannot be read and written by this user" in said(folder, 0o777)


def test_the_server_writes_to_its_folder_alone_what_is_nobody_elses_and_says_a_name_nobody_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so do the commands. What the other processes of `python app.py` write is in test_launch.py."""
    # What gunicorn's control server would write goes to the home or the runtime folder; both are files here.
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "home"))
    folder, log = tmp_path / "instance", tmp_path / "log"
    chosen = {"SECRET_KEY": KEY, "LEAST_SECONDS": "0"}
    commands = (
        ["migrate"],
        ["backup", str(folder / "backup.zip")],
        ["import-answers", "none", str(log)],
        ["deletions"],
    )
    with running(folder, log, **chosen, LOG="json", INSTENCE="x") as port:
        for command in commands:
            words = [str(forked("flask")), "--app", "app", *command]
            subprocess.run(words, cwd=PROJECT, env=environment(folder, **chosen), umask=0o022, check=False)
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=10)
        assert {path.name for path in folder.iterdir()} >= {"threads.sqlite3", "jobs.sqlite3", "metrics", "backup.zip"}
        assert modes(folder) == {}
    assert modes(folder) == {}
    lines = [line for line in log.read_text().splitlines() if json.loads(line)["logger"] != "survey.requests"]
    assert [misnamed(line) for line in lines] == [True]  # and nothing else


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o755)
    for name in ("threads.sqlite3", "threads.sqlite3-wal", "secret_key"):
        (folder / name).write_text("")
        (folder / name).chmod(0o644)
    (folder / "secret_key").write_text(KEY)
    code = "from survey.serve import startup; startup.begin()"
    subprocess.run([str(forked("python")), "-c", code], cwd=PROJECT, env=environment(folder), check=True)
    assert modes(folder) == {}


def test_a_folder_with_other_things_in_it_is_only_spoken_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    (folder / "letters").mkdir()
    startup._make_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert f"End that with: chmod 700 {folder}" in caplog.text


def misnamed(line: str) -> bool:
    """Whether a line of the log says of a setting that nobody knows it, and what was meant."""
    said = str(json.loads(line)["message"])
    return "THREADS_INSTENCE" in said and said.endswith("Did you mean THREADS_INSTANCE?")


def test_migrations_keep_to_the_form_of_the_log_and_a_name_nobody_knows_is_said_once(tmp_path: Path) -> None:
    ended = run("flask", tmp_path, LOG="json", INSTENCE="x")
    assert ended.returncode == 0
    lines = ended.stderr.splitlines()
    assert [line for line in lines if json.loads(line)["message"].startswith("Running upgrade  -> 0001")]
    assert [misnamed(line) for line in lines if "INSTENCE" in line] == [True]


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")
def test_a_redis_that_goes_away_is_said_in_a_line_and_answers_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("redis")
    port = free_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    chosen = quiet(tmp_path, limits=f"redis://127.0.0.1:{port}/0", jobs=f"redis://127.0.0.1:{port}/1")
    try:
        app = create_app(chosen)
        count_until(app, 2)
        caplog.clear()  # it may have come late
        with app.app_context():
            monkeypatch.setattr(rate_limiter(), "_pause_seconds", 600.0)  # however long this takes
    finally:
        redis.terminate()
        redis.wait(10)
    assert count(app) == 0
    assert count(app) == 0
    assert caplog.text.count("Counting for limits failed") == 1
    assert "Traceback" not in caplog.text


def count(app: Flask) -> int:
    with app.app_context():
        return rate_limiter().hit_count(Rule("test", 5, 5), "somebody")


def count_until(app: Flask, wanted: int) -> None:
    for _ in range(100):
        if count(app) == wanted:
            return
        app.extensions["rate_limiter"]._away_until = 0.0
        time.sleep(0.05)
    raise AssertionError("Redis does not count")


def test_two_keys_on_one_database_are_said(
    lend_postgres: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = lend_postgres()  # type: ignore[operator]
    apps = [create_app(quiet(tmp_path / str(n), database_url=url, secret_key=key * 40)) for n, key in enumerate("aab")]
    for number, app in enumerate(apps):
        assert "another secret key" not in caplog.text, number
        with app.app_context():
            db.session.connection()
            db.session.rollback()
    assert "Set the same THREADS_SECRET_KEY" in caplog.text
    for app in apps:
        with app.app_context():
            db.engine.dispose()


def test_begin_raises_what_the_ways_in_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADS_WEB_THREADS", "0")
    with pytest.raises(SettingsError, match="from 1 to 64"):
        startup.begin()
    assert Settings().web_threads == 8
