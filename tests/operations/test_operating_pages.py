"""The operator's pages followed by a program: their blocks, in a folder that stands for the machine."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url

from app import create_app
from survey.core.database import db
from survey.core.settings import PROJECT, load
from survey.serve import demo
from tests.serve.test_launch import free_port
from tests.support import operating_pages
from tests.support.databases import give_file
from tests.support.saved_site import texts
from tests.support.site import quiet
from tests.support.visitors import make_owner, make_survey, send_answer

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="the pages are about Debian"),
]

OPERATIONS, BACKUPS, SCALING = "operations.md", "backups.md", "scaling.md"
HOST = "ask.example"
CRON = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LANG": "C", "LOGNAME": "threads"}
"""All that cron gives a command"""


@dataclass(frozen=True)
class Machine:
    """A folder that stands for the root of a machine on which the site is installed as the page says."""

    root: Path

    def here(self, text: str) -> str:
        """What the page says, with the paths of this machine."""
        text = re.sub(r"(?<![\w$./])/(srv|etc/threads\.env|var/lib/threads|var/backups)", rf"{self.root}/\1", text)
        return text.replace("sqlite:////", f"sqlite:///{self.root}/").replace("/tmp/drill", f"{self.root}/drill")

    def run(self, command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """A command by cron's shell, in the folder that is home, with nothing but cron's environment."""
        return subprocess.run(
            ["/bin/sh", "-c", self.here(command)],
            cwd=self.root,
            env=CRON | {"HOME": str(self.root)} | (env or {}),
            capture_output=True,
            text=True,
            check=False,
        )

    def type(self, *commands: str) -> str:
        """Commands in the shell for commands, each of which must succeed; gives what they said."""
        shell = operating_pages.block(OPERATIONS, after="settings loaded:").lines[1:]
        ran = self.run("\n".join(["set -e", *shell, *commands]))
        assert ran.returncode == 0, (commands, ran.stderr)
        return ran.stdout

    def site(self) -> Flask:
        """The site of the settings there are, in this process."""
        return create_app(load(self.settings()))

    def settings(self) -> dict[str, str]:
        """The file of settings as systemd reads it."""
        lines = (self.root / "etc/threads.env").read_text().splitlines()
        return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines if line)}


def install(root: Path) -> Machine:
    """What the page says until the site is there; instead of `git clone` and `pip`, this folder and this Python."""
    machine = Machine(root)
    for line in operating_pages.block(OPERATIONS, has="useradd").lines:
        if line.startswith("install "):
            folders = re.findall(r"/[\w./-]+", line)
            for folder in folders:
                if folder == "/etc/threads.env":
                    (root / "etc").mkdir()
                elif folder != "/dev/null":
                    (root / folder[1:]).mkdir(parents=True)
    settings = operating_pages.block(OPERATIONS, has="THREADS_HTTPS=1").text
    (root / "etc/threads.env").write_text(machine.here(settings) + "\n")
    (root / "srv/threads/site").symlink_to(PROJECT)
    return machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with the tables made, and a survey."""
    machine = install(tmp_path)
    give_file(load(machine.settings()))
    app = machine.site()
    make_survey(app, make_owner(app))
    with app.app_context():
        db.engine.dispose()
    return machine


def answer(machine: Machine, typed: str) -> None:
    """Somebody answers."""
    app = create_app(
        quiet(machine.root / "var/lib/threads", database_url=machine.settings().get("THREADS_DATABASE_URL", ""))
    )
    assert send_answer(app.test_client(), typed).status_code == 303
    with app.app_context():
        db.engine.dispose()


def backups(machine: Machine) -> list[Path]:
    return sorted((machine.root / "var/backups/threads").glob("threads-*.sqlite3"))


