"""all-MiniLM-L6-v2 with 8-bit products under ONNX Runtime: several times as fast as the original, and near it.

The model is made from the packaged weights (``analysis.embedding.bert_graph``) and may be kept as a file, so that
later starts need
not make it. Texts of one length in tokens share a batch, each batch has one thread to itself, and every rounding has
a scale fixed beforehand: so a text has the same vector, to the last bit, in whatever company it comes.
"""

import contextlib
import hashlib
import os
import platform
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from analysis.arrays import FloatArray

RANGES = Path(__file__).with_name("int8_ranges.npz")
RECIPE = (RANGES, RANGES.with_name("bert_graph.py"))  # what decides, besides the weights, how the model is made
DIMENSIONS = 384
LONGEST = 256  # tokens the model reads of a text
TOKENS_AT_ONCE = 512  # in a batch: its numbers stay in the cache next to a core
NEAR_ENOUGH = 0.99  # mean cosine with the exact vectors
DIGEST = 32  # bytes of SHA-256 that a kept file begins with
QUICK_FLAGS = {"avx512_vnni", "avx_vnni", "asimddp"}  # of processors that multiply bytes four at a time, exactly


class NotNearError(Exception):
    """On this machine the quick model's vectors are not those of the original."""


def has_int8_instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor has the 8-bit products that the model is made for; where nothing tells, it has not.

    Older ones have an instruction that overflows: fast, and wrong.
    """
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.system() == "Darwin" and platform.machine() == "arm64"
    flags = (line.partition(":")[2].split() for line in lines if line.lower().startswith(("flags", "features")))
    return not QUICK_FLAGS.isdisjoint(next(flags, []))


def available_cores(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many cores this process may use, ``limit`` being the file that tells what a container may."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = limit.read_text(encoding="ascii").split()
        return cores if share == "max" else max(1, min(cores, -(-int(share) // int(period))))
    except (OSError, ValueError):
        return cores


class QuantisedModel:
    """The quick model in memory. Several threads may use it at once."""

    def __init__(self, folder: Path, weights_sha256: str, keep: Path | None, threads: int | None = None) -> None:
        """``folder`` has the packaged weights, already checked; ``keep`` is where the made file is kept, if anywhere.

        Raises OSError and ValueError where files are missing or damaged, and NotNearError.
        """
        self._tokenizer = open_tokenizer(folder)
        made = _kept(keep, weights_sha256, lambda: _make(folder)) if keep else _make(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # A further level joins additions and norms into a step that takes ten times as long as the two.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(made, options, providers=["CPUExecutionProvider"])
        self._threads = ThreadPoolExecutor(threads or available_cores(), "vectors")
        self._prove()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """The vectors of n texts, (n, dimensions), of length 1; every distinct text is read once."""
        number: dict[str, int] = {}
        places = [number.setdefault(text, len(number)) for text in texts]
        ids = [tokens.ids for tokens in self._tokenizer.encode_batch_fast(list(number))]
        vectors = np.zeros((len(ids), DIMENSIONS), dtype=np.float32)

        def run(batch: list[int]) -> None:
            tokens = self._session.run(None, {"ids": np.array([ids[at] for at in batch], dtype=np.int32)})[0]
            rows = tokens.sum(axis=1)  # the engine sums a text that is alone in another order than one in company
            vectors[batch] = rows / np.sqrt(np.einsum("nd,nd->n", rows, rows))[:, None]

        for _ in self._threads.map(run, batches([len(each) for each in ids])):
            pass
        return vectors[places]

    def _prove(self) -> None:
        with np.load(RANGES, allow_pickle=False) as file:
            texts, exact = file["texts"].tolist(), file["vectors"].astype(np.float32)
        nearness = float(np.einsum("nd,nd->n", self.encode(texts), exact).mean())
        if not nearness >= NEAR_ENOUGH:
            raise NotNearError(f"its vectors have a mean cosine of only {nearness:.3f} with the original's")


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Texts by number, those of one length together, as many as fit in TOKENS_AT_ONCE; the longest first."""
    alike: dict[int, list[int]] = defaultdict(list)
    for at, length in enumerate(lengths):
        alike[length].append(at)
    return [
        alike[length][start : start + size]
        for length in sorted(alike, reverse=True)
        for size in [max(1, TOKENS_AT_ONCE // length)]
        for start in range(0, len(alike[length]), size)
    ]


def open_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model in a folder, without padding. Raises OSError and ValueError."""
    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def read_weights(folder: Path) -> dict[str, FloatArray]:
    """The weights of a model in a folder, by name."""
    return load_file(folder / "model.safetensors")


def _make(folder: Path) -> bytes:
    # Imported here: it is needed only where nothing was kept.
    from analysis.embedding.bert_graph import Graph, Quantised, bert, read_ranges

    graph = Graph()
    vectors = bert(graph, read_weights(folder), Quantised(graph, read_ranges(RANGES)))
    return graph.model({vectors: ("texts", "tokens", DIMENSIONS)})


def _kept(keep: Path, weights_sha256: str, make: Callable[[], bytes]) -> bytes:
    """The model from its file, made and written first where there is none or it is damaged.

    Where it cannot be written it serves this process all the same.
    """
    recipe = hashlib.sha256(b"".join([weights_sha256.encode(), *(part.read_bytes() for part in RECIPE)])).hexdigest()
    path = keep / f"all-MiniLM-L6-v2-int8-{recipe[:16]}.model"
    with contextlib.suppress(OSError):
        content = path.read_bytes()
        if hashlib.sha256(content[DIGEST:]).digest() == content[:DIGEST]:
            return content[DIGEST:]
    model = make()
    with contextlib.suppress(OSError):
        _write(path, hashlib.sha256(model).digest() + model)
    return model


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
