"""Measure the time and memory of runs and their growth, on synthetic answers and without a model.

    python -m benchmarks.speed_runs [--million] [--answers 100000]

Each measurement runs in a process of its own, because peak memory is that of a process. Seconds differ between
machines and hours; ratios, whose two figures come from the same run, differ much less.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from analysis.arrays import unit
from analysis.discovery.answer_context import multi_idea_answers
from analysis.embedding.models import load
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.large.analyse_large import analyse_large
from analysis.large.sizes import MAX_WHOLE_ANSWERS
from analysis.new_answers import Themes, place_new_answers
from analysis.parallel.memory import trim_memory
from analysis.parallel.workers import open_workers
from analysis.pipeline import analyse
from analysis.progress import Stage, ignore_progress
from analysis.results import Analysis, Centres, Position
from analysis.standing.partition import standing_of
from analysis.text.normalise import fold
from analysis.text.parse_answers import parse_answers
from benchmarks.command import finish
from benchmarks.peak_memory import watch_peak
from benchmarks.place import DATA_FOLDER, Place
from benchmarks.result_table import Row, at_least, at_most
from benchmarks.rounds import cpu_seconds
from benchmarks.synthetic_answers import ALL_ENCODERS, StoredEmbedder, WordModel, generate_answers

COMPARED = 100_000  # answers on which BERTopic runs too
STEPS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
NEW_SHARE, EXISTING_THEMES = 0.01, 100
RATE_TEXTS, RATE_BATCH = 4000, 1000  # texts on which the speed of the model is measured, and their batch size
DATA = "made-up answers"
WORK = "the same in seconds of work of all cores"  # processor time: other processes affect it less

# Not with -m, which would load this module twice, as __main__ and as benchmarks.speed_runs.
CHILD_CODE = (
    "import json, sys; from benchmarks.speed_runs import MEASURES; "
    "print(json.dumps(MEASURES[sys.argv[1]](int(sys.argv[2]))))"
)

AS_INSTALLED = "from benchmarks.as_installed import hide; hide(); "

Figures = dict[str, float]


def rows(_: Place, answers: int = COMPARED, *, million: bool = False) -> list[Row]:
    """Run all measurements of this module."""
    return [*against_bertopic(answers), *growth(million=million), *placing_new_answers(answers)]


def against_bertopic(count: int = COMPARED) -> list[Row]:
    """Compare a run from stored vectors to named themes with BERTopic, with its defaults, on the same answers.

    Ours has vectors as long as those of all packaged encoders together, BERTopic as long as MiniLM's.
    Ours runs before BERTopic and after it; time is the mean of both, so that a machine that slows down meanwhile
    favours neither. Memory is the larger of both.
    """
    before, baseline, after = run_child("ours", count), run_child("bertopic", count), run_child("ours", count)
    own = {name: (before[name] + after[name]) / 2 for name in ("seconds", "cpu_seconds")}
    own["gigabytes"] = max(before["gigabytes"], after["gigabytes"])
    faster = baseline["seconds"] / own["seconds"]
    memory_share = own["gigabytes"] / baseline["gigabytes"]
    return [
        at_least(DATA, str(count), "seconds from stored vectors to named themes with quotes", own["seconds"], None,
                 baseline["seconds"]),
        at_least(DATA, str(count), "times as fast as BERTopic", faster, 15.0),
        at_least(DATA, str(count), WORK, baseline["cpu_seconds"] / own["cpu_seconds"], None),
        at_least(DATA, str(count), "peak memory, GB", own["gigabytes"], None, baseline["gigabytes"]),
        at_most(DATA, str(count), "peak memory as a share of BERTopic's", memory_share, 1 / 3),
    ]  # fmt: skip


def growth(*, million: bool) -> list[Row]:
    """Measure time and memory at growing numbers of answers."""
    table: list[Row] = []
    before: Figures = {}
    for count in (*STEPS, MILLION) if million else STEPS:
        own = run_child("ours", count)
        seconds, gigabytes = (60.0, 3.0) if count == MILLION else (None, None)
        table.append(at_most(DATA, str(count), "seconds, vectors stored", own["seconds"], seconds))
        table.append(at_most(DATA, str(count), "peak memory, GB", own["gigabytes"], gigabytes))
        if before:
            ratio = own["seconds"] / before["seconds"]
            table.append(at_most(DATA, str(count), "times the seconds of a tenth of them", ratio, 11.0))
            work = own["cpu_seconds"] / before["cpu_seconds"]
            table.append(at_most(DATA, str(count), WORK, work, None))
        before = own
    return table


def placing_new_answers(count: int = COMPARED) -> list[Row]:
    """Compare placing 1 % new answers with a full run that encodes everything and one with stored vectors."""
    figures = run_child("new_answers", count)
    full = figures["analysis"] + figures["to_make"] / figures["rate"]
    again = figures["again"] + figures["to_make_again"] / figures["rate"]
    work = figures["new_work"] / (figures["analysis_work"] + figures["to_make"] / figures["rate_work"])
    new = f"{round(NEW_SHARE * count)} new"
    return [
        at_most(DATA, str(count), f"seconds of a full run; vectors made at {figures['rate']:.0f}/s", full, None),
        at_most(
            DATA, new, f"seconds of placing them beside {EXISTING_THEMES} themes, vectors made", figures["new"], None
        ),
        at_most(DATA, new, "placing them as a share of a full run", figures["new"] / full, 0.02),
        at_most(DATA, new, WORK, work, None),
        at_most(DATA, new, "a whole analysis anew as a share of a full run", again / full, None),
    ]


def _ours(count: int) -> Figures:
    """Run one analysis as `python -m analysis` does, with stored vectors: of a million answers by a sample."""
    model = WordModel(ALL_ENCODERS)
    texts = generate_answers(count, model)
    stored = StoredEmbedder(model, encoded_texts(texts, contexts=count <= MAX_WHOLE_ANSWERS))
    trim_memory()
    with watch_peak() as memory:
        clock = _Clock()
        analyse_large(texts, codebook=Codebook.empty(), embedder=stored, progress=clock)
        taken = {"seconds": clock.total(), **clock.seconds(), "cpu_seconds": clock.cpu_seconds()}
    return {**taken, "made": stored.made, "gigabytes": memory.gigabytes()}


def _new_answers(count: int) -> Figures:
    """Analyse with a codebook; place new answers; analyse all answers again with what the first analysis found."""
    model, book, quick = WordModel(ALL_ENCODERS), Codebook.load(DEFAULT), load()
    texts = generate_answers(count + round(NEW_SHARE * count), model)
    first, new = texts[:count], texts[count:]
    ready = encoded_texts(first, contexts=False)
    stored = StoredEmbedder(model, ready)
    some = sorted(ready[:: max(1, len(ready) // RATE_TEXTS)], key=len)
    real = quick.encode(some[:RATE_BATCH])
    clock = _Clock()
    for start in range(0, len(some), RATE_BATCH):
        quick.encode(some[start : start + RATE_BATCH])
    found = {"rate": len(some) / clock.total(), "rate_work": len(some) / clock.cpu_seconds()}
    clock = _Clock()
    before = analyse(first, codebook=book, embedder=stored, progress=clock)
    found |= {"analysis": clock.total(), "analysis_work": clock.cpu_seconds(), "to_make": len(ready) + stored.made}
    generator = np.random.default_rng(0)
    centres = Centres(
        tuple(f"found-{number}" for number in range(EXISTING_THEMES)),
        unit(generator.normal(size=(EXISTING_THEMES, real.shape[1]))).astype(np.float32),
        real.mean(axis=0),
    )
    clock = _Clock()
    place_new_answers(new, themes=Themes(book, centres), embedder=quick)
    found |= {"new": clock.total(), "new_work": clock.cpu_seconds()}
    made, clock = stored.made, _Clock()
    analyse(texts, codebook=book, embedder=stored, progress=clock, standing=standing_of(before), places=_places(before))
    return {**found, "again": clock.total(), "to_make_again": stored.made - made}


def _bertopic(count: int) -> Figures:
    """Run BERTopic with its defaults: UMAP, HDBSCAN, c-TF-IDF and representative answers."""
    from bertopic import BERTopic  # type: ignore[import-untyped,import-not-found,unused-ignore] # only in this process

    model = WordModel()
    texts = generate_answers(count, model)
    vectors = model.encode([fold(text) for text in texts])
    np.random.seed(0)
    trim_memory()
    with watch_peak() as memory:
        clock = _Clock()
        BERTopic(verbose=False).fit_transform(texts, embeddings=vectors)
        taken = {"seconds": clock.total(), "cpu_seconds": clock.cpu_seconds()}
    return {**taken, "gigabytes": memory.gigabytes()}


MEASURES: Mapping[str, Callable[[int], Figures]] = {
    "ours": _ours,
    "bertopic": _bertopic,
    "new_answers": _new_answers,
}


class _Clock:
    """A progress callback that measures the seconds of each stage."""

    def __init__(self) -> None:
        self._started, self._cpu_start = time.perf_counter(), cpu_seconds()
        self._stage_starts: dict[str, float] = {}

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        self._stage_starts.setdefault(stage, time.perf_counter())

    def total(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self._started

    def cpu_seconds(self) -> float:
        """Return the processor seconds since the start, child processes that have ended included."""
        return cpu_seconds() - self._cpu_start

    def seconds(self) -> Figures:
        """Return the seconds of each stage, up to the start of the next."""
        times = [*self._stage_starts.values(), time.perf_counter()]
        return {stage: times[at + 1] - times[at] for at, stage in enumerate(self._stage_starts)}


def encoded_texts(texts: list[str], *, contexts: bool = True) -> list[str]:
    """Return the texts a run encodes, without phrases for names; with ``contexts`` also answers of several ideas."""
    with open_workers(len(texts)) as workers:
        parsed = parse_answers(texts, ignore_progress, executor=workers.executor)
    return sorted({*parsed.wordings, *(multi_idea_answers(parsed).texts if contexts else ())})


def _places(result: Analysis) -> dict[str, list[Position]]:
    found: dict[str, list[Position]] = {}
    for idea, place in result.idea_map.places.items():
        found.setdefault(fold(result.ideas[idea].text), []).append(place)
    return found


def run_child(measure: str, count: int) -> Figures:
    """Run a measurement in a new process and return its figures."""
    code = CHILD_CODE if measure == "bertopic" else AS_INSTALLED + CHILD_CODE
    command = [sys.executable, "-c", code, measure, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise RuntimeError(f"{measure} of {count} answers failed: {done.stderr[-2000:]}")
    print(measure, count, done.stdout.strip(), file=sys.stderr, flush=True)
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def main() -> int:
    """Measure and print the table; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed_runs", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--million", action="store_true", help="also measure a million answers, which takes minutes")
    parser.add_argument("--answers", type=int, default=COMPARED, help="answers of the measurements at one size")
    options = parser.parse_args()
    return finish(rows(Place(DATA_FOLDER, Path()), options.answers, million=options.million))


if __name__ == "__main__":
    sys.exit(main())
