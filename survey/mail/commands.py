"""The operator's command that tries the way of a mail."""

from __future__ import annotations

import secrets

import click
from flask import current_app
from flask.cli import with_appcontext

from survey.core.command_error import CommandError
from survey.core.database import now
from survey.mail import message, smtp
from survey.mail.addresses import clean
from survey.mail.outbox import is_configured

SUBJECT = "A test mail from Common Threads"
TEXT = """\
This mail was sent by `flask send-test-mail` on %(site)s.

Mails of this site arrive at this address.
"""


@click.command("send-test-mail")
@click.argument("address")
@with_appcontext
def send_test_mail(address: str) -> None:
    """Send a mail to ADDRESS now, by the mail server of the settings, and say what came of it."""
    recipient = clean(address)
    if recipient is None:
        raise CommandError(f"{address!r} is no e-mail address. Nothing was sent.")
    if not is_configured():
        raise CommandError("THREADS_SMTP_HOST is empty: this site sends no mail. Nothing was sent.")
    route = smtp.route()
    text = TEXT % {"site": current_app.config["BASE_URL"]}
    made = message.build(route.sender, recipient, SUBJECT, text, key=secrets.token_hex(8), made_at=now())
    try:
        with smtp.open_line(route) as line:
            line.send(recipient, made)
    except smtp.MailError as error:
        raise CommandError(f"{error} Nothing was sent.") from None
    click.echo(f"{route.host} has accepted a mail for {recipient}. Look whether it arrives, and in the spam folder.")
