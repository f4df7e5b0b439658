"""What each word of a clause is, in English and German: a noun, a verb, a preposition …

HanTa (Wartena 2019: "A Probabilistic Morphology Model for German Lemmatization") tags the words. Its model of Dutch
takes 0.8 GB of memory and is not used.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from HanTa.HanoverTagger import HanoverTagger

NOUN, VERB, GERUND, PARTICIPLE, ADJECTIVE, ADVERB = "N", "V", "G", "P", "A", "R"
AUXILIARY, PRONOUN, DETERMINER, NUMBER, PREPOSITION = "X", "S", "D", "Q", "I"
PARTICLE, INFINITIVE_MARK, NEGATION, COORDINATOR, SUBORDINATOR, OF, OTHER = "J", "T", "Z", "C", "B", "F", "O"
QUESTION = "W"

LONGEST_WORD = 30  # letters; longer ones are no words, and take long
MOST_WORDS = 65536  # whose tags are kept

_MODELS = {"en": "morphmodel_en.pgz", "de": "morphmodel_ger.pgz"}
# The beginnings of the tags of CLAWS 5 and STTS, the longer before the shorter.
_CLASSES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "NN": NOUN, "NP": NOUN, "VVG": GERUND, "VVN": PARTICIPLE, "VV": VERB, "VB": AUXILIARY, "VD": AUXILIARY,
        "VH": AUXILIARY, "VM": AUXILIARY, "AJ": ADJECTIVE, "AT": DETERMINER, "DPS": DETERMINER, "DT": DETERMINER,
        "CRD": NUMBER, "ORD": ADJECTIVE, "AVP": PARTICLE, "AV": ADVERB, "PRF": OF, "PR": PREPOSITION, "PN": PRONOUN,
        "EX0": PRONOUN, "CJC": COORDINATOR, "CJ": SUBORDINATOR, "TO0": INFINITIVE_MARK, "XX0": NEGATION,
    },
    "de": {
        "NN": NOUN, "NE": NOUN, "FM": NOUN, "VV(PP": PARTICIPLE, "VVPP": PARTICIPLE, "VV": VERB, "VA": AUXILIARY,
        "VM": AUXILIARY, "ADJ(A": ADJECTIVE, "ADJA": ADJECTIVE, "ADJ": ADVERB, "ART": DETERMINER, "PIAT": DETERMINER,
        "PPOSAT": DETERMINER, "PDAT": DETERMINER, "PIDAT": DETERMINER, "CARD": NUMBER, "ADV": ADVERB, "PWAV": ADVERB,
        "PAV": ADVERB, "PROAV": ADVERB, "AP": PREPOSITION, "PP": PRONOUN, "PRF": PRONOUN, "PIS": PRONOUN,
        "PDS": PRONOUN, "PWS": PRONOUN, "PREL": PRONOUN, "KON": COORDINATOR, "KO": SUBORDINATOR,
        "PTKZU": INFINITIVE_MARK, "PTKNEG": NEGATION, "PTKVZ": PARTICLE, "PTKA": ADVERB,
    },
}  # fmt: skip
_NOT = {"en": "not", "de": "nicht"}
# Another clause begins with these, which are tagged as "and" is, or as adverbs.
_CLASS_OF = {
    "en": {"but": SUBORDINATOR, "how": QUESTION, "why": QUESTION, "where": QUESTION},
    "de": {"aber": SUBORDINATOR, "sondern": SUBORDINATOR, "warum": QUESTION, "wieso": QUESTION, "wo": QUESTION},
}


def has_classes(language: str) -> bool:
    """Return whether the words of a language (BCP 47) can be told apart."""
    return language.partition("-")[0] in _MODELS


def word_classes(clause: Sequence[str], language: str, negations: frozenset[str]) -> str:
    """Return one letter for each word of a clause, which is what it is: see the names above.

    Words are as people write them; a capital tells a German noun. ``negations``, in small letters, are read as "not".
    Raises KeyError in a language whose words cannot be told apart.
    """
    code = language.partition("-")[0]
    return _classes(tuple(_NOT[code] if word.lower() in negations else word[:LONGEST_WORD] for word in clause), code)


@lru_cache(maxsize=65536)
def _classes(clause: tuple[str, ...], code: str) -> str:
    tagged = _tagger(code).tag_sent([*clause], taglevel=0, casesensitive=code != "en")
    known = _CLASS_OF[code]
    return "".join(known.get(word.lower()) or _class(tag, code) for word, tag in zip(clause, tagged, strict=True))


@cache
def _class(tag: str, code: str) -> str:
    return next((own for start, own in _CLASSES[code].items() if tag.startswith(start)), OTHER)


@cache
def _tagger(code: str) -> HanoverTagger:
    """Return the tagger of a language, which analyses each word once and without its lemma (``taglevel=0``).

    1,500 titles of up to 12 words, most of them distinct: .65 s of processor time, with lemmas and anew 1.05.
    """
    tagger = HanoverTagger(_MODELS[code])
    tagger.analyze_forward = lru_cache(MOST_WORDS)(tagger.analyze_forward)
    return tagger
