"""Measure how often the language of a question, and of each answer to one, is told.

    python -m benchmarks.answer_languages [--data ../shared/data]

Questions are our own (`texts/questions_in_languages.csv`). Answers are taken as a survey in one language, as one in all
languages together, as three among many English ones, and each alone. Each cell: right / wrong / left undecided.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from analysis.languages import guess_language
from analysis.text.language import Guesses, decide_languages, guess_languages
from benchmarks.data import TEXTS, read_csv

QUESTIONS = TEXTS / "questions_in_languages.csv"
FEW = 3
MANY = 10
"""How often the English answers are taken where they are many"""
Texts = Mapping[str, list[str]]
Pairs = list[tuple[str, str | None]]

guess: Callable[[str], Guesses] = cache(guess_languages)


def by_language(path: Path, language: str, text: str) -> Texts:
    """Return the texts of a file by their language."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in read_csv(path):
        found[row[language]].append(row[text])
    return found


def told(texts: Iterable[str]) -> list[str | None]:
    """Return the language of each of the answers to one question."""
    return decide_languages([guess(text) for text in texts])


def one_language(texts: Texts) -> Pairs:
    """Each language as a survey of its own."""
    return [(language, found) for language, own in texts.items() for found in told(own)]


def all_together(texts: Texts) -> Pairs:
    """All languages as one survey."""
    truth = [language for language, own in texts.items() for _ in own]
    return list(zip(truth, told(text for own in texts.values() for text in own), strict=True))


def among_english(texts: Texts) -> Pairs:
    """Few answers of another language among many English ones."""
    pairs: Pairs = []
    for language, own in texts.items():
        for start in range(0, len(own) - FEW + 1, FEW) if language != "en" else ():
            found = told([*texts["en"] * MANY, *own[start : start + FEW]])
            pairs += [(language, each) for each in found[-FEW:]]
    return pairs


def each_alone(texts: Texts) -> Pairs:
    """Each answer as a survey of one."""
    return [(language, told([text])[0]) for language, own in texts.items() for text in own]


def cell(pairs: Pairs) -> str:
    """Return the shares of right, wrong and undecided."""
    right = sum(truth == found for truth, found in pairs) / len(pairs)
    undecided = sum(found is None for _, found in pairs) / len(pairs)
    return f"{right:.3f} / {1 - right - undecided:.3f} / {undecided:.3f}"


def main() -> None:
    """Print a table, and how many texts are told in a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    folder: Path = parser.parse_args().data
    questions = [(row["language"], row["question"]) for row in read_csv(QUESTIONS)]
    guessed = [(truth, guess_language(question, "", "")) for truth, question in questions]
    missed = [f"{truth} taken for {found or 'none'}" for truth, found in guessed if truth != found]
    print(f"{len(questions)} questions: {len(questions) - len(missed)} right; {', '.join(missed)}")
    relationships = by_language(folder / "relationship_dev_languages.csv", "lang", "answer")
    english = {"en": [row["answer"] for row in read_csv(folder / "relationship_dev.csv")]}
    sets = {
        "relationship_dev and _languages": {**relationships, **english},
        "xsid_five_languages": by_language(folder / "xsid_five_languages.csv", "lang", "text"),
    }
    ways = (one_language, all_together, among_english, each_alone)
    print("| | " + " | ".join(way.__name__.replace("_", " ") for way in ways) + " |")
    print("|---" * (1 + len(ways)) + "|")
    for name, texts in sets.items():
        print(f"| {name} | " + " | ".join(cell(way(texts)) for way in ways) + " |")
    many = [text for own in sets["xsid_five_languages"].values() for text in own] * 50
    start = time.process_time()
    decide_languages([*map(guess_languages, many)])
    print(f"{len(many):,} texts in {time.process_time() - start:.1f} s of processor time")


if __name__ == "__main__":
    main()
