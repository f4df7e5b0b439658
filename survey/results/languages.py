"""The languages of the answers, in sentences: which they are in, and what a run does not read, or reads less well."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.languages import language_name
from survey.core import i18n
from survey.core.i18n import gettext, ngettext
from survey.core.models import Run
from survey.web.formatting import listed, number

MOST_NAMED = 3
LEAST_SHARE = 0.01
"""Of the answers; a language of fewer may be a mistake"""
LEAST_PEOPLE = 5
"""In a language that readers are told by its name: fewer would point at somebody"""


def unreadable_answers(run: Run | None) -> int:
    """Return how many answers are in a script that the model cannot read: nothing was found in them."""
    return _count(run, "unreadable_answers") if run else 0


def of_answers(run: Run | None, *, for_owner: bool = False) -> str | None:
    """Return which languages the answers are in, as a sentence; None where they are all in one, or it is not known.

    Readers are not told the names of languages that a few people answered in.
    """
    counts = _counts(run, "languages")
    shown = _certain(counts, counts)
    if len(shown) < 2:
        return None
    named = _named(shown, for_owner=for_owner)
    if not named:
        return gettext("The answers are in %(n)s languages.", n=number(len(shown)))
    return gettext("The answers are in %(languages)s.", languages=named)


def notices(run: Run | None, *, for_owner: bool = False) -> list[str]:
    """Return sentences about the answers in languages that the models of a run were not made for."""
    said = []
    if other := _counts(run, "other_languages"):
        shown = _certain(other, _counts(run, "languages"))
        said.append(_read_less_well(sum(other.values()), _named(shown, for_owner=for_owner)))
    if unknown := _count(run, "unknown_languages") if run else 0:
        said.append(
            ngettext(
                "%(n)s answer is in a language that was not recognised. What was found in it may be wrong.",
                "%(n)s answers are in a language that was not recognised. What was found in them may be wrong.",
                unknown,
                n=number(unknown),
            )
        )
    return said


def _read_less_well(answers: int, named: str) -> str:
    if not named:
        return ngettext(
            "%(n)s answer is in a language that the model here reads less well.",
            "%(n)s answers are in languages that the model here reads less well.",
            answers,
            n=number(answers),
        )
    return ngettext(
        "%(n)s answer is in a language that the model here reads less well: %(languages)s.",
        "%(n)s answers are in languages that the model here reads less well: %(languages)s.",
        answers,
        n=number(answers),
        languages=named,
    )


def _certain(counts: Mapping[str, int], all_counts: Mapping[str, int]) -> Mapping[str, int]:
    """Return the languages that are not so rare among all that they may be a mistake."""
    return {code: answers for code, answers in counts.items() if answers >= LEAST_SHARE * sum(all_counts.values())}


def _named(counts: Mapping[str, int], *, for_owner: bool) -> str:
    """Return the names of the languages of most answers, and how many more there are; "" where none may be told."""
    told = [code for code, answers in counts.items() if for_owner or answers >= LEAST_PEOPLE]
    names = [language_name(code, i18n.language()) for code in told[:MOST_NAMED]]
    if len(told) == MOST_NAMED + 1 == len(counts):
        names.append(language_name(told[-1], i18n.language()))
    more = len(counts) - len(names)
    if names and more:
        names.append(ngettext("%(n)s more language", "%(n)s more languages", more, n=number(more)))
    return listed(names)


def _counts(run: Run | None, name: str) -> Mapping[str, int]:
    found = run.settings.get(name) if run else None
    return found if isinstance(found, dict) else {}


def _count(run: Run, name: str) -> int:
    found = run.settings.get(name, 0)
    return found if isinstance(found, int) else 0
