"""The coded answers that are measured on: read from the folder of data, drawn the same way every time."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# 36 answers over 10 codes, in proportion to 1, 1/2, 1/3 ... as answers to open questions are.
SKEWED = (12, 6, 4, 3, 3, 2, 2, 2, 1, 1)


@dataclass(frozen=True)
class Answers:
    """Answers and the one human code of each."""

    texts: list[str]
    codes: list[str]


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def banking_draws(folder: Path, draws: int) -> Iterator[Answers]:
    """Draws of 36 answers: 10 intents at random, SKEWED sizes."""
    by_code = _banking(folder)
    for seed in range(draws):
        generator = np.random.default_rng(seed)
        codes = generator.choice(sorted(by_code), len(SKEWED), replace=False).tolist()
        chosen = [
            (generator.choice(by_code[code], size, replace=False).tolist(), code)
            for code, size in zip(codes, SKEWED, strict=True)
        ]
        yield Answers([text for texts, _ in chosen for text in texts], [code for texts, code in chosen for _ in texts])


def banking_sample(folder: Path, *, answers: int, codes: int, seed: int = 0) -> Answers:
    """So many answers at random out of so many intents at random."""
    by_code = _banking(folder)
    generator = np.random.default_rng(seed)
    pool = [
        (text, code)
        for code in generator.choice(sorted(by_code), codes, replace=False).tolist()
        for text in by_code[code]
    ]
    chosen = [pool[at] for at in generator.permutation(len(pool))[:answers]]
    return Answers([text for text, _ in chosen], [code for _, code in chosen])


def banking_codes(folder: Path) -> list[str]:
    """All intents, as words."""
    return [code.replace("_", " ").strip("?") for code in sorted(_banking(folder))]


def key_points(folder: Path) -> Iterator[Answers]:
    """For each debate topic, the arguments that experts matched with exactly one key point."""
    topics: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows(folder / "argkp_2021.csv"):
        if row["label"]:
            topics[row["topic"]].append((row["text"], row["label"]))
    for _, pairs in sorted(topics.items()):
        times = Counter(text for text, _ in pairs)
        single = [pair for pair in pairs if times[pair[0]] == 1]
        yield Answers([text for text, _ in single], [code for _, code in single])


def survey_question(folder: Path) -> Answers:
    """Answers to the survey question of 2008 that were given one code."""
    single = [row for row in rows(folder / "anes2008_d5.csv") if row["codes"] and "|" not in row["codes"]]
    return Answers([row["text"] for row in single], [row["codes"] for row in single])


def _banking(folder: Path) -> dict[str, list[str]]:
    by_code: dict[str, list[str]] = defaultdict(list)
    for row in rows(folder / "banking77.csv"):
        by_code[row["label"]].append(row["text"])
    return by_code
