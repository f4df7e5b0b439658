"""What nobody will ask for again, removed by the worker: files that were never imported, one-time links that were never
used, and the rest of what an owner deleted.
"""

from __future__ import annotations

from datetime import date

from survey.accounts import owners
from survey.answers import erasure
from survey.core.database import now
from survey.imports import staged_uploads

SECONDS = 45.0
"""How long one look goes on deleting at most: the next one, a minute later, gives the worker's sign of life"""


class Leftovers:
    """The worker's look at them, once a minute; at the links once a day (UTC)."""

    def __init__(self) -> None:
        self._links_looked_at: date | None = None

    def look(self) -> None:
        """Remove what is due; needs an app context."""
        staged_uploads.sweep()
        today = now().date()
        if self._links_looked_at != today:
            owners.forget_expired_links()
            self._links_looked_at = today
        erasure.continue_deletions(SECONDS)
