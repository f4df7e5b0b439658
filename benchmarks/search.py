"""Search by meaning: how many of the first 10 answers found by the name of a code have that code.

Answers that have all the words of the name are left out, as on the page. The least nearness was chosen on the
relationship answers, the others only report. "None found" is the share of names for which nothing is near enough;
"of another survey" is the share of names of another survey's codes for which something is, which should be rare.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.arrays import BoolArray, FloatArray
from analysis.embedding.models import Embedder
from analysis.text.normalise import fold
from analysis.text.split_ideas import split_ideas
from benchmarks import data
from benchmarks.result_table import Row, at_least, at_most
from survey.search.find import LEAST_NEARNESS

FIRST = 10
LEAST_ANSWERS = 3
"""Codes of fewer answers are not searched for"""
FILES = {
    "relationship_dev": ("answer", "codes", "banking77"),
    "workplace80": ("answer", "codes", "anes2008_d5"),
    "relationship_dev_languages": ("answer", "codes", "banking77"),
    "anes2008_d5": ("text", "label", "banking77"),
    "banking77": ("text", "label", "relationship_dev"),
}
"""Columns of the texts and the codes, and the set whose codes have nothing to do with it"""
EVERY = {"banking77": 4}
"""Of a large set, each so-manieth answer is read"""


def rows(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure each set that is there."""
    found = []
    for name, (_, _, other) in FILES.items():
        if not all((folder / f"{each}.csv").is_file() for each in (name, other)):
            continue
        texts, codes = read(folder, name)
        answers, vectors = ideas_of(texts, embedder)
        names = sorted({code for own in codes for code in own})
        names = [code for code in names if sum(code in own for own in codes) >= LEAST_ANSWERS]
        shares, word_shares = [], []
        for code in names:
            has_code = np.array([code in own for own in codes])
            has_words = words_in(code, texts)
            near = nearness(vectors, answers, len(texts), embedder.encode([fold(as_words(code))])[0])
            near[has_words] = -1
            first = [at for at in np.argsort(-near, kind="stable")[:FIRST] if near[at] >= LEAST_NEARNESS]
            if first:
                shares.append(has_code[first].mean())
            if has_words.any():
                word_shares.append(has_code[has_words][:FIRST].mean())
        strange = sorted({code for own in read(folder, other)[1] for code in own})
        hits = [
            nearness(vectors, answers, len(texts), vector).max() >= LEAST_NEARNESS
            for vector in embedder.encode([fold(as_words(code)) for code in strange])
        ]
        n = f"{len(names)} names"
        found += [
            at_least(name, n, f"by meaning: share of the first {FIRST} with the code", float(np.mean(shares)), 0.5),
            at_least(name, n, f"by word: share of the first {FIRST} with the code", float(np.mean(word_shares)), None),
            at_most(name, n, "by meaning: none found", 1 - len(shares) / len(names), None),
            at_most(name, n, "by word: none found", 1 - len(word_shares) / len(names), None),
            at_most(name, f"{len(strange)} names", "of another survey: some found", float(np.mean(hits)), 0.3),
        ]
    return found


def read(folder: Path, name: str) -> tuple[list[str], list[set[str]]]:
    """Return the texts of a set and the codes of each."""
    text, code, _ = FILES[name]
    lines = data.read_csv(folder / f"{name}.csv")[:: EVERY.get(name, 1)]
    return [line[text] for line in lines], [set(filter(None, line[code].split("|"))) - {"none"} for line in lines]


def ideas_of(texts: Sequence[str], embedder: Embedder) -> tuple[list[int], FloatArray]:
    """Return the answer of each of n ideas, and their vectors (n, d)."""
    ideas = [(at, fold(text[start:end])) for at, text in enumerate(texts) for start, end in split_ideas(text)]
    return [at for at, _ in ideas], embedder.encode([idea for _, idea in ideas])


def nearness(vectors: FloatArray, answers: Sequence[int], count: int, query: FloatArray) -> FloatArray:
    """Return the cosine (count,) of each answer's nearest idea with a query (d,), -1 without ideas."""
    found = np.full(count, -1, dtype=np.float32)
    np.maximum.at(found, answers, vectors @ query)
    return found


def as_words(code: str) -> str:
    """Return the name of a code as somebody would type it."""
    return re.sub(r"[_/]", " ", code)


def words_in(code: str, texts: Sequence[str]) -> BoolArray:
    """Return which texts have all the words of a code's name."""
    words = as_words(code).lower().split()
    return np.array([all(word in text.lower() for word in words) for text in texts])
