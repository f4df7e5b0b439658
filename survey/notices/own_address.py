"""The address that somebody's mails go to: it counts once a link that was mailed to it was followed."""

from __future__ import annotations

from datetime import timedelta

from itsdangerous import BadSignature
from sqlalchemy import update

from survey.core.account_models import Owner
from survey.core.database import truncate_wal_after_commit, write_transaction
from survey.core.i18n import gettext
from survey.mail import outbox
from survey.mail.addresses import clean
from survey.web.access import external_url, signer

PURPOSE = "confirm-address"
LIFETIME = timedelta(days=3)


class NoAddress(ValueError):
    """What was typed is no address that mail can be sent to."""


def ask(owner_id: int, typed: str, *, key: str) -> str:
    """Mail a link to an address that somebody gives as theirs, and return it; one asked for before ends.

    The address that was confirmed before stays until the link is followed. `key` is that of the mail.
    Raises NoAddress.
    """
    address = clean(typed)
    if address is None:
        raise NoAddress
    token = signer(PURPOSE).dumps([owner_id, address])
    with write_transaction() as session:
        name = session.get_one(Owner, owner_id).name
        session.execute(update(Owner).where(Owner.id == owner_id).values(email_asked=address))
        lines = [
            gettext(
                "Somebody who signs in as “%(name)s” wants to be told here what happens in their surveys.", name=name
            ),
            "",
            gettext("If that is you, confirm this address:"),
            external_url("notices.confirm", token=token),
            "",
            gettext("The link works for %(days)s days. If it is not you, do nothing.", days=LIFETIME.days),
        ]
        outbox.enqueue(session, address, gettext("Confirm your address"), "\n".join(lines) + "\n", key=key)
    return address


def read_link(token: str) -> tuple[int, str] | None:
    """Return whose address a link confirms, and which; None if it is not one of ours, or too old."""
    try:
        read = signer(PURPOSE).loads(token, max_age=int(LIFETIME.total_seconds()))
    except BadSignature:
        return None
    match read:
        case [int(owner_id), str(address)]:
            return owner_id, address
    return None


def confirm(owner_id: int, address: str) -> bool:
    """Make an address that was asked for the owner's; False if another one was asked for since, or it was removed.

    Following the link again changes nothing, and is True.
    """
    with write_transaction() as session:
        owner = session.get(Owner, owner_id, with_for_update=True)
        if owner is None or address not in (owner.email_asked, owner.email):
            return False
        if owner.email_asked == address:
            owner.email, owner.email_asked = address, ""
        return True


def remove(owner_id: int) -> None:
    """Forget the owner's address, the one asked for, and the mails that wait for either."""
    with write_transaction() as session:
        owner = session.get_one(Owner, owner_id)
        for address in {owner.email, owner.email_asked} - {""}:
            outbox.cancel(session, address)
        owner.email = owner.email_asked = ""
        truncate_wal_after_commit(session)
