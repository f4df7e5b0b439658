"""Compare placing in the packaged codebooks with answers coded by hand.

Those of `texts/NAME_by_hand.csv` were written and coded, in another voice, before the codebook NAME was; nothing was
chosen by them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.embedding.encode import encode
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import NONE, Codebook
from analysis.known_themes.place import example_texts, place_ideas
from analysis.pipeline import analyse
from analysis.progress import ignore_progress
from analysis.results import Analysis
from analysis.text.normalise import fold
from analysis.text.split_ideas import split_ideas
from benchmarks.data import TEXTS, read_csv
from benchmarks.result_table import Row, at_least

BY_HAND = ("course", "customers", "service", "town", "workplace")  # the codebooks with answers coded by hand
TARGET = 0.78  # micro-F1

# The codes of workplace80 that the themes of the codebook "workplace" are, by their names. The others are none of them.
WORKPLACE80 = {
    "pay": "pay",
    "time_off": "leave_benefits",
    "benefits": "leave_benefits",
    "remote_work": "remote_work",
    "hours": "hours_shifts",
    "staffing": "staffing_workload",
    "meetings": "meetings",
    "communication": "communication",
    "being_heard": "management_hr",
    "managers": "management_hr",
    "equipment": "it_equipment",
    "quiet": "office_space",
    "space": "office_space",
    "temperature": "temperature",
    "cleaning": "cleaning_toilets",
    "food": "food_coffee",
    "parking": "parking_commute",
    "recognition": "recognition",
    "respect": "colleagues_culture",
    "teamwork": "colleagues_culture",
    "social": "colleagues_culture",
    "training": "training_promotion",
    "career": "training_promotion",
}


def by_hand(_folder: Path, embedder: Embedder) -> list[Row]:
    """Measure micro-F1 of the known themes on the answers coded by hand of each codebook."""
    rows = []
    for name in BY_HAND:
        table = read_csv(TEXTS / f"{name}_by_hand.csv")
        precision, recall, f1 = scores(placed_by_hand([row["answer"] for row in table], name, embedder), coded(table))
        measure = f"micro-F1 with codebook {name} (precision {precision:.2f}, recall {recall:.2f})"
        rows.append(at_least(f"{name}_by_hand", str(len(table)), measure, f1, TARGET))
    return rows


def in_languages(_folder: Path, embedder: Embedder) -> list[Row]:
    """Measure the same in other languages: in each, 40 answers a codebook, written and coded without its examples."""
    table = read_csv(TEXTS / "codebooks_in_languages.csv")
    rows = []
    for language in sorted({row["language"] for row in table}):
        found: set[tuple[int, str]] = set()
        codes: set[tuple[int, str]] = set()
        answers = 0
        for name in BY_HAND:
            own = [row for row in table if (row["codebook"], row["language"]) == (name, language)]
            theirs = placed_by_hand([row["answer"] for row in own], name, embedder)
            found |= {(answers + at, key) for at, key in theirs}
            codes |= {(answers + at, key) for at, key in coded(own)}
            answers += len(own)
        precision, recall, f1 = scores(found, codes)
        measure = f"micro-F1 with five codebooks (precision {precision:.2f}, recall {recall:.2f})"
        rows.append(at_least(f"codebooks in {language}", str(answers), measure, f1, None))
    return rows


def placed_by_hand(answers: list[str], name: str, embedder: Embedder) -> set[tuple[int, str]]:
    """Return pairs of answer number and theme key, of themes with one person too: each has two or three."""
    codebook = Codebook.load(name)
    ideas = [(at, fold(answer[start:end])) for at, answer in enumerate(answers) for start, end in split_ideas(answer)]
    texts = [text for _, text in ideas]
    examples = encode(example_texts(codebook), embedder, ignore_progress)
    found = place_ideas(texts, embedder.encode(texts), codebook, examples).placed
    return {(ideas[row][0], codebook.themes[column].key) for row, column in np.argwhere(found)}


def workplace80(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure placements right, answers placed, themes, and micro-F1 by names, with the codebook "workplace"."""
    table = read_csv(folder / "workplace80.csv")
    result = analyse(
        [row["answer"] for row in table], codebook=Codebook.load("workplace"), embedder=embedder, re_runs=0
    )
    _, _, f1 = scores(placed(result, WORKPLACE80), coded(table))
    return [
        *_placements(result, table, "with codebook workplace", right=0.85, placed_share=0.85),
        at_least("workplace80", str(len(table)), "micro-F1 with codebook workplace, by names", f1, TARGET),
    ]


def workplace80_alone(folder: Path, embedder: Embedder) -> list[Row]:
    """Measure placements right, answers placed, and themes, without a codebook."""
    table = read_csv(folder / "workplace80.csv")
    result = analyse([row["answer"] for row in table], codebook=Codebook.load(NONE), embedder=embedder, re_runs=0)
    return _placements(result, table, "without a codebook", right=0.75, placed_share=0.8)


def _placements(
    result: Analysis, table: list[dict[str, str]], how: str, *, right: float, placed_share: float
) -> list[Row]:
    themes = answers_by_theme(result)
    are_right, are_placed = right_and_placed(themes, coded(table))
    n, count = str(len(table)), len(themes)
    return [
        at_least("workplace80", n, f"placements right {how}", are_right, right),
        at_least("workplace80", n, f"answers placed {how}", are_placed, placed_share),
        Row("workplace80", n, f"themes {how}", "\u2013", str(count), "12-20", 12 <= count <= 20),
    ]


def coded(table: list[dict[str, str]]) -> set[tuple[int, str]]:
    """Return pairs of answer number and code of rows `answer,codes`, with "|" between codes and "none" for none."""
    pairs = {(at, code) for at, row in enumerate(table) for code in (row["codes"] or "").split("|")}
    return {(at, code) for at, code in pairs if code not in ("", "none")}


def placed(result: Analysis, codes: Mapping[str, str]) -> set[tuple[int, str]]:
    """Return pairs of answer number and code; a theme without a code, or a discovered one, is its own."""
    return {
        (result.ideas[placement.idea].answer, codes.get(placement.theme, placement.theme))
        for placement in result.placements
    }


def answers_by_theme(result: Analysis) -> dict[str, list[int]]:
    """Return the answer of each placement, by the key of its theme."""
    themes: dict[str, list[int]] = defaultdict(list)
    for placement in result.placements:
        themes[placement.theme].append(result.ideas[placement.idea].answer)
    return themes


def right_and_placed(themes: Mapping[str, list[int]], codes: set[tuple[int, str]]) -> tuple[float, float]:
    """Return two shares: of placements, whose answer has the commonest code of its theme; of coded answers, placed."""
    right = sum(_with_commonest_code(answers, codes) for answers in themes.values())
    answers, meant = {answer for members in themes.values() for answer in members}, {answer for answer, _ in codes}
    return right / max(sum(map(len, themes.values())), 1), len(answers & meant) / max(len(meant), 1)


def scores(found: set[tuple[int, str]], wanted: set[tuple[int, str]]) -> tuple[float, float, float]:
    """Return micro precision, recall and F1, 0-1."""
    hits = len(found & wanted)
    return hits / max(len(found), 1), hits / max(len(wanted), 1), 2 * hits / max(len(found) + len(wanted), 1)


def _with_commonest_code(answers: list[int], codes: set[tuple[int, str]]) -> int:
    """Return how many placements of a theme are of answers with the code that most of its answers have."""
    counted = Counter(code for answer, code in codes if answer in set(answers))
    best = max(counted, key=lambda code: (counted[code], code), default=None)
    return sum((answer, best) in codes for answer in answers)
