"""A migration killed half-way: the next one does it whole, and nothing is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata

from app import create_app
from survey.core.database import Model, db, migrations, now, write_transaction
from survey.core.models import Answer, Survey
from survey.core.settings import PROJECT
from tests.faults.running_site import HERE, SLUG, Site, Worker, chosen, figure, wait_for
from tests.support.site import quiet
from tests.support.visitors import make_survey

KILLS = chosen(3, 12)
CHANGES_MOST = 40


@pytest.fixture(scope="module")
def begins() -> Iterator[subprocess.Popen[bytes]]:
    """The process that forks migrations which come to a stand."""
    command = [sys.executable, str(HERE / "slow_migration.py")]
    own = os.environ | {"PYTHONPATH": str(PROJECT)}
    with subprocess.Popen(command, cwd=PROJECT, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def begin_migration(begins: subprocess.Popen[bytes], site: Site, number: int, marker: Path) -> int:
    """Have a migration begun that stands before a change; gives the number of its process."""
    assert begins.stdin
    assert begins.stdout
    line = [str(site.folder / "migrate.log"), site.environment(), number, str(marker)]
    begins.stdin.write(json.dumps(line).encode() + b"\n")
    begins.stdin.flush()
    return int(begins.stdout.readline())


@pytest.mark.parametrize("begun_at", [None, "0001"], ids=["first start", "upgrade"])
def test_a_migration_killed_half_way(
    begins: subprocess.Popen[bytes], tmp_path: Path, bare_url: str, begun_at: str | None
) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    print(f"\nseed of the kills: {seed}")
    app = create_app(settings := quiet(tmp_path, database_url=bare_url))
    if begun_at:
        with app.app_context():
            migrations.upgrade()
        made = make_survey(app, None, SLUG)
        with app.app_context():
            with write_transaction() as session:
                session.add(Answer(survey_id=made, form_key="k", text="Patience", received_at=now()))
            db.session.close()
            migrations.downgrade(begun_at)
            db.engine.dispose()
    site = Site(tmp_path, settings, app)
    killed = 0
    try:
        for number in sorted(chance.sample(range(1, CHANGES_MOST if not begun_at else 20), KILLS)):
            marker = tmp_path / f"at-{number}"
            migration = Worker(begin_migration(begins, site, number, marker))
            wait_for(lambda: marker.exists() or not migration.is_alive, 90, "the migration stands")  # noqa: B023
            if not marker.exists():
                break  # there are fewer changes than that: it is done
            migration.kill()
            killed += 1
        with app.app_context():
            migrations.upgrade()
            assert compare_metadata(migrations.migration_context, Model.metadata) == []
            if begun_at:
                assert db.session.query(Answer.text).all() == [("Patience",)]
                assert db.session.query(Survey.slug).all() == [(SLUG,)]
    finally:
        site.close()
    assert killed
    kind = bare_url.split("+")[0].split(":")[0]
    figure("a migration killed half-way", database=kind, begun_at=begun_at or "empty", seed=seed, killed=killed)
