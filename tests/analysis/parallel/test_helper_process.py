"""The helper process takes half of the work of many answers, with the same result; without it this process does all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analysis.known_themes.codebook import Codebook
from analysis.parallel import helper_process, workers
from analysis.parallel.helper_process import HelperProcess
from analysis.parallel.workers import open_workers
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Analysis
from analysis.text.parse_answers import parse_answers
from benchmarks.synthetic_answers import WordModel, generate_answers

MODEL = WordModel()
TEXTS = generate_answers(600, MODEL, seed=3)


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many texts are many here: more than a run needs to start a helper, and six parts to share."""
    monkeypatch.setattr(workers, "HELPER_MIN_ANSWERS", 400)
    monkeypatch.setattr("analysis.text.parse_answers.BATCH_TEXTS", 100)


def run(texts: list[str]) -> Analysis:
    return analyse(texts, codebook=Codebook.empty(), embedder=MODEL, re_runs=2)


def same(one: Analysis, other: Analysis) -> bool:
    return (one.themes, one.placements, one.ideas, one.settings) == (
        other.themes,
        other.placements,
        other.ideas,
        other.settings,
    )


@contextmanager
def helper() -> Iterator[HelperProcess]:
    started = HelperProcess()
    try:
        yield started
    finally:
        started.shutdown()


def gone(process: int) -> bool:
    """Whether a process ends within seconds."""
    for _ in range(600):
        try:
            if Path("/proc", str(process), "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_a_run_is_the_same_with_and_without_a_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    class Seen(HelperProcess):
        def __init__(self) -> None:
            super().__init__()
            started.append(self._process.pid)

    monkeypatch.setattr(workers, "HelperProcess", Seen)
    monkeypatch.setattr(workers, "available_cores", lambda: 2)
    together = run(TEXTS)
    assert len(started) == 1
    assert all(map(gone, started))
    monkeypatch.setattr(workers, "available_cores", lambda: 1)
    assert same(run(TEXTS), together)
    assert len(started) == 1


@pytest.mark.slow
def test_few_answers_do_not_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "HelperProcess", lambda: pytest.fail("a process for few answers"))
    assert run(TEXTS[:300]).themes


def test_where_it_cannot_be_started_this_process_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "available_cores", lambda: 2)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with open_workers(len(TEXTS)) as alone:
        assert alone.executor is None
        assert list(alone.map(divmod, [7, 8], [2, 2])) == [(3, 1), (4, 0)]


def test_it_leaves_the_cores_to_others() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with helper() as second:
        assert second.submit(os.getpriority, os.PRIO_PROCESS, 0).result() == min(19, own + helper_process.NICENESS)


@pytest.mark.slow
def test_what_it_loses_is_done_here() -> None:
    expected = parse_answers(TEXTS, ignore_progress)
    with helper() as second:
        os.kill(second._process.pid, signal.SIGKILL)
        assert parse_answers(TEXTS, ignore_progress, executor=second) == expected
    with helper() as second:

        def kill(stage: str, done: int, total: int) -> None:
            if done > 200:
                os.kill(second._process.pid, signal.SIGKILL)

        assert parse_answers(TEXTS, kill, executor=second) == expected


def test_what_fails_there_fails_here() -> None:
    with helper() as second:
        with pytest.raises(ZeroDivisionError):
            list(second.map(divmod, [1, 2, 3], [1, 1, 0]))
        assert list(second.map(divmod, [7, 8, 9], [2, 2, 2])) == [(3, 1), (4, 0), (4, 1)]


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "import time; from analysis.parallel.helper_process import HelperProcess\n"
        "second = HelperProcess(); second.submit(time.sleep, 60)\n"
        "print(second._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.5)
        assert Path("/proc", str(child)).exists()
        parent.kill()
    assert gone(child)


def test_it_starts_where_the_program_came_from_standard_input() -> None:
    code = (
        "from analysis.parallel.helper_process import HelperProcess\n"
        "second = HelperProcess()\nprint(second.submit(divmod, 7, 2).result())\nsecond.shutdown()\n"
    )
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "(3, 1)\n"
