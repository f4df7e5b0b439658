"""`make upgrade` and `make go-back`, on a clone of the site with the answers of an earlier version."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from install import upgrade
from survey.core.database import UPGRADES
from survey.core.settings import PROJECT
from survey.serve.launcher_file import CHILDREN, NAME

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="make and signals of POSIX"),
]

NEW, FAILS = "9998", "9999"
MIGRATION = '''"""A made-up change."""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.add_column("survey", sa.Column("{column}", sa.Text()))
    {then}


def downgrade():
    op.drop_column("survey", "{column}")
'''


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    ran = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


UNREAD = re.compile(r"(tests|docs|benchmarks)/|.*\.(npz|csv)")
"""Files, most of the megabytes, that an upgrade does not open"""


class Clone:
    """A clone in which the site of an earlier version lies, and the place it is cloned from."""

    def __init__(self, root: Path) -> None:
        self.origin, self.folder = root / "origin", root / "clone"
        listed = git(PROJECT, "ls-files").splitlines()
        names = [name for name in listed if not UNREAD.match(name) and (PROJECT / name).is_file()]
        for name in names:
            (self.origin / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, self.origin / name)
        git(self.origin, "init", "-q")
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-qm", "The version that is installed")
        git(root, "clone", "-q", str(self.origin), str(self.folder))
        self._compile(names)
        environment = self.folder / ".venv"
        environment.mkdir()
        for part in ("bin", "lib", "pyvenv.cfg"):
            (environment / part).symlink_to((PROJECT / ".venv" / part).resolve())
        (environment / "installed").touch()
        later = time.time() + 10**6
        os.utime(environment / "installed", (later, later))  # its packages are the tests' own, and stay as they are
        with tarfile.open(PROJECT / "tests/data/instance_0.1.0_november_2026.tar.xz") as archive:
            archive.extractall(self.folder, filter="data")
        (self.folder / "instance").chmod(0o700)

    def _compile(self, names: list[str]) -> None:
        """Take over what Python has compiled of these files, which takes seconds: it asks for their sizes and times."""
        for name in names:
            shutil.copystat(PROJECT / name, self.folder / name)
            compiled = Path(cache_from_source(str(PROJECT / name))) if name.endswith(".py") else None
            if compiled and compiled.is_file():
                (self.folder / compiled.parent.relative_to(PROJECT)).mkdir(exist_ok=True)
                shutil.copy(compiled, self.folder / compiled.relative_to(PROJECT))

    def publish(self, revision: str, before: str, column: str, then: str = "pass") -> None:
        """Publish a version with one more migration."""
        text = MIGRATION.format(revision=revision, before=before, column=column, then=then)
        (self.origin / f"migrations/{revision}_{column}.py").write_text(text)
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-qm", "A new version")

    def newest(self) -> str:
        """The newest migration of the version that is installed."""
        texts = [path.read_text("utf-8") for path in (PROJECT / "migrations").glob("*.py")]
        made, before = (
            {found[1] for text in texts if (found := re.search(rf'^{word}\b.*= "(\w+)"', text, re.MULTILINE))}
            for word in ("revision", "down_revision")
        )
        [newest] = made - before
        return newest

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("THREADS_", "MAKE"))}
        return subprocess.run(
            ["make", *words, f"SETTINGS={self.folder}/none"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "instance/threads.sqlite3")) as file:
            found = file.execute(statement).fetchall()
            file.commit()
        return found

    def state(self) -> tuple[str, str, bool]:
        """The version in the folder, that of the tables, and whether they have the new column."""
        columns = {row[1] for row in self.ask("PRAGMA table_info(survey)")}
        [[tables]] = self.ask("SELECT version_num FROM alembic_version")
        return git(self.folder, "log", "-1", "--format=%s"), str(tables), "made_up" in columns

    def backups(self) -> list[Path]:
        return sorted((self.folder / "instance/backups").glob("threads-*.sqlite3"))


def test_an_upgrade_and_back_and_those_that_do_not_succeed(tmp_path: Path) -> None:
    """From the tables of an earlier version to a new one, by the line that it said back, and then faults."""
    clone = Clone(tmp_path)
    old = clone.state()
    assert old[1] not in {clone.newest(), NEW}
    [[answers]] = clone.ask("SELECT count(*) FROM answer")
    assert answers
    clone.publish(NEW, clone.newest(), "made_up")
    restarts = """sh -c 'echo "again $$0" >> "it restarts"'"""
    first = clone.make("upgrade", f"BACKUPS={clone.folder}/instance/backups", f"RESTART={restarts}")
    assert first.returncode == 0, first.stderr
    assert clone.state() == ("A new version", NEW, True)
    [backup] = clone.backups()
    with closing(sqlite3.connect(backup)) as file:
        assert file.execute("SELECT count(*) FROM answer").fetchone() == (answers,)
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() == (old[1],)
    [line] = re.findall(r"^    make (go-back .*)$", first.stdout, re.MULTILINE)
    [target, *words] = [word for word in shlex.split(line) if not word.startswith("SETTINGS=")]
    assert (target, words[-1]) == ("go-back", f"RESTART={restarts}")
    clone.ask("UPDATE answer SET text = 'came after the upgrade' WHERE id = (SELECT max(id) FROM answer)")

    back = clone.make("go-back", *words)
    assert back.returncode == 0, back.stderr
    assert (clone.folder / "it restarts").read_text() == "again sh\nagain sh\n"
    assert clone.state() == old
    assert clone.ask("SELECT count(*) FROM answer") == [(answers,)]
    assert clone.ask("SELECT count(*) FROM answer WHERE text = 'came after the upgrade'") == [(1,)]

    clone.publish(FAILS, NEW, "more", 'raise RuntimeError("no")')  # after all the others
    made = len(clone.backups())
    failed = clone.make("upgrade")
    assert failed.returncode == 2  # make's own
    assert "RuntimeError: no" in failed.stderr
    assert "cannot be used: .venv/bin/python -m flask --app app migrate failed" in failed.stderr
    assert "The site goes on as it was." in failed.stderr
    assert "go-back" not in failed.stdout
    assert clone.state() == old
    assert len(clone.backups()) > made

    (clone.folder / "taken").touch()
    without_backup = clone.make("upgrade", f"BACKUPS={clone.folder}/taken/x")
    assert without_backup.returncode == 2
    assert clone.state() == old
    (clone.folder / "README.md").write_text("changed by hand")
    git(clone.folder, "commit", "-qam", "A change of one's own")
    apart = clone.make("upgrade")
    assert "The newest version could not be fetched (see above). Nothing was changed." in apart.stderr
    assert clone.state() == ("A change of one's own", *old[1:])


def test_the_newest_version_already_offers_no_way_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upgrade.Installation, "run", lambda *words, quiet=False: "abc")
    upgrade.upgrade(upgrade.Installation(tmp_path, {}, tmp_path))
    said = capsys.readouterr().out
    assert "Version abc was the newest already." in said
    assert "go-back" not in said


@pytest.mark.parametrize(("options", "words"), [({}, ("--keep", "5")), ({"BACKUPS": "/elsewhere"}, ())])
def test_backups_are_let_go_in_the_folder_of_its_own_alone(
    options: dict[str, str], words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "threads.sqlite3").touch()
    site = upgrade.Installation(tmp_path, {"THREADS_INSTANCE": str(tmp_path)}, tmp_path / "kept", options=options)
    asked: list[tuple[str, ...]] = []

    def flask(self: upgrade.Installation, *given: str) -> str:
        asked.append(given)
        return "/a.sqlite3: 1 surveys\n/b.sqlite3 deleted."

    monkeypatch.setattr(upgrade.Installation, "run", lambda self, *given, quiet=False: "")
    monkeypatch.setattr(upgrade.Installation, "flask", flask)
    assert upgrade.make_backup(site) == "/a.sqlite3"
    assert asked == [("backup", str(tmp_path / "kept"), *words)]


def test_the_line_back_has_all_that_was_given() -> None:
    options = {"SETTINGS": "/tmp/my site.env", "BACKUPS": "", "RESTART": "kill -USR1 $(cat it's)"}
    site = upgrade.Installation(Path(), {}, Path(), options=options)
    line = upgrade.line_back(site, "abc", "0033")
    assert shlex.split(line) == [
        "make",
        "go-back",
        "VERSION=abc",
        "TABLES=0033",
        "SETTINGS=/tmp/my site.env",
        "RESTART=kill -USR1 $$(cat it's)",
    ]


@pytest.mark.parametrize(
    ("version", "tables", "missing"), [("", "", "VERSION and TABLES"), ("", "0033", "VERSION"), ("abc", "", "TABLES")]
)
def test_going_back_needs_both_words(
    version: str, tables: str, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(upgrade, "Installation", None)
    monkeypatch.setattr(sys, "argv", ["upgrade", "--back-to", version, "--tables", tables])
    with pytest.raises(SystemExit) as ended:
        upgrade.main()
    assert ended.value.code == 2
    assert f": {missing} is missing. Nothing was changed." in capsys.readouterr().err


def test_there_is_no_way_back_where_there_is_no_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(upgrade.Installation, "run", lambda self, *words, quiet=False: ran.append(words))
    with pytest.raises(upgrade.Failed, match="Nothing was changed"):
        upgrade.go_back(upgrade.Installation(tmp_path, {}, tmp_path), "abc", "0033")
    assert [words[:2] for words in ran] == [("git", "cat-file")]


@pytest.mark.parametrize(
    ("found", "record", "is_it"),
    [
        ("0036", "0033 0036 2026-11-30T12:00:00Z\n0035 0036 2026-11-30T13:00:00Z\n", True),
        ("0036", "0003 0036 2026-11-30T12:00:00Z\n", False),
        ("0036", "", False),
        ("0033", "0033 0036 2026-11-30T12:00:00Z\n", False),
    ],
)
def test_going_back_leaves_data_alone_that_was_not_upgraded(
    found: str, record: str, is_it: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A demo in the folder of a site whose data is elsewhere: the line of an older version lacks SETTINGS."""
    (tmp_path / "migrations").mkdir()
    for name in ("0033_a.py", "0036_b.py", "__init__.py"):
        (tmp_path / "migrations" / name).touch()
    (tmp_path / "instance").mkdir()
    if record:
        (tmp_path / "instance/upgrades").write_text(record)
    with closing(sqlite3.connect(tmp_path / "kept.sqlite3")) as file:
        file.execute("CREATE TABLE alembic_version AS SELECT ? AS version_num", (found,))
        file.commit()
    site = upgrade.Installation(tmp_path, {}, tmp_path)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(upgrade, "make_backup", lambda site: str(tmp_path / "kept.sqlite3"))
    monkeypatch.setattr(upgrade, "restart", lambda site: None)
    monkeypatch.setattr(upgrade.Installation, "run", lambda self, *words, quiet=False: "abc")
    monkeypatch.setattr(upgrade.Installation, "flask", lambda self, *words: asked.append(words))
    if is_it:
        upgrade.go_back(site, "abc", "0033")
        assert asked == [("migrate", "--to", "0033")]
        return
    with pytest.raises(upgrade.Failed, match=r"Nothing was changed\. Give SETTINGS"):
        upgrade.go_back(site, "abc", "0033")
    assert asked == []


def test_the_files_of_other_modules_have_one_name() -> None:
    assert (upgrade.LAUNCHER, upgrade.LAUNCHED, upgrade.UPGRADES) == (NAME, CHILDREN, UPGRADES)


def test_a_site_whose_launcher_is_gone_is_not_taken_for_one_that_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade, "running_units", list)
    site = upgrade.Installation(tmp_path, {"THREADS_INSTANCE": str(tmp_path)}, tmp_path)
    (tmp_path / NAME).write_text("1 http://127.0.0.1:1 1.0\n")
    with (tmp_path / CHILDREN).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(upgrade.Failed, match="still as the version of before"):
            upgrade.restart(site)
    upgrade.restart(site)


def test_settings_are_read_as_systemd_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "threads.env"
    file.write_text("# settings\nTHREADS_INSTANCE=/var/lib/threads\n\nTHREADS_DATABASE_URL='postgresql://a:b c@d/e'\n")
    assert upgrade.read_settings(file) == {
        "THREADS_INSTANCE": "/var/lib/threads",
        "THREADS_DATABASE_URL": "postgresql://a:b c@d/e",
    }
    assert upgrade.read_settings(tmp_path / "none") == {}