class TestPaths:
    """Every path on the pages is one that setting up makes, a program's own, or a file named beside it."""

    MADE = ("/srv/threads", "/var/lib/threads", "/var/backups/threads", "/etc/threads.env", "/tmp/drill")
    OTHERS = ("/etc/systemd/system/threads-", "/etc/nginx/sites-", "/etc/letsencrypt/live/ask.example/",
              "/etc/redis/redis.conf", "/var/www/html", "/var/log/nginx/error.log", "/dev/null",
              "/bin/bash", "/bin/kill", "/usr/sbin/nologin")  # fmt: skip

    @pytest.mark.parametrize("name", [OPERATIONS, BACKUPS, SCALING])
    def test_every_path_is_known(self, name: str) -> None:
        paths = re.findall(
            r"(?<![\w.:/>})…])/(?:srv|etc|var|tmp|dev|usr|bin|home|opt|root)/[\w./-]*", operating_pages.page(name)
        )
        assert [path for path in paths if not path.startswith((*self.MADE, *self.OTHERS))] == []
        assert not re.search(r"/srv/threads/(?!site)\w", operating_pages.page(name))

    def test_the_blocks_were_found(self) -> None:
        assert [
            len(operating_pages.blocks(name)) > least for name, least in ((OPERATIONS, 12), (BACKUPS, 9), (SCALING, 1))
        ] == [True] * 3
        assert len(operating_pages.files(OPERATIONS)) == 5


class TestCommands:
    """The lines of setting up and of backups.md, one after the other."""

    def test_the_tables_and_the_first_link(self, tmp_path: Path) -> None:
        said = install(tmp_path).type(*operating_pages.block(OPERATIONS, has="set-up-link").lines)
        assert said.startswith(f"Set up: https://{HOST}/set-up/")
        kept = tmp_path / "var/lib/threads/secret_key"
        assert kept.exists()

    def test_cron_finds_the_folder_and_the_settings(self, machine: Machine) -> None:
        answer(machine, "Patience")
        line = operating_pages.block(BACKUPS, after="cron mails it:").text
        when, command = line[: line.index("cd ")], line[line.index("cd ") :]
        assert re.fullmatch(r"(?:[\d*]+ ){5}", when)
        assert "%" not in command, "cron would end the line there"
        ran = machine.run(command)
        assert (ran.returncode, ran.stderr) == (0, "")
        assert "1 surveys, 1 answers" in ran.stdout
        assert len(backups(machine)) == 1

    def test_cron_tells_of_a_backup_that_failed(self, machine: Machine) -> None:
        shutil.rmtree(machine.root / "var/backups")
        command = operating_pages.block(BACKUPS, after="cron mails it:").text
        ran = machine.run(command[command.index("cd ") :])
        assert ran.returncode != 0
        assert ran.stderr

    def test_the_page_of_backups(self, machine: Machine) -> None:
        answer(machine, "Patience")
        machine.type(operating_pages.block(BACKUPS, after="## A backup").text)
        [kept] = backups(machine)
        answer(machine, "Came later")

        def with_kept(line: str) -> str:
            return line.replace("/var/backups/threads/threads-2026-11-22T074500Z.sqlite3", str(kept))

        restore = operating_pages.block(BACKUPS, after="## A restore").text
        with pytest.raises(AssertionError, match="Add --replace"):
            machine.type(with_kept(restore))
        assert "Only there: 1 answers" in machine.type(f"{with_kept(restore)} --replace")
        assert texts(machine.site()) == ["Patience"]
        answer(machine, "Came later")
        later = machine.root / "srv" / "later.sqlite3"
        listed, again = operating_pages.block(BACKUPS, has="deletions > deleted.txt").lines
        machine.type(
            f"flask --app app backup {later}",
            listed.replace("deleted.txt", str(machine.root / "deleted.txt")),
            again.replace(" threads.sqlite3", f" {kept}")
            .replace("deleted.txt", str(machine.root / "deleted.txt"))
            .replace("later.sqlite3", str(later))
            + " --replace",
        )
        assert texts(machine.site()) == ["Patience"]
        drill, look = (
            operating_pages.block(BACKUPS, has="--drill").text,
            operating_pages.block(BACKUPS, has="env -i").text,
        )
        said = machine.type(with_kept(drill))
        assert "Restored: 1 surveys, 1 answers." in said
        [printed] = [line.strip() for line in said.splitlines() if "env -i" in line]
        plain = re.sub(r"\S+/(python)\S*", r"\1", re.sub(r"\S+/app\.py", "app.py", printed))
        assert plain == re.sub(r"\S+/(python)\S*", r"\1", re.sub(r"\S+/app\.py", "app.py", machine.here(look)))
        assert texts(create_app(quiet(machine.root / "drill"))) == ["Patience"]
        for line in operating_pages.block(BACKUPS, has="forget-old").lines:
            assert machine.type(line).startswith("0 answers")
        assert "Rewritten" in machine.type(operating_pages.block(BACKUPS, has="app compact").text)

    def test_the_move_to_postgresql_and_back(self, machine: Machine, postgres_server: str) -> None:
        """Word for word, with the role and the database made by the page's own lines."""
        if not all(map(shutil.which, ("createuser", "createdb", "psql"))):
            pytest.skip("no PostgreSQL programs were found (Debian: apt-get install postgresql-client)")
        answer(machine, "Patience")
        admin = make_url(postgres_server)
        place = {"PGHOST": str(admin.query.get("host") or admin.host), "PGPORT": str(admin.port or 5432)}
        as_postgres = place | {"PGUSER": str(admin.username), "PGPASSWORD": str(admin.password or "")}
        user, database = operating_pages.block(BACKUPS, has="createdb").lines
        name = f"threads{os.getpid()}"
        with ExitStack() as made:
            for line, undo in ((user, f"dropuser {name}"), (database, f"dropdb {name}")):
                line = re.sub(r"\bthreads\b", name, line.replace("--pwprompt ", ""))
                ran = machine.run(line, as_postgres)
                assert ran.returncode == 0, ran.stderr
                made.callback(machine.run, undo, as_postgres)
            address = make_url(f"postgresql+psycopg://{name}@/{name}").update_query_dict(
                {"host": place["PGHOST"], "port": place["PGPORT"]}
            )
            url = address.render_as_string(hide_password=False)
            there = operating_pages.block(BACKUPS, has="PGPASSWORD=").text
            move = there.replace("postgresql+psycopg://threads@localhost/threads", f"'{url}'")
            assert move != there
            assert "Every row is the same" in machine.type(move)
            settings = machine.root / "etc/threads.env"
            before = settings.read_text()
            line = operating_pages.block(BACKUPS, has="THREADS_DATABASE_URL='").text
            settings.write_text(before + re.sub(r"postgresql.*(?=')", lambda _: url, line) + "\n")
            answer(machine, "After the move")
            back = operating_pages.block(BACKUPS, has="app move sqlite").text
            assert "Every row is the same" in machine.type(back)
            line = operating_pages.block(BACKUPS, has="THREADS_DATABASE_URL=sqlite").text
            settings.write_text(before + machine.here(line) + "\n")
            assert texts(machine.site()) == ["Patience", "After the move"]


