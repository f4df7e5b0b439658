"""Heartbeats of the workers, for health checks and metrics."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from survey.core.database import db, now, write_transaction
from survey.core.models import WorkerProcess

KEEP_FOR = timedelta(days=1)
MAX_NAME_CHARACTERS = 120
SILENT_AFTER = timedelta(minutes=3)
"""A worker without a heartbeat for this long does not count as live"""


def worker_name() -> str:
    """Return the name of this worker: host name and process id."""
    ending = f":{os.getpid()}"
    return socket.gethostname()[: MAX_NAME_CHARACTERS - len(ending)] + ending


def record_heartbeat(name: str, started_at: datetime, moment: datetime) -> None:
    """Record that a worker is alive, and delete workers that were not seen for a day."""
    with write_transaction(shown=False) as session:
        session.merge(WorkerProcess(name=name, started_at=started_at, seen_at=moment))
        session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at < moment - KEEP_FOR))


def count_live_workers() -> int:
    """Return the number of workers with a recent heartbeat."""
    lately = WorkerProcess.seen_at > now() - SILENT_AFTER
    return db.session.scalar(select(func.count()).select_from(WorkerProcess).where(lately)) or 0
