"""Configuration of gunicorn: `gunicorn -c python:survey.serve.gunicorn_config "app:create_app()"`.

Options on gunicorn's command line override these.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

from analysis.parallel.memory import share_one_pool
from survey.core.settings import SettingsError
from survey.serve import outgoing, startup
from survey.web import logging_setup

METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
METRIC_TYPES = ("counter", "histogram")
"""The types of metrics in survey/operations/metrics.py, by which prometheus_client names its files"""
METRICS_FILE_BYTES = 1024 * 1024
"""Initial size of a file of prometheus_client, far more than our metrics need"""
GC_THRESHOLD = 10_000
"""New objects after which garbage is collected"""

try:
    _chosen = startup.begin()
except SettingsError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
_counts = Path(os.environ.setdefault(METRICS_FOLDER_VARIABLE, str(_chosen.folder / "metrics")))

bind = f"{_chosen.host}:5000"
workers = 2
worker_class = "survey.serve.gunicorn_worker.BufferingWorker"
threads = _chosen.web_threads
# Connections of each process; most wait for their client and use no thread (survey/serve/gunicorn_worker.py).
worker_connections = 500
graceful_timeout = 10
# One connection for each request, as nginx does: kept open, most would stay with one process while the other is idle.
keepalive = 0
# Nobody uses the control socket, which gunicorn opens in the home folder; on a read-only system it logs an error.
control_socket_disable = True
# Limits far above what browsers send; gunicorn itself responds with 400.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
logconfig_dict = logging_setup.configuration(_chosen.log)


def on_starting(server: Any) -> None:
    """Make the folder of the metrics."""
    share_one_pool()
    _counts.mkdir(parents=True, exist_ok=True)


def when_ready(server: Any) -> None:
    """Once the port is bound, delete the metrics of processes that are no more, which would be added for ever."""
    for left in _counts.glob("*.db"):
        if not _is_alive(int(left.stem.rpartition("_")[2])):
            left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:  # also another user's: none of this site's
        return False
    return True


def post_worker_init(worker: Any) -> None:
    """Collect garbage less often than Python's default, and never among modules and the site, which stay.

    A theme page of 100,000 answers took 806 ms with 50 readers at once, and 707 ms with this (medians of two runs).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


def post_fork(server: Any, worker: Any) -> None:
    """Say where unread responses are kept (/tmp may be memory), and allocate the disk space for metrics.

    The files are memory-mapped: on a full disk, writing to a part without allocated space would kill the process.
    """
    outgoing.ROOM.folder = _chosen.folder
    files = [_counts / f"{kind}_{worker.pid}.db" for kind in METRIC_TYPES]
    try:
        for path in files:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, METRICS_FILE_BYTES)
    except OSError:
        worker.log.exception("No disk space in %s: the metrics of this process are not shared.", _counts)
        del os.environ[METRICS_FOLDER_VARIABLE]
        for path in files:
            path.unlink(missing_ok=True)


def child_exit(server: Any, worker: Any) -> None:
    """Remove the gauges of a web process that ended."""
    # Imported here, because prometheus_client decides at import time whether metrics go to files.
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
