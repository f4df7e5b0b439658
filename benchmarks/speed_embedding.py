"""Measure the encoders against plain all-MiniLM-L6-v2: speed, similarity of vectors, quality of themes.

    python -m benchmarks.speed_embedding [--data ../shared/data]

Ratios are of two measurements that alternate in the same run.
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from onnx import TensorProto
from sentence_transformers import SentenceTransformer

from analysis.arrays import FloatArray
from analysis.embedding.models import load
from analysis.encoder_graphs.graph import Graph
from analysis.encoder_graphs.session import open_session
from analysis.encoder_graphs.sizes import DIMENSIONS
from analysis.encoders import e5, minilm
from analysis.encoders.int8_model import Bert, BertModel
from analysis.parallel.machine import available_cores
from benchmarks import data, known_themes
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.command import finish
from benchmarks.discovery import DRAWS
from benchmarks.found_themes import agreement, our_themes
from benchmarks.place import DATA_FOLDER, Place
from benchmarks.result_table import Row, at_least, at_most
from benchmarks.rounds import ROUNDS, in_turns, ratios, seconds_of

ANSWERS, WORDS = 5000, 15
WIDE = 1536
SIDE, PRODUCTS = 2048, 8  # rows of the large matrix product that measures the limit of the machine; products in a round


def speed(texts: Sequence[str], rounds: int) -> list[Row]:
    """Encode answers of 15 words; compare with SentenceTransformer.encode and with the limit of the machine."""
    mixture = load(precision="int8")
    original = SentenceTransformer(str(minilm.folder()), device="cpu", local_files_only=True)
    path = e5.folder() / e5.FILE
    read = e5.read_tokenizer(path, None)
    prepared = [e5.prepared(text, read.characters) for text in texts]
    berts = [(minilm.made_of(), texts), (e5.made_of(path, read), prepared)]
    models = [(BertModel(made_of, None, int8=True), given) for made_of, given in berts]
    product, operations = large_product()

    def reference() -> None:
        original.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    def int8_part() -> None:
        for model, given in models:
            model.encode(given)

    original.encode(texts[:256])
    mixture.encode(texts[:256])
    product()
    slow, fast, part, limit = in_turns(
        [seconds_of(each) for each in (reference, lambda: mixture.encode(texts), int8_part, product)], rounds
    )
    needed = sum(count_operations(made_of, given) for made_of, given in berts)
    reached = [needed / operations * ratio for ratio in ratios(limit, part)]
    name, n = f"answers of {WORDS} words, {mixture.model}", str(len(texts))
    return [
        at_least(name, n, "times as fast as SentenceTransformer.encode of MiniLM", ratios(slow, fast), 1.2),
        at_least(name, n, "share of the machine's 8-bit limit, MiniLM and e5", reached, 0.5),
        at_least(name, n, "vectors a second", len(texts) / statistics.median(fast), None),
    ]


def nearness(folder: Path) -> list[Row]:
    """Compare the vectors of each encoder and of the mixture with those made by products of float32."""
    texts = sample_answers(folder)[:500]
    quick, exact = load(precision="int8"), load(precision="fp32")
    cosines = row_cosines(quick.encode(texts), exact.encode(texts))
    name = f"answers of {WORDS} words"
    return [
        at_least(name, "500", "mean cosine with vectors by float32", float(cosines.mean()), 0.99),
        at_least(name, "500", "least cosine with vectors by float32", float(cosines.min()), None),
    ]


def batch_independence(folder: Path) -> list[Row]:
    """Check that a vector does not depend on the other texts of its batch or on their order."""
    texts, quick = sample_answers(folder)[:300], load(precision="int8")
    batched = quick.encode(texts)
    alone = np.concatenate([quick.encode([text]) for text in texts])
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = quick.encode([texts[at] for at in order])
    farthest = max(np.abs(alone - batched).max(), np.abs(shuffled - batched[order]).max())
    return [at_most("answers of 15 words", "300", "largest difference by company", float(farthest), 0.0)]


def themes(folder: Path) -> list[Row]:
    """Compare the agreement of themes with human codes, with 8-bit vectors and with the original's."""
    quick, original = CachedEmbedder(load(precision="int8")), CachedEmbedder(load(precision="fp32"))
    table = []
    for name, sets in (
        ("banking77", list(data.banking_draws(folder, DRAWS))),
        ("argkp_2021", list(data.debate_topics(folder))),
    ):
        losses = [
            agreement(each, our_themes(each.texts, original)) - agreement(each, our_themes(each.texts, quick))
            for each in sets
        ]
        size = f"{round(statistics.mean(len(each.texts) for each in sets))} each"
        table.append(
            at_most(name, size, f"fall of AMI with 8 bits, mean of {len(sets)}", statistics.mean(losses), 0.01)
        )
    return table


