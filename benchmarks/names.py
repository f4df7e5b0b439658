"""Do names say what a theme is about? The human label nearest to the name against the one most of the theme has."""

from collections import Counter
from pathlib import Path

import numpy as np

from analysis.embed import Embedder
from analysis.text import fold
from benchmarks import data
from benchmarks.peers import Found, bertopic, ours
from benchmarks.table import Row, at_least

ANSWERS, CODES = 1000, 25
ABOVE = 0.20  # how far ours are to be above BERTopic's


def naming(folder: Path, embedder: Embedder) -> list[Row]:
    """The share of themes whose majority label is the nearest of the labels drawn, and of all labels, to the name."""
    answers = data.banking_sample(folder, answers=ANSWERS, codes=CODES)
    drawn = sorted({_words(code) for code in answers.codes})
    own, peer = ours(answers.texts, embedder), bertopic(answers.texts, embedder)
    measured = []
    for labels, which in ((drawn, f"{len(drawn)} drawn"), (data.banking_codes(folder), "all 77")):
        right, theirs = (_right(found, answers, labels, embedder) for found in (own, peer))
        measure = f"majority label nearest to the name, of {which} ({len(own.names)} and {len(peer.names)} themes)"
        measured.append(at_least("banking77", str(ANSWERS), measure, right, theirs + ABOVE, theirs))
    return measured


def _right(found: Found, answers: data.Answers, labels: list[str], embedder: Embedder) -> float:
    """The share of themes whose majority label is the nearest of ``labels`` to the name, by cosine."""
    label_vectors = embedder.encode(labels)
    hits = []
    for number, name in enumerate(found.names):
        codes = [_words(code) for code, theme in zip(answers.codes, found.themes, strict=True) if theme == number]
        majority = Counter(codes).most_common(1)[0][0] if codes else ""
        nearest = labels[int((label_vectors @ embedder.encode([fold(name)])[0]).argmax())]
        hits.append(nearest == majority)
    return float(np.mean(hits)) if hits else 0.0


def _words(code: str) -> str:
    return code.replace("_", " ").strip("?")
