"""`flask --app app migrate` that comes to a stand before its nth change of a table, for whoever kills it there.

    python tests/faults/slow_migration.py NUMBER MARKER [REVISION]

The fault is put in from here: the migrations have no hooks for tests.
"""

from __future__ import annotations

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
    """Count the changes, stand still at one of them."""
    number, marker = int(sys.argv[1]), Path(sys.argv[2])
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
        migrations.upgrade(sys.argv[3] if len(sys.argv) > 3 else "heads")
    marker.with_suffix(".done").touch()


if __name__ == "__main__":
    main()
