"""The parameters of a request: a wrong one is refused and named, and so is one that does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from flask import abort, request

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
ID = re.compile(r"[0-9]{1,18}", re.ASCII)
ID_PAIR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})", re.ASCII)
MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
"""RFC 3339, section 5.6"""
NOT_A_PAGE = "after is not one that was given as next."
NOT_A_MOMENT = "since is a moment with its zone, such as 2026-03-19T07:40:00Z."


def only(*names: str) -> None:
    """Abort with 400 where the address of this request has another parameter than these, or one of them twice."""
    for name, values in request.args.lists():
        if name not in names:
            there_are = f"There are: {', '.join(names)}." if names else "There are none here."
            abort(400, f"There is no parameter {name[:40]!r}. {there_are}")
        if len(values) > 1:
            abort(400, f"{name} is there {len(values)} times. Send it once.")


def limit() -> int:
    """Return how many lines are asked for; abort with 400 where that is no number that may be asked for."""
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not ID.fullmatch(text) or not 1 <= int(text) <= MAX_LIMIT:
        abort(400, f"limit is a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def after_id() -> int:
    """Return the id after which a page begins, 0 for the first page; abort with 400 where it is none."""
    text = request.args.get("after", "0")
    if not ID.fullmatch(text):
        abort(400, NOT_A_PAGE)
    return int(text)


def after_of(result: Callable[[], str | None]) -> int:
    """Return the id after which a page of a result begins; abort with 409 where the result is another one by now."""
    text = request.args.get("after")
    if text is None:
        return 0
    found = ID_PAIR.fullmatch(text)
    if found is None:
        abort(400, NOT_A_PAGE)
    if found[1] != result():
        abort(409, "The result changed since the page before. Begin again without after.")
    return int(found[2])


def since() -> datetime | None:
    """Return the moment after which answers are asked for, None for all; abort with 400 where it is no moment."""
    text = request.args.get("since")
    if text is None:
        return None
    moment = parse_moment(text.replace(" ", "+") if text.count(" ") == 1 and "T" in text else text)
    if moment is None:
        abort(400, NOT_A_MOMENT)
    return moment


def parse_moment(text: str) -> datetime | None:
    """Return a moment of RFC 3339 in UTC, None where the text is none. A leap second is the one before it.

    Moments outside the years 1 to 9999 become the first or the last that can be told.
    """
    found = MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    microsecond = int((found[7] or "0")[:6].ljust(6, "0"))
    offset = timedelta(hours=int(found[9] or 0), minutes=int(found[10] or 0))
    try:
        if offset >= timedelta(days=1):
            return None
        zone = timezone(-offset if found[8] == "-" else offset)
        leap = second == 60
        local = datetime(max(year, 1), month, day, hour, minute, 59 if leap else second, microsecond)
    except ValueError:
        return None
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return (datetime.min if local.year == 1 else datetime.max).replace(tzinfo=UTC)
