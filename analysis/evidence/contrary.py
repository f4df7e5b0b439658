"""Which ideas are no evidence for their theme: they say that it was not so, or praise what its name complains of."""

from collections.abc import Iterable, Sequence

from analysis.naming.choose_names import are_related
from analysis.stances.denials import denial, verdict
from analysis.stances.denying import meanings
from analysis.stances.mark import language_of
from analysis.text.normalise import words
from analysis.text.parse_answers import ParsedAnswers


def contrary(parsed: ParsedAnswers, numbers: Sequence[int], name: str) -> frozenset[int]:
    """Return which of the ideas ``numbers`` of a theme called ``name`` deny it or judge the other way than its name.

    None are where as many people say so as do not: then the theme is about that. An idea that denies one thing and
    names the theme besides ("not the pay, the boss") denies something else.
    """
    languages = {language_of(parsed, number) for number in numbers}
    sides = {side for language in languages if (side := verdict(name, language)) is not None}
    judged = next(iter(sides)) if len(sides) == 1 else None
    found: set[int] = set()
    for number in numbers:
        text, language = parsed.ideas[number].text, language_of(parsed, number)
        if _denies(text, language, name) or (judged is not None and verdict(text, language) is (not judged)):
            found.add(number)
    people = len({parsed.ideas[number].answer for number in numbers})
    return frozenset(found) if 2 * len({parsed.ideas[number].answer for number in found}) < people else frozenset()


def _denies(text: str, language: str, name: str) -> bool:
    said = denial(text, language)
    if said is None:
        return False
    named = meanings(tuple(words(name)), language)
    return _share(meanings(said.matter, language), named) or not _share(meanings(said.rest, language), named)


def _share(some: Iterable[str], others: Iterable[str]) -> bool:
    return any(are_related(stem, other) for stem in some for other in others)
