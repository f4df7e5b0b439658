"""A site with a mail server, an owner with a confirmed address, and a survey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from survey.core.account_models import Owner
from survey.core.database import db, now, write_transaction
from survey.core.models import Answer, Survey
from survey.mail.sending import Postman
from survey.notices.watch import Watch
from tests.support.site import migrated, quiet
from tests.support.smtp_server import Accepted, MailServer, mail_server, mail_settings
from tests.support.visitors import make_owner, make_survey

ADDRESS = "ruth@example.org"
BASE = "https://ask.example"
WORDS = "Nobody must read xylophone words in a mail"


@dataclass
class MailSite:
    """The site, what was mailed, and the few moves that tests make."""

    app: Flask
    server: MailServer
    owner_id: int
    survey_id: int
    watch: Watch

    def answer(self, count: int = 1, **columns: Any) -> None:
        """Store answers as they are stored when they were sent."""
        with self.app.app_context(), write_transaction() as session:
            have = session.query(Answer).count()
            session.add_all(
                Answer(
                    **{
                        "survey_id": self.survey_id,
                        "form_key": f"f{have + n}",
                        "text": f"{WORDS} {n}",
                        "received_at": now(),
                    }
                    | columns
                )
                for n in range(count)
            )

    def change(self, **columns: Any) -> None:
        """Change the owner's row."""
        with self.app.app_context(), write_transaction() as session:
            session.query(Owner).filter_by(id=self.owner_id).update(dict(columns))  # type: ignore[arg-type]

    def told(self, watch: Watch | None = None) -> list[Accepted]:
        """Look, send, and give what came since the last time."""
        before = len(self.server.mails)
        with self.app.app_context():
            (watch or self.watch).look()
            Postman().send_due()
        return self.server.mails[before:]

    def subjects(self) -> list[str]:
        return [str(mail.message["Subject"]) for mail in self.told()]


@contextmanager
def mail_site(folder: Path, *, address: str = ADDRESS, **chosen: Any) -> Iterator[MailSite]:
    with mail_server() as server, migrated(quiet(folder, **(mail_settings(server) | chosen))) as app:
        owner_id = make_owner(app)
        survey_id = make_survey(app, owner_id)
        site = MailSite(app, server, owner_id, survey_id, Watch())
        with app.app_context():
            assert db.session.get(Survey, survey_id)
        site.change(email=address)
        yield site


def links(mail: Accepted) -> list[str]:
    """The paths of this site that a mail names."""
    return re.findall(rf"{BASE}(/\S+)", mail.text)
