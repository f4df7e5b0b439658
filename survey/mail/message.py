"""A mail as it is sent: headers and encoded text (RFC 5322, MIME)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr

MIN_ASCII_SHARE = 0.8
"""From this share of ASCII on quoted-printable is shorter than Base64, and readable as it is"""
WIRE = compat32.clone(linesep="\r\n", max_line_length=998)
"""Lines as long as RFC 5322 allows: an address in a header is not broken. Encoded subjects have their own breaks."""


def build(
    sender: str, recipient: str, subject: str, text: str, *, key: str, made_at: datetime, unsubscribe: str = ""
) -> bytes:
    """Return the message. The same `key` and `made_at` have the same Message-ID, so that a copy is known as one.

    `sender` is THREADS_MAIL_FROM: an address, or "Name <address>". Raises ValueError if a value has a line break.
    """
    name, address = parseaddr(sender)
    message = MIMEText(text.replace("\n", "\r\n"), "plain", _charset(text))  # type: ignore[arg-type]
    identity = hashlib.sha256(f"{key} {made_at.isoformat()}".encode()).hexdigest()[:32]
    headers = {
        "From": formataddr((name, address)),
        "To": recipient,
        "Date": format_datetime(made_at),
        "Message-ID": f"<{identity}@{address.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
    }
    if unsubscribe:  # RFC 8058
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if any(set(value) & set("\r\n\0") for value in (*headers.values(), subject)):
        raise ValueError("a header has a line break")
    for header, value in headers.items():
        message[header] = value
    message["Subject"] = subject if subject.isascii() else Header(subject, "utf-8", header_name="Subject").encode()
    return message.as_bytes(policy=WIRE)


def _charset(text: str) -> Charset:
    charset = Charset("utf-8")
    share = sum(letter.isascii() for letter in text) / max(1, len(text))
    charset.body_encoding = QP if share >= MIN_ASCII_SHARE else BASE64
    return charset
