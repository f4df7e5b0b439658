"""Signs of life of the workers, for whoever watches over the site."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from survey.core.database import db, now, write_transaction
from survey.core.models import WorkerProcess

KEEP_FOR = timedelta(days=1)
MAX_NAME_CHARACTERS = 120


def worker_name() -> str:
    """This process among the workers: its machine and its number there."""
    ending = f":{os.getpid()}"
    return socket.gethostname()[: MAX_NAME_CHARACTERS - len(ending)] + ending


def record_heartbeat(name: str, started_at: datetime, moment: datetime) -> None:
    """Note that a worker lives at this moment, and forget those that were not seen for a day."""
    with write_transaction() as session:
        session.merge(WorkerProcess(name=name, started_at=started_at, seen_at=moment))
        session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at < moment - KEEP_FOR))


SILENT_AFTER = timedelta(minutes=3)
"""A worker that gave no sign of life for this long does not count"""


def count_live_workers() -> int:
    """How many workers gave a sign of life lately."""
    lately = WorkerProcess.seen_at > now() - SILENT_AFTER
    return db.session.scalar(select(func.count()).select_from(WorkerProcess).where(lately)) or 0
