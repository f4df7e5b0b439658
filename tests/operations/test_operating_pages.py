"""The operator's pages followed by a program: their blocks, in a folder that stands for the machine."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app import create_app
from survey.core.database import db
from survey.core.settings import PROJECT, load
from tests.support import operating_pages
from tests.support.databases import give_file
from tests.support.forked_flask import forked
from tests.support.machine import BACKUPS, HOST, OPERATIONS, SCALING, Machine, install, running, unit
from tests.support.saved_site import texts
from tests.support.site import quiet
from tests.support.visitors import owned_survey, send_answer

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="the pages are about Debian"),
]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with the tables made, and a survey."""
    machine = install(tmp_path)
    give_file(load(machine.settings()))
    app = machine.site()
    owned_survey(app)
    with app.app_context():
        db.engine.dispose()
    return machine


def fork_commands(machine: Machine) -> None:
    """Have `flask` take no seconds to start. What differs then is shown by the units, which have the real one."""
    site = machine.root / "srv/threads/site"
    site.unlink()
    programs = site / ".venv/bin"
    programs.mkdir(parents=True)
    for place, real in ((site, PROJECT), (programs, PROJECT / ".venv/bin")):
        for path in real.iterdir():
            if path.name not in (".venv", "flask"):
                (place / path.name).symlink_to(path)
    (programs / "flask").symlink_to(forked("flask"))


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
        assert len(operating_pages.files(OPERATIONS)) == 6


class TestCommands:
    """The lines of setting up and of backups.md, one after the other."""

    @pytest.fixture
    def machine(self, machine: Machine) -> Machine:
        fork_commands(machine)
        return machine

    def test_the_tables_and_the_first_link(self, tmp_path: Path) -> None:
        machine = install(tmp_path)
        fork_commands(machine)
        said = machine.type(*operating_pages.block(OPERATIONS, has="set-up-link").lines)
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

    def test_the_search_service(self, machine: Machine) -> None:
        command, environment = unit(machine, "search")
        socket = machine.root / "var/lib/threads/search.sock"
        with running(machine, command, environment):
            deadline = time.monotonic() + 240
            while not socket.exists():
                assert time.monotonic() < deadline, "the search service made no socket"
                time.sleep(0.2)

    def test_the_worker(self, machine: Machine) -> None:
        command, environment = unit(machine, "worker")
        with running(machine, command, environment):
            deadline = time.monotonic() + 240
            with closing(sqlite3.connect(machine.root / "var/lib/threads/threads.sqlite3")) as file:
                while not file.execute("SELECT count(*) FROM worker_process").fetchone()[0]:
                    assert time.monotonic() < deadline, "the worker gave no sign of life"
                    time.sleep(0.2)


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
