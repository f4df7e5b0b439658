"""E-mail addresses that people type."""

from __future__ import annotations

import re

MAX_CHARACTERS = 254
"""RFC 5321, 4.5.3.1.3"""
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)


def clean(typed: str) -> str | None:
    """Return an address as SMTP takes it: without white space around, its domain in small ASCII letters.

    None where it is none: other letters before the @ need a server that few have (SMTPUTF8), and are refused.
    """
    local, at, domain = typed.strip().rpartition("@")
    if not at or len(typed) > 2 * MAX_CHARACTERS or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    address = f"{local}@{domain}"
    return address if len(address) <= MAX_CHARACTERS else None
