"""How often something may be done: counts by who does it, of whom only a keyed hash of this day is kept.

The key is random, shared by all processes, and deleted when its day is over: it is kept where the counts are, and with
it whoever has both could try all addresses. The counting is `limits`' own; where no Redis is set it counts in a small
SQLite file beside the data, which every web process shares and which may be lost at any time. Where counting fails,
nothing is refused: the data goes before.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import math
import os
import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.errors import ConfigurationError, StorageError
from limits.storage import Storage, storage_from_string

from survey.core.database import now
from survey.core.settings import SettingsError

logger = logging.getLogger(__name__)

WAIT_MILLISECONDS = 500
PAUSE_SECONDS = 5.0
"""After a failure Redis is left alone so long: each page would wait for it, and say so in the log."""
SWEEP_SECONDS = 60.0
"""After this time the next count of a process first deletes those that ended. (The worker does it every minute.)"""
KEY_BYTES = 32
CLEAN = 1
"""The user_version of a file in whose free pages no earlier version of the site left counts"""
TABLES = """
CREATE TABLE IF NOT EXISTS hit (key TEXT PRIMARY KEY, hits INTEGER, ends REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS day_key (day TEXT PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
"""
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
    max_hits: int
    minutes: int

    @property
    def item(self) -> RateLimitItemPerMinute:
        """The rule as `limits` knows it."""
        return RateLimitItemPerMinute(self.max_hits, self.minutes, namespace=self.name)


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
        self._swept_at = -SWEEP_SECONDS
        self._turn = threading.Lock()
        """Threads of one process wait for each other here, not in SQLite, which sleeps past a lock that is free"""

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return (sqlite3.Error, OSError)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        moment = time.time()
        connection = self._connection()
        if not 0 <= moment - self._swept_at < SWEEP_SECONDS:
            self._swept_at = moment
            self.sweep()
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

    def day_key(self, day: str) -> bytes:
        """Return the key of a day (YYYY-MM-DD), made by the first process that asks; delete those of earlier days.

        Raises sqlite3.Error.
        """
        connection = self._connection()
        with self._turn, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM day_key WHERE day < ?", (day,))
            connection.execute("INSERT OR IGNORE INTO day_key VALUES (?, ?)", (day, secrets.token_bytes(KEY_BYTES)))
            return bytes(connection.execute("SELECT key FROM day_key WHERE day = ?", (day,)).fetchone()[0])

    def sweep(self) -> None:
        """Delete for good the counts that ended and the keys of days that are over. Raises sqlite3.Error."""
        moment = time.time()
        connection = self._connection()
        with self._turn:
            connection.execute("DELETE FROM hit WHERE ends <= ?", (moment,))
            connection.execute("DELETE FROM day_key WHERE day < ?", (_day(datetime.fromtimestamp(moment, UTC)),))
            if connection.execute("PRAGMA user_version").fetchone()[0] < CLEAN:
                connection.execute("VACUUM")
                connection.execute(f"PRAGMA user_version = {CLEAN}")
            # Until then the WAL file holds what was deleted.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def is_there(self) -> bool:
        """Whether there is a file."""
        return self._path.exists()

    def _connection(self) -> sqlite3.Connection:
        """One for each thread, opened anew after a fork."""
        if getattr(self._local, "process", None) != os.getpid():
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=WAIT_MILLISECONDS / 1000)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA secure_delete=ON")
            connection.executescript(TABLES + NOTE)
            self._local.connection, self._local.process = connection, os.getpid()
        connection = self._local.connection
        assert isinstance(connection, sqlite3.Connection)
        return connection


class RateLimiter:
    """Counts and decides. `who` is whatever tells one from another: an address, a name; never kept as it is."""

    def __init__(self, storage: Any, pause: float = 0.0) -> None:
        """`storage` is a FileStorage, or Redis as `limits` has it; `pause` is for how many seconds one that failed is
        not asked again.
        """
        self._storage = storage
        self._pause_seconds = pause
        self._away_until = 0.0
        self._known = ("", b"")
        """The day whose key was read last, and the key"""

    def hit(self, rule: Rule, *who: str) -> bool:
        """Count one more; whether it is still within the rule."""
        return self.hit_count(rule, *who) <= rule.max_hits

    def hit_count(self, rule: Rule, *who: str) -> int:
        """Count one more; how many that makes, 0 where counting fails."""
        item = rule.item
        if time.monotonic() < self._away_until:
            return 0
        try:
            return int(self._storage.incr(item.key_for(self._hidden(rule, who)), item.get_expiry()))
        except StorageError as error:
            self._pause(error)
            return 0

    def clear(self, rule: Rule, *who: str) -> None:
        """Begin to count anew."""
        try:
            self._storage.clear(rule.item.key_for(self._hidden(rule, who)))
        except StorageError as error:
            self._pause(error)

    def _pause(self, error: StorageError) -> None:
        self._away_until = time.monotonic() + self._pause_seconds
        logger.warning("Counting for limits failed, and nothing was refused. Is THREADS_LIMITS right? (%s)", error)

    def sweep(self) -> None:
        """Delete for good what ended, where the counts are in a file. (Redis does so by itself.)"""
        if not isinstance(self._storage, FileStorage) or not self._storage.is_there():
            return
        try:
            self._storage.sweep()
        except self._storage.base_exceptions:
            logger.warning("Counts for limits that ended could not be deleted. Tried again soon.", exc_info=True)

    def _hidden(self, rule: Rule, who: tuple[str, ...]) -> str:
        """A keyed hash that is another one tomorrow, and tells nothing once the key is deleted. Raises StorageError."""
        told = "\0".join((rule.name, *who))
        return hmac.new(self._key(), told.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def _key(self) -> bytes:
        """The key of this day, asked for once a day by each process. Raises StorageError."""
        moment = now()
        known, day = self._known, _day(moment)
        if known[0] != day:
            storage = self._storage
            try:
                key = storage.day_key(day) if isinstance(storage, FileStorage) else _redis_key(storage, moment)
            except storage.base_exceptions as error:
                raise StorageError(error) from error
            known = self._known = (day, key)
        return known[1]


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()


def _redis_key(storage: Any, moment: datetime) -> bytes:
    """The key of a day in Redis, which deletes it at the end of the day."""
    name = f"{storage.key_prefix}:day-key:{_day(moment)}"
    midnight = datetime.combine(moment.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)
    seconds_left = max(1, math.ceil((midnight - moment).total_seconds()))
    key = secrets.token_bytes(KEY_BYTES)
    if storage.storage.set(name, key, nx=True, ex=seconds_left):
        return key
    return bytes(storage.storage.get(name) or key)


def init_app(app: Flask, limits: str, file: Path) -> None:
    """Give the app its throttle: on Redis where that is set, else on a file."""
    waits = {"socket_connect_timeout": WAIT_MILLISECONDS / 1000, "socket_timeout": WAIT_MILLISECONDS / 1000}
    try:
        storage = storage_from_string(limits, wrap_exceptions=True, **waits) if limits else FileStorage(file)
    except ConfigurationError as error:
        raise SettingsError(
            "THREADS_LIMITS asks for Redis, and its library is not installed: pip install -r requirements-scale.txt"
        ) from error
    app.extensions["rate_limiter"] = RateLimiter(storage, PAUSE_SECONDS if limits else 0.0)


def rate_limiter() -> RateLimiter:
    """The throttle of this site."""
    found = current_app.extensions["rate_limiter"]
    assert isinstance(found, RateLimiter)
    return found


def client_address() -> str:
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
