"""`flask --app app migrate` that comes to a stand before its nth change of a table, for whoever kills it there.

    python tests/faults/slow_migration.py

For each line it reads (NUMBER MARKER) it forks a process that migrates; it answers with the number of the process. So
what takes seconds to import is imported once. The fault is put in from here: the migrations have no hooks for tests.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from app import create_app
from survey.core.database import migrations

CHANGES = ("CREATE", "ALTER", "DROP", "UPDATE", "INSERT")


def main() -> None:
    """Fork a migration for each line that comes."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that were killed are gone at once
    for line in sys.stdin:
        number, marker = line.rstrip("\n").split(" ", 1)
        pid = os.fork()
        if pid == 0:
            migrate(int(number), Path(marker))
            os._exit(0)
        print(pid, flush=True)


def migrate(number: int, marker: Path) -> None:
    """Count the changes, stand still at one of them."""
    done = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def count(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        nonlocal done
        if statement.lstrip().upper().startswith(CHANGES):
            done += 1
            if done == number:
                marker.touch()
                time.sleep(600)

    with create_app().app_context():
        migrations.upgrade()


if __name__ == "__main__":
    main()
