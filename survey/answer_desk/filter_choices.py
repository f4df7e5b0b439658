"""What the fields of the filter offer, and the chips that say what is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from analysis.languages import language_name
from survey.answer_desk import matching
from survey.answer_desk.answer_filter import (
    ASKER,
    MEANING,
    NO_KIND,
    NO_THEME,
    SAYS_NOTHING,
    UNTOLD,
    AnswerFilter,
    day_of,
)
from survey.answer_desk.answer_list import HOLD_REASONS
from survey.answers.lifecycle import SOURCES
from survey.core import respondent_kinds
from survey.core.database import db
from survey.core.i18n import N_, gettext, language
from survey.core.models import AnswerImport, Survey
from survey.results.visible_themes import all_themes
from survey.runs import counted_people
from survey.runs.lookups import shown_run
from survey.search import find
from survey.web.formatting import day, number

Choices = list[tuple[str, str]]
"""Values of a field, each with its label"""
MAX_IMPORTS = 100
"""Imports that are offered, the newest"""
STATES = {"shown": N_("Shown"), "held": N_("Held"), "hidden": N_("Hidden")}


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that narrows the list: in words, and the query of the list without it."""

    label: str
    without: str


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """The values that each field of the filter offers, without "any"."""

    theme: Choices
    kind: Choices
    source: Choices
    why: Choices
    language: Choices
    arrived_in: Choices


def choices(survey: Survey) -> FilterChoices:
    """Return what the filter of a survey offers."""
    run = shown_run(survey)
    themes = [(theme.public_id, theme.name) for theme in all_themes(run)]
    if run is not None:
        themes += [(NO_THEME, gettext("In no theme")), (SAYS_NOTHING, gettext("Says nothing to the question"))]
    kinds = [(kind.key, kind.label) for kind in respondent_kinds.offered_or_had(survey)]
    told = run.settings.get("languages") if run else None
    languages = [(code, language_name(code, language())) for code in told] if isinstance(told, dict) else []
    imports = select(AnswerImport.public_id, AnswerImport.name).where(AnswerImport.survey_id == survey.id)
    newest = db.session.execute(imports.order_by(AnswerImport.id.desc()).limit(MAX_IMPORTS))
    return FilterChoices(
        theme=themes,
        kind=[*kinds, (NO_KIND, gettext("None chosen"))],
        source=[*((tag, gettext(label)) for tag, label in SOURCES.items()), (ASKER, gettext("Your own answer"))],
        why=[(reason, gettext(label)) for reason, label in HOLD_REASONS.items()],
        language=[*languages, (UNTOLD, gettext("Cannot be told"))] if languages else [],
        arrived_in=[(public_id, name) for public_id, name in newest],
    )


def chips(wanted: AnswerFilter, offered: FilterChoices) -> list[Chip]:
    """Return a chip for each thing that narrows the list."""
    titles = {
        "theme": gettext("Theme"),
        "kind": gettext("Kind"),
        "source": gettext("From where"),
        "why": gettext("Held because"),
        "language": gettext("Language"),
        "arrived_in": gettext("File"),
        "since": gettext("First day"),
        "until": gettext("Last day"),
        "words": gettext("By meaning") if wanted.how else gettext("Words"),
        "state": gettext("State"),
    }
    return [
        Chip(
            gettext("%(what)s: %(value)s", what=titles[name], value=_value(name, value, offered)),
            wanted.query(**{name: ""} | ({"how": ""} if name == "words" else {})),
        )
        for name, value in wanted.set_fields.items()
        if name != "how"
    ]


def notice(survey: Survey, wanted: AnswerFilter) -> str:
    """Say why there is no search by meaning now, or that it was in a sample; "" where it is whole or not asked for."""
    if wanted.how != MEANING:
        return ""
    near = matching.near_in_meaning(survey, wanted.words)
    if near.looked_in is not None:
        return gettext(
            "By meaning, %(n)s of %(all)s answers were looked through: there are too many to compare all of them.",
            n=number(near.looked_in),
            all=number(counted_people.people(survey)),
        )
    said = {
        find.PREPARING: gettext("Search by meaning is being prepared. Try again in a moment, or search by word."),
        find.OFTEN: gettext("You have searched by meaning very often. Wait a few minutes, or search by word."),
        find.SILENT: gettext("Search by meaning does not answer now. Search by word instead."),
        find.UNASKED: gettext("Answers can be found by meaning once themes were looked for."),
    }
    return said.get(near.state, "")


def _value(name: str, value: str, offered: FilterChoices) -> str:
    if name == "words":
        return gettext("“%(words)s”", words=value)
    if name == "state":
        return gettext(STATES[value]) if value in STATES else _unknown()
    if name in ("since", "until"):
        chosen = day_of(value)
        return day(chosen) if chosen is not None else gettext("“%(value)s”, which is no day", value=value)
    return dict(getattr(offered, name)).get(value) or _unknown()


def _unknown() -> str:
    return gettext("one that is not there (any more)")
