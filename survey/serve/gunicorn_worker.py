"""A gunicorn worker that gives a thread only to requests that were received completely.

gunicorn's own threaded worker assigns a thread to a connection at its first byte and reads the rest without a deadline,
so that as many slow clients as there are threads stop the site. Here the polling thread also reads requests, writes the
part of responses that clients have not read yet (outgoing.py), and closes connections; the other threads never wait
for a client. Exception: a request with a body larger than a form goes to a thread at once, and the site rejects it
unread unless it is an import of a signed-in owner.

A connection that misses its deadline is closed; so is the oldest waiting one when there are too many.
"""

from __future__ import annotations

import errno
import re
import select
import selectors
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from gunicorn.util import write_error
from gunicorn.workers.gthread import TConn, ThreadWorker

from survey.serve.outgoing import (
    CHUNK_BYTES,
    MIN_BYTES_A_SECOND,
    ROOM,
    TRANSFER_SECONDS,
    TURN_BYTES,
    Outgoing,
    wait_for,
)
from survey.web.response_headers import MAX_FORM_BYTES

MAX_HEAD_BYTES = 32 * 1024
MAX_FRAMING_BYTES = 16 * 1024
"""Of chunk sizes and their line ends: parsing very many of them delays other requests"""
MAX_HELD_BYTES = 64 * 1024 * 1024
"""Of all incomplete requests and all unread responses together"""
MAX_DRAINED_BYTES = 256 * 1024 * 1024
"""More than any body that a proxy lets through. With 1 MB, nginx met a reset while it sent a rejected body, answered
502 and took the whole machine for broken."""
HEAD_SECONDS = 10.0
CLOSE_SECONDS = 5.0
"""After the response, for how long to read what the client still sends: closing earlier could lose the response"""
CHECK_SECONDS = 0.5
DROPPED_SHARE = 8
"""Of the responses in files, one in so many is dropped at a time while there is no room for another"""
MAX_QUEUED_PER_THREAD = 4
"""Complete requests per thread that a process accepts at most; others wait in the listen queue for the next process.
Of 500 clients one process once accepted more than it could serve while the other had none."""

CONTENT_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\nTransfer-Encoding:[^\r\n]*chunked[ \t]*\r\n", re.IGNORECASE)
EXPECT_CONTINUE = re.compile(rb"\r\nExpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,16}")


