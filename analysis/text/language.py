"""Which answers are in another language than the packaged model understands, so that readers can be told."""

import re
import unicodedata
from functools import lru_cache

from analysis.text.normalise import words
from analysis.text.word_lists import STOP_WORDS

# Small words that are common in one of these languages and no word of English.
_SMALL = """
el los las una unos del que muy pero porque siempre nunca también sí cuando más hay está mi tu su con sin por
le les des du une et est pas qui dans avec pour sur mais toujours jamais être avoir nous vous elle je ne au
der das den dem ein eine einen und ist nicht mit auf für sich auch immer wir ihr sie ich zu im von wenn oder
lo gli della nel che non sono sempre mai più anche è di os uma não com mais você ele ela eu nós em um
het een niet met voor zijn altijd maar ook elkaar och att det inte är för med alltid varandra
ve bir bu için çok değil
"""
OTHER_LANGUAGE_WORDS = frozenset(words(_SMALL)) - STOP_WORDS
_LETTERS = re.compile(r"[^\W\d_]")


@lru_cache(maxsize=65536)
def _is_latin(letter: str) -> bool:
    return "LATIN" in unicodedata.name(letter, "")


def is_non_english(answer: str) -> bool:
    """Whether an answer seems to be in no English: in another script, or held together by another's small words.

    Roughly: short answers without small words count as English.
    """
    if not answer.isascii():
        letters = _LETTERS.findall(answer)
        if letters and sum(map(_is_latin, letters)) * 2 < len(letters):
            return True
    own = words(answer)
    if OTHER_LANGUAGE_WORDS.isdisjoint(own):
        return False
    elsewhere = sum(word in OTHER_LANGUAGE_WORDS for word in own)
    return elsewhere >= 2 and elsewhere > sum(word in STOP_WORDS for word in own)
