"""The way of a mail to an SMTP server, and what each of its answers means for the mail."""

from __future__ import annotations

import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from flask import current_app

TIMEOUT_SECONDS = 10.0
"""For each step of the conversation"""
MOST_SECONDS = 60.0
"""For signing in, and for each mail: a server that sends a byte now and then is left"""
READY = 220
CLOSING = 421
"""The server ends the conversation (RFC 5321, 3.8)"""


class MailError(Exception):
    """A mail was not accepted. The message says why, without its address and without the server's words, which may
    repeat either.
    """


class Refused(MailError):
    """The server refuses this mail for good."""


class NotNow(MailError):
    """The server takes this mail later, perhaps."""


class ServerTrouble(MailError):
    """No mail can be sent for now: the server cannot be reached, or refuses this site."""


@dataclass(frozen=True, slots=True)
class Route:
    """The server that takes the site's mails."""

    host: str
    port: int
    user: str
    password: str
    security: str
    """none, starttls or tls"""
    sender: str
    """THREADS_MAIL_FROM"""
    name: str
    """How this site names itself to the server"""


def route() -> Route:
    """Return the route that the settings name."""
    config = current_app.config
    return Route(
        host=config["SMTP_HOST"],
        port=config["SMTP_PORT"],
        user=config["SMTP_USER"],
        password=config["SMTP_PASSWORD"],
        security=config["SMTP_SECURITY"],
        sender=config["MAIL_FROM"],
        name=urlsplit(config["BASE_URL"]).hostname or "localhost",
    )


class Line:
    """An open conversation with the server: `open_line`."""

    def __init__(self, smtp: smtplib.SMTP, route: Route) -> None:
        self._smtp, self._sender = smtp, parseaddr(route.sender)[1]

    def send(self, recipient: str, message: bytes) -> None:
        """Hand over one mail; return once the server has accepted it. Raises Refused, NotNow or ServerTrouble."""
        try:
            with _deadline(self._smtp):
                self._smtp.sendmail(self._sender, [recipient], message)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            raise _verdict(code, "refuses the address") from None
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code, "refuses the mail") from None
        except smtplib.SMTPSenderRefused as error:
            raise ServerTrouble(f"The server refuses the sender ({error.smtp_code}).") from None
        except (smtplib.SMTPException, OSError) as error:
            raise ServerTrouble(f"The line was lost ({type(error).__name__}).") from None


@contextmanager
def open_line(route: Route) -> Iterator[Line]:
    """Open a conversation: connect, begin TLS where the settings want it, sign in. Raises ServerTrouble."""
    context = None if route.security == "none" else ssl.create_default_context()
    if route.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=route.name, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(local_hostname=route.name, timeout=TIMEOUT_SECONDS)
    smtp._host = route.host  # type: ignore[attr-defined]  # whom the certificate is for: it connects only below
    try:
        with _deadline(smtp):
            code, _ = smtp.connect(route.host, route.port)
            if code != READY:
                raise smtplib.SMTPConnectError(code, "")
            if route.security == "starttls":
                smtp.starttls(context=context)
            if route.user:
                smtp.login(route.user, route.password)
    except smtplib.SMTPAuthenticationError as error:
        smtp.close()
        raise ServerTrouble(f"The server refuses the user name or the password ({error.smtp_code}).") from None
    except ssl.SSLCertVerificationError as error:
        smtp.close()
        raise ServerTrouble(f"The certificate of {route.host} is not valid ({error.verify_message}).") from None
    except smtplib.SMTPNotSupportedError:
        smtp.close()
        wanted = "STARTTLS" if route.security == "starttls" else "signing in"
        raise ServerTrouble(f"The server offers no {wanted}.") from None
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        smtp.close()
        where = f"{route.host}:{route.port}"
        raise ServerTrouble(f"{where} does not answer as it should ({type(error).__name__}).") from None
    try:
        yield Line(smtp, route)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
        smtp.close()


def _verdict(code: int, what: str) -> MailError:
    """Return the error for a reply about one mail (RFC 5321, 4.2.1): 5xx is for good, 4xx is not."""
    if code == CLOSING:
        return ServerTrouble(f"The server closes the line ({code}).")
    return Refused(f"The server {what} ({code}).") if code >= 500 else NotNow(f"The server {what} for now ({code}).")


@contextmanager
def _deadline(smtp: smtplib.SMTP) -> Iterator[None]:
    """Close the line if what happens inside takes longer than MOST_SECONDS."""
    timer = threading.Timer(MOST_SECONDS, _hang_up, [smtp])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(smtp: smtplib.SMTP) -> None:
    sock = smtp.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(2)
