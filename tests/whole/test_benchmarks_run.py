"""Every benchmark still runs, on made-up data and at its smallest size. What it finds there means nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import benchmarks.__main__ as all_of_quality
import survey.worker.worker
from benchmarks import (
    blind_check,
    discovery,
    growing_surveys,
    half_coded,
    identity,
    languages,
    late_answers,
    owner_edits,
    packaged_codebooks,
    quick,
    shelf,
    speed,
    speed_import,
    speed_runs,
    stability,
    stances,
    stored_vectors,
    surveys_by_hand,
    teaching,
    theme_doctor,
    theme_names,
    two_points,
    visits,
    waiting,
)
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.import_files import FORMATS
from benchmarks.place import Place
from benchmarks.result_table import Row
from benchmarks.synthetic_answers import WordModel
from survey.core import sqlite
from survey.core.settings import PROJECT
from tests.support.coded_data import make_coded_data

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::RuntimeWarning")]
FEW = 60
SMALL: dict[ModuleType, dict[str, object]] = {
    blind_check: {"CHECKS": 20, "RESAMPLES": 20, "SIZES": (12,)},
    discovery: {"DRAWS": 2, "SAMPLES": 1, "SHUFFLES": 1},
    growing_surveys: {"STAGES": (14, 30), "read_surveys": lambda read=surveys_by_hand.read_surveys: read()[::4]},
    half_coded: {
        "DRAWS": 1,
        "ANSWERS": FEW,
        "INTENTS": 6,
        "read_surveys": lambda read=surveys_by_hand.read_surveys: read()[::4],
    },
    identity: {"TRIES": 1},
    languages: {"DRAWS": 1, "MIXED_DRAWS": 1},
    late_answers: {"DRAWS": 1, "MANY": 20, "EVEN": 10, "FEW": 5},
    owner_edits: {
        "EDITS": dict(list(owner_edits.EDITS.items())[:2]),
        "read_sets": lambda folder, read=owner_edits.read_sets: list(read(folder))[:2],
    },
    packaged_codebooks: {"BY_HAND": ("course",)},
    shelf: {
        "packaged": lambda: ("relationships", "workplace"),
        "own_answers": lambda read=shelf.own_answers: read()[:2],
        "data_sets": lambda folder, read=shelf.data_sets: read(folder)[:2],
    },
    speed_runs: {"STEPS": (FEW, 2 * FEW)},
    stability: {"SAMPLES": {36: 1}, "FRESH_RUNS": 2, "ANALYSIS_RUNS": 2},
    stances: {"read_sides": lambda path, read=stances.read_sides: read(path)[:3]},
    stored_vectors: {"DRAWS": 1},
    surveys_by_hand: {"read_surveys": lambda read=surveys_by_hand.read_surveys: read()[::4]},
    teaching: {"SEEDS": range(5, 6), "SEEN_TOPICS": 2},
    theme_doctor: {"BATCHES": (30, FEW), "DRAWS": 1, "SMALL": (24, 4), "LARGE": (40, 6)},
    theme_names: {"ANSWERS": FEW, "CODES": 6, "DRAWS": 1, "TITLES": FEW},
    two_points: {"DRAWS": 1, "read_surveys": lambda read=surveys_by_hand.read_surveys: read()[::4]},
    visits: {"READERS": 3},
    waiting: {"SEND_SECONDS": 0.5},
}
SPEED: dict[str, dict[str, object]] = {
    "placing_latency": {},
    "speed_embedding": {"answers": 8, "rounds": 1, "own": True},
    "speed_import": {"answers": FEW, "rounds": 1},
    "speed_pages": {"answers": FEW, "rounds": 1, "visits": 1},
    "speed_posts": {"answers": 60, "rounds": 1, "most": 50},
    "speed_readers": {"answers": FEW, "rounds": 1, "visits": 1},
    "speed_search": {"answers": FEW},
    "speed_small_runs": {"answers": FEW, "rounds": 1},
    "speed_workbench": {"answers": 200},
}
"""The smallest sizes of what measures speed"""
COMMANDS = {
    "advice": [],
    "answer_languages": [],
    "encodings": [],
    "growing_surveys": [],
    "half_coded": [],
    "late_answers": [],
    "idea_boundaries": ["--libraries", "--wrong"],
    "name_words": [],
    "nonanswers": [],
    "place_known": [],
    "shelf": [],
    "stability": [],
    "stored_vectors": [],
    "surveys_by_hand": [],
    "theme_doctor": [],
    "two_points": [],
}
"""What prints more than its rows, with its options"""
PROCESSES = {"speed_import", "speed_pages", "speed_posts", "speed_readers", "speed_search", "speed_workbench"}
PARTS = {
    "advice_points", "as_installed", "bare_handler", "baseline", "cached_embedder", "command", "data", "found_themes",
    "import_files", "kept_bytes", "load", "load_texts", "measures", "noise", "peak_memory", "place", "quick",
    "result_table", "rounds", "speed", "synthetic_answers", "visits",
}  # fmt: skip
"""Modules that measure nothing by themselves"""
ELSEWHERE = {"dask_workers", "large_site", "large_surveys", "speed_starting"}
"""Modules whose smallest size takes too long here"""


class Baseline:
    """What stands for BERTopic where it is not installed: it has its form and puts every second text in a topic."""

    def __init__(self, verbose: bool) -> None:
        self.topic_labels_ = {0: "0_buses_bins_lamps_books", 1: "1_paths_music_tools_maps"}

    def fit_transform(self, texts: Sequence[str], embeddings: object) -> tuple[list[int], None]:
        return [number % 2 for number in range(len(texts))], None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_coded_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def place(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One for all measurements of speed: a site that one of them has filled serves the next."""
    return Place(folder, tmp_path_factory.mktemp("sites"))


