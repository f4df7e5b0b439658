"""Detection of answers that are not in English, which the packaged model does not understand."""

import re
import unicodedata
from functools import lru_cache

from analysis.text.normalise import words
from analysis.text.word_lists import STOP_WORDS

# Function words of Spanish, French, German, Italian, Portuguese, Dutch, Swedish and Turkish that are not English words.
_FUNCTION_WORDS = """
el los las una unos del que muy pero porque siempre nunca también sí cuando más hay está mi tu su con sin por
le les des du une et est pas qui dans avec pour sur mais toujours jamais être avoir nous vous elle je ne au
der das den dem ein eine einen und ist nicht mit auf für sich auch immer wir ihr sie ich zu im von wenn oder
lo gli della nel che non sono sempre mai più anche è di os uma não com mais você ele ela eu nós em um
het een niet met voor zijn altijd maar ook elkaar och att det inte är för med alltid varandra
ve bir bu için çok değil
"""
OTHER_LANGUAGE_WORDS = frozenset(words(_FUNCTION_WORDS)) - STOP_WORDS
_LETTERS = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=65536)
def _is_latin(letter: str) -> bool:
    return "LATIN" in unicodedata.name(letter, "")


def is_non_english(answer: str) -> bool:
    """Return whether an answer seems not to be in English, by its script or its function words.

    This is an estimate: a short answer without function words counts as English.
    """
    if not answer.isascii():
        letters = _LETTERS.findall(answer)
        if letters and sum(map(_is_latin, letters)) * 2 < len(letters):
            return True
    tokens = words(answer)
    if OTHER_LANGUAGE_WORDS.isdisjoint(tokens):
        return False
    foreign = sum(word in OTHER_LANGUAGE_WORDS for word in tokens)
    return foreign >= 2 and foreign > sum(word in STOP_WORDS for word in tokens)