class Incoming(Unreader):
    """The input of gunicorn's parser: the received bytes, and the rest of a large body as it arrives."""

    def __init__(self, connection: Connection, *, more: bool) -> None:
        super().__init__()
        self.buf.write(connection.received)
        self._connection = connection
        self._more = more

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next bytes; empty at the end, or if they do not arrive in time."""
        if not self._more or not wait_for(self._connection.sock, select.POLLIN, self._connection.deadline):
            return b""
        piece: bytes = self._connection.sock.recv(CHUNK_BYTES)
        self._connection.moved += len(piece)
        return piece


class Connection(TConn):
    """A connection: the bytes received so far, and where its request ends."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.sock = Outgoing(sock)
        self.initialized = self.data_ready = True  # skips gunicorn's own setup of a new connection
        self.received = bytearray()
        self.moved = 0
        self.held = 0
        """Bytes of this connection in memory"""
        self.body_at = 0
        """Start of the body; 0 while the head is incomplete"""
        self.ends_at: int | None = None
        """End of the request; None while unknown"""
        self.was_complete = False
        """Whether a thread received the complete request"""
        self._chunk_at = self._framing = 0
        self.started_at = time.monotonic()
        self.closed_by: float | None = None
        """Time by which an answered connection is closed at the latest"""

    @property
    def deadline(self) -> float:
        """Return the time by which more data has to be transferred."""
        if self.closed_by is not None:
            return self.closed_by
        if self.sock.is_unsent:
            return self.sock.deadline
        if not self.body_at:
            return self.started_at + HEAD_SECONDS
        return self.started_at + TRANSFER_SECONDS + self.moved / MIN_BYTES_A_SECOND

    def add(self, piece: bytes) -> None:
        """Add received bytes. Raises LimitRequestLine or LimitRequestHeaders."""
        searched = max(0, len(self.received) - 3)
        self.received += piece
        self.moved += len(piece)
        if not self.body_at:
            end = self.received.find(b"\r\n\r\n", searched)
            if end > MAX_HEAD_BYTES or (end < 0 and len(self.received) > MAX_HEAD_BYTES):
                line = self.received.find(b"\r\n")
                if not 0 <= line <= self.cfg.limit_request_line:
                    raise LimitRequestLine(len(self.received), self.cfg.limit_request_line)
                raise LimitRequestHeaders("limit request headers size")
            if end < 0:
                return
            self.body_at = self._chunk_at = end + 4
            self._read_head(bytes(self.received[: end + 4]))
        if self.ends_at is None:
            self._find_end()

    @property
    def is_complete(self) -> bool:
        """Return whether the request is complete."""
        return self.ends_at is not None and len(self.received) >= self.ends_at

    @property
    def is_large(self) -> bool:
        """Return whether the body is larger than a form's, by its Content-Length or by what was received."""
        return max(self.ends_at or 0, len(self.received)) - self.body_at - self._framing > MAX_FORM_BYTES

    def hand_over(self) -> None:
        """Create the parser from which gunicorn reads the request."""
        self.was_complete = self.is_complete
        self.parser = RequestParser(self.cfg, self.sock, self.client)
        self.parser.unreader = Incoming(self, more=self.is_large and not self.is_complete)
        self.received = bytearray()

    def _read_head(self, head: bytes) -> None:
        """Find the end of the body. A malformed head has no body here; gunicorn's parser reports the error."""
        if not CHUNKED.search(head):
            length = CONTENT_LENGTH.search(head)
            self.ends_at = self.body_at + (int(length[1]) if length else 0)
        if EXPECT_CONTINUE.search(head) and not self.is_complete and not self.is_large:
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _find_end(self) -> None:
        """Parse the chunk sizes received so far. The request ends at an invalid size, or when there are too many."""
        while (end := self.received.find(b"\r\n", self._chunk_at)) >= 0:
            size = CHUNK_SIZE.match(self.received, self._chunk_at, end)
            if size is None or self._framing > MAX_FRAMING_BYTES:
                self.ends_at = end + 2
                del self.received[self.ends_at :]
                return
            if int(size[0], 16) == 0:
                last = self.received.find(b"\r\n\r\n", end)
                self.ends_at = None if last < 0 else last + 4
                return
            self._framing += end - self._chunk_at + 4
            self._chunk_at = end + 2 + int(size[0], 16) + 2


