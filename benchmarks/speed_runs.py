"""How long does a run take, how does that grow, and how much memory does it need? On made-up answers, without a model.

    python -m benchmarks.speed_runs [--million] [--answers 100000]

Each measurement is a process of its own, so that its peak memory is its own. Seconds differ from machine to machine
and from hour to hour; the ratios, which are of one run, much less.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from analysis.arrays import unit
from analysis.discovery.answer_context import multi_idea_answers
from analysis.discovery.theme_identity import EarlierTheme
from analysis.embedding.models import load
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.new_answers import place_new_answers
from analysis.parallel.threads import give_back
from analysis.pipeline import analyse
from analysis.progress import Stage, ignore_progress
from analysis.results import Analysis, Centres, Position
from analysis.text.normalise import fold
from analysis.text.parse_answers import parse_answers
from benchmarks.made_up import DIMENSIONS, Stored, WordModel, answers
from benchmarks.peak import peak
from benchmarks.table import Row, as_markdown, at_least, at_most

PEER = 100_000  # answers at which BERTopic runs beside ours
STEPS = (1_000, 10_000, 100_000)
MILLION = 1_000_000
NEW, THEMES_THERE = 0.01, 100
SOME, AT_ONCE = 4000, 1000  # texts that the model's speed is measured on, and how many it gets at a time
DATA = "made-up answers"
WORK = "the same in seconds of work of all cores"  # which other work on the machine slows less

# Not by -m, which would load all of this module twice: as itself and where it is imported.
ALONE = (
    "import json, sys; from benchmarks.speed_runs import MEASURES; "
    "print(json.dumps(MEASURES[sys.argv[1]](int(sys.argv[2]))))"
)

AS_INSTALLED = "from benchmarks.as_installed import hide; hide(); "

Figures = dict[str, float]


def rows(*, million: bool = False, count: int = PEER) -> list[Row]:
    """All that is measured."""
    return [*against_bertopic(count), *scaling(million=million), *few_new(count)]


def against_bertopic(count: int = PEER) -> list[Row]:
    """From stored vectors to named themes with quotes: ours, and BERTopic with its defaults on the same vectors.

    Ours runs before the peer and after it, and the mean of both counts: a machine that becomes slower or quicker
    meanwhile favours neither. Of memory the most counts.
    """
    before, peer, after = _child("ours", count), _child("bertopic", count), _child("ours", count)
    own = {name: (before[name] + after[name]) / 2 for name in ("seconds", "cpu_seconds")}
    own["gigabytes"] = max(before["gigabytes"], after["gigabytes"])
    faster = peer["seconds"] / own["seconds"]
    return [
        at_least(DATA, str(count), "seconds from stored vectors to named themes with quotes", own["seconds"], None,
                 peer["seconds"]),
        at_least(DATA, str(count), "times as fast as BERTopic", faster, 10.0),
        at_least(DATA, str(count), WORK, peer["cpu_seconds"] / own["cpu_seconds"], None),
        at_least(DATA, str(count), "peak memory, GB", own["gigabytes"], None, peer["gigabytes"]),
        at_most(DATA, str(count), "peak memory as a share of BERTopic's", own["gigabytes"] / peer["gigabytes"], 0.5),
    ]  # fmt: skip


def scaling(*, million: bool) -> list[Row]:
    """How the time grows with the number of answers."""
    table: list[Row] = []
    before: Figures = {}
    for count in (*STEPS, MILLION) if million else STEPS:
        own = _child("ours", count)
        table.append(at_most(DATA, str(count), "seconds, vectors stored", own["seconds"], None))
        limit = 12.0 if count == MILLION else None
        table.append(at_most(DATA, str(count), "peak memory, GB", own["gigabytes"], limit))
        if before:
            growth = own["seconds"] / before["seconds"]
            table.append(at_most(DATA, str(count), "times the seconds of a tenth of them", growth, 12.0))
            work = own["cpu_seconds"] / before["cpu_seconds"]
            table.append(at_most(DATA, str(count), WORK, work, None))
        before = own
    return table


def few_new(count: int = PEER) -> list[Row]:
    """1 % new answers placed at once, beside a full run that makes all vectors and one that knows the first."""
    found = _child("few_new", count)
    full = found["analysis"] + found["to_make"] / found["rate"]
    again = found["again"] + found["to_make_again"] / found["rate"]
    work = found["new_work"] / (found["analysis_work"] + found["to_make"] / found["rate_work"])
    new = f"{round(NEW * count)} new"
    return [
        at_most(DATA, str(count), f"seconds of a full run; vectors made at {found['rate']:.0f}/s", full, None),
        at_most(DATA, new, f"seconds of placing them beside {THEMES_THERE} themes, vectors made", found["new"], None),
        at_most(DATA, new, "placing them as a share of a full run", found["new"] / full, 0.02),
        at_most(DATA, new, WORK, work, None),
        at_most(DATA, new, "a whole analysis anew as a share of a full run", again / full, None),
    ]


def _ours(count: int) -> Figures:
    """One analysis in one process, as the worker makes it, with everything the site has of it."""
    model = WordModel()
    texts = answers(count, model)
    stored = Stored(model, _texts(texts))
    give_back()
    with peak() as memory:
        clock = _Clock()
        analyse(texts, codebook=Codebook.empty(), embedder=stored, progress=clock)
        taken = {"seconds": clock.total(), **clock.seconds(), "cpu_seconds": clock.busy()}
    return {**taken, "made": stored.made, "gigabytes": memory.gigabytes()}


def _few_new(count: int) -> Figures:
    """An analysis beside a codebook; new answers placed at once; and the analysis of all that knows the first."""
    model, book, quick = WordModel(), Codebook.load(DEFAULT), load()
    texts = answers(count + round(NEW * count), model)
    first, new = texts[:count], texts[count:]
    ready = _texts(first, several=False)
    stored = Stored(model, ready)
    some = sorted(ready[:: max(1, len(ready) // SOME)], key=len)
    quick.encode(some[:AT_ONCE])
    clock = _Clock()
    for start in range(0, len(some), AT_ONCE):
        quick.encode(some[start : start + AT_ONCE])
    found = {"rate": len(some) / clock.total(), "rate_work": len(some) / clock.busy()}
    clock = _Clock()
    before = analyse(first, codebook=book, embedder=stored, progress=clock)
    found |= {"analysis": clock.total(), "analysis_work": clock.busy(), "to_make": len(ready) + stored.made}
    generator = np.random.default_rng(0)
    centres = Centres(
        tuple(f"found-{number}" for number in range(THEMES_THERE)),
        unit(generator.normal(size=(THEMES_THERE, DIMENSIONS))).astype(np.float32),
        before.centres.shared,
    )
    clock = _Clock()
    place_new_answers(new, codebook=book, centres=centres, embedder=quick)
    found |= {"new": clock.total(), "new_work": clock.busy()}
    made, clock = stored.made, _Clock()
    analyse(texts, codebook=book, embedder=stored, progress=clock, earlier=_themes(before), places=_places(before))
    return {**found, "again": clock.total(), "to_make_again": stored.made - made}


def _bertopic(count: int) -> Figures:
    """BERTopic as it comes: UMAP, HDBSCAN, c-TF-IDF and representative answers."""
    from bertopic import BERTopic  # type: ignore[import-untyped,import-not-found,unused-ignore] # only in this process

    model = WordModel()
    texts = answers(count, model)
    vectors = model.encode([fold(text) for text in texts])
    np.random.seed(0)
    give_back()
    with peak() as memory:
        clock = _Clock()
        BERTopic(verbose=False).fit_transform(texts, embeddings=vectors)
        taken = {"seconds": clock.total(), "cpu_seconds": clock.busy()}
    return {**taken, "gigabytes": memory.gigabytes()}


MEASURES: Mapping[str, Callable[[int], Figures]] = {"ours": _ours, "bertopic": _bertopic, "few_new": _few_new}


class _Clock:
    """The seconds of each stage."""

    def __init__(self) -> None:
        self._started, self._busy = time.perf_counter(), _busy()
        self._begun: dict[str, float] = {}

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        self._begun.setdefault(stage, time.perf_counter())

    def total(self) -> float:
        """Since the start."""
        return time.perf_counter() - self._started

    def busy(self) -> float:
        """The seconds that cores worked for it, also for helpers that have ended: other work slows it less."""
        return _busy() - self._busy

    def seconds(self) -> Figures:
        """How long each stage took, up to the next one's start."""
        times = [*self._begun.values(), time.perf_counter()]
        return {stage: times[at + 1] - times[at] for at, stage in enumerate(self._begun)}


