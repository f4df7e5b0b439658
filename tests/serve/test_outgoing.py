"""A response is sent whole and in order however it is read, and what is unread has its limits."""

from __future__ import annotations

import os
import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from survey.serve import outgoing
from survey.serve.gunicorn_worker import BufferingWorker, Connection
from survey.serve.outgoing import Outgoing, Room

CONTENT = bytes(range(256)) * 12_000


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    own = Room()
    monkeypatch.setattr(outgoing, "ROOM", own)
    monkeypatch.setattr("survey.serve.gunicorn_worker.ROOM", own)
    monkeypatch.setattr(outgoing, "LOOK_SECONDS", 0.01)
    yield own
    assert (own.files, own.bytes) == (0, 0)


@pytest.fixture
def pair() -> Iterator[tuple[Outgoing, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    sent = Outgoing(ours)
    yield sent, theirs
    sent.close()
    theirs.close()


def read_all(sent: Outgoing, theirs: socket.socket) -> bytes:
    """Send and read in turns until nothing is unsent."""
    came = bytearray()
    theirs.setblocking(False)
    while True:
        sent.flush(10_000)
        try:
            came += theirs.recv(50_000)
        except BlockingIOError:
            if not sent.is_unsent:
                return bytes(came)


def test_what_is_unread_is_kept_in_order(pair: tuple[Outgoing, socket.socket], room: Room) -> None:
    sent, theirs = pair
    for start in range(0, len(CONTENT), 5000):
        sent.sendall(CONTENT[start : start + 5000])
    assert len(sent.left) <= outgoing.MAX_UNSENT_BYTES
    assert room.files == 1
    assert len(CONTENT) > room.bytes > len(CONTENT) - outgoing.MAX_UNSENT_BYTES - 1_000_000
    with tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        file.flush()
        sent.sendfile(file, 1000, 2_000_000)
    sent.sendall(b"the end")
    assert room.files == 3
    assert read_all(sent, theirs) == CONTENT + CONTENT[1000:2_001_000] + b"the end"
    assert not sent.takes_room


def test_a_file_is_not_copied(pair: tuple[Outgoing, socket.socket], room: Room) -> None:
    sent, theirs = pair
    with tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        file.flush()
        sent.sendfile(file, 0, len(CONTENT))
    assert (room.files, room.bytes) == (1, 0)
    assert len(sent.left) <= outgoing.CHUNK_BYTES
    assert read_all(sent, theirs) == CONTENT


@pytest.mark.parametrize("limit", ["MAX_SPOOLED_BYTES", "MAX_SPOOLED_FILES"])
def test_who_does_not_read_while_there_is_no_room_is_cut_off(
    pair: tuple[Outgoing, socket.socket], room: Room, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(outgoing, limit, 0)
    monkeypatch.setattr(outgoing, "ROOM_SECONDS", 0.1)
    with pytest.raises(BrokenPipeError):
        pair[0].sendall(CONTENT)
    assert not room.is_short
    for _ in range(outgoing.MAX_WAITING_THREADS):
        assert room.waiting.acquire(blocking=False)
    monkeypatch.setattr(outgoing, "ROOM_SECONDS", 1000)
    with pytest.raises(BrokenPipeError, match="too much"):
        pair[0].sendall(CONTENT)


def no_space(*given: object) -> int:
    """Write nothing: the disk is full."""
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("is_full", [False, True], ids=["no room", "the disk is full"])
def test_who_reads_gets_all_without_room(
    pair: tuple[Outgoing, socket.socket], monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    sent, theirs = pair
    if is_full:
        monkeypatch.setattr(os, "pwrite", no_space)
    else:
        monkeypatch.setattr(outgoing, "MAX_SPOOLED_BYTES", 100_000)
    came = bytearray()
    wanted = 2 * len(CONTENT)

    def read() -> None:
        while len(came) < wanted:
            came.extend(theirs.recv(20_000))

    reader = threading.Thread(target=read)
    reader.start()
    with tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        file.flush()
        for start in range(0, len(CONTENT), 300_000):
            sent.sendall(CONTENT[start : start + 300_000])
        sent.sendfile(file, 0, len(CONTENT))
    while sent.is_unsent:
        sent.flush()
    reader.join(20)
    assert bytes(came) == CONTENT * 2


def test_every_response_ends(pair: tuple[Outgoing, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    sent, _ = pair
    begun = sent.deadline
    monkeypatch.setattr(sent, "_sent", 10**10)
    assert sent.deadline == pytest.approx(begun - outgoing.TRANSFER_SECONDS + outgoing.MAX_RESPONSE_SECONDS)


def test_the_slowest_readers_make_room(room: Room) -> None:
    worker = BufferingWorker(1, 1, [], None, 30, Config(), None)
    worker.poller = selectors.DefaultSelector()
    others, connections = [], []
    for number in range(9):
        ours, theirs = socket.socketpair()
        others.append(theirs)
        ours.setblocking(False)
        connection = Connection(SimpleNamespace(limit_request_line=4094), ours, "", "")
        connection.sock.sendall(CONTENT)
        connection.sock._sent = 10**7 * (10 - number)
        worker._wait(connection, selectors.EVENT_WRITE, worker._send)
        worker.nr_conns += 1
        connections.append(connection)
    assert room.files == 9
    room.is_short = True
    worker.murder_pending()
    assert list(worker._waiting) == connections[:7]
    assert room.files == 7
    for connection in connections[:7]:
        worker._drop(connection)
    for theirs in others:
        theirs.close()