class TestUnits:
    """systemd's files: what its own program says of them, and their commands with nothing but their environment."""

    def test_systemd_reads_them(self, machine: Machine) -> None:
        program = shutil.which("systemd-analyze")
        if program is None:
            pytest.skip("no systemd-analyze was found (Debian: apt-get install systemd)")
        written = []
        for path, text in operating_pages.files(OPERATIONS).items():
            if "/systemd/" in path:
                written.append(machine.root / Path(path).name)
                text = re.sub(r"^User=.*$", f"User={os.getuid()}", machine.here(text), flags=re.MULTILINE)
                written[-1].write_text(text + "\n")
        ran = subprocess.run(
            [program, "verify", "--man=no", *map(str, written)], capture_output=True, text=True, check=False
        )
        own = [line for line in ran.stderr.splitlines() if "threads-" in line]
        assert (ran.returncode, own) == (0, [])

    def test_the_backup(self, machine: Machine) -> None:
        command, environment = unit(machine, "backup")
        subprocess.run(command, cwd=machine.root / "srv/threads/site", env=environment, check=True)
        assert len(backups(machine)) == 1

    def test_the_worker(self, machine: Machine) -> None:
        command, environment = unit(machine, "worker")
        with running(machine, command, environment):
            deadline = time.monotonic() + 60
            with closing(sqlite3.connect(machine.root / "var/lib/threads/threads.sqlite3")) as file:
                while not file.execute("SELECT count(*) FROM worker_process").fetchone()[0]:
                    assert time.monotonic() < deadline, "the worker gave no sign of life"
                    time.sleep(0.2)


def unit(machine: Machine, name: str) -> tuple[list[str], dict[str, str]]:
    """The command of a unit and all of its environment."""
    text = machine.here(operating_pages.files(OPERATIONS)[f"/etc/systemd/system/threads-{name}.service"])
    [command] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert f"EnvironmentFile={machine.root}/etc/threads.env" in text
    words = re.findall(r'"[^"]*"|\S+', command)
    return [word.strip('"') for word in words], {"PATH": "/usr/bin:/bin", **machine.settings()}


@contextmanager
def running(machine: Machine, command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command,
        cwd=machine.root / "srv/threads/site",
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=(machine.root / "log").open("ab"),
    ) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@dataclass(frozen=True)
