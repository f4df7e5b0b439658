"""Measure small runs, vectors stored, against word counts and k-means of scikit-learn, and placing one new answer.

    python -m benchmarks.speed_small_runs [--answers 1000]

In seconds of work of all cores, which other programs on the machine lengthen less. All is done once before, with few
answers, so that no import is measured.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from functools import partial

from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder, load
from analysis.known_themes.codebook import DEFAULT, Codebook
from analysis.new_answers import Themes, place_new_answers
from analysis.pipeline import analyse
from benchmarks.command import run
from benchmarks.data import TEXTS, read_csv
from benchmarks.place import Place
from benchmarks.result_table import Row, at_most
from benchmarks.rounds import ROUNDS, in_turns, ratios, work_of
from benchmarks.speed_runs import encoded_texts
from benchmarks.synthetic_answers import ALL_ENCODERS, StoredEmbedder, WordModel, generate_answers

COUNT, CLUSTERS, NEW = 1000, 30, 20
DATA = "made-up answers"


def rows(_: Place, answers: int = COUNT, rounds: int = ROUNDS) -> list[Row]:
    """Run all measurements of this module."""
    return [*small_runs(answers, rounds), *one_new_answer(rounds)]


def small_runs(count: int, rounds: int) -> list[Row]:
    """Compare runs of so many answers and of a tenth of them with each other, and with what scikit-learn does."""
    model = WordModel(ALL_ENCODERS)
    texts = generate_answers(count, model)
    few = texts[: count // 10]
    stored = StoredEmbedder(model, encoded_texts(texts))
    analyse(few, codebook=Codebook.empty(), embedder=stored)
    vectors = stored.encode(texts)
    naive(texts, vectors)
    ours, tenth, peer = in_turns(
        [
            work_of(partial(analyse, texts, codebook=Codebook.empty(), embedder=stored)),
            work_of(partial(analyse, few, codebook=Codebook.empty(), embedder=stored)),
            work_of(partial(naive, texts, vectors)),
        ],
        rounds,
    )
    n = f"{count:,}"
    return [
        at_most(DATA, n, "seconds of work, vectors stored", statistics.median(ours), None, statistics.median(peer)),
        at_most(DATA, n, "times the work of word counts and k-means of scikit-learn", ratios(ours, peer), None),
        at_most(DATA, n, "times the work of a tenth of them", ratios(ours, tenth), None),
    ]


def naive(texts: Sequence[str], vectors: FloatArray) -> None:
    """Weigh words and cluster vectors, as one would with scikit-learn alone."""
    TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts)
    KMeans(CLUSTERS, n_init=1, random_state=0).fit(vectors)


def one_new_answer(rounds: int) -> list[Row]:
    """Compare placing answers one at a time with encoding them one at a time."""
    embedder = load()
    texts = [row["answer"] for file in sorted(TEXTS.glob("*_by_hand.csv")) for row in read_csv(file)][:: NEW // 2]
    codebook = Codebook.load(DEFAULT)
    before = analyse(texts[:-NEW], codebook=codebook, embedder=embedder, re_runs=0)
    themes, new = Themes(codebook, before.centres), texts[-NEW:]
    place(new[:1], themes, embedder)
    ours, peer = in_turns(
        [work_of(partial(place, new, themes, embedder)), work_of(partial(encode, new, embedder))], rounds
    )
    return [at_most("a new answer", "1", "times the work of its vectors", ratios(ours, peer), None)]


def place(texts: Sequence[str], themes: Themes, embedder: Embedder) -> None:
    """Place answers one at a time."""
    for text in texts:
        place_new_answers([text], themes=themes, embedder=embedder)


def encode(texts: Sequence[str], embedder: Embedder) -> None:
    """Encode answers one at a time."""
    for text in texts:
        embedder.encode([text])


if __name__ == "__main__":
    sys.exit(run("speed_small_runs", rows, COUNT))
