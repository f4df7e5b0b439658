"""Passwords are compared one at a time, and few may wait for that."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import argon2.low_level
import pytest
from flask import Flask
from werkzeug.exceptions import ServiceUnavailable

from survey.accounts import password_hashing
from survey.accounts.password_hashing import MAX_WAITING, SerialPasswordHasher
from tests.support.visitors import OWNER, PASSWORD, field, make_owner, sign_in_by_page


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Argon2 takes its time until the test ends; gives how many were at it at once, at each beginning."""
    at_once, now, go_on = [], 0, threading.Event()
    lock, verify = threading.Lock(), argon2.low_level.verify_secret

    def counted(*arguments: Any) -> bool:
        nonlocal now
        with lock:
            now += 1
            at_once.append(now)
        go_on.wait(1.0)
        with lock:
            now -= 1
        return verify(*arguments)

    monkeypatch.setattr("argon2._password_hasher.verify_secret", counted)
    yield at_once
    go_on.set()


def test_of_forty_at_once_one_is_compared_a_few_wait_and_the_rest_are_told(slow: list[int]) -> None:
    hasher = SerialPasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hashed = hasher.hash(PASSWORD)

    def try_it(_: int) -> str:
        begun = time.monotonic()
        try:
            return "right" if hasher.verify(hashed, PASSWORD) else "wrong"
        except ServiceUnavailable:
            return "at once" if time.monotonic() - begun < 0.5 else "late"

    with ThreadPoolExecutor(40) as pool:
        came = list(pool.map(try_it, range(40)))
    assert set(slow) == {1}
    assert came.count("right") == len(slow) == 1 + MAX_WAITING
    assert came.count("at once") == 40 - 1 - MAX_WAITING


def test_however_many_choose_new_passwords_somebody_can_still_sign_in(slow: list[int], monkeypatch: Any) -> None:
    hasher = SerialPasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hashed, go_on, begun = hasher.hash(PASSWORD), threading.Event(), threading.Semaphore(0)
    hash_secret = argon2.low_level.hash_secret

    def slowly(*arguments: Any, **named: Any) -> bytes:
        begun.release()
        go_on.wait(10)
        return hash_secret(*arguments, **named)

    monkeypatch.setattr("argon2._password_hasher.hash_secret", slowly)

    def choose(_: int) -> bool:
        try:
            return bool(hasher.hash("another password"))
        except ServiceUnavailable:
            return False

    with ThreadPoolExecutor(20) as pool:
        chosen = [pool.submit(choose, number) for number in range(20)]
        begun.acquire(timeout=10)
        while sum(each.done() for each in chosen) < 20 - MAX_WAITING:
            time.sleep(0.01)
        signs_in = pool.submit(hasher.verify, hashed, PASSWORD)
        time.sleep(0.1)
        go_on.set()
        assert signs_in.result()
        assert sum(each.result() for each in chosen) == MAX_WAITING


def test_who_is_told_may_try_again_uncounted(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_owner(sqlite_app)
    client = sqlite_app.test_client()
    form = {"csrf_token": field(client.get("/sign-in"), "csrf_token"), "name": OWNER, "password": PASSWORD}
    with monkeypatch.context() as busy:
        busy.setattr(password_hashing, "_places", threading.BoundedSemaphore(1))
        with password_hashing._one_at_a_time():
            for _ in range(20):
                told = client.post("/sign-in", data=form)
                assert (told.status_code, told.headers["Retry-After"]) == (503, str(password_hashing.RETRY_SECONDS))
                assert "The site is busy" in told.text
            assert client.get("/healthz").status_code == 200
    assert sign_in_by_page(client).status_code == 303
