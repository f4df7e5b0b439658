"""The outbox: what is to be sent is stored in the transaction of what it tells of, and sent by the worker afterwards.

A mail is sent once for each time that the server accepts it, as far as SMTP allows: a worker that is killed after the
server's word and before its own commit sends it a second time, with the same Message-ID.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from flask import current_app
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey.core.database import insert_new_returning, now
from survey.mail.addresses import clean
from survey.mail.models import OutgoingMail

MAX_SUBJECT, MAX_TEXT = 200, 20_000
GONE = {"recipient": "", "subject": "", "body": "", "unsubscribe": "", "claimed_at": None}
"""What is left of a settled mail: nothing that says whom it was for or what it said"""
_KEPT = "\n\t"
"""Control characters that a text may have"""


def is_configured() -> bool:
    """Return whether the site can send mail: without THREADS_SMTP_HOST its pages offer none."""
    return bool(current_app.config["SMTP_HOST"])


def enqueue(
    session: Session,
    to: str,
    subject: str,
    text: str,
    *,
    key: str,
    unsubscribe: str = "",
    not_before: datetime | None = None,
) -> bool:
    """Store a mail in the caller's write transaction; return False where one with its key was stored already.

    `key` says what it is about, in up to 120 characters without an address. It stays for survey.mail.sending.KEEP, text
    and address only until the mail is sent or given up. `unsubscribe` is the address that ends such mails. What cannot
    be in a mail (NUL, half characters, a line break in the subject) is left out.

    Raises ValueError if `to` is no address, or the site sends no mail.
    """
    recipient = clean(to)
    if recipient is None or not is_configured():
        raise ValueError("this mail has no address that can be sent to" if recipient is None else "no mail is sent")
    moment = now()
    row = {
        "key": key,
        "recipient": recipient,
        "subject": " ".join(_printable(subject).split())[:MAX_SUBJECT],
        "body": _printable(text)[:MAX_TEXT],
        "unsubscribe": unsubscribe,
        "made_at": moment,
        "not_before": not_before or moment,
        "attempts": 0,
    }
    return bool(insert_new_returning(session, OutgoingMail, [row], ("key",)))


def cancel(session: Session, address: str) -> None:
    """Send nothing more of what waits for an address, inside the caller's write transaction."""
    waiting = (OutgoingMail.recipient == address, OutgoingMail.sent_at.is_(None), OutgoingMail.failed_at.is_(None))
    session.execute(update(OutgoingMail).where(*waiting).values(failed_at=now(), error="It was called off.", **GONE))


def _printable(text: str) -> str:
    """Return a text without control characters and half characters; tabs and line breaks stay."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return "".join(letter for letter in whole if letter in _KEPT or unicodedata.category(letter) != "Cc")
