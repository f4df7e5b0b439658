"""Counting: shared by threads and processes, over when its time is, and nobody can be read from it."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from flask import Flask
from limits.storage import storage_from_string

from benchmarks.place import free_port
from survey.web import rate_limits as module
from survey.web.rate_limits import FileStorage, RateLimiter, Rule
from survey.worker.worker import Worker

RULE = Rule("test", 10, 1)
ADDRESS = "203.0.113.77"


def counted(path: str, times: int) -> int:
    """How many of so many counts were within the rule, by a throttle of its own."""
    own = RateLimiter(FileStorage(Path(path)))
    return sum(own.hit(RULE, ADDRESS) for _ in range(times))


def test_threads_count_together(tmp_path: Path) -> None:
    shared = RateLimiter(FileStorage(tmp_path / "limits"))
    with ThreadPoolExecutor(8) as pool:
        within = list(pool.map(lambda _: shared.hit(RULE, ADDRESS), range(40)))
    assert sum(within) == RULE.max_hits


@pytest.mark.slow
def test_processes_count_together(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        within = pool.starmap(counted, [(str(tmp_path / "limits"), 15)] * 2)
    assert sum(within) == RULE.max_hits


def test_each_is_counted_alone_until_it_is_forgotten(tmp_path: Path) -> None:
    own = RateLimiter(FileStorage(tmp_path / "limits"))
    assert [own.hit_count(RULE, ADDRESS) for _ in range(RULE.max_hits)] == list(range(1, RULE.max_hits + 1))
    assert not own.hit(RULE, ADDRESS)
    assert own.hit(RULE, "somebody else")
    assert own.hit(Rule("other", 10, 1), ADDRESS)
    own.clear(RULE, ADDRESS)
    assert own.hit_count(RULE, ADDRESS) == 1


def test_a_count_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = RateLimiter(FileStorage(tmp_path / "limits"))
    assert [own.hit(RULE, ADDRESS) for _ in range(11)][-1] is False
    moment = time.time()
    monkeypatch.setattr("survey.web.rate_limits.time.time", lambda: moment + 61)
    assert own.hit(RULE, ADDRESS)


def in_folder(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def kept(folder: Path) -> tuple[list[str], list[str], list[bytes]]:
    """The counts and the days with a key that the file has, and those keys."""
    file = sqlite3.connect(folder / "limits")
    counts = [key for (key,) in file.execute("SELECT key FROM hit")]
    days, keys = [], []
    for day, key in file.execute("SELECT day, key FROM day_key ORDER BY day"):
        days.append(day)
        keys.append(key)
    file.close()
    return counts, days, keys


def test_ended_counts_are_deleted_by_the_next_that_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = RateLimiter(FileStorage(tmp_path / "limits"))
    own.hit(RULE, "one")
    own.hit(RULE, "two")
    moment = time.time()
    monkeypatch.setattr("survey.web.rate_limits.time.time", lambda: moment + 61)
    own.hit(RULE, "three")
    assert len(kept(tmp_path)[0]) == 1


def test_nobody_can_be_read_from_the_file_and_tomorrow_the_key_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = RateLimiter(FileStorage(tmp_path / "limits"))
    own.hit(RULE, ADDRESS)
    counts, _, keys = kept(tmp_path)
    monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + timedelta(days=1))
    own.hit(RULE, ADDRESS)
    content = in_folder(tmp_path)
    assert ADDRESS.encode() not in content
    later_counts, _, later_keys = kept(tmp_path)
    assert len(later_counts) == 2
    assert set(counts) < set(later_counts)
    assert not set(keys) & set(later_keys)


def test_a_quiet_site_keeps_neither_ended_counts_nor_yesterdays_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the file, nor in its free pages, nor in the log beside it, while the processes that counted live on."""
    web = RateLimiter(FileStorage(tmp_path / "limits"))
    for number in range(300):
        web.hit(RULE, f"203.0.113.{number}")
    (counts, days, (key,)) = kept(tmp_path)
    assert (len(counts), len(days)) == (300, 1)
    assert key in in_folder(tmp_path)
    assert counts[150].encode() in in_folder(tmp_path)
    moment = time.time()
    monkeypatch.setattr("survey.web.rate_limits.time.time", lambda: moment + 24 * 60 * 60)
    RateLimiter(FileStorage(tmp_path / "limits")).sweep()
    content = in_folder(tmp_path)
    assert key not in content
    assert [count for count in counts if count.encode() in content] == []


def test_what_an_earlier_version_left_in_free_pages_goes(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "limits")
    old.execute("PRAGMA secure_delete=OFF")
    old.execute("CREATE TABLE hit (key TEXT PRIMARY KEY, hits INTEGER, ends REAL) WITHOUT ROWID")
    old.executemany("INSERT INTO hit VALUES (?, 1, 1)", [(f"an old hash {number:05}",) for number in range(2000)])
    old.commit()
    old.execute("DELETE FROM hit")
    old.commit()
    old.close()
    assert b"an old hash 01500" in in_folder(tmp_path)
    RateLimiter(FileStorage(tmp_path / "limits")).sweep()
    assert b"an old hash" not in in_folder(tmp_path)


def test_the_worker_sweeps(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(sqlite_app.instance_path)
    worker = Worker(sqlite_app)
    worker.sweep()
    assert not (folder / "limits.sqlite3").exists(), "a worker on a machine of its own makes no file"
    with sqlite_app.app_context():
        module.rate_limiter().hit(RULE, ADDRESS)
    moment = time.time()
    monkeypatch.setattr("survey.web.rate_limits.time.time", lambda: moment + 61)
    worker.sweep()
    file = sqlite3.connect(folder / "limits.sqlite3")
    assert file.execute("SELECT count(*) FROM hit").fetchone() == (0,)
    file.close()


def test_the_key_is_read_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileStorage(tmp_path / "limits")
    asked: list[str] = []
    day_key = storage.day_key
    monkeypatch.setattr(storage, "day_key", lambda day: asked.append(day) or day_key(day))  # type: ignore[func-returns-value]
    own = RateLimiter(storage)
    for _ in range(5):
        own.hit(RULE, ADDRESS)
    assert len(asked) == 1


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own that keeps nothing on the disk."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server was found: install it (Debian: apt-get install redis-server)")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            client = redis.Redis(port=port)
            for _ in range(100):
                with suppress(redis.ConnectionError):
                    client.ping()
                    break
                time.sleep(0.05)
            client.close()
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(10)


def test_on_redis_machines_share_the_key_which_ends_with_its_day(redis_url: str) -> None:
    machines = [RateLimiter(storage_from_string(redis_url, wrap_exceptions=True)) for _ in range(2)]
    within = [machine.hit(RULE, ADDRESS) for _ in range(8) for machine in machines]
    assert sum(within) == RULE.max_hits
    client = redis.Redis.from_url(redis_url)
    names = sorted(client.scan_iter())
    [name] = [name for name in names if b"day-key" in name]
    assert 0 < client.ttl(name) <= 24 * 60 * 60
    assert len(names) == 2
    assert all(client.ttl(name) > 0 for name in names)
    assert not any(ADDRESS.encode() in name for name in names)
    client.close()


def test_where_redis_is_gone_nothing_is_refused() -> None:
    own = RateLimiter(storage_from_string(f"redis://127.0.0.1:{free_port()}/0", wrap_exceptions=True))
    assert [own.hit(Rule("one", 1, 1), ADDRESS) for _ in range(3)] == [True] * 3
    own.sweep()
