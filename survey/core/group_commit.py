"""Group commit: what several requests want to write at one moment is written in one transaction.

A commit waits for the disk, and SQLite has one writer: a hundred commits a second are many, while one commit may hold a
hundred answers. Nobody waits for company, though. Whoever comes while nothing is being written writes at once; those
who come meanwhile are written together by the first of them. (The idea is DeWitt et al., "Implementation techniques
for main memory database systems", 1984.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey.core.database import POLL_SECONDS, raise_if_stuck, write_transaction

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

MAX_BATCH_ITEMS = 64
"""Items of one transaction: those after them wait for the next"""


@dataclass(eq=False)
class _Entry(Generic[Item, Outcome]):
    """One thread's item, and what became of it."""

    item: Item
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when the thread has something to do: to go on, or to write."""
    leads: bool = False
    written: list[Outcome] = field(default_factory=list)
    """Its outcome, once it is committed"""
    error: Exception | None = None


class GroupCommit(Generic[Item, Outcome]):
    """Writes items of the threads of this process, several in one transaction where several are there."""

    def __init__(self, write: Callable[[Session, Sequence[Item]], Sequence[Outcome]]) -> None:
        """`write` writes items in the transaction it is given, and gives an outcome for each."""
        self._write = write
        self._lock = threading.Lock()
        self._waiting: list[_Entry[Item, Outcome]] = []
        self._led = False

    def submit(self, item: Item) -> Outcome:
        """Write this item; gives its outcome once that is committed.

        Raises what writing it raised. Where the database cannot be reached nothing of the item is written.
        """
        place = _Entry[Item, Outcome](item)
        with self._lock:
            self._waiting.append(place)
            place.leads, self._led = not self._led, True
        if not place.leads:
            self._wait(place)
        if place.leads:
            self._lead()
        if not place.written:
            raise place.error or RuntimeError("the thread that wrote for this one was stopped")
        return place.written[0]

    def _wait(self, place: _Entry[Item, Outcome]) -> None:
        """Until the item is written, or this thread is to write. Raises OperationalError where that takes too long."""
        while not place.woken.wait(POLL_SECONDS):
            try:
                raise_if_stuck()
            except OperationalError:
                with self._lock:
                    if place not in self._waiting or place.leads:
                        continue  # it is being written this moment, or its thread is to write
                    self._waiting.remove(place)
                raise

    def _lead(self) -> None:
        """Write what waits, and let the next in line write what came meanwhile."""
        taken: list[_Entry[Item, Outcome]] = []
        try:
            with write_transaction() as session:
                taken = self._take()  # only now: while the database is locked they may go
                outcomes = self._write(session, [place.item for place in taken])
            _note(taken, outcomes)
        except Exception as error:  # noqa: BLE001 - raised again by each thread it is about
            if len(taken) > 1 and not isinstance(error, OperationalError):
                self._write_each(taken)
            else:
                taken = taken or self._take()
                for place in taken:
                    place.error = error
        finally:
            self._hand_over(taken)

    def _write_each(self, places: Sequence[_Entry[Item, Outcome]]) -> None:
        """One by one, because one of them cannot be written: the others must not fail with it."""
        for place in places:
            try:
                with write_transaction() as session:
                    outcomes = self._write(session, [place.item])
                _note([place], outcomes)
            except Exception as error:  # noqa: BLE001 - raised again by the thread it is about
                place.error = error

    def _take(self) -> list[_Entry[Item, Outcome]]:
        with self._lock:
            taken, self._waiting = self._waiting[:MAX_BATCH_ITEMS], self._waiting[MAX_BATCH_ITEMS:]
        return taken

    def _hand_over(self, done: Sequence[_Entry[Item, Outcome]]) -> None:
        with self._lock:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].leads = True
                self._waiting[0].woken.set()
        for place in done:
            place.woken.set()


def _note(places: Sequence[_Entry[Item, Outcome]], outcomes: Sequence[Outcome]) -> None:
    for place, outcome in zip(places, outcomes, strict=True):
        place.written.append(outcome)
