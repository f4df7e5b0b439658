"""How people write the words of a name: NHS, iPhone, Straße. Folding makes them nhs, iphone and strasse.

A capital that begins a sentence says nothing about a word, nor does a text without small letters.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from analysis.words.stop_words import ENGLISH
from analysis.words.word_edges import CLAUSE_END, JOINER, TURKIC, WordEdges

INITIALS = 2  # letters
_TOPIC = re.compile("(?<=[^\u3040-\u309f])[\u306f\u304c\u3092]$")  # behind what is not written in hiragana
_PARTS = re.compile(CLAUSE_END.pattern.replace("[.,", '[.,"\u201c\u201d\u201e\u00ab\u00bb', 1))
_SENTENCE_ENDS = frozenset('.:!?\u2026\n\u00a1\u00bf"\u201c\u201d\u201e\u00ab\u00bb')


def written_forms(texts: Iterable[tuple[str, int]], edges: WordEdges | None = None) -> dict[str, str]:
    """Return each word, folded, as most people wrote it; ``texts`` are given with how many people wrote each.

    ``edges`` cuts them into words, by default as English is cut.

    A word seen only at the start of sentences or in texts all in capitals is given in small letters, unless a capital
    is inside it or it is two letters that several people wrote as capitals and nobody otherwise: AC.
    """
    edges = edges or WordEdges(ENGLISH, ())
    meant: Counter[tuple[str, str]] = Counter()
    small: Counter[tuple[str, str]] = Counter()
    initials: Counter[tuple[str, str]] = Counter()
    known: dict[str, tuple[str, str, str, bool]] = {}
    for text, people in texts:
        shouted = text.upper() == text
        start, begins = 0, True
        for end, mark in [*((found.span(), found.group()) for found in _PARTS.finditer(text)), ((len(text),) * 2, "")]:
            for cut in edges.cut(text[start : end[0]]):
                own = known.get(cut)
                if own is None:
                    word = cut.removeprefix(JOINER)
                    own = known[cut] = edges.fold(word), edges.small(word), word, _is_capitalised(word)
                folded, in_small, word, capitalised = own
                small[folded, in_small] += people
                if not shouted and not (begins and capitalised):
                    meant[folded, word] += people
                elif shouted and len(word) == INITIALS:
                    initials[folded, word] += people
                begins = False
            start, begins = end[1], begins or not _SENTENCE_ENDS.isdisjoint(mark)
    writers: Counter[str] = Counter()
    for (folded, _), count in small.items():
        writers[folded] += count
    several = {key: count for key, count in initials.items() if 1 < count == writers[key[0]]}
    return _commonest(small) | _commonest(several) | _commonest(meant)


def as_written(name: str, language: str = ENGLISH) -> str:
    """Return a name with a capital first, unless its first word has one inside: "More buses", "IJsbaan", "iPhone".

    A Japanese name loses the particle that makes it the topic or the object of a sentence: "バス" of "バスは".
    """
    if language == "ja":
        return _TOPIC.sub("", name)
    first = name.split(" ", 1)[0]
    if not first.islower():
        return name
    if language == "nl" and name.startswith("ij"):
        return f"IJ{name[2:]}"
    if language in TURKIC and name.startswith("i"):
        return f"\u0130{name[1:]}"
    return name[:1].title() + name[1:]  # of a letter that has no capital, or two of them, too


def _is_capitalised(word: str) -> bool:
    """Return whether a word looks as any does at the start of a sentence: "Trust", "I", but not "iPhone" or "NHS"."""
    return word[:1].isupper() and not any(map(str.isupper, word[1:]))


def _commonest(counts: Mapping[tuple[str, str], int]) -> dict[str, str]:
    """Return the form of each word that most people wrote: of equals, the one with fewer capitals."""
    best: dict[str, tuple[int, int, str]] = {}
    for (word, form), count in counts.items():
        worth = -count, sum(map(str.isupper, form)), form
        if word not in best or worth < best[word]:
            best[word] = worth
    return {word: form for word, (_, _, form) in best.items()}
