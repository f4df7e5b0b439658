"""Measure the encoders against plain all-MiniLM-L6-v2: speed, similarity of vectors, quality of themes.

    python -m benchmarks.speed_embedding [--data ../shared/data]

Ratios are of two measurements that alternate in the same run. Skipped on processors without 8-bit products.
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
import onnxruntime  # type: ignore[import-untyped]
from onnx import TensorProto
from sentence_transformers import SentenceTransformer

from analysis.arrays import FloatArray
from analysis.embedding.models import load
from analysis.encoders import e5, minilm
from analysis.encoders.bert_graph import DIMENSIONS
from analysis.encoders.graph import Graph
from analysis.encoders.int8_model import Bert, BertModel
from analysis.parallel.machine import available_cores, has_int8_instructions
from benchmarks import data, known_themes
from benchmarks.cached_embedder import CachedEmbedder
from benchmarks.discovery import DRAWS
from benchmarks.found_themes import agreement, our_themes
from benchmarks.result_table import Row, as_markdown, at_least, at_most

ANSWERS, WORDS, ROUNDS = 5000, 15, 3
WIDE = 1536
SIDE, PRODUCTS = 2048, 8  # rows of the large matrix product that measures the limit of the machine; products in a round


def speed(folder: Path) -> list[Row]:
    """Encode answers of 15 words; compare with SentenceTransformer.encode and with the limit of the machine."""
    texts, mixture = sample_answers(folder), load(precision="int8")
    original = SentenceTransformer(str(minilm.folder()), device="cpu", local_files_only=True)
    file = e5.read_file(e5.folder() / e5.FILE)
    prepared = [e5.prepared(text, file.characters) for text in texts]
    berts = [(minilm.made_of(), texts), (e5.made_of(file), prepared)]
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
    slow, fast, part, limit = alternate([reference, lambda: mixture.encode(texts), int8_part, product])
    ratio = statistics.median(one / other for one, other in zip(slow, fast, strict=True))
    needed = sum(count_operations(made_of, given) for made_of, given in berts)
    reached = statistics.median(needed / one * other / operations for one, other in zip(part, limit, strict=True))
    name, n = f"answers of {WORDS} words, {mixture.model}", str(ANSWERS)
    return [
        at_least(name, n, f"times as fast as SentenceTransformer.encode of MiniLM, median of {ROUNDS}", ratio, 1.2),
        at_least(name, n, "share of the machine's 8-bit limit, MiniLM and e5", reached, 0.5),
        at_least(name, n, "vectors a second", ANSWERS / statistics.median(fast), None),
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
    words = [word for row in data.read_csv(folder / "banking77.csv") for word in row["text"].split()]
    generator = random.Random(0)
    starts = generator.sample(range(len(words) - WORDS), ANSWERS)
    return [" ".join(words[start : start + WORDS]) for start in starts]


def alternate(functions: Sequence[Callable[[], object]]) -> list[list[float]]:
    """Return the seconds of each function in each of ROUNDS rounds; the order is reversed from round to round."""
    seconds: list[list[float]] = [[] for _ in functions]
    for at in range(ROUNDS):
        for number in range(len(functions)) if at % 2 else reversed(range(len(functions))):
            begun = time.perf_counter()
            functions[number]()
            seconds[number].append(time.perf_counter() - begun)
    return seconds


def count_operations(made_of: Bert, texts: Sequence[str]) -> int:
    """Return the operations (two for each multiplication) of a model for the texts: products and attention."""
    lengths = [len(numbers) for numbers in made_of.numbers(texts)]
    weights = 4 * DIMENSIONS * DIMENSIONS + 2 * DIMENSIONS * WIDE
    return sum(2 * made_of.layers * length * (weights + 2 * length * DIMENSIONS) for length in lengths)


def large_product() -> tuple[Callable[[], object], int]:
    """Return a function that multiplies large 8-bit matrices on all cores with ONNX Runtime, and its operations."""
    generator, graph, cores = np.random.default_rng(0), Graph(), available_cores()
    whole = graph.constant("whole", generator.integers(-127, 127, (SIDE, SIDE), dtype=np.int8))
    scales = graph.constant("scales", np.ones(SIDE, np.float32))
    zeros = graph.constant("zeros", np.zeros(SIDE, np.int8))
    one, zero = graph.constant("one", np.float32(1)), graph.constant("zero", np.uint8(128))
    graph.node("Cast", ["ids"], "bytes", to=TensorProto.UINT8)
    result = graph.node("MatMulIntegerToFloat", ["bytes", whole, one, scales, zero, zeros], "result", "com.microsoft")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    model = graph.model({"ids": (TensorProto.INT32, (SIDE, SIDE))}, {result: (SIDE, SIDE)})
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    numbers = {"ids": generator.integers(0, 255, (SIDE, SIDE), dtype=np.int32)}
    threads = ThreadPoolExecutor(cores)

    def product() -> None:
        list(threads.map(lambda _: session.run(None, numbers), range(PRODUCTS * cores)))

    return product, 2 * SIDE**3 * PRODUCTS * cores


def row_cosines(some: FloatArray, others: FloatArray) -> FloatArray:
    """Return the cosine of each row of `some` (n, d) with the same row of `others`, (n,)."""
    return np.asarray(np.einsum("nd,nd->n", some, others))


def rows(folder: Path) -> list[Row]:
    """Run all measurements; return no rows on processors without 8-bit products."""
    if not has_int8_instructions():
        return []
    table: list[Row] = []
    for measure in (speed, nearness, batch_independence, placing, themes):
        begun = time.perf_counter()
        table += measure(folder)
        print(f"{measure.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return table


def main() -> int:
    """Measure and print the table; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_embedding")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    table = rows(parser.parse_args().data)
    print(as_markdown(table))
    return 1 if any(row.passes is False for row in table) else 0


if __name__ == "__main__":
    sys.exit(main())
