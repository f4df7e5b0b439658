"""What own sentences are against, in seven languages: nearly all is read, and little that is against nothing."""

from __future__ import annotations

from collections import Counter

from analysis.stances.wishes import wishes
from benchmarks.data import TEXTS

SENTENCES = TEXTS / "against_by_hand.txt"


def test_sentences_are_read_as_against_what_they_are_against() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    for line in SENTENCES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        half, language, word, sentence = line.split(" ", 3)
        against = [wish.matter for wish in wishes(sentence, language) if wish.against]
        if word == "-":
            counts[half, "wrong" if against else "nothing"] += 1
        else:
            counts[half, "read" if any(word in matter for matter in against) else "missed"] += 1
    assert counts["development", "read"] >= 37, counts
    assert counts["development", "wrong"] <= 1, counts
    assert counts["reporting", "read"] >= 36, counts
    assert counts["reporting", "wrong"] <= 3, counts
