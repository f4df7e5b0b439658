"""Counting: shared by threads and processes, over when its time is, and nobody can be read from it."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from survey import throttle as module
from survey.throttle import FileStorage, Rule, Throttle

RULE = Rule("test", 10, 1)
ADDRESS = "203.0.113.77"


def counted(path: str, times: int) -> int:
    """How many of so many counts were within the rule, by a throttle of its own."""
    own = Throttle(FileStorage(Path(path)), "key")
    return sum(own.count(RULE, ADDRESS) for _ in range(times))


def test_threads_count_together(tmp_path: Path) -> None:
    shared = Throttle(FileStorage(tmp_path / "limits"), "key")
    with ThreadPoolExecutor(8) as pool:
        within = list(pool.map(lambda _: shared.count(RULE, ADDRESS), range(40)))
    assert sum(within) == RULE.most


def test_processes_count_together(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        within = pool.starmap(counted, [(str(tmp_path / "limits"), 15)] * 2)
    assert sum(within) == RULE.most


def test_the_file_is_free_before_a_count_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_MILLISECONDS", 50)
    first, other = FileStorage(tmp_path / "limits"), FileStorage(tmp_path / "limits")
    assert other.incr("key", 60) == 1

    class ThenAnotherProcess:
        """The turn of the first one, at whose end another process counts."""

        def __enter__(self) -> None: ...

        def __exit__(self, *error: object) -> None:
            assert other.incr("key", 60) == 3

    monkeypatch.setattr(first, "_turn", ThenAnotherProcess())
    assert first.incr("key", 60) == 2
    assert other.get("key") == 3


def test_each_is_counted_alone_until_it_is_forgotten(tmp_path: Path) -> None:
    own = Throttle(FileStorage(tmp_path / "limits"), "key")
    assert [own.counted(RULE, ADDRESS) for _ in range(RULE.most)] == list(range(1, RULE.most + 1))
    assert not own.count(RULE, ADDRESS)
    assert own.count(RULE, "somebody else")
    assert own.count(Rule("other", 10, 1), ADDRESS)
    own.forget(RULE, ADDRESS)
    assert own.counted(RULE, ADDRESS) == 1


def test_a_count_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Throttle(FileStorage(tmp_path / "limits"), "key")
    assert [own.count(RULE, ADDRESS) for _ in range(11)][-1] is False
    moment = time.time()
    monkeypatch.setattr("survey.throttle.time.time", lambda: moment + 61)
    assert own.count(RULE, ADDRESS)


def test_ended_counts_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SWEEP_EVERY", 3)
    own = Throttle(FileStorage(tmp_path / "limits"), "key")
    own.count(RULE, "one")
    own.count(RULE, "two")
    moment = time.time()
    monkeypatch.setattr("survey.throttle.time.time", lambda: moment + 61)
    own.count(RULE, "three")
    with sqlite3.connect(tmp_path / "limits") as file:
        assert file.execute("SELECT count(*) FROM hit").fetchone() == (1,)


def test_nobody_can_be_read_from_the_file_and_tomorrow_the_key_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Throttle(FileStorage(tmp_path / "limits"), "key")
    own.count(RULE, ADDRESS)
    monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + timedelta(days=1))
    own.count(RULE, ADDRESS)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ADDRESS.encode() not in content
    with sqlite3.connect(tmp_path / "limits") as file:
        assert len(file.execute("SELECT key FROM hit").fetchall()) == 2
