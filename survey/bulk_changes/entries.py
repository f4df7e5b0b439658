"""The answers of a change, packed: their public ids, which are never given again, and the statuses they had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from survey.answers.moderation import STATUSES

PUBLIC_ID_BYTES = 8
ENTRY_BYTES = PUBLIC_ID_BYTES + 1


class Entry(NamedTuple):
    """One of its answers."""

    public_id: str
    status: str
    """What it was before"""


def packed(entries: Iterable[Entry]) -> bytes:
    """Return answers in the form in which a change keeps them."""
    return b"".join(bytes.fromhex(entry.public_id) + bytes([STATUSES.index(entry.status)]) for entry in entries)


def unpacked(content: bytes | None, first: int, last: int) -> list[Entry]:
    """Return answers from the place `first` to the one before `last`."""
    content = content or b""
    return [
        Entry(content[at : at + PUBLIC_ID_BYTES].hex(), STATUSES[content[at + PUBLIC_ID_BYTES]])
        for at in range(first * ENTRY_BYTES, min(last * ENTRY_BYTES, len(content)), ENTRY_BYTES)
    ]
