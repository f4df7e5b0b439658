"""Sentences that say nothing, and ordinary answers, in ten languages: anchors.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.arrays import BoolArray
from analysis.text.normalise import fold


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences, folded, of which some say nothing; equal numbers in ``matter`` are translations of each other."""

    texts: tuple[str, ...]
    says_nothing: BoolArray
    matter: tuple[int, ...]


def read_sentences() -> Sentences:
    """Read the sentences in ten languages."""
    with Path(__file__).with_name("anchors.toml").open("rb") as file:
        tables = tomllib.load(file)
    texts: list[str] = []
    says_nothing: list[bool] = []
    matter: list[int] = []
    for kind, first in (("says_nothing", 0), ("answers", 1000)):
        for phrases in tables[kind].values():
            for number, text in enumerate(phrases.split("|")):
                texts.append(fold(text))
                says_nothing.append(kind == "says_nothing")
                matter.append(first + number)
    return Sentences(tuple(texts), np.array(says_nothing), tuple(matter))
