"""Compare the words that names are made of with words found by hand: their edges, and which are plurals of which.

    python -m benchmarks.name_words

Libraries are measured beside ours if installed: ``icu4py`` (words of Chinese, Japanese, Thai), ``simplemma`` (lemmas).
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec

import budoux
import rjieba
import snowballstemmer

from analysis.text.normalise import fold
from analysis.words.singulars import singulars
from analysis.words.word_edges import JOINER, WordEdges
from benchmarks.data import TEXTS

STEMMERS = {
    "ar": "arabic", "de": "german", "es": "spanish", "fr": "french", "it": "italian", "nl": "dutch", "pt": "portuguese",
}  # fmt: skip

Cutter = Callable[[str], list[str]]


def sections(name: str) -> dict[str, list[str]]:
    """Return the lines of each section of a file of texts."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (TEXTS / name).read_text(encoding="utf-8").splitlines():
        if head := re.fullmatch(r"\[(.+)\]", line):
            lines = found.setdefault(head[1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def edges(words: list[str]) -> set[int]:
    """Return where words end in the text that they are joined to, the last one left out."""
    ends, at = set(), 0
    for word in words[:-1]:
        at += len(word)
        ends.add(at)
    return ends


def cutters(language: str, texts: list[str]) -> Iterator[tuple[str, Cutter]]:
    """Return ours and the libraries that cut a language into words."""
    ours = WordEdges(language, texts)
    yield "ours", lambda text: [word.removeprefix(JOINER) for word in ours.cut(text)]
    if language == "zh":
        yield "rjieba", rjieba.cut
        yield "budoux", budoux.load_default_simplified_chinese_parser().parse
    elif language == "ja":
        yield "budoux", budoux.load_default_japanese_parser().parse
    else:
        yield "budoux", budoux.load_default_thai_parser().parse
    if find_spec("icu4py"):
        breaker = import_module("icu4py.breakers").WordBreaker
        yield "icu4py", lambda text: list(breaker(text, language))


def plurals(language: str, words: set[str]) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Return ours and the libraries that tell which words of a language are one."""
    yield "ours", singulars(words, language).__getitem__
    yield "snowball", snowballstemmer.stemmer(STEMMERS[language]).stemWord
    if find_spec("simplemma") and language != "ar":
        lemmatize = import_module("simplemma").lemmatize
        yield "simplemma", lambda word: fold(lemmatize(word, lang=language))


def main() -> None:
    """Print what was measured."""
    for language, lines in sections("words_by_hand.txt").items():
        texts = [line.replace("|", "") for line in lines]
        for name, cut in cutters(language, texts):
            pairs = [(edges(line.split("|")), edges(cut(text))) for line, text in zip(lines, texts, strict=True)]
            inside, cuts, both, by_hand = (
                sum(each)
                for each in zip(
                    *((len(own - hand), len(own), len(own & hand), len(hand)) for hand, own in pairs), strict=True
                )
            )
            print(f"{language} {name}: {inside} of {cuts} cuts inside a word, {both} of {by_hand} edges found")
    listed = {
        key: [tuple(map(fold, line.split())) for line in lines]
        for key, lines in sections("plurals_by_hand.txt").items()
    }
    for key, one in listed.items():
        part, language, kind = key.split()
        if kind == "one":
            two = listed.get(f"{part} {language} two", [])
            for name, lemma in plurals(language, {word for pair in (*one, *two) for word in pair}):
                together, wrongly = (sum(lemma(a) == lemma(b) for a, b in pairs) for pairs in (one, two))
                print(f"{part} {language} {name}: {together} of {len(one)} together, {wrongly} of {len(two)} wrongly")


if __name__ == "__main__":
    main()
