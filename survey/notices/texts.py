"""The words of each mail. No mail holds the text of an answer: it says how many there are, and where to read them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature

from survey.core import i18n
from survey.core.i18n import gettext, ngettext
from survey.core.models import Survey
from survey.notices.daily_sum import DailySum
from survey.notices.events import DAILY, FAILED, FIRST, FLOOD, FORMING, WAITING, WEBHOOK, Event
from survey.notices.people import Person
from survey.web.access import external_url, signer
from survey.web.formatting import number

PURPOSE = "stop-mails"
MAX_QUESTION = 80
"""Characters of a question in a subject"""


@dataclass(frozen=True, slots=True)
class Text:
    """A mail in words, and the address that ends such mails."""

    subject: str
    body: str
    stop: str


def text_of(event: Event, survey: Survey, person: Person, count: int, daily: DailySum | None = None) -> Text:
    """Return the mail of an event in the person's language. Needs an app context; addresses begin with BASE_URL."""
    base = current_app.config["BASE_URL"]
    with current_app.test_request_context(base_url=base), i18n.in_language(person.language, i18n.WORKSHOP):
        subject, lines, where = _told(event, survey, count, daily)
        question = textwrap.shorten(survey.question, MAX_QUESTION, placeholder=" …")
        stop = external_url("notices.stop", token=signer(PURPOSE).dumps([person.owner_id, survey.id, event.key]))
        body = [
            survey.question,
            "",
            *lines,
            where,
            "",
            "-- ",
            gettext("You asked to be told: %(event)s.", event=gettext(event.label)),
            gettext("End these mails for this question: %(address)s", address=stop),
            gettext("All that you are told: %(address)s", address=external_url("notices.own")),
        ]
        return Text(gettext("%(news)s: %(question)s", news=subject, question=question), "\n".join(body) + "\n", stop)


def _told(event: Event, survey: Survey, count: int, daily: DailySum | None) -> tuple[str, Sequence[str], str]:
    """Return what is new in a few words, the lines that tell it, and the address of the page that shows it."""
    page = external_url("manage.survey", slug=survey.slug)
    held = external_url("looking_after.listed", slug=survey.slug, state="held")
    n = number(count)
    if event is FIRST:
        said = gettext("Somebody has answered your question.")
        return gettext("The first answer"), [said], external_url("looking_after.listed", slug=survey.slug)
    if event is DAILY and daily is not None:
        return _sum(daily), _sum_lines(daily), page
    if event is WAITING:
        said = ngettext(
            "%(n)s answer waits until you have read it.", "%(n)s wait until you have read them.", count, n=n
        )
        return gettext("Answers wait for you"), [said, gettext("Until then they are not counted.")], held
    if event is FLOOD:
        said = ngettext(
            "%(n)s answer came among many that are nearly the same, or from one place, and waits for you to read it.",
            "%(n)s answers came that are nearly the same, or from one place, and wait for you to read them.",
            count,
            n=n,
        )
        return gettext("Many answers at once"), [said, gettext("Until then they are not counted.")], held
    if event is FORMING:
        said = ngettext(
            "%(n)s group of ideas on no theme resemble each other. A theme may be forming.",
            "%(n)s groups of ideas on no theme resemble each other. Themes may be forming.",
            count,
            n=n,
        )
        return gettext("A theme may be forming"), [said], page
    if event is FAILED:
        said = gettext("The last analysis failed. Every answer is kept, and the result before it is still shown.")
        return gettext("An analysis failed"), [said, gettext("The page of the survey says why, and what to do.")], page
    assert event is WEBHOOK
    lines = [
        gettext(
            "An address that was to be told of news did not take it for about a day, or said that it is gone for good, "
            "and is not told any more."
        ),
        gettext("What was tried is listed there. When it works again, switch it on."),
    ]
    return gettext("An address does not answer"), lines, external_url("webhooks.listed", slug=survey.slug)


def _sum(daily: DailySum) -> str:
    return ngettext("%(n)s new answer", "%(n)s new answers", daily.came, n=number(daily.came))


def _sum_lines(daily: DailySum) -> list[str]:
    lines = [
        ngettext(
            "%(n)s answer came since yesterday at 7; %(all)s are counted in all.",
            "%(n)s answers came since yesterday at 7; %(all)s are counted in all.",
            daily.came,
            n=number(daily.came),
            all=number(daily.people),
        )
    ]
    if daily.themes:
        named = [
            ngettext("%(name)s: %(n)s person", "%(name)s: %(n)s people", people, name=name, n=number(people))
            for name, people in daily.themes
        ]
        lines += ["", gettext("The largest themes:"), *(f"- {line}" for line in named)]
    waits = []
    if daily.held:
        waits.append(ngettext("%(n)s answer to read", "%(n)s answers to read", daily.held, n=number(daily.held)))
    if daily.unplaced:
        waits.append(
            ngettext("%(n)s idea on no theme", "%(n)s ideas on no theme", daily.unplaced, n=number(daily.unplaced))
        )
    if daily.proposal:
        waits.append(gettext("a proposal for other themes"))
    if waits:
        lines += ["", gettext("What waits for you:"), *(f"- {line}" for line in waits)]
    return [*lines, ""]


def read_stop(token: str) -> tuple[int, int, str] | None:
    """Return whose switch an address turns off (owner, survey, event); None if it is none of ours."""
    try:
        read = signer(PURPOSE).loads(token)
    except BadSignature:
        return None
    match read:
        case [int(owner_id), int(survey_id), str(event)]:
            return owner_id, survey_id, event
    return None
