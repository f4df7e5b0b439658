"""`make upgrade` and `make go-back`, on a clone of the site with the answers of an earlier version."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from install import upgrade
from survey.core.settings import PROJECT
from survey.serve.launcher_file import NAME

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="make and signals of POSIX"),
]

NEW = "9999"
MIGRATION = '''"""A made-up change."""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.add_column("survey", sa.Column("made_up", sa.Text()))
    {then}


def downgrade():
    op.drop_column("survey", "made_up")
'''


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    ran = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


class Clone:
    """A clone in which the site of an earlier version lies, and the place it is cloned from."""

    def __init__(self, root: Path) -> None:
        self.origin, self.folder = root / "origin", root / "clone"
        for name in git(PROJECT, "ls-files").splitlines():
            if (PROJECT / name).is_file():
                (self.origin / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(PROJECT / name, self.origin / name)
        git(self.origin, "init", "-q")
        git(self.origin, "add", "-A")
        git(self.origin, "commit", "-qm", "The version that is installed")
        git(root, "clone", "-q", str(self.origin), str(self.folder))
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

    def publish(self, then: str = "pass") -> None:
        """Publish a version with one more migration."""
        text = MIGRATION.format(revision=NEW, before=self.newest(), then=then)
        (self.origin / "migrations/9999_made_up.py").write_text(text)
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


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_an_upgrade_and_back_and_again(clone: Clone) -> None:
    """The tables of an earlier version, then a new version, then the line that it said goes back."""
    [[answers]] = clone.ask("SELECT count(*) FROM answer")
    assert answers
    first = clone.make("upgrade")
    assert first.returncode == 0, first.stderr
    assert "was the newest already" in first.stdout
    old = ("The version that is installed", clone.newest(), False)
    assert clone.state() == old
    [backup] = clone.backups()
    with closing(sqlite3.connect(backup)) as file:
        assert file.execute("SELECT count(*) FROM answer").fetchone() == (answers,)
        assert file.execute("SELECT version_num FROM alembic_version").fetchone() != (clone.newest(),)

    clone.publish()
    second = clone.make("upgrade")
    assert second.returncode == 0, second.stderr
    assert clone.state() == ("A new version", NEW, True)
    [line] = re.findall(r"^    make (go-back .*)$", second.stdout, re.MULTILINE)
    clone.ask("UPDATE answer SET text = 'came after the upgrade' WHERE id = (SELECT max(id) FROM answer)")

    back = clone.make(*line.split())
    assert back.returncode == 0, back.stderr
    assert clone.state() == old
    assert clone.ask("SELECT count(*) FROM answer") == [(answers,)]
    assert clone.ask("SELECT count(*) FROM answer WHERE text = 'came after the upgrade'") == [(1,)]

    again = clone.make("upgrade")
    assert again.returncode == 0, again.stderr
    assert clone.state() == ("A new version", NEW, True)


def test_a_migration_that_fails_leaves_the_old_version(clone: Clone) -> None:
    old = clone.state()
    clone.publish('raise RuntimeError("no")')
    for _ in range(2):
        ran = clone.make("upgrade")
        assert ran.returncode == 2  # make's own
        assert "cannot be used: .venv/bin/python -m flask --app app migrate failed" in ran.stderr
        assert "The site goes on as it was." in ran.stderr
        assert clone.state() == old
    assert "go-back" not in ran.stdout
    assert clone.backups()


def test_nothing_is_done_without_a_backup_or_a_newer_version_that_fits(clone: Clone) -> None:
    old = clone.state()
    clone.publish()
    (clone.folder / "taken").touch()
    ran = clone.make("upgrade", f"BACKUPS={clone.folder}/taken/x")
    assert ran.returncode == 2
    assert clone.state() == old
    readme = clone.folder / "README.md"
    readme.write_text("changed by hand")
    git(clone.folder, "commit", "-qam", "A change of one's own")
    ran = clone.make("upgrade")
    assert "The newest version could not be fetched (see above). Nothing was changed." in ran.stderr
    assert clone.state() == ("A change of one's own", *old[1:])


def test_the_file_of_the_launcher_has_one_name() -> None:
    assert upgrade.LAUNCHER == NAME


def test_settings_are_read_as_systemd_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "threads.env"
    file.write_text("# settings\nTHREADS_INSTANCE=/var/lib/threads\n\nTHREADS_DATABASE_URL='postgresql://a:b c@d/e'\n")
    assert upgrade.read_settings(file) == {
        "THREADS_INSTANCE": "/var/lib/threads",
        "THREADS_DATABASE_URL": "postgresql://a:b c@d/e",
    }
    assert upgrade.read_settings(tmp_path / "none") == {}
