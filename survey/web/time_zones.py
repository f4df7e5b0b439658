"""Time zones: their names, the one that dates of a page are in, and times of clocks that people type.

An owner has a zone, and reads all dates in it; a survey has the one its dates were typed in, in which visitors read
them. A script shows visitors the time of their own clock in place of that (static/times.js).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_name
from flask import g, has_request_context
from flask_login import current_user

from survey.core.account_models import MAX_ZONE

UTC_NAME = "UTC"
UTC_NAMES = (UTC_NAME, "Etc/UTC", "GMT", "Etc/GMT")
OLD_STYLE = ("Etc/", "SystemV/", "posix/", "right/", "US/")
"""Beginnings of names that are no places, or older names of places"""


class NoSuchTime(ValueError):
    """The clocks skip this time in this zone, because summer time begins."""


@cache
def zone_names() -> tuple[str, ...]:
    """Return the names to choose from: "UTC", then places, "Africa/Abidjan" first."""
    named = (name for name in available_timezones() if "/" in name and not name.startswith(OLD_STYLE))
    return (UTC_NAME, *sorted(named))


def is_zone(name: str) -> bool:
    """Return whether this is the name of a time zone."""
    return len(name) <= MAX_ZONE and name in _all_names()


@cache
def _all_names() -> frozenset[str]:
    return frozenset(available_timezones()) | {UTC_NAME}


def zone(name: str | None) -> ZoneInfo:
    """Return a zone by its name; UTC for one that this machine does not know."""
    return ZoneInfo(name if name and is_zone(name) else UTC_NAME)


def of_survey(name: str) -> None:
    """Show the dates of this page, which is for visitors, in the zone of its survey."""
    if has_request_context():
        g.time_zone = name


def of_owner() -> None:
    """Show the dates of this page in the zone of whoever is signed in, also where it was in that of a survey."""
    g.pop("time_zone", None)


def of_page() -> ZoneInfo:
    """Return the zone in which this page shows dates; UTC outside of a request."""
    if not has_request_context():
        return zone(None)
    return zone(g.time_zone if "time_zone" in g else own())


def own() -> str | None:
    """Return the name of the zone of whoever is signed in; None where nobody is, or it was never chosen."""
    return current_user.time_zone if current_user.is_authenticated else None


def is_readers_own() -> bool:
    """Return whether the zone of this page is one that whoever reads it has chosen."""
    return has_request_context() and "time_zone" not in g and own() is not None


def local_to_utc(typed: datetime, where: ZoneInfo) -> datetime:
    """Return the moment when clocks in a zone show a time: the first, where they show it twice. Raises NoSuchTime."""
    moment = typed.replace(tzinfo=where, fold=0).astimezone(UTC)
    if moment.astimezone(where).replace(tzinfo=None) != typed.replace(tzinfo=None):
        raise NoSuchTime
    return moment


def after_gap(typed: datetime, where: ZoneInfo) -> datetime:
    """Return what the clocks show right after a time that they skip."""
    before = typed.replace(tzinfo=where, fold=1).astimezone(UTC)  # read with the offset of summer: too early by the gap
    step = before.replace(second=0, microsecond=0)
    offset = step.astimezone(where).utcoffset()
    while step.astimezone(where).utcoffset() == offset:
        step += timedelta(minutes=1)
    return step.astimezone(where).replace(tzinfo=None)


def label(moment: datetime, where: ZoneInfo, locale: str) -> str:
    """Return the name of a zone at a moment in a language: "UTC", "Central European Summer Time"."""
    if where.key in UTC_NAMES:
        return UTC_NAME
    return str(get_timezone_name(moment.astimezone(where), "long", locale=locale))
