"""Read and sample the coded data sets of the benchmarks, the same way every time."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TEXTS = Path(__file__).with_name("texts")
"""Folder of the texts written for these benchmarks"""
# 36 answers over 10 codes, in proportion to 1, 1/2, 1/3 ... as answers to open questions are.
SKEWED = (12, 6, 4, 3, 3, 2, 2, 2, 1, 1)


@dataclass(frozen=True)
class CodedAnswers:
    """Answers, each with the one code that people gave it."""

    texts: list[str]
    codes: list[str]


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column name."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def banking_draws(folder: Path, draws: int) -> Iterator[CodedAnswers]:
    """Return random samples of 36 answers: 10 intents with SKEWED sizes."""
    by_code = _banking(folder)
    for seed in range(draws):
        generator = np.random.default_rng(seed)
        codes = generator.choice(sorted(by_code), len(SKEWED), replace=False).tolist()
        chosen = [
            (generator.choice(by_code[code], size, replace=False).tolist(), code)
            for code, size in zip(codes, SKEWED, strict=True)
        ]
        yield CodedAnswers(
            [text for texts, _ in chosen for text in texts], [code for texts, code in chosen for _ in texts]
        )


def banking_sample(folder: Path, *, answers: int, codes: int, seed: int = 0) -> CodedAnswers:
    """Return a random sample of answers from a random sample of intents."""
    by_code = _banking(folder)
    generator = np.random.default_rng(seed)
    pool = [
        (text, code)
        for code in generator.choice(sorted(by_code), codes, replace=False).tolist()
        for text in by_code[code]
    ]
    chosen = [pool[at] for at in generator.permutation(len(pool))[:answers]]
    return CodedAnswers([text for text, _ in chosen], [code for _, code in chosen])


def banking_codes(folder: Path) -> list[str]:
    """Return the names of all intents, as words."""
    return [code.replace("_", " ").strip("?") for code in sorted(_banking(folder))]


def debate_topics(folder: Path) -> Iterator[CodedAnswers]:
    """Return, for each debate topic, the arguments that experts matched with exactly one key point."""
    topics: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in read_csv(folder / "argkp_2021.csv"):
        if row["label"]:
            topics[row["topic"]].append((row["text"], row["label"]))
    for _, pairs in sorted(topics.items()):
        times = Counter(text for text, _ in pairs)
        single = [pair for pair in pairs if times[pair[0]] == 1]
        yield CodedAnswers([text for text, _ in single], [code for _, code in single])


def debate_stances(folder: Path) -> Iterator[CodedAnswers]:
    """Return the same arguments of each debate topic, coded by whether they are for or against it."""
    rows = read_csv(folder / "argkp_2021.csv")
    stance = {(row["topic"], row["text"]): row["stance"] for row in rows}
    for topic, answers in zip(
        sorted({row["topic"] for row in rows if row["label"]}), debate_topics(folder), strict=True
    ):
        yield CodedAnswers(answers.texts, [stance[topic, text] for text in answers.texts])


def survey_question(folder: Path) -> CodedAnswers:
    """Return the answers to the ANES question of 2008 that have exactly one code."""
    single = [row for row in read_csv(folder / "anes2008_d5.csv") if row["codes"] and "|" not in row["codes"]]
    return CodedAnswers([row["text"] for row in single], [row["codes"] for row in single])


def _banking(folder: Path) -> dict[str, list[str]]:
    by_code: dict[str, list[str]] = defaultdict(list)
    for row in read_csv(folder / "banking77.csv"):
        by_code[row["label"]].append(row["text"])
    return by_code