@pytest.fixture(scope="module")
def embedder() -> CachedEmbedder:
    return CachedEmbedder(WordModel())


@pytest.fixture(autouse=True)
def smallest(monkeypatch: pytest.MonkeyPatch, embedder: CachedEmbedder) -> Iterator[None]:
    for module, values in SMALL.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(sqlite, "PRAGMAS", (*sqlite.PRAGMAS, "synchronous=OFF"))
    worker = survey.worker.worker.__dict__
    monkeypatch.setitem(worker, "load", worker["load"])  # some replace it
    if find_spec("bertopic") is None:
        peer = ModuleType("bertopic")
        peer.__dict__["BERTopic"] = Baseline
        monkeypatch.setitem(sys.modules, "bertopic", peer)
    state = np.random.get_state()
    yield
    np.random.set_state(state)


def named(measure: Callable[..., list[Row]]) -> str:
    return f"{measure.__module__.rpartition('.')[2]}.{measure.__name__}"


@pytest.mark.parametrize("measure", [measure for _, measure in all_of_quality.MEASURES], ids=named)
def test_a_measurement_of_quality(
    measure: Callable[[Path, CachedEmbedder], list[Row]], folder: Path, embedder: CachedEmbedder
) -> None:
    assert measure(folder, embedder)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command(
    name: str,
    folder: Path,
    embedder: CachedEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = import_module(f"benchmarks.{name}")
    if hasattr(module, "load"):
        monkeypatch.setattr(module, "load", lambda *model: embedder)
    takes_data = "--data" in (module.__doc__ or "")
    monkeypatch.setattr(sys, "argv", [name, *(["--data", str(folder)] if takes_data else []), *COMMANDS[name]])
    module.main()
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.server] * (name in PROCESSES)) for name in SPEED]
)
def test_a_measurement_of_speed(name: str, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "speed_import":
        monkeypatch.setattr(speed_import, "FORMATS", dict(list(FORMATS.items())[:2]))
    module = import_module(f"benchmarks.{name}")
    rows = module.rows(place, **SPEED[name])
    assert rows
    assert all(row.ours for row in rows)


def test_runs_of_growing_numbers_of_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {row.n for row in speed_runs.growth(million=False)} == {str(FEW), str(2 * FEW)}
    monkeypatch.setattr(speed_runs, "DEFAULT", "none")
    monkeypatch.setattr(speed_runs, "run_child", lambda measure, count: speed_runs.MEASURES[measure](count))
    assert speed_runs.placing_new_answers(2 * FEW)


@pytest.mark.server
def test_waiting_during_a_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["waiting", "--data", str(folder), "--answers", "260"])
    waiting.main()
    assert "new answers of B" in capsys.readouterr().out


def test_the_intervals_of_blind_checks(capsys: pytest.CaptureFixture[str]) -> None:
    blind_check.coverage()
    assert "BCa" in capsys.readouterr().out


def test_every_module_of_the_benchmarks_runs_here() -> None:
    there = {path.stem for path in (PROJECT / "benchmarks").glob("*.py")} - {"__init__", "__main__"}
    quality = {measure.__module__.rpartition(".")[2] for _, measure in all_of_quality.MEASURES}
    assert there - ELSEWHERE == quality | SPEED.keys() | COMMANDS.keys() | PARTS | {"speed_runs", "waiting"}


def test_what_the_two_commands_list_is_there_with_its_sizes() -> None:
    for module, sizes in [*speed.MEASURES.items(), *quick.MEASURES.items()]:
        assert module in {*SPEED, *ELSEWHERE, "speed_runs"}
        assert sizes.keys() <= signature(import_module(f"benchmarks.{module}").rows).parameters.keys()
