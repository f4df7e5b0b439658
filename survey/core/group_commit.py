"""Group commit: write the items of several threads in one transaction.

A commit waits for the disk, and SQLite allows one writer at a time: about a hundred commits a second. One commit can
hold a hundred answers, though. A thread that submits an item while nothing is being written commits it at once. Threads
that submit while a transaction is open queue up; when it ends, the first waiting thread commits the whole batch and
wakes the others. Nobody waits for a batch to fill.

Source: DeWitt et al., "Implementation techniques for main memory database systems", 1984.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.core.database import write_transaction
from survey.core.sqlite import POLL_SECONDS, lock_queue

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

MAX_BATCH_ITEMS = 64
"""Items in one transaction; the rest go into the next one"""


@dataclass(eq=False)
class _Entry(Generic[Item, Outcome]):
    """One thread's item in the queue, and its outcome."""

    item: Item
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when the item is written, or when its thread has become the leader"""
    leads: bool = False
    """Whether its thread commits the next batch"""
    written: list[Outcome] = field(default_factory=list)
    """The outcome, once it is committed (a list, because an outcome may be None)"""
    error: Exception | None = None


class GroupCommit(Generic[Item, Outcome]):
    """A queue of items that the threads of this process write in shared transactions."""

    def __init__(self, write: Callable[[Session, Sequence[Item]], Sequence[Outcome]]) -> None:
        """`write` writes a batch in an open transaction and returns one outcome for each item, in their order."""
        self._write = write
        self._lock = threading.Lock()
        self._queue: list[_Entry[Item, Outcome]] = []
        self._has_leader = False

    def submit(self, item: Item) -> Outcome:
        """Write an item and return its outcome after the commit.

        Raises what `write` raised for this item, or OperationalError where the database is locked or gone; then
        nothing of the item is written.
        """
        entry = _Entry[Item, Outcome](item)
        with self._lock:
            self._queue.append(entry)
            entry.leads, self._has_leader = not self._has_leader, True
        if not entry.leads:
            self._wait(entry)
        if entry.leads:
            self._commit_batch()
        if not entry.written:
            raise entry.error or RuntimeError("the thread that committed this batch was stopped")
        return entry.written[0]

    def _wait(self, entry: _Entry[Item, Outcome]) -> None:
        """Wait until the item is written or its thread has become the leader. Raises OperationalError on timeout."""
        while not entry.woken.wait(POLL_SECONDS):
            try:
                lock_queue.raise_if_stuck()
            except OperationalError:
                with self._lock:
                    if entry not in self._queue or entry.leads:
                        continue  # it is in the batch being written, or its thread has just become the leader
                    self._queue.remove(entry)
                raise

    def _commit_batch(self) -> None:
        """As the leader: commit the queued items, then make the next thread in the queue the leader."""
        batch: list[_Entry[Item, Outcome]] = []
        try:
            with write_transaction(shown=False) as session:
                batch = self._take_batch()  # after the lock was taken: entries may time out while waiting for it
                outcomes = self._write(session, [entry.item for entry in batch])
            _set_outcomes(batch, outcomes)
        except Exception as error:  # noqa: BLE001 - raised again by each thread it concerns
            if len(batch) > 1 and not isinstance(error, OperationalError):
                self._commit_each(batch)
            else:
                batch = batch or self._take_batch()
                for entry in batch:
                    entry.error = error
        finally:
            self._finish_batch(batch)

    def _commit_each(self, batch: Sequence[_Entry[Item, Outcome]]) -> None:
        """Commit each item in its own transaction, after one of a batch failed: the others must not fail with it."""
        for entry in batch:
            try:
                with write_transaction(shown=False) as session:
                    outcomes = self._write(session, [entry.item])
                _set_outcomes([entry], outcomes)
            except Exception as error:  # noqa: BLE001 - raised again by the thread it concerns
                entry.error = error

    def _take_batch(self) -> list[_Entry[Item, Outcome]]:
        with self._lock:
            batch, self._queue = self._queue[:MAX_BATCH_ITEMS], self._queue[MAX_BATCH_ITEMS:]
        return batch

    def _finish_batch(self, batch: Sequence[_Entry[Item, Outcome]]) -> None:
        """Wake the threads of a batch, and the next leader if anybody waits."""
        with self._lock:
            self._has_leader = bool(self._queue)
            if self._has_leader:
                self._queue[0].leads = True
                self._queue[0].woken.set()
        for entry in batch:
            entry.woken.set()


def _set_outcomes(batch: Sequence[_Entry[Item, Outcome]], outcomes: Sequence[Outcome]) -> None:
    for entry, outcome in zip(batch, outcomes, strict=True):
        entry.written.append(outcome)
