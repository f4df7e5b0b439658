"""What there is to tell: the events, and how often one is told at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from survey.core.i18n import N_


@dataclass(frozen=True, slots=True)
class Event:
    """Something that people may be told of by mail."""

    key: str
    label: str
    """What the switch says"""
    pause: timedelta
    """How long the next mail of the same survey and event waits at least"""
    is_on: bool = True
    """Whether it is told to people who have chosen nothing"""


FIRST = Event("first", N_("The first answer has come"), timedelta(0))
DAILY = Event("daily", N_("Each morning at 7, if anything came: the sum of a day"), timedelta(0))
WAITING = Event("waiting", N_("Answers wait for you to read them"), timedelta(hours=6))
FLOOD = Event("flood", N_("Many nearly identical answers came, and were held"), timedelta(hours=6))
FORMING = Event("forming", N_("A new theme may be forming"), timedelta(days=1), is_on=False)
FAILED = Event("failed", N_("An analysis failed"), timedelta(hours=6))
WEBHOOK = Event("webhook", N_("An address of yours is not told any more, because it does not answer"), timedelta(0))
EVENTS = {event.key: event for event in (FIRST, DAILY, WAITING, FLOOD, FORMING, FAILED, WEBHOOK)}
