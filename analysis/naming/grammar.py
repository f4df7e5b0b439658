"""How whole a phrase is where it stands in a clause, judged by what its words are: nouns, verbs, prepositions …

"Broken since March" of "the lift is broken since March" has lost its subject, "day week" of "4 day week" its number,
and "destroy our" its object. The figures are choices, made by reading the names of development sets.
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from analysis.words.word_classes import (
    ADJECTIVE,
    ADVERB,
    AUXILIARY,
    COORDINATOR,
    DETERMINER,
    GERUND,
    INFINITIVE_MARK,
    NEGATION,
    NOUN,
    NUMBER,
    OF,
    OTHER,
    PARTICIPLE,
    PARTICLE,
    PREPOSITION,
    PRONOUN,
    QUESTION,
    SUBORDINATOR,
    VERB,
)

EDGE = "|"  # of a clause

_PREDICATES = VERB + GERUND + PARTICIPLE
_NEVER_LAST = DETERMINER + PREPOSITION + OF + INFINITIVE_MARK + SUBORDINATOR + COORDINATOR + AUXILIARY

Beside = Mapping[str, Mapping[str, float]]


def _table(lines: str) -> Beside:
    """Return a table of figures: on each line the class of a word, then what is beside it with the figure."""
    table: dict[str, dict[str, float]] = {}
    for line in lines.split("\n"):
        own, _, cells = line.strip().partition(":")
        for cell in cells.split():
            classes, _, figure = cell.partition("=")
            for each in own:
                table.setdefault(each, {}).update(dict.fromkeys(classes, float(figure)))
    return table


# The first word of a phrase, and the word before it.
_BEFORE = _table(
    """
    N: N=.2 A=.5 Q=.2 S=.7 V=.9 G=.9 P=.3 R=.8 O=.8
    A: N=.5 A=.4 Q=.4 S=.7 R=.8 V=.8 G=.8 P=.6 X=.9 O=.8
    V: N=.5 A=.5 Q=.4 V=.3 G=.4 P=.4 R=.8 D=.4 I=.5 S=.9 O=.7
    G: N=.6 A=.4 Q=.4 X=.7 V=.7 D=.7 R=.7 O=.7
    P: N=.3 A=.4 Q=.4 X=.3 V=.5 G=.5 D=.5 S=.4 R=.4 O=.5
    R: N=.5 A=.4 V=.5 G=.5 P=.4 X=.8 O=.5
    Q: Q=.3 A=.5 N=.6
    D: D=.8 N=.7 V=.9
    Z: X=.4 V=.5
    """
)
# The last word, and the word after it.
_AFTER = _table(
    """
    N: N=.1 A=.5 G=.8 P=.8 V=.9 I=.85 F=.5 T=.4 D=.6 Q=.6 S=.8 J=.3 O=.8
    A: N=.03 A=.1 Q=.3 V=.2 G=.2 P=.15 I=.5 F=.3 T=.1 D=.4 S=.7 R=.8 J=.5 C=.6 B=.4 X=.5 O=.6
    V: N=.03 A=.1 Q=.05 D=.05 S=.05 V=.15 G=.1 P=.3 IF=.25 T=.03 R=.5 J=.1 X=.4 B=.6 C=.7 O=.5
    G: N=.05 A=.1 Q=.05 D=.05 S=.05 V=.3 G=.2 P=.3 I=.4 T=.05 R=.5 J=.1 C=.8 O=.5
    P: N=.1 A=.2 Q=.3 D=.2 S=.2 V=.3 G=.3 P=.4 I=.6 T=.3 R=.6 J=.3 C=.8 O=.6
    R: N=.2 A=.1 V=.15 G=.2 P=.15 D=.5 Q=.3 I=.6 T=.4 R=.5 S=.5 O=.5
    J: N=.15 A=.2 D=.1 Q=.2 S=.1 I=.5 V=.4 O=.5
    Q: N=.05 A=.1 I=.5
    S: N=.4 A=.3 V=.1 X=.1 I=.7 T=.2 P=.3 G=.5 O=.6
    """
)
_NOT_AFTER = _table("N: Z=.7\nVGPA: Z=0\nR: Z=.2")  # where a negation follows what it denies
_ALONE = {ADVERB: 0.3, VERB: 0.35, ADJECTIVE: 0.8, NUMBER: 0.1, PARTICLE: 0.1, PRONOUN: 0.3, OTHER: 0.7}
TWO_CLAUSES, SECOND_SUBJECT, INFINITIVE, FIRST_ADVERB, FIRST_NUMBER, FIRST_PRONOUN = 0.1, 0.25, 0.9, 0.6, 0.5, 0.8
TORN, UNFINISHED = 0.15, 0.3
CLAUSE_POWER = 0.3  # of what is within a phrase that is its clause
NEEDED = {
    DETERMINER: 0.93,
    PREPOSITION: 0.95,
    OF: 0.95,
    AUXILIARY: 0.95,
    INFINITIVE_MARK: 1.0,
    COORDINATOR: 1.0,
    VERB: 1.0,
}
NOT_NEEDED = 0.7  # for other words that say nothing
COUNTED = 0.4  # of a word alone that stands behind a number: "quid" of "14 quid"
DENIED_THING = 0.6  # of a noun phrase after a negation further before


@lru_cache(maxsize=65536)
def wholeness(classes: str, start: int, end: int, *, denied: bool = False) -> float:
    """Return how whole the phrase ``classes[start:end]`` of a clause is, 0-1.

    ``classes``: one letter for each word of the clause, see analysis.words.word_classes. ``denied``: a negation that
    the phrase leaves out may be about it. A phrase that is the whole clause may end with any word.
    """
    asks = QUESTION in classes[start + 1 : end]
    asked = start > 0 and classes[start - 1] == QUESTION and classes[start] in ADJECTIVE + ADVERB  # how "long"
    classes = classes.replace(QUESTION, ADVERB)
    own = classes[start:end]
    before = classes[start - 1] if start else EDGE
    after = classes[end] if end < len(classes) else EDGE
    if denied and (own[0] in _PREDICATES or not _is_thing(own)):
        return 0.0
    is_clause = before == after == EDGE
    if own[-1] in _NEVER_LAST and not is_clause:
        return 0.0
    figure = _BEFORE.get(own[0], {}).get(before, 1.0) * _AFTER.get(own[-1], {}).get(after, 1.0)
    figure *= _NOT_AFTER.get(own[-1], {}).get(after, 1.0)
    if len(own) == 1:
        figure *= _ALONE.get(own, 1.0) * (COUNTED if before == NUMBER else 1.0)
    if denied:
        figure *= DENIED_THING
    if own[0] == ADVERB and len(own) > 1 and own[1] != ADJECTIVE:
        figure *= FIRST_ADVERB
    if own[0] == NUMBER and own[1:] in ("", NOUN):
        figure *= FIRST_NUMBER
    if own[0] == SUBORDINATOR or asks:
        figure *= TWO_CLAUSES
    if asked:
        figure *= TORN
    if own[0] == PRONOUN:
        figure *= FIRST_PRONOUN
    return figure * _inside(own, before, after) ** (CLAUSE_POWER if is_clause else 1)


def _is_thing(own: str) -> bool:
    """Return whether a phrase names a thing, and does not say something about it."""
    says = own[0] == ADJECTIVE and own[1:2] in (PREPOSITION, OF, INFINITIVE_MARK)  # "aware of these tools"
    return own[-1] == NOUN and not says and not any(each in own for each in VERB + AUXILIARY)


def _inside(own: str, before: str, after: str) -> float:
    """Return the figure for what is within a phrase, and how it hangs together with what is around it."""
    said = next((at for at, each in enumerate(own) if each in VERB + AUXILIARY), -1)
    if own[0] == NEGATION and ((said < 0 and after in VERB + AUXILIARY) or own[1:2] == AUXILIARY):
        return TORN  # "not every parent" is able, should "not be mandatory"
    if own[0] in _PREDICATES and AUXILIARY in own[1:] and NOUN in own[: own.find(AUXILIARY, 1)]:
        return TORN  # the right to "bear arms should be abolished"
    if own[0] in ADVERB + ADJECTIVE and own[1:2] == AUXILIARY:
        return TORN  # how "long does it take"
    if said >= 0 and own[said] == AUXILIARY and after in VERB + AUXILIARY:
        return TORN  # das "Wasser müsste wärmer" sein
    if own[-1] in VERB + GERUND and said > 0 and after != EDGE:
        return UNFINISHED  # "capital punishment serves" as …
    if before in _PREDICATES and own[0] in NOUN + PRONOUN and GERUND in own and PREPOSITION in own:
        return UNFINISHED  # keeps "children from socializing"
    if SUBORDINATOR in own[1:]:
        return TWO_CLAUSES
    subject = own.find(PRONOUN, 1)
    if subject > 0 and subject + 1 < len(own) and own[subject + 1] in VERB + AUXILIARY:
        return SECOND_SUBJECT
    if INFINITIVE_MARK in own and after != EDGE:
        return INFINITIVE
    return 1.0


def brevity(classes: str, says: Sequence[bool]) -> float:
    """Return the figure for words that a phrase could do without: "Send them a message".

    ``says``: whether each of its words says something.
    """
    own = zip(classes[1:], says[1:], strict=True)
    return math.prod(1.0 if is_said else NEEDED.get(each, NOT_NEEDED) for each, is_said in own)


def is_opened_by_a_verb(classes: str) -> bool:
    """Return whether a phrase is a verb with the infinitive of another: "trying to get attention"."""
    return len(classes) > 2 and classes[0] in _PREDICATES + AUXILIARY and classes[1] == INFINITIVE_MARK


__all__ = ["EDGE", "NEGATION", "brevity", "is_opened_by_a_verb", "wholeness"]
