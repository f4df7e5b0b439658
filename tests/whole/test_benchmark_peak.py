"""What the benchmarks say of memory and time: one just started counts once, and the peer runs between ours."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from benchmarks import speed_runs
from benchmarks.peak_memory import PeakMemory
from benchmarks.synthetic_answers import DIMENSIONS, StoredEmbedder, WordModel

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks at Linux's /proc")


def sampled() -> float:
    found = PeakMemory()
    found.sample()
    return found.sampled


def test_processes_that_were_started_count() -> None:
    alone = sampled()
    held = "held = b'1' * 200_000_000; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert sampled() > alone + 0.15
        child.communicate(b"\n")


@pytest.mark.slow
def test_one_that_still_runs_its_parents_program_counts_once() -> None:
    held = np.ones(25_000_000)
    before = sampled()
    child = os.fork()
    if not child:
        time.sleep(60)  # as between its start and its own program, with its parent's memory
        os._exit(0)
    try:
        assert sampled() < before + 0.1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert held.all()


def test_the_peer_runs_between_two_runs_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([("ours", 10.0, 0.7), ("bertopic", 120.0, 2.0), ("ours", 14.0, 0.8)])

    def child(measure: str, count: int) -> speed_runs.Figures:
        expected, seconds, gigabytes = next(told)
        assert (measure, count) == (expected, 50)
        return {"seconds": seconds, "cpu_seconds": 2 * seconds, "gigabytes": gigabytes}

    monkeypatch.setattr(speed_runs, "run_child", child)
    found = {row.measure: row.ours for row in speed_runs.against_bertopic(50)}
    assert float(found["times as fast as BERTopic"]) == 10.0
    assert float(found["peak memory as a share of BERTopic's"]) == 0.4


def test_stored_vectors_that_lie_apart_are_found_too() -> None:
    model = WordModel()
    texts = [f"canbaba {'mapor ' * (number % 7)}{number}" for number in range(300)]
    stored = StoredEmbedder(model, texts)
    wanted = [*texts[::-3], "new", *texts[:40], texts[0], "new"]
    assert np.array_equal(stored.encode(wanted), model.encode(wanted))
    assert stored.encode([]).shape == (0, DIMENSIONS)
    assert stored.made == 1
