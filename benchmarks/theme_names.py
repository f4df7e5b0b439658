"""Measure theme names: are they what the human label says, and what the theme's people say?"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.pipeline import analyse
from analysis.results import Analysis
from analysis.text.normalise import fold
from benchmarks import data
from benchmarks.baseline import bertopic_themes
from benchmarks.found_themes import Found, our_themes
from benchmarks.result_table import Row, at_least, at_most

ANSWERS, CODES, DRAWS = 1000, 25, 5
TITLES = 5000
FEW, MOST_RARE = 0.1, 0.1  # share of a theme's people who say its name; share of names that fewer say
MARGIN = 0.20  # by which ours should exceed BERTopic's

Shares = tuple[float, float]
"""The shares of names and of theme centres whose most similar label is that of most answers in the theme"""


def name_themes(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure among the labels of each sample and among all labels.

    The same share for the theme's centre, the mean vector of its answers, is an upper bound in practice.
    """
    measured: dict[str, list[tuple[Shares, Shares]]] = {}
    for seed in range(DRAWS):
        answers = data.banking_sample(folder, answers=ANSWERS, codes=CODES, seed=seed)
        found = our_themes(answers.texts, embedder), bertopic_themes(answers.texts, embedder)
        for labels, which in (
            (sorted({_words(code) for code in answers.codes}), f"the {CODES} drawn"),
            (data.banking_codes(folder), "all 77"),
        ):
            own, peer = (_shares(themes, answers, labels, embedder) for themes in found)
            measured.setdefault(which, []).append((own, peer))
    table = []
    for which, shares in measured.items():
        (own, centre), (peer, peer_centre) = np.mean(shares, axis=0).tolist()
        n = f"{DRAWS} x {ANSWERS}"
        table.append(
            at_least("banking77", n, f"majority label nearest to the name, of {which}", own, peer + MARGIN, peer)
        )
        measure = f"majority label nearest to the theme's centre, of {which}"
        table.append(at_least("banking77", n, measure, centre, None, peer_centre))
    return table


def names_people_say(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the share of names that fewer than a tenth of the theme's own people say, with all of their words."""
    return [
        _said_by_few("anes2008_d5", data.survey_question(folder).texts, embedder),
        _said_by_few("workplace80", [row["answer"] for row in data.read_csv(folder / "workplace80.csv")], embedder),
        _said_by_few("reddit", _titles(folder), embedder),
    ]


def _titles(folder: Path) -> list[str]:
    rows = data.read_csv(folder / "scale_reddit_titles_200k.csv")
    return [row["text"] for row in rows[:TITLES]]


def _said_by_few(name: str, texts: Sequence[str], embedder: Embedder) -> Row:
    """Return the row of one set."""
    share = said_by_few(analyse(texts, codebook=Codebook.load("none"), embedder=embedder, re_runs=0))
    return at_most(name, str(len(texts)), "names said by fewer than a tenth of their people", share, MOST_RARE)


def said_by_few(result: Analysis) -> float:
    """Return the share of names that fewer than a tenth of their people say.

    A word is said where it begins or is within a word of an idea, but for a plural s.
    """
    said: dict[str, dict[int, list[str]]] = {}
    for placement in result.placements:
        idea = result.ideas[placement.idea]
        said.setdefault(placement.theme, {}).setdefault(idea.answer, []).append(idea.text.lower())
    rare = 0
    for theme in result.themes:
        words = [word.rstrip("s") for word in re.findall(r"[\w']+", theme.name.lower()) if len(word) > 2]
        people = said[theme.key].values()
        rare += sum(all(any(word in idea for idea in own) for word in words) for own in people) < FEW * len(people)
    return rare / max(len(result.themes), 1)


def _shares(found: Found, answers: data.CodedAnswers, labels: list[str], embedder: Embedder) -> Shares:
    """Return the shares of themes whose majority label is the nearest of ``labels`` to the name and to the centre."""
    label_vectors = embedder.encode(labels)
    vectors = embedder.encode([fold(text) for text in answers.texts])
    codes = np.array([_words(code) for code in answers.codes])
    hits = []
    for number, name in enumerate(found.names):
        own = found.themes == number
        if not own.any():
            continue
        majority = Counter(codes[own].tolist()).most_common(1)[0][0]
        compared = np.stack([embedder.encode([fold(name)])[0], vectors[own].mean(axis=0)])
        hits.append([labels[at] == majority for at in (label_vectors @ compared.T).argmax(axis=0)])
    name_share, centre_share = np.mean(hits, axis=0).tolist()
    return name_share, centre_share


def _words(code: str) -> str:
    return code.replace("_", " ").strip("?")
