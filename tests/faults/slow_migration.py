"""`flask --app app migrate` that comes to a stand before its nth change of a table, for whoever kills it there.

    python tests/faults/slow_migration.py

For each line it reads (as JSON: its log, its environment, NUMBER, MARKER) it forks a process that migrates; it answers
with the number of the process. So what takes seconds to import is imported once. The fault is put in from here: the
migrations have no hooks for tests.
"""

from __future__ import annotations

import json
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
        log, environ, number, marker = json.loads(line)
        pid = os.fork()
        if pid == 0:
            file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.dup2(file, 1)
            os.dup2(file, 2)
            os.environ.clear()
            os.environ.update(environ)
            migrate(number, Path(marker))
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