class BufferingWorker(ThreadWorker):
    """gunicorn's ThreadWorker with its own handling of reading, writing and closing connections."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[Connection, None] = {}
        """Connections that wait for their client, oldest first"""
        self._held = 0
        self._queued = 0
        self._checked_at = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Exit with status 2 for settings that this worker does not support."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            log.error("The site itself does not speak https. Leave --certfile out, and put nginx before it.")
            sys.exit(2)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections only while the queue of complete requests is short."""
        super().set_accept_enabled(enabled and self._queued < MAX_QUEUED_PER_THREAD * self.cfg.threads)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection and read what it has already sent."""
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE) and self._waiting:
                self._drop(next(iter(self._waiting)))
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        while self.nr_conns >= self.worker_connections and self._waiting:
            self._drop(next(iter(self._waiting)))
        connection = Connection(self.cfg, sock, client, listener.getsockname())
        self._wait(connection, selectors.EVENT_READ, self._receive)
        self._receive(connection)

    def finish_request(self, connection: Connection, future: Any) -> None:
        """Send the rest of a response, then close the connection."""
        self._queued -= 1
        if connection.sock.fileno() < 0:
            self.nr_conns -= 1
            return
        self._wait(connection, selectors.EVENT_WRITE, self._send)
        self._set_held(connection, len(connection.sock.left))
        if connection in self._waiting:
            self._send(connection)

    def murder_pending(self) -> None:
        """Close connections that missed their deadline, and the slowest readers while others find no room."""
        now = time.monotonic()
        if now < self._checked_at + CHECK_SECONDS:
            return
        self._checked_at = now
        if ROOM.is_short:
            spooled = sorted((one for one in self._waiting if one.sock.takes_room), key=lambda one: one.sock.rate)
            for connection in spooled[: -(-len(spooled) // DROPPED_SHARE)]:
                self._drop(connection)
        for connection in list(self._waiting):
            silent = not self.alive and not connection.moved and now > connection.started_at + CLOSE_SECONDS
            if now > connection.deadline or silent:
                self._end_late(connection)

    def _end_late(self, connection: Connection) -> None:
        """Pass on an incomplete request, so that the site can answer that it did not arrive whole; else close it."""
        if connection.sock.is_unsent or connection.closed_by is not None or not connection.moved:
            self._drop(connection)
        elif connection.body_at:
            self._hand_over(connection)
        else:
            self._refuse(
                connection, partial(write_error, connection.sock, 408, "Request Timeout", "It came too slowly.")
            )

    def _receive(self, connection: Connection) -> None:
        try:
            piece = connection.sock.recv(CHUNK_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._drop(connection)
            return
        try:
            connection.add(piece)
        except (LimitRequestLine, LimitRequestHeaders) as error:
            self._refuse(connection, partial(self.handle_error, None, connection.sock, connection.client, error))
            return
        except OSError:
            self._drop(connection)
            return
        if connection.body_at and (connection.is_complete or connection.is_large or not piece):
            self._hand_over(connection)
        elif not piece:
            self._drop(connection)
        else:
            self._set_held(connection, len(connection.received))

    def _hand_over(self, connection: Connection) -> None:
        """Queue a request for a thread."""
        self._stop_waiting(connection)
        connection.hand_over()
        self._queued += 1
        self.set_accept_enabled(self.alive)
        self.enqueue_req(connection)

    def _refuse(self, connection: Connection, say: Callable[[], None]) -> None:
        say()
        self._change(connection, selectors.EVENT_WRITE, self._send)
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        """Send the rest of the response, then read what the client still sends, and close."""
        try:
            connection.sock.flush(TURN_BYTES)
            if connection.sock.is_unsent:
                return
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(connection)
            return
        connection.closed_by, connection.moved = time.monotonic() + CLOSE_SECONDS, 0
        self._change(connection, selectors.EVENT_READ, self._drain)
        self._drain(connection)

    def _drain(self, connection: Connection) -> None:
        try:
            piece = connection.sock.recv(CHUNK_BYTES)
        except (BlockingIOError, InterruptedError):
            # After a complete request nothing more arrives, so closing loses nothing.
            if connection.was_complete:
                self._drop(connection)
            return
        except OSError:
            piece = b""
        connection.moved += len(piece)
        if not piece or connection.moved > MAX_DRAINED_BYTES:
            self._drop(connection)

    def _set_held(self, connection: Connection, size: int) -> None:
        """Record the memory of a waiting connection; above the total limit, drop those that hold most."""
        self._held += size - connection.held
        connection.held = size
        while self._held > MAX_HELD_BYTES:
            self._drop(max(self._waiting, key=lambda waiting: waiting.held))

    def _wait(self, connection: Connection, events: int, then: Callable[[Connection], None]) -> None:
        self._waiting[connection] = None
        self.poller.register(connection.sock, events, lambda _: then(connection))

    def _change(self, connection: Connection, events: int, then: Callable[[Connection], None]) -> None:
        self.poller.modify(connection.sock, events, lambda _: then(connection))

    def _stop_waiting(self, connection: Connection) -> None:
        del self._waiting[connection]
        self.poller.unregister(connection.sock)
        self._held -= connection.held
        connection.held = 0

    def _drop(self, connection: Connection) -> None:
        self._stop_waiting(connection)
        self.nr_conns -= 1
        connection.close()
