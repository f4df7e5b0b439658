"""Large arrays are on disk, keep their values, and an analysis finds the same with them."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from analysis.discovery import discover, micro_clusters, subthemes
from analysis.evidence import re_runs
from analysis.known_themes.codebook import Codebook
from analysis.naming import name_themes
from analysis.parallel import rows_on_disk
from analysis.parallel.rows_on_disk import let_go, zero_rows
from analysis.pipeline import analyse
from benchmarks.synthetic_answers import WordModel, generate_answers

MANY = 1000


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_on_disk, "ON_DISK_BYTES", 1000)


def resident_megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


def test_small_arrays_are_in_memory() -> None:
    assert not isinstance(zero_rows(10, 4), np.memmap)
    assert zero_rows(10, 4).shape == (10, 4)


def test_rows_keep_their_values_outside_the_memory(small_limit: None) -> None:
    rows = zero_rows(20_000, 512)
    assert not rows.any()
    rows[:] = np.arange(20_000, dtype=np.float32)[:, None]
    before = resident_megabytes()
    let_go(rows[:10])
    assert resident_megabytes() < before - 30
    assert np.array_equal(rows[:, 511], np.arange(20_000))


def test_without_room_on_the_disk_rows_are_in_memory(small_limit: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    rows = zero_rows(2000, 4)
    assert not isinstance(rows, np.memmap)
    let_go(rows)
    assert rows.shape == (2000, 4)


@pytest.mark.slow
def test_an_analysis_finds_the_same_with_vectors_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (re_runs, discover, micro_clusters, name_themes, subthemes):
        monkeypatch.setattr(module, "MAX_EXACT_POINTS", 200)  # as a large run goes
    monkeypatch.setattr(discover, "MICRO_CLUSTERS", 150)
    model = WordModel()
    answers = generate_answers(MANY, model)
    in_memory = analyse(answers, codebook=Codebook.empty(), embedder=model, re_runs=1)
    made: list[np.ndarray] = []

    def on_disk(count: int, width: int) -> np.ndarray:
        made.append(zero_rows(count, width))
        return made[-1]

    monkeypatch.setattr(rows_on_disk, "ON_DISK_BYTES", 1000)
    monkeypatch.setattr("analysis.embedding.encode.zero_rows", on_disk)
    found = analyse(answers, codebook=Codebook.empty(), embedder=model, re_runs=1)
    assert any(isinstance(rows, np.memmap) for rows in made)
    assert len(found.themes) > 5
    assert found.themes == in_memory.themes
    assert found.placements == in_memory.placements
    assert found.idea_map == in_memory.idea_map
    assert np.array_equal(found.centres.vectors, in_memory.centres.vectors)
