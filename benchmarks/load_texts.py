"""Answers for load tests: as many as are wanted, no two alike, the same from the same seed."""

from __future__ import annotations

import random
import re

STEMS = re.findall(
    r"\w+",
    """
listen honest laugh patience trust forgive talk kindness humour respect time space dinner walk garden music
promise secret money children work rest holiday letter morning evening kitchen silence argue repair thank notice
praise admire question answer remember birthday travel home friend neighbour parent grandmother coffee bread
river winter light window story courage weakness apology gratitude habit ritual surprise dance prayer faith fear
dream memory illness care touch shoulder hand voice temper pride jealousy freedom support advice growth change
routine budget chores dishes laundry bicycle mountain village market festival poem letter telephone message
distance journey return welcome
""",
)
OPENINGS = ("We always", "Never forget to", "For us it was", "My mother said:", "It takes", "Every day we", "I learned")


def distinct(count: int, seed: int) -> list[str]:
    """Texts of six to fourteen words; each has a number spelled in letters, so that none is another."""
    chance = random.Random(seed)
    texts = []
    for number in range(count):
        words = chance.sample(STEMS, chance.randint(6, 14))
        texts.append(f"{chance.choice(OPENINGS)} {' '.join(words)} {_spelled(number)}")
    return texts


def alike(count: int) -> list[str]:
    """Texts that differ by their last letters alone."""
    return [f"Listen to each other every single day and mean it {_spelled(number)}" for number in range(count)]


def _spelled(number: int) -> str:
    letters = ""
    while True:
        number, rest = divmod(number, 20)
        letters += "bcdfghjklmnpqrstvwxz"[rest] + "ae"[rest % 2]
        if number == 0:
            return letters