class Front:
    """nginx before the site: its ports, and its certificate."""

    plain_port: int
    tls_port: int
    certificate: Path
    machine: Machine

    def get(
        self, path: str, *, secure: bool = True, source: str = "127.0.0.1", body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """A request as a browser at this address makes it."""
        sent = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(
            socket.create_connection(
                ("127.0.0.1", self.tls_port if secure else self.plain_port), timeout=20, source_address=(source, 0)
            )
        ) as plain:
            channel = plain
            if secure:
                trusting = ssl.create_default_context(cafile=str(self.certificate))
                channel = trusting.wrap_socket(plain, server_hostname=HOST)
            connection = http.client.HTTPConnection(HOST)
            connection.sock = channel
            with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
                connection.request("POST" if body is not None else "GET", path, body=body, headers=sent)
            response = connection.getresponse()
            return response, response.read()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The block for nginx as it stands, before the command of the unit; a second web machine that is not there.

    Changed are the ports and the paths: nginx runs as whoever runs the tests.
    """
    nginx, openssl = shutil.which("nginx") or shutil.which("/usr/sbin/nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        message = "no nginx or no openssl was found: install them (Debian: apt-get install nginx openssl)"
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(message)
        pytest.skip(message)
    machine = install(tmp_path_factory.mktemp("front"))
    root = machine.root
    give_file(load(machine.settings()))
    app = machine.site()
    with app.app_context():
        demo.load()
        db.engine.dispose()
    command, environment = unit(machine, "site")
    site, plain, secure, nobody = (free_port() for _ in range(4))
    command[command.index("127.0.0.1:5000")] = f"127.0.0.1:{site}"
    certificates = root / "etc/letsencrypt/live" / HOST
    certificates.mkdir(parents=True)
    (root / "var/www/html/.well-known/acme-challenge").mkdir(parents=True)
    (root / "var/www/html/.well-known/acme-challenge/token").write_text("a challenge")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", certificates / "privkey.pem",
         "-out", certificates / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    block = machine.here(operating_pages.files(OPERATIONS)["/etc/nginx/sites-available/threads"])
    assert "# server 10.0.0.7:5000;" in block
    for old, new in (
        ("# server 10.0.0.7:5000;", f"server 127.0.0.1:{nobody};"),
        ("server 127.0.0.1:5000;", f"server 127.0.0.1:{site};"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("/etc/letsencrypt", f"{root}/etc/letsencrypt"),
        ("/var/www", f"{root}/var/www"),
        ("/var/log/nginx", str(root)),
    ):
        assert old in block
        block = block.replace(old, new)
    block = re.sub(r"^ *listen \[::\].*\n", "", block, flags=re.MULTILINE)  # not every machine has IPv6
    user = "user root;" if os.getuid() == 0 else ""
    paths = "".join(f"{kind}_temp_path {root}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (root / "nginx.conf").write_text(
        f"{user} daemon off; pid {root}/nginx.pid; error_log {root}/error.log; events {{}}\n"
        f"http {{ include /etc/nginx/mime.types; default_type application/octet-stream; {paths}\n{block}\n}}\n"
    )
    tested = subprocess.run([nginx, "-t", "-p", root, "-c", root / "nginx.conf"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    served = Front(plain, secure, certificates / "fullchain.pem", machine)
    with (
        running(machine, command, environment),
        running(machine, [nginx, "-p", str(root), "-c", f"{root}/nginx.conf"], {}),
    ):
        for _ in range(300):
            with suppress(OSError, http.client.HTTPException):
                if served.get("/readyz")[0].status == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((root / "log").read_text()[-2000:])
        yield served


class TestNginx:
    """What a visitor meets."""

    def test_port_80_sends_to_https_and_answers_certbot(self, front: Front) -> None:
        response, _ = front.get("/s/demo?from=poster", secure=False)
        assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/s/demo?from=poster")
        response, body = front.get("/.well-known/acme-challenge/token", secure=False)
        assert (response.status, body) == (200, b"a challenge")

    @pytest.mark.parametrize("path", ["/s/demo", "/nowhere", "/static/base.css", "/static/nothing.css"])
    def test_https_is_remembered_and_types_are_not_guessed(self, front: Front, path: str) -> None:
        response, _ = front.get(path)
        assert response.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
        assert response.headers.get_all("X-Content-Type-Options") == ["nosniff"]

    @pytest.mark.parametrize("path", ["/s/demo", "/static/base.css", "/static/proof_of_work.js", "/static/logo.svg"])
    def test_what_is_sent_is_compressed(self, front: Front, path: str) -> None:
        plain, whole = front.get(path)
        response, body = front.get(path, Accept_Encoding="gzip")
        assert (plain.status, response.status) == (200, 200)
        if len(whole) >= 1000:
            assert response.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in ", ".join(response.headers.get_all("Vary") or [])
            assert len(body) < 0.6 * len(whole)
            unpacked = gzip.decompress(body)
            assert len(unpacked) == len(whole) or path.startswith("/s/")
        else:
            assert body == whole

    def test_static_files_are_asked_for_again(self, front: Front) -> None:
        response, _ = front.get("/static/base.css")
        assert response.headers["Cache-Control"] == "no-cache"
        again, _ = front.get("/static/base.css", If_None_Match=response.headers["ETag"])
        assert again.status == 304

    def test_cookies_are_marked_secure(self, front: Front) -> None:
        response, _ = front.get("/sign-in")
        assert "; Secure" in response.headers["Set-Cookie"]

    def test_visitors_are_told_apart(self, front: Front) -> None:
        """By the address they come from, not by one that they say they have."""
        for number, source in enumerate(("127.0.0.1", "127.0.0.2", "127.0.0.2")):
            page, body = front.get("/sign-in")
            [token] = set(re.findall(rb'name="csrf_token"[^>]*value="([^"]*)"', body))
            cookie = page.headers["Set-Cookie"].split(";")[0]
            response, _ = front.get(
                "/sign-in",
                source=source,
                body=b"name=Nobody&password=wrong&csrf_token=" + token,
                Content_Type="application/x-www-form-urlencoded",
                Cookie=cookie,
                Referer=f"https://{HOST}/sign-in",
                X_Forwarded_For=f"203.0.113.{number}",
            )
            assert response.status == 422
        with closing(sqlite3.connect(front.machine.root / "var/lib/threads/limits.sqlite3")) as file:
            counts = file.execute("SELECT hits FROM hit WHERE key LIKE '%sign-in-address%' ORDER BY hits").fetchall()
        assert counts == [(1,), (2,)]

    def test_a_body_of_any_import_comes_through_and_a_larger_one_does_not(self, front: Front) -> None:
        response, _ = front.get("/manage/surveys/1/import", body=b"x" * (20 * 1024 * 1024))
        assert response.status < 413
        response, _ = front.get("/manage/surveys/1/import", body=b"x" * (22 * 1024 * 1024))
        assert response.status == 413

    def test_a_web_machine_that_is_gone_is_passed_over(self, front: Front) -> None:
        """One of the two in the upstream was never there."""
        assert [front.get("/s/demo")[0].status for _ in range(6)] == [200] * 6

    def test_no_address_is_in_its_files(self, front: Front) -> None:
        front.get("/nowhere", source="127.0.0.5")
        for name in ("error.log", "access.log"):
            path = front.machine.root / name
            assert b"127.0.0.5" not in (path.read_bytes() if path.exists() else b"")


class TestThreeMachines:
    """scaling.md: what its lines say, as the site reads them."""

    def test_its_settings_are_those_of_one_machine_and_more(self, machine: Machine) -> None:
        more = operating_pages.block(SCALING, has="THREADS_LIMITS").text
        secrets = more.replace("SECRET_KEY=…", "SECRET_KEY=" + "k" * 48).replace("…", "pass-word")
        settings = machine.root / "etc/threads.env"
        settings.write_text(settings.read_text() + secrets + "\n")
        chosen = load(machine.settings())
        assert (chosen.https, chosen.proxies, chosen.base_url) == (True, 1, f"https://{HOST}")
        assert chosen.database_url == "postgresql+psycopg://threads:pass-word@10.0.0.4/threads"
        assert chosen.limits == "redis://:pass-word@10.0.0.4:6379/0"
        said = machine.type('printf "%s\\n" "$THREADS_DATABASE_URL" "$THREADS_LIMITS"').split()
        assert said == [chosen.database_url, chosen.limits], "the shell reads the file as systemd does"
        page = operating_pages.page(SCALING)
        for step in ("`THREADS_HTTPS=1` and `THREADS_PROXIES=1`", "the unit `threads-site` and nginx of operations.md"):
            assert step in page
