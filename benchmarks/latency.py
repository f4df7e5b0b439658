"""How long does somebody who just answered wait to be placed?"""

import statistics
import time
from pathlib import Path

from analysis.embedding.models import load
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import place_new_answers
from analysis.pipeline import analyse
from benchmarks.data import rows
from benchmarks.table import Row, at_most

LATE = 40


def newcomers(folder: Path) -> list[Row]:
    """Answers one at a time, by a worker that has placed one before. The model is one that remembers no vectors."""
    embedder = load()
    texts = [row["answer"] for row in rows(folder / "relationship_dev.csv")]
    codebook = Codebook.load("relationships")
    before = analyse(texts[:-LATE], codebook=codebook, embedder=embedder, re_runs=0)
    place_new_answers(["warm"], codebook=codebook, centres=before.centres, embedder=embedder)
    seconds = []
    for text in texts[-LATE:]:
        started = time.perf_counter()
        place_new_answers([text], codebook=codebook, centres=before.centres, embedder=embedder)
        seconds.append(time.perf_counter() - started)
    data, n, median = "relationship_dev", str(LATE), statistics.median(seconds)
    return [
        at_most(data, n, "seconds to place one new answer, median", median, 0.1),
        at_most(data, n, "seconds to place one new answer, longest", max(seconds), None),
    ]
