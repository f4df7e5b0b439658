"""all-MiniLM-L6-v2 with 8-bit matrix products under ONNX Runtime, several times as fast as the original.

The model is converted from the packaged weights (``analysis.embedding.bert_graph``) and may be cached as a file. Texts
of the same number of tokens share a batch, each batch runs on one thread, and all quantisation scales are fixed in
advance: so the vector of a text is the same, to the last bit, whatever other texts it is encoded with.
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
RECIPE = (RANGES, RANGES.with_name("bert_graph.py"))  # with the weights, the inputs of the conversion
DIMENSIONS = 384
LONGEST = 256  # tokens the model reads of a text
MAX_BATCH_TOKENS = 512  # per batch, so that it fits the processor cache of a core
MIN_COSINE = 0.99  # mean cosine with the exact vectors
DIGEST = 32  # bytes of SHA-256 at the start of a cached file
QUICK_FLAGS = {"avx512_vnni", "avx_vnni", "asimddp"}  # processor flags of exact 8-bit dot products


class InaccurateModelError(Exception):
    """The 8-bit model's vectors are too far from the original's on this machine."""


def has_int8_instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether this processor has exact 8-bit dot products; False if unknown.

    Older processors have an instruction that overflows: fast but wrong.
    """
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.system() == "Darwin" and platform.machine() == "arm64"
    flags = (line.partition(":")[2].split() for line in lines if line.lower().startswith(("flags", "features")))
    return not QUICK_FLAGS.isdisjoint(next(flags, []))


def available_cores(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return the number of cores this process may use; ``limit`` is the cgroup file with a container's limit."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = limit.read_text(encoding="ascii").split()
        return cores if share == "max" else max(1, min(cores, -(-int(share) // int(period))))
    except (OSError, ValueError):
        return cores


class QuantisedModel:
    """The 8-bit model in memory; safe to use from several threads."""

    def __init__(self, folder: Path, weights_sha256: str, keep: Path | None, threads: int | None = None) -> None:
        """``folder`` has the packaged weights, already checked; ``keep`` is the cache folder, if any.

        Raises OSError and ValueError where files are missing or damaged, and InaccurateModelError.
        """
        self._tokenizer = open_tokenizer(folder)
        made = _cached(keep, weights_sha256, lambda: _convert(folder)) if keep else _convert(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # The next level fuses additions and norms into an operator ten times as slow as the two.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(made, options, providers=["CPUExecutionProvider"])
        self._threads = ThreadPoolExecutor(threads or available_cores(), "vectors")
        self._check_accuracy()

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of n texts, (n, d), of length 1; each distinct text is encoded once."""
        number: dict[str, int] = {}
        places = [number.setdefault(text, len(number)) for text in texts]
        ids = [tokens.ids for tokens in self._tokenizer.encode_batch_fast(list(number))]
        vectors = np.zeros((len(ids), DIMENSIONS), dtype=np.float32)

        def run(batch: list[int]) -> None:
            tokens = self._session.run(None, {"ids": np.array([ids[at] for at in batch], dtype=np.int32)})[0]
            rows = tokens.sum(axis=1)  # not by ONNX Runtime, whose order of summation depends on the batch size
            vectors[batch] = rows / np.sqrt(np.einsum("nd,nd->n", rows, rows))[:, None]

        for _ in self._threads.map(run, batches([len(each) for each in ids])):
            pass
        return vectors[places]

    def _check_accuracy(self) -> None:
        with np.load(RANGES, allow_pickle=False) as file:
            texts, exact = file["texts"].tolist(), file["vectors"].astype(np.float32)
        nearness = float(np.einsum("nd,nd->n", self.encode(texts), exact).mean())
        if not nearness >= MIN_COSINE:
            raise InaccurateModelError(f"its vectors have a mean cosine of only {nearness:.3f} with the original's")


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts (by index) of the same length into batches of at most MAX_BATCH_TOKENS tokens, the longest first."""
    alike: dict[int, list[int]] = defaultdict(list)
    for at, length in enumerate(lengths):
        alike[length].append(at)
    return [
        alike[length][start : start + size]
        for length in sorted(alike, reverse=True)
        for size in [max(1, MAX_BATCH_TOKENS // length)]
        for start in range(0, len(alike[length]), size)
    ]


def open_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model folder, without padding. Raises OSError and ValueError."""
    tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


def read_weights(folder: Path) -> dict[str, FloatArray]:
    """Return the weights of a model folder, by name."""
    return load_file(folder / "model.safetensors")


def _convert(folder: Path) -> bytes:
    # Imported here: onnx is needed only without a cached model.
    from analysis.embedding.bert_graph import Graph, Quantised, bert, read_ranges

    graph = Graph()
    vectors = bert(graph, read_weights(folder), Quantised(graph, read_ranges(RANGES)))
    return graph.model({vectors: ("texts", "tokens", DIMENSIONS)})


def _cached(keep: Path, weights_sha256: str, make: Callable[[], bytes]) -> bytes:
    """Return the model from its cached file, converting and writing it first if that is missing or damaged.

    A failure to write is ignored.
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
    """Write a file atomically."""
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