def _busy() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _texts(texts: list[str], *, several: bool = True) -> list[str]:
    """What a run wants vectors of, but for the phrases of names; ``several`` says whether of whole answers too."""
    parsed = parse_answers(texts, ignore_progress)
    return sorted({*parsed.wordings, *(multi_idea_answers(parsed).texts if several else ())})


def _themes(result: Analysis) -> list[EarlierTheme]:
    members: dict[tuple[str, str | None], set[str]] = {}
    for placement in result.placements:
        text = fold(result.ideas[placement.idea].text)
        members.setdefault((placement.theme, None), set()).add(text)
        if placement.part is not None:
            members.setdefault((placement.part, placement.theme), set()).add(text)
    return [EarlierTheme(key, frozenset(texts), parent) for (key, parent), texts in members.items()]


def _places(result: Analysis) -> dict[str, list[Position]]:
    found: dict[str, list[Position]] = {}
    for idea, place in result.idea_map.places.items():
        found.setdefault(fold(result.ideas[idea].text), []).append(place)
    return found


def _child(measure: str, count: int) -> Figures:
    """What a measure gives in a process of its own."""
    code = ALONE if measure == "bertopic" else AS_INSTALLED + ALONE
    command = [sys.executable, "-c", code, measure, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        raise RuntimeError(f"{measure} of {count} answers failed: {done.stderr[-2000:]}")
    print(measure, count, done.stdout.strip(), file=sys.stderr, flush=True)
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def main() -> int:
    """Measure and print the table; 0 when all targets are reached."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed_runs", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--million", action="store_true", help="also with a million answers, which takes minutes")
    parser.add_argument("--answers", type=int, default=PEER, help="how many, where one number is measured")
    options = parser.parse_args()
    table = rows(million=options.million, count=options.answers)
    print(as_markdown(table))
    return 1 if any(row.passes is False for row in table) else 0


if __name__ == "__main__":
    sys.exit(main())
