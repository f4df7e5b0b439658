"""Measure how long placing one new answer takes."""

import statistics
import time

from analysis.embedding.models import load
from analysis.known_themes.codebook import Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import analyse
from benchmarks.data import read_csv
from benchmarks.place import Place
from benchmarks.result_table import Row, at_most

NEW = 40


def rows(at: Place) -> list[Row]:
    """Place answers one at a time with a loaded model that does not cache vectors."""
    embedder = load()
    texts = [row["answer"] for row in read_csv(at.file("relationship_dev.csv"))]
    codebook = Codebook.load("relationships")
    before = analyse(texts[:-NEW], codebook=codebook, embedder=embedder, re_runs=0)
    themes = Themes(codebook, before.centres)
    place_new_answers(["warm up"], themes=themes, embedder=embedder)
    seconds = []
    for text in texts[-NEW:]:
        started = time.perf_counter()
        place_new_answers([text], themes=themes, embedder=embedder)
        seconds.append(time.perf_counter() - started)
    data, n, median = "relationship_dev", str(NEW), statistics.median(seconds)
    return [
        at_most(data, n, "seconds to place one new answer, median", median, 0.1),
        at_most(data, n, "seconds to place one new answer, longest", max(seconds), None),
    ]
