"""Load for minutes on end: memory, open files and the WAL file stay bounded."""

from __future__ import annotations

import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from survey.core.database import db
from survey.runs import lifecycle as runs
from tests.faults.running_site import SLUG, chosen, figure, fill, running_site, signed_in, survey_id
from tests.faults.under_load import TAKEN, assert_kept, begin

SECONDS = chosen(14, 300)
WARM = chosen(5, 60)
MEGABYTE = 1024 * 1024
WAL_MOST = 16 * MEGABYTE
"""SQLite begins the file again at 1,000 pages (4 MB) whenever no reader holds on to it."""
GROWS_MOST = chosen(40, 60) * MEGABYTE
FILES_MOST = 20


def test_a_soak(tmp_path: Path) -> None:
    with running_site(tmp_path, run_delay=5) as site:
        fill(site, ["Listening", "Honesty", "We laugh a lot"])
        web = site.start_web()
        owner = signed_in(site)
        with site.app.app_context():
            runs.request_run_now(survey_id(site))
            db.session.close()
        worker = site.start_worker()
        processes = {f"web {one.pid}": one for one in site.web_workers(web)}
        processes["worker"] = psutil.Process(worker.pid)
        under_way = begin(site, posts=SECONDS * 30, clients=4, pause=0.15, most_seconds=SECONDS)
        begun = time.monotonic()
        first: dict[str, tuple[int, int]] = {}
        last: dict[str, tuple[int, int]] = {}
        wal = 0
        while time.monotonic() - begun < SECONDS - 1:
            time.sleep(1)
            owner.open(f"{site.base}/manage/{SLUG}").read()
            wal = max(wal, (tmp_path / "threads.sqlite3-wal").stat().st_size)
            last = {name: (one.memory_info().rss, one.num_fds()) for name, one in processes.items()}
            if not first and time.monotonic() - begun > WARM:
                first = last
        result = under_way.wait()
        assert_kept(site, result)
        assert set(result.statuses) <= {200, TAKEN}
    grown = {name: last[name][0] - first[name][0] for name in first}
    figure(
        "a soak",
        seconds=SECONDS,
        wal_most_megabytes=round(wal / MEGABYTE, 1),
        memory_megabytes={name: [round(first[name][0] / MEGABYTE), round(last[name][0] / MEGABYTE)] for name in first},
        open_files={name: [first[name][1], last[name][1]] for name in first},
        **{key: value for key, value in result.said().items() if key != "seconds"},
    )
    assert wal < WAL_MOST
    assert all(more < GROWS_MOST for name, more in grown.items() if name != "worker")
    assert all(last[name][1] - first[name][1] < FILES_MOST for name in first)