def placing(folder: Path) -> list[Row]:
    """Compare placing in known themes with 8-bit vectors and with the original's."""
    return [
        replace(row, data=f"{row.data}, {embedder.model}")
        for embedder in (CachedEmbedder(load(precision="int8")), CachedEmbedder(load(precision="fp32")))
        for row in known_themes.relationships(folder, embedder) + known_themes.facebook(folder, embedder)
    ]


def sample_answers(folder: Path) -> list[str]:
    """Return different texts of 15 consecutive words from questions that people asked."""
    return _samples([word for row in data.read_csv(folder / "banking77.csv") for word in row["text"].split()], ANSWERS)


def own_answers(count: int) -> list[str]:
    """Return so many different texts of 15 consecutive words from answers written for these benchmarks."""
    files = sorted(data.TEXTS.glob("*_by_hand.csv"))
    return _samples([word for file in files for row in data.read_csv(file) for word in row["answer"].split()], count)


def _samples(words: Sequence[str], count: int) -> list[str]:
    generator = random.Random(0)
    starts = generator.sample(range(len(words) - WORDS), count)
    return [" ".join(words[start : start + WORDS]) for start in starts]


def count_operations(made_of: Bert, texts: Sequence[str]) -> int:
    """Return the operations (two for each multiplication) of a model for the texts: products and attention."""
    lengths = [len(numbers) for numbers in made_of.numbers(texts)]
    weights = 4 * DIMENSIONS * DIMENSIONS + 2 * DIMENSIONS * WIDE
    return sum(2 * made_of.layers * length * (weights + 2 * length * DIMENSIONS) for length in lengths)


def large_product() -> tuple[Callable[[], object], int]:
    """Return a function that multiplies large 8-bit matrices on all cores with ONNX Runtime, and its operations."""
    generator, graph, cores = np.random.default_rng(0), Graph(), available_cores()
    whole, scales, whole_zero = graph.int8_weight("large", generator.normal(size=(SIDE, SIDE)).astype(np.float32))
    one, zero = graph.constant("one", np.float32(1)), graph.constant("zero", np.uint8(128))
    graph.node("Cast", ["ids"], "bytes", to=TensorProto.UINT8)
    given = ["bytes", whole, one, scales, zero, whole_zero]
    result = graph.node("MatMulIntegerToFloat", given, "result", "com.microsoft")
    model = graph.model({"ids": (TensorProto.INT32, (SIDE, SIDE))}, {result: (SIDE, SIDE)})
    session = open_session(model)
    numbers = {"ids": generator.integers(0, 255, (SIDE, SIDE), dtype=np.int32)}
    threads = ThreadPoolExecutor(cores)

    def product() -> None:
        list(threads.map(lambda _: session.run(numbers), range(PRODUCTS * cores)))

    return product, 2 * SIDE**3 * PRODUCTS * cores


def row_cosines(some: FloatArray, others: FloatArray) -> FloatArray:
    """Return the cosine of each row of `some` (n, d) with the same row of `others`, (n,)."""
    return np.asarray(np.einsum("nd,nd->n", some, others))


def rows(
    at: Place, answers: int = ANSWERS, rounds: int = ROUNDS, *, own: bool = False, quality: bool = True
) -> list[Row]:  # fmt: skip
    """Run all measurements, without ``quality`` those of the encoders alone; with ``own`` speed alone, on our texts."""
    if own:
        return speed(own_answers(answers), rounds)
    folder = at.file("banking77.csv").parent
    table = speed(sample_answers(folder)[:answers], rounds)
    for measure in (nearness, batch_independence, *((placing, themes) if quality else ())):
        begun = time.perf_counter()
        table += measure(folder)
        print(f"{measure.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return table


def main() -> int:
    """Measure and print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_embedding")
    parser.add_argument("--data", type=Path, default=DATA_FOLDER, help="folder of data")
    return finish(rows(Place(parser.parse_args().data, Path())))


if __name__ == "__main__":
    sys.exit(main())
