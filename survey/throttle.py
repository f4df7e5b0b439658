"""How often something may be done: counts by who does it, of whom only a keyed hash of this day is kept.

The counting is `limits`' own; where no Redis is set it counts in a small SQLite file beside the data, which every web
process shares and which may be lost at any time. Where counting fails, nothing is refused: the data goes before.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import os
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string

from survey.database import now

logger = logging.getLogger(__name__)

WAIT_MILLISECONDS = 500
SWEEP_EVERY = 500
"""After this many counts of one connection, those that ended are deleted."""
TABLE = "CREATE TABLE IF NOT EXISTS hit (key TEXT PRIMARY KEY, hits INTEGER, ends REAL) WITHOUT ROWID"
COUNT = (
    "INSERT INTO hit VALUES (:key, :amount, :ends) ON CONFLICT (key) DO UPDATE SET "
    "hits = CASE WHEN ends <= :now THEN :amount ELSE hits + :amount END, "
    "ends = CASE WHEN ends <= :now THEN :ends ELSE ends END"
)
# What a count gives is noted in a table of the connection's own. RETURNING would keep the file locked until its row is
# fetched, for which a thread first waits for its turn in Python, and all others for the file.
NOTE = """
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE counted (hits INTEGER);
INSERT INTO counted VALUES (0);
CREATE TEMP TRIGGER note_first AFTER INSERT ON hit BEGIN UPDATE counted SET hits = NEW.hits; END;
CREATE TEMP TRIGGER note_next AFTER UPDATE ON hit BEGIN UPDATE counted SET hits = NEW.hits; END;
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """So many within so many minutes; the name keeps the counts of different rules apart."""

    name: str
    most: int
    minutes: int

    @property
    def item(self) -> RateLimitItemPerMinute:
        """The rule as `limits` knows it."""
        return RateLimitItemPerMinute(self.most, self.minutes, namespace=self.name)


API_CALLS = Rule("api", 1200, 5)


class FileStorage(Storage):
    """Counts in a SQLite file, shared by the processes of one machine.

    Not flushed to the disk at each count (`synchronous=OFF`): a power cut loses counts, which only means that
    somebody may try again.
    """

    STORAGE_SCHEME = ["threads-file"]  # noqa: RUF012 - as the base class declares it

    def __init__(self, path: Path) -> None:
        super().__init__(wrap_exceptions=True)
        self._path = path
        self._local = threading.local()
        self._turn = threading.Lock()
        """Threads of one process wait for each other here, not in SQLite, which sleeps past a lock that is free"""

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        moment = time.time()
        connection = self._connection()
        self._local.counted += 1
        if self._local.counted % SWEEP_EVERY == 0:
            connection.execute("DELETE FROM hit WHERE ends <= ?", (moment,))
        values = {"key": key, "amount": amount, "now": moment, "ends": moment + expiry}
        with self._turn:
            connection.execute(COUNT, values)
        return int(connection.execute("SELECT hits FROM counted").fetchone()[0])

    def get(self, key: str) -> int:
        found = self._connection().execute("SELECT hits FROM hit WHERE key = ? AND ends > ?", (key, time.time()))
        return sum(hits for (hits,) in found)

    def get_expiry(self, key: str) -> float:
        found = self._connection().execute("SELECT ends FROM hit WHERE key = ?", (key,)).fetchone()
        return float(found[0]) if found else time.time()

    def check(self) -> bool:
        self._connection().execute("SELECT 1")
        return True

    def reset(self) -> int:
        return self._connection().execute("DELETE FROM hit").rowcount

    def clear(self, key: str) -> None:
        self._connection().execute("DELETE FROM hit WHERE key = ?", (key,))

    def _connection(self) -> sqlite3.Connection:
        """One for each thread, opened anew after a fork."""
        if getattr(self._local, "process", None) != os.getpid():
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=WAIT_MILLISECONDS / 1000)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(TABLE)
            connection.executescript(NOTE)
            self._local.connection, self._local.process, self._local.counted = connection, os.getpid(), 0
        connection = self._local.connection
        assert isinstance(connection, sqlite3.Connection)
        return connection


class Throttle:
    """Counts and decides. `who` is whatever tells one from another: an address, a name; never kept as it is."""

    def __init__(self, storage: Any, key: str) -> None:
        self._storage = storage
        self._key = key.encode()

    def count(self, rule: Rule, *who: str) -> bool:
        """Count one more; whether it is still within the rule."""
        return self.counted(rule, *who) <= rule.most

    def counted(self, rule: Rule, *who: str) -> int:
        """Count one more; how many that makes, 0 where counting fails."""
        item = rule.item
        try:
            return int(self._storage.incr(item.key_for(self._hidden(rule, who)), item.get_expiry()))
        except StorageError:
            logger.warning("Counting for the limit %r failed; nothing was refused.", rule.name, exc_info=True)
            return 0

    def forget(self, rule: Rule, *who: str) -> None:
        """Begin to count anew."""
        try:
            self._storage.clear(rule.item.key_for(self._hidden(rule, who)))
        except StorageError:
            logger.warning("Ending the limit %r failed.", rule.name, exc_info=True)

    def _hidden(self, rule: Rule, who: tuple[str, ...]) -> str:
        """A keyed hash that is another one tomorrow: nobody can tell from it who it was."""
        told = "\0".join((rule.name, now().date().isoformat(), *who))
        return hmac.new(self._key, told.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def init_app(app: Flask, limits: str, file: Path) -> None:
    """Give the app its throttle: on Redis where that is set, else on a file."""
    storage = storage_from_string(limits, wrap_exceptions=True) if limits else FileStorage(file)
    app.extensions["throttle"] = Throttle(storage, app.config["SECRET_KEY"])


def throttle() -> Throttle:
    """The throttle of this site."""
    found = current_app.extensions["throttle"]
    assert isinstance(found, Throttle)
    return found


def visitor() -> str:
    """The network address that the request came from; of IPv6 the part that one household has (/64)."""
    address = request.remote_addr or ""
    if ":" not in address:
        return address
    try:
        known = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    mapped = known.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((known, 64), strict=False).network_address)
