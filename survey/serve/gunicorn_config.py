"""How gunicorn serves the site: `gunicorn -c python:survey.serve.gunicorn_config "app:create_app()"`.

What is given on gunicorn's command line goes before what stands here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from survey.core.settings import SettingsError
from survey.serve import startup
from survey.web import logging_setup

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
COUNTED = ("counter", "histogram")
"""The kinds of counts that survey/operations/metrics.py has, which are what prometheus_client names its files by"""
COUNTS_BYTES = 1024 * 1024
"""With which prometheus_client's files begin, and far more than our counts need"""

try:
    _chosen = startup.begin()
except SettingsError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
_counts = Path(os.environ.setdefault(FOLDER, str(_chosen.folder / "metrics")))

bind = f"{_chosen.host}:5000"
workers = 2
worker_class = "survey.serve.gunicorn_worker.GatheringWorker"
threads = _chosen.web_threads
# Of each process, most of which wait for their clients and hold no thread (survey/serve/gunicorn_worker.py).
worker_connections = 500
graceful_timeout = 10
# A connection for each request, as nginx makes them: kept open, most gather at one process while the other has no work.
keepalive = 0
# Gunicorn would open a socket in the home folder by which it can be steered: nobody here uses it, and where all is
# read-only it logs an error at each start.
control_socket_disable = True
# Lines and headers that no browser of ours sends; gunicorn answers 400 by itself.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
logconfig_dict = logging_setup.configuration(_chosen.log)


def on_starting(server: Any) -> None:
    """Begin with empty counts: what processes counted that are gone would be added for ever."""
    _counts.mkdir(parents=True, exist_ok=True)
    for left in _counts.glob("*.db"):
        left.unlink()


def post_fork(server: Any, worker: Any) -> None:
    """Take the room on the disk for what this process will count: its files are mapped into memory, and where the disk
    is full a count in a part of them that has no room yet would end the process.
    """
    files = [_counts / f"{kind}_{worker.pid}.db" for kind in COUNTED]
    try:
        for path in files:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, COUNTS_BYTES)
    except OSError:
        worker.log.exception("There is no room in %s: this process counts its requests for itself alone.", _counts)
        del os.environ[FOLDER]
        for path in files:
            path.unlink(missing_ok=True)


def child_exit(server: Any, worker: Any) -> None:
    """A web process is gone: its gauges no longer count."""
    # Imported only now: prometheus_client decides when it is imported whether counts go to files.
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
