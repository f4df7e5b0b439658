"""The script that a text is written in."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache

LATIN = "Latin"
_LETTERS = re.compile(r"[^\W\d_]")
# Scripts that one text mixes: kana are Japanese, and characters without kana count as Chinese.
_GROUPS = {"Cjk": "Han", "Ideographic": "Han", "Hiragana": "Kana", "Katakana": "Kana", "Katakana-hiragana": "Kana"}
_PREFIXES = ("Fullwidth", "Halfwidth", "Modifier", "Mathematical", "Superscript", "Circled", "Old")


@lru_cache(maxsize=65536)
def script_of(letter: str) -> str:
    """Return the script of a letter by its Unicode name, such as "Thai"; "Han" and "Kana" for Chinese and Japanese."""
    names = unicodedata.name(letter, "").title().split()
    if names and names[0] in _PREFIXES:
        names = [name for name in names if name not in _PREFIXES] or [""]
        if names[0] not in _GROUPS and names[0] in ("Letter", "Bold", "Italic", "Script", "Small", "Capital", "Sans"):
            return LATIN
    first = names[0] if names else ""
    return _GROUPS.get(first, first)


def main_script(text: str) -> str:
    """Return the script of most letters of a text: "Latin", "Japanese", "Chinese", "Thai" …; "Latin" without letters.

    A script with at most half of the letters is not the script of the text.
    """
    return LATIN if text.isascii() else _main_script(text)


@lru_cache(maxsize=65536)
def _main_script(text: str) -> str:
    counts = Counter(map(script_of, _LETTERS.findall(text)))
    kana, han = counts.pop("Kana", 0), counts.pop("Han", 0)
    if kana or han:
        counts["Japanese" if kana else "Chinese"] += kana + han
    if not counts:
        return LATIN
    script, letters = max(counts.items(), key=lambda found: (found[1], found[0]))
    return script if letters * 2 > counts.total() else LATIN
