"""Do names say what a theme is about? The human label nearest to the name against the one most of the theme has."""

from collections import Counter
from pathlib import Path

import numpy as np

from analysis.embedding.models import Embedder
from analysis.text.normalise import fold
from benchmarks import data
from benchmarks.peers import Found, bertopic, ours
from benchmarks.table import Row, at_least

ANSWERS, CODES, DRAWS = 1000, 25, 5
ABOVE = 0.20  # how far ours are to be above BERTopic's

Named = tuple[float, float]
"""The share of names, and of theme centres, that are nearest to the label most of the theme has."""


def naming(folder: Path, embedder: Embedder) -> list[Row]:
    """The share of themes whose majority label is the nearest of the labels drawn, and of all labels, to the name.

    Beside it the same for the centre of the theme, the mean vector of its answers: a name cannot well say more.
    """
    measured: dict[str, list[tuple[Named, Named]]] = {}
    for seed in range(DRAWS):
        answers = data.banking_sample(folder, answers=ANSWERS, codes=CODES, seed=seed)
        found = ours(answers.texts, embedder), bertopic(answers.texts, embedder)
        for labels, which in (
            (sorted({_words(code) for code in answers.codes}), f"the {CODES} drawn"),
            (data.banking_codes(folder), "all 77"),
        ):
            own, peer = (_right(themes, answers, labels, embedder) for themes in found)
            measured.setdefault(which, []).append((own, peer))
    table = []
    for which, shares in measured.items():
        (own, centre), (peer, peer_centre) = np.mean(shares, axis=0).tolist()
        n = f"{DRAWS} x {ANSWERS}"
        table.append(
            at_least("banking77", n, f"majority label nearest to the name, of {which}", own, peer + ABOVE, peer)
        )
        measure = f"majority label nearest to the theme's centre, of {which}"
        table.append(at_least("banking77", n, measure, centre, None, peer_centre))
    return table


def _right(found: Found, answers: data.Answers, labels: list[str], embedder: Embedder) -> Named:
    """The share of themes whose majority label is the nearest of ``labels`` to the name, and to the centre."""
    label_vectors = embedder.encode(labels)
    vectors = embedder.encode([fold(text) for text in answers.texts])
    codes = np.array([_words(code) for code in answers.codes])
    hits = []
    for number, name in enumerate(found.names):
        own = found.themes == number
        if not own.any():
            continue
        majority = Counter(codes[own].tolist()).most_common(1)[0][0]
        said = np.stack([embedder.encode([fold(name)])[0], vectors[own].mean(axis=0)])
        hits.append([labels[at] == majority for at in (label_vectors @ said.T).argmax(axis=0)])
    name_right, centre_right = np.mean(hits, axis=0).tolist()
    return name_right, centre_right


def _words(code: str) -> str:
    return code.replace("_", " ").strip("?")
