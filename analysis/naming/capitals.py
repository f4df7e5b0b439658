"""How people write the words of a name: NHS, iPhone, Straße. Folding makes them nhs, iphone and strasse.

A capital that begins a sentence says nothing about a word, nor does a text without small letters.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from analysis.text.normalise import fold_word, written_words

_PARTS = re.compile(r"[.,;:!?()\[\]\u2026\u2013\u2014\n\u00a1\u00bf\"\u201c\u201d\u201e\u00ab\u00bb]+|\s-+\s")
_SENTENCE_ENDS = frozenset('.:!?\u2026\n\u00a1\u00bf"\u201c\u201d\u201e\u00ab\u00bb')


def written_forms(texts: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Return each word, folded, as most people wrote it; ``texts`` are given with how many people wrote each.

    A word seen only at the start of sentences or in texts all in capitals is given in small letters, unless a capital
    is inside it.
    """
    meant: dict[str, Counter[str]] = defaultdict(Counter)
    small: dict[str, Counter[str]] = defaultdict(Counter)
    for text, people in texts:
        shouted = text.upper() == text
        start, begins = 0, True
        for end, mark in [*((found.span(), found.group()) for found in _PARTS.finditer(text)), ((len(text),) * 2, "")]:
            for word in written_words(text[start : end[0]]):
                folded = fold_word(word)
                small[folded][word.lower()] += people
                if not shouted and not (begins and _is_capitalised(word)):
                    meant[folded][word] += people
                begins = False
            start, begins = end[1], begins or not _SENTENCE_ENDS.isdisjoint(mark)
    return {word: _most_common(meant.get(word, forms)) for word, forms in small.items()}


def as_written(name: str, forms: Mapping[str, str]) -> str:
    """Return a folded name in the letters people use, its first a capital unless people write one inside the word."""
    words = [forms.get(word, word) for word in name.split(" ")]
    if words[0].islower():
        words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)


def _is_capitalised(word: str) -> bool:
    """Return whether a word looks as any does at the start of a sentence: "Trust", "I", but not "iPhone" or "NHS"."""
    return word[:1].isupper() and not any(map(str.isupper, word[1:]))


def _most_common(forms: Mapping[str, int]) -> str:
    return min(forms, key=lambda form: (-forms[form], sum(map(str.isupper, form)), form))
