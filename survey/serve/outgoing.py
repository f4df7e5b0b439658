"""What a client has not read yet of its response: at first in memory, the rest in a file without a name.

No thread waits for a client that reads slowly, as long as there is room: the thread writes all of a response here, and
the polling thread sends it (gunicorn_worker.py). Room has two limits for a process. Where it ends, the polling thread
drops who read slowest; a thread waits for that at most once and shortly, and few threads do so at a time.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO

MAX_UNSENT_BYTES = 1024 * 1024
"""In memory, of one response"""
MAX_SPOOLED_BYTES = 512 * 1024 * 1024
"""In files, of all responses of a process together"""
MAX_SPOOLED_FILES = 150
"""Open files of all responses of a process; many systems allow a process 1,024 with its connections"""
MAX_WAITING_THREADS = 2
"""Threads of a process that wait for room at once; in others a response ends"""
ROOM_SECONDS = 60.0
"""For how long altogether a response waits for room"""
LOOK_SECONDS = 0.2
CHUNK_BYTES = 64 * 1024
TURN_BYTES = 1024 * 1024
"""Sent to one client before others have their turn"""
TRANSFER_SECONDS, MIN_BYTES_A_SECOND = 30.0, 1024
"""Time limit of a body or a response, extended while it is transferred at least at this rate"""
MAX_RESPONSE_SECONDS = 3600.0
"""The end of every response, however steadily it is read"""


class Room:
    """How much of responses a process may keep in files."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        """Where the files are; None: where Python puts temporary files"""
        self.files = self.bytes = 0
        self.is_short = False
        """Whether a thread waits until somebody is dropped"""
        self.waiting = threading.BoundedSemaphore(MAX_WAITING_THREADS)
        self._lock = threading.Lock()

    def take(self, files: int, size: int) -> bool:
        """Take room for files and bytes in them; return whether there was any."""
        with self._lock:
            fits = self.files + files <= MAX_SPOOLED_FILES and self.bytes + size <= MAX_SPOOLED_BYTES
            if fits:
                self.files, self.bytes = self.files + files, self.bytes + size
            self.is_short = not fits
            return fits

    def give_back(self, files: int, size: int) -> None:
        """Return what was taken."""
        with self._lock:
            self.files, self.bytes = self.files - files, self.bytes - size


ROOM = Room()
"""That of this process"""


class Part:
    """Bytes of a file that are to be sent; `size` of them were written for it and take room."""

    def __init__(self, descriptor: int, at: int, end: int, *, is_own: bool) -> None:
        self.descriptor, self.at, self.end, self.is_own = descriptor, at, end, is_own

    @property
    def size(self) -> int:
        """Return how many bytes of room it takes."""
        return self.end if self.is_own else 0

    def read(self) -> bytes:
        """Return the next bytes, empty at the end. Raises OSError where a file is shorter now than was said."""
        if self.at >= self.end:
            return b""
        piece = os.pread(self.descriptor, min(CHUNK_BYTES, self.end - self.at), self.at)
        if not piece:
            raise BrokenPipeError(errno.EPIPE, "the file was cut")
        self.at += len(piece)
        return piece


class Outgoing:
    """A non-blocking socket with the interface that gunicorn writes to; what is not sent at once is kept."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._started_at = time.monotonic()
        self._sent = 0
        self._waited = 0.0
        self._parts: deque[Part] = deque()
        """What comes after `left`"""
        self.left = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def setblocking(self, flag: bool) -> None:
        """Do nothing: the socket never blocks."""

    def settimeout(self, value: float | None) -> None:
        """Do nothing."""

    @property
    def is_unsent(self) -> bool:
        """Return whether anything is still to be sent."""
        return bool(self.left or self._parts)

    @property
    def takes_room(self) -> bool:
        """Return whether a part of it is in a file."""
        return bool(self._parts)

    @property
    def rate(self) -> float:
        """Return how many bytes a second its client has read so far."""
        return self._sent / (1 + time.monotonic() - self._started_at)

    @property
    def deadline(self) -> float:
        """Return the time (time.monotonic) by which the client has to have read more."""
        return self._started_at + min(TRANSFER_SECONDS + self._sent / MIN_BYTES_A_SECOND, MAX_RESPONSE_SECONDS)

    def sendall(self, data: bytes) -> None:
        """Send what can be sent without blocking and keep the rest.

        Raises OSError if the client is gone, or too slow while there is no room.
        """
        if not self._parts:
            self.left += data
            self.flush()
            data = bytes(self.left[MAX_UNSENT_BYTES:])
            del self.left[MAX_UNSENT_BYTES:]
        if data and not self._spool(data):
            self._wait_for_room(data)

    def sendfile(self, file: BinaryIO, offset: int, count: int) -> None:
        """Send a part of a file, which need not stay open. Raises OSError as sendall does."""
        while count > 0:
            if self.is_unsent and ROOM.take(1, 0):
                self._parts.append(Part(os.dup(file.fileno()), offset, offset + count, is_own=False))
                return
            piece = os.pread(file.fileno(), min(count, CHUNK_BYTES), offset)
            if not piece:
                return
            self.sendall(piece)
            offset, count = offset + len(piece), count - len(piece)

    def flush(self, most: int = sys.maxsize) -> None:
        """Send what can be sent without blocking, up to about `most` bytes. Raises OSError if the client is gone."""
        enough = self._sent + most
        try:
            while self._sent < enough and self._has_next():
                sent = self._sock.send(self.left)
                self._sent += sent
                del self.left[:sent]
        except (BlockingIOError, InterruptedError):
            pass

    def close(self) -> None:
        """Close the socket and drop what was not sent."""
        while self._parts:
            self._drop_part()
        self._sock.close()

    def _has_next(self) -> bool:
        while not self.left and self._parts:
            self.left += self._parts[0].read()
            if not self.left:
                self._drop_part()
        return bool(self.left)

    def _drop_part(self) -> None:
        part = self._parts.popleft()
        os.close(part.descriptor)
        ROOM.give_back(1, part.size)

    def _spool(self, data: bytes) -> bool:
        """Add to the file of this response; return whether there was room."""
        part = self._parts[-1] if self._parts and self._parts[-1].is_own else None
        new_files = 1 if part is None else 0
        if not ROOM.take(new_files, len(data)):
            return False
        descriptor = -1
        try:
            descriptor = _new_file() if part is None else part.descriptor
            if os.pwrite(descriptor, data, 0 if part is None else part.end) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:  # the disk is full; what was written of it is written over, or never read
            if part is None and descriptor >= 0:
                os.close(descriptor)
            ROOM.give_back(new_files, len(data))
            ROOM.is_short = True
            return False
        if part is None:
            part = Part(descriptor, 0, 0, is_own=True)
            self._parts.append(part)
        part.end += len(data)
        self.flush()
        return True

    def _wait_for_room(self, data: bytes) -> None:
        """Keep data once there is room, or once the client has read all else. Raises OSError."""
        if not ROOM.waiting.acquire(blocking=False):
            raise BrokenPipeError(errno.EPIPE, "too much is unread")
        begun = time.monotonic()
        try:
            while not self._spool(data):
                if not self.is_unsent:
                    self.left += data
                    return
                now = time.monotonic()
                if self._waited + now - begun > ROOM_SECONDS or now > self.deadline:
                    raise BrokenPipeError(errno.EPIPE, "the client reads too slowly")
                wait_for(self._sock, select.POLLOUT, now + LOOK_SECONDS)
                self.flush()
        finally:
            self._waited += time.monotonic() - begun
            ROOM.is_short = False
            ROOM.waiting.release()


def _new_file() -> int:
    """Return the descriptor of a new file without a name. Raises OSError."""
    with tempfile.TemporaryFile(dir=ROOM.folder) as file:
        return os.dup(file.fileno())


def wait_for(sock: Any, event: int, deadline: float) -> bool:
    """Wait until a socket is readable or writable; return False if the deadline passes first."""
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
