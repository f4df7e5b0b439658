"""What leaves the site by the worker, in threads of its own: a server that does not answer delays nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import OperationalError

from survey.follow_up import telling
from survey.mail import sending
from survey.notices.watch import Watch
from survey.webhooks import gather
from survey.webhooks.sending import Messenger

logger = logging.getLogger(__name__)

MAIL_SECONDS = 3.0
"""Pause between two looks into the outbox"""
FOLLOW_UP_SECONDS = 20.0
NOTICES_SECONDS = 30.0
"""Pause between two looks for what people are to be told"""
GATHER_SECONDS, WEBHOOK_SECONDS = 5.0, 1.0
TIDY_SECONDS = 3600.0


def start(app: Flask) -> None:
    """Start the threads, which end with the process."""
    postman = sending.Postman()
    _repeat(app, "mail", postman.send_due, MAIL_SECONDS)
    _repeat(app, "follow-up", telling.tell_due, FOLLOW_UP_SECONDS)
    _repeat(app, "notices", Watch().look, NOTICES_SECONDS)
    messenger = Messenger(app)
    _repeat(app, "webhooks-gather", gather.gather, GATHER_SECONDS)
    _repeat(app, "webhooks", messenger.send_due, WEBHOOK_SECONDS)
    _repeat(app, "webhooks-tidy", gather.tidy, TIDY_SECONDS)
    _repeat(app, "mail-tidy", sending.tidy, TIDY_SECONDS)


def _repeat(app: Flask, name: str, act: Callable[[], object], seconds: float) -> None:
    """Call `act` now and `seconds` after each call in a thread; what it raises is logged."""

    def run() -> None:
        while True:
            try:
                with app.app_context():
                    act()
            except OperationalError as error:
                logger.warning("The database is busy or cannot be reached: %s. Trying again soon.", error.orig)
            except Exception:
                logger.exception("%s failed. The next try is soon.", name)
            time.sleep(seconds)

    threading.Thread(target=run, name=name, daemon=True).start()
