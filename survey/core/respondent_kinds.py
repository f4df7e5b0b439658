"""Kinds: what respondents say of themselves beside an answer, the site's six or a survey's own.

The one place that knows which kinds a survey asks and what each is called.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from survey.core.i18n import N_, gettext, language
from survey.core.models import Survey

ANY = "any"
"""The site's kind that is no group of its own: whoever chose it has them all in mind"""
MAX_KINDS = 8
MAX_LABEL_CHARACTERS = 40
SITE_QUESTION = N_("What kind of relationship do you have in mind?")
OWN_QUESTION = N_("Which of these fits you best?")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind that an answer may have. `exported` is what a file says."""

    key: str
    label: str
    export_label: str


SITE = (
    ("partner", N_("Partner")),
    ("family", N_("Family")),
    ("friend", N_("Friend")),
    ("colleague", N_("Colleague")),
    ("customer", N_("Customer")),
    (ANY, N_("Any kind")),
)
"""The site's kinds in English: key and label"""


def has_own(survey: Survey) -> bool:
    """Whether a survey asks kinds of its own instead of the site's."""
    return any(kind["asked"] for kind in survey.own_kinds)


def offered(survey: Survey) -> list[Kind]:
    """The kinds a survey asks, in their order."""
    own = [_own(kind) for kind in survey.own_kinds if kind["asked"]]
    return own or list(_of_site(language()))


def question(survey: Survey) -> str:
    """What is asked above the kinds."""
    return gettext(OWN_QUESTION if has_own(survey) else SITE_QUESTION)


def by_key(survey: Survey) -> dict[str, Kind]:
    """Every kind an answer of this survey may have, by its key: those it asked before are among them."""
    return {kind.key: kind for kind in (*_of_site(language()), *map(_own, survey.own_kinds))}


def find(survey: Survey, text: str) -> Kind | None:
    """The kind that a file calls so, by key or label; one that is asked goes before one that was."""
    wanted = text.casefold()
    found = [*offered(survey), *by_key(survey).values()]
    return next((kind for kind in found if wanted in (kind.key, kind.label.casefold())), None)


def own_labels(survey: Survey) -> list[str]:
    """The labels of the survey's own kinds that are asked."""
    return [kind["label"] for kind in survey.own_kinds if kind["asked"]]


def label_problem(labels: Sequence[str]) -> str | None:
    """Why these labels cannot be a survey's kinds, None where they can."""
    if len(labels) > MAX_KINDS:
        return f"These are {len(labels)} kinds, and {MAX_KINDS} fit. Take some out."
    long = next((line for line in labels if len(line) > MAX_LABEL_CHARACTERS), None)
    if long is not None:
        return f"Keep each kind to {MAX_LABEL_CHARACTERS} characters: “{long[:MAX_LABEL_CHARACTERS]}…” is longer."
    folded = [line.casefold() for line in labels]
    twice = next((line for line in labels if folded.count(line.casefold()) > 1), None)
    return f"“{twice}” is there twice. Take one out." if twice else None


def split_lines(text: str | None) -> list[str]:
    """What stands on the lines of a text, without the blank ones."""
    return [tidied for line in (text or "").splitlines() if (tidied := " ".join(line.split()))]


def update_own_kinds(own_kinds: Sequence[dict[str, Any]], wanted: Sequence[str]) -> list[dict[str, Any]]:
    """A survey's own kinds after its owner wrote these labels.

    A label that was there before, asked or not, has its key again. One that is missing now is kept and not asked:
    answers may have it.
    """
    before = {kind["label"].casefold(): kind["key"] for kind in own_kinds}
    now_asked = [
        {"key": before.pop(label.casefold(), None) or f"own-{secrets.token_hex(4)}", "label": label, "asked": True}
        for label in wanted
    ]
    taken_out = [{**kind, "asked": False} for kind in own_kinds if kind["label"].casefold() in before]
    return [*now_asked, *taken_out]


@cache
def _of_site(spoken: str) -> tuple[Kind, ...]:
    """The site's kinds in the language of this page, which is `spoken`: made once for each."""
    return tuple(Kind(key, gettext(label), key) for key, label in SITE)


def _own(kind: dict[str, Any]) -> Kind:
    return Kind(kind["key"], kind["label"], kind["label"])
