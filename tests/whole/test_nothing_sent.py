"""Nothing is sent anywhere: every process under watch, native code included, from an empty home that stays empty."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from benchmarks.place import free_port
from docs.architecture import libraries
from survey.core.database import db
from survey.core.settings import PROJECT
from survey.operations import backup
from tests.support.short_demo import give_short_demo, short_demo_codebook
from tests.support.site import migrated, quiet
from tests.support.site_commands import one_after_the_other
from tests.support.visitors import OWNER, PASSWORD, SLUG, make_survey
from tests.support.watched_process import Watch, watch

pytestmark = pytest.mark.server

__all__ = ["watch"]

REPORTING = {"onnxruntime", "huggingface_hub", "transformers", "sentence_transformers"}
"""Libraries that report to their maker, or look something up there, unless they are told beforehand"""
TOLD = ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
FAULTS = {
    "a name is looked up": ("getaddrinfo(b'localhost', None, None, ctypes.byref(found))", "looks up a name: reads "),
    "an address is reached": (  # one kept for examples (RFC 5737); a UDP socket is pointed there, and nothing sent
        "connect(libc.socket(2, 2, 0), bytes([2, 0, 0, 9, 192, 0, 2, 1]) + bytes(8), 16)",
        "connect 192.0.2.1 port 9",
    ),
    "a file is written": ("open(home + b'/kept', os.O_WRONLY | os.O_CREAT, 0o600)", "writes elsewhere: "),
    "a folder is made": ("mkdir(home + b'/kept', 0o700)", "mkdir elsewhere: "),
}
"""What a library might do in C, and what the watch says of it"""
ANSWERS = ("listen to each other", "listening every day", "humour and patience", "trust", "be honest", "laugh together")
DEMO = 20
"""Answers of the demo that a watched worker reads"""
WAIT = 300


@pytest.mark.parametrize("fault", FAULTS)
def test_the_watch_sees_native_code_also_in_a_child(watch: Watch, fault: str) -> None:
    call, seen = FAULTS[fault]
    code = (
        "import ctypes, os; libc, found = ctypes.CDLL(None), ctypes.c_void_p(); home = os.environ['HOME'].encode()\n"
        f"if child := os.fork(): os.waitpid(child, 0)\nelse: libc.{call}"
    )
    watch.run(sys.executable, "-c", code)
    assert any(offence.startswith(seen) for offence in watch.offences()), watch.offences()


def test_what_is_allowed_is_no_offence(watch: Watch) -> None:
    port = free_port()
    code = (
        "import contextlib, socket, tempfile; tempfile.mkstemp()\n"
        f"with contextlib.suppress(OSError): socket.create_connection(('127.0.0.1', {port}))"
    )
    watch.run(sys.executable, "-c", code)
    assert watch.offences() == [f"connect 127.0.0.1 port {port}"]
    assert replace(watch, reachable=frozenset({("127.0.0.1", port)})).offences() == []


def test_a_site_and_its_worker(watch: Watch, tmp_path: Path) -> None:
    instance, port = tmp_path / "instance", free_port()
    chosen = {"THREADS_PROOF_BITS": "0", "THREADS_LEAST_SECONDS": "0", "THREADS_RUN_DELAY": "0"}
    site = replace(watch, writable=(instance,), reachable=frozenset({("127.0.0.1", port)}), environ=chosen)
    give_short_demo(quiet(instance), DEMO)
    with started(site, "app.py", "--port", str(port), "--instance", str(instance)) as lines:
        told = dict(line.split(": ", 1) for line in lines)
        visit(told["Set up"], told["Themes"])
    assert site.offences() == []


def test_postgresql_is_reached_at_its_socket_alone(
    watch: Watch, tmp_path: Path, lend_postgres: Callable[[], str]
) -> None:
    instance, url = tmp_path / "instance", lend_postgres()
    environ = {"THREADS_INSTANCE": str(instance), "THREADS_DATABASE_URL": url}
    here = replace(watch, writable=(instance, Path(str(make_url(url).query["host"]))), environ=environ)
    with migrated(quiet(instance, database_url=url)) as app:
        make_survey(app, None)
    (instance / "answers.csv").write_text("\n".join(["answer", *ANSWERS]), encoding="utf-8")
    here.run(
        *one_after_the_other(
            ["migrate"], ["import-answers", SLUG, f"{instance}/answers.csv"], ["backup", f"{instance}/kept.sqlite3"]
        )
    )
    assert here.offences() == []


def test_the_exact_encoders_a_model_of_ones_own_and_one_that_is_not_there(watch: Watch) -> None:
    code = (
        "from analysis.embedding.models import ModelError, load\n"
        "from analysis.encoders import minilm\n"
        "print(load(precision='fp32').encode(['trust']).shape, load(str(minilm.folder())).encode(['trust']).shape)\n"
        "try: load('sentence-transformers/not-here')\n"
        "except ModelError as error: print(error)"
    )
    shape, refused = watch.run(sys.executable, "-c", code).stdout.splitlines()
    assert shape == "(1, 512) (1, 384)"
    assert "There is no model 'sentence-transformers/not-here' on this machine" in refused
    assert watch.offences() == []


def inputs(folder: Path) -> tuple[str, ...]:
    """A new folder with answers and a short codebook; the arguments that name them."""
    folder.mkdir()
    (folder / "answers.csv").write_text("\n".join(["answer", *ANSWERS]), encoding="utf-8")
    (folder / "codebook.toml").write_text(short_demo_codebook().to_toml(), encoding="utf-8")
    return f"{folder}/answers.csv", "--codebook", f"{folder}/codebook.toml"


def test_the_command_line_keeps_encoders_where_it_is_told_and_nothing_of_any_answer(
    watch: Watch, tmp_path: Path
) -> None:
    out, kept = tmp_path / "out", tmp_path / "kept"
    given = inputs(out)
    kept.mkdir()
    here = replace(watch, writable=(out, kept))
    files = "-o", f"{out}/o.csv", "--json", f"{out}/o.json"
    here.run(sys.executable, "-m", "analysis", *given, *files, "--keep", str(kept))
    assert {path.name for path in out.iterdir()} == {"answers.csv", "codebook.toml", "o.csv", "o.json"}
    assert here.offences() == []
    encoders = [path for path in kept.rglob("*") if path.is_file()]
    assert encoders
    said = [answer.encode() for answer in ANSWERS if len(answer) > 12]
    assert said
    assert not [path for path in encoders for text in said if text in path.read_bytes()]


def test_the_commands_of_the_operator(watch: Watch, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    here = replace(watch, writable=(instance,), environ={"THREADS_INSTANCE": str(instance)})
    instance.mkdir()
    (instance / "answers.csv").write_text("\n".join(["answer", *ANSWERS]), encoding="utf-8")
    with migrated(quiet(tmp_path / "other")) as app:
        make_survey(app, None)
        with app.app_context():
            backup.write(db.engine, instance / "other.sqlite3", force=False, vectors=True)
    here.run(
        *one_after_the_other(
            ["migrate"],  # from nothing
            ["set-up-link"],
            ["restore", f"{instance}/other.sqlite3", "--replace"],
            ["import-answers", SLUG, f"{instance}/answers.csv"],
            ["backup", f"{instance}/kept.sqlite3"],
            ["forget-old", "--dry-run"],
        )
    )
    assert here.offences() == []


def test_a_cluster(watch: Watch) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: requirements-scale.txt")
    scheduler, worker = free_port(), free_port()
    address = f"tcp://127.0.0.1:{scheduler}"
    # Dask points a UDP socket at port 80 of the scheduler to learn its own address, and sends nothing. Its names for
    # processes come from libuuid, which keeps a clock for all of the machine.
    here = replace(
        watch,
        writable=(Path("/var/lib/libuuid"),),
        reachable=frozenset(("127.0.0.1", port) for port in (scheduler, worker, 80)),
    )
    at = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    code = (
        f"from analysis.parallel.dask_cluster import Cluster; c = Cluster({address!r});"
        "print(*c.map(len, ['a'])); c.shutdown()"
    )
    with (
        started(here, "-m", "dask", "scheduler", *at, "--port", str(scheduler), until="Scheduler at"),
        started(
            here, "-m", "dask", "worker", address, *at, "--worker-port", str(worker), "--no-nanny", until="Registered"
        ),
    ):
        assert here.run(sys.executable, "-c", code).stdout.strip() == "1"
    assert here.offences() == []


def test_the_tests_own_tools(watch: Watch) -> None:
    browser = {name: os.environ[name] for name in ("REQUIRE_BROWSER",) if name in os.environ}
    # Chromium points a UDP socket at that address to learn whether this machine has a way there, and sends nothing.
    here = replace(watch, tools=True, reachable=frozenset({("2001:4860:4860::8888", 443)}), environ=browser)
    chosen = (
        "tests/worker/test_worker.py::test_a_run_turns_answers_into_themes[postgresql]",
        "tests/reports/test_map_page.py::test_the_map_without_scripts_is_a_picture_with_links_and_a_table",
    )
    here.run(sys.executable, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *chosen)
    assert here.offences() == []


def test_libraries_that_report_are_loaded_by_packages_that_tell_them_not_to() -> None:
    loading = {path.relative_to(PROJECT).parts[0] for path in sources() if libraries(path) & REPORTING}
    assert loading == {"analysis", "benchmarks"}
    for package in loading:
        code = (
            f"import sys, os, {package}; print(*sorted({REPORTING} & set(sys.modules)), *map(os.environ.get, {TOLD}))"
        )
        bare = {"PATH": os.environ["PATH"], **dict.fromkeys(TOLD, "0")}
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, env=bare, capture_output=True, text=True, check=True
        )  # fmt: skip
        assert said.stdout.split() == ["1"] * len(TOLD)


def test_onnxruntime_leaves_nothing_in_an_empty_home(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", "import analysis.encoders.mixture"], cwd=PROJECT, env=environ, check=True)
    assert list(tmp_path.iterdir()) == []


def sources() -> Iterator[Path]:
    """Every file of Python of this project."""
    for folder in ("analysis", "survey", "benchmarks", "tests", "docs", "migrations"):
        yield from (PROJECT / folder).rglob("*.py")
    yield PROJECT / "app.py"


@contextmanager
def started(watch: Watch, *arguments: str, until: str = "Ctrl-C") -> Iterator[list[str]]:
    """A program of Python under watch, ended as Ctrl-C does; the lines it printed before the one it is ready with."""
    process = subprocess.Popen(
        watch.command([sys.executable, *arguments]), cwd=PROJECT, env=watch.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT if until != "Ctrl-C" else None, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    try:
        lines: list[str] = []
        for line in process.stdout:
            if until in line:
                break
            lines.append(line.strip())
        yield lines
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=WAIT)


class Visitor:
    """Somebody's browser, with cookies of its own."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, address: str, form: bytes | None = None) -> str:
        """The page at an address, which must be there."""
        with self._browser.open(urllib.parse.urljoin(self._site, address), form, timeout=WAIT) as page:
            return str(page.read().decode("utf-8", errors="replace"))

    def post(self, address: str, **typed: str) -> str:
        """The page that comes of its form, filled in and sent."""
        page = self.get(address)
        fields = re.findall(r'<input[^>]* name="([^"]*)" type="hidden" value="([^"]*)"', page[page.index("<form") :])
        return self.get(address, urllib.parse.urlencode({**dict(fields), **typed}).encode())


def visit(set_up: str, themes: str) -> None:
    """What owners and respondents do: set up, sign in, answer, read, share, take away, import."""
    site = set_up.split("/set-up/")[0]
    Visitor(site).post(set_up, name=OWNER, password=PASSWORD)
    respondent, owner = Visitor(site), Visitor(site)
    assert "Thank you" in respondent.post("/s/demo", text="We listen to each other every day")
    placed = time.monotonic() + WAIT
    while 'http-equiv="refresh"' in (thanks := respondent.get("/s/demo/thanks")) and time.monotonic() < placed:
        time.sleep(0.5)
    assert "Listening" in thanks
    pictures = re.findall(r'content="(http[^"]*\.png)"', respondent.get(themes) + respondent.get("/s/demo"))
    assert len(pictures) >= 2
    for address in (*pictures, "/s/demo/qr.png", "/healthz"):
        respondent.get(address)
    owner.post("/sign-in", name=OWNER, password=PASSWORD)
    for form in ("csv", "xlsx", "json", "parquet"):
        owner.get(f"/manage/demo/export/answers.{form}")
    assert "Patience" in owner.post("/manage/demo/import", pasted="answer\nPatience\nHumour")
