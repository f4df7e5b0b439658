"""gunicorn's worker with threads, which lends a thread only to requests that have arrived whole.

gunicorn's own lends it to a connection as soon as the first byte is there, and waits for the rest without a deadline:
as many slow clients as there are threads stop the site. Here the one thread that polls also reads what each connection
sends, writes what its client has not read yet, and sees it closed; the others never wait for a stranger. A body larger
than a form's is the exception: its request goes to a thread at once, where the site refuses it unread unless it is an
import of a signed-in owner.

A connection that is later than its deadline is closed; where there are too many, so is the oldest that waits.
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
from typing import Any, BinaryIO

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from gunicorn.util import write_error
from gunicorn.workers.gthread import TConn, ThreadWorker

from survey.web.response_headers import MAX_FORM_BYTES

MAX_HEAD_BYTES = 32 * 1024
MAX_FRAMING_BYTES = 16 * 1024
"""Of the sizes of chunks: to read very many of them holds others up"""
MAX_HELD_BYTES = 64 * 1024 * 1024
"""Of all requests that have not arrived whole and all responses that are not read, together"""
MAX_LEFT_BYTES = 1024 * 1024
"""Of one response, sent and not read yet; a thread that has more to send waits for its client"""
MAX_DRAINED_BYTES = 1024 * 1024
PIECE = 64 * 1024
HEAD_SECONDS = 10.0
PATIENCE_SECONDS, MIN_BYTES_A_SECOND = 30.0, 1024
"""A body, or a response, may take so long, and longer where at least so much of it moves"""
CLOSE_SECONDS = 2.0
"""How long what a client still sends is read after its response: a connection closed before that loses it"""
LOOK_SECONDS = 0.5
IN_HAND = 4
"""Whole requests for each thread that a process takes at most: others wait where the next process that is free finds
them"""

LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\nTransfer-Encoding:[^\r\n]*chunked[ \t]*\r\n", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nExpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,16}")


class Outgoing:
    """The socket of a connection as gunicorn writes to it: what its client does not read yet is kept in memory."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._begun = time.monotonic()
        self._sent = 0
        self.left = bytearray()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def setblocking(self, flag: bool) -> None:
        """Stay as it is: it never blocks."""

    def settimeout(self, value: float | None) -> None:
        """Stay as it is."""

    @property
    def deadline(self) -> float:
        """The moment by which the client has to have read more."""
        return self._begun + PATIENCE_SECONDS + self._sent / MIN_BYTES_A_SECOND

    def sendall(self, data: bytes) -> None:
        """Send what can be sent at once, keep the rest. Raises OSError where the client is gone or too slow."""
        self.left += data
        self.flush()
        while len(self.left) > MAX_LEFT_BYTES:
            if not wait_for(self._sock, select.POLLOUT, self.deadline):
                raise BrokenPipeError(errno.EPIPE, "the client reads too slowly")
            self.flush()

    def sendfile(self, file: BinaryIO, offset: int, count: int) -> None:
        """Send a part of a file. Raises OSError as sendall does."""
        file.seek(offset)
        while count > 0 and (piece := file.read(min(count, PIECE))):
            self.sendall(piece)
            count -= len(piece)

    def flush(self) -> None:
        """Send what can be sent at once. Raises OSError where the client is gone."""
        try:
            while self.left:
                sent = self._sock.send(self.left)
                self._sent += sent
                del self.left[:sent]
        except (BlockingIOError, InterruptedError):
            pass


class Incoming(Unreader):
    """What gunicorn's parser reads: what was gathered, and of a large body what comes after it."""

    def __init__(self, connection: Connection, *, more: bool) -> None:
        super().__init__()
        self.buf.write(connection.received)
        self._connection = connection
        self._more = more

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece; empty at the end, and where that does not come in time."""
        if not self._more or not wait_for(self._connection.sock, select.POLLIN, self._connection.deadline):
            return b""
        piece: bytes = self._connection.sock.recv(PIECE)
        self._connection.moved += len(piece)
        return piece


class Connection(TConn):
    """One connection: what it has sent so far, and how much of it there is to be."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.sock = Outgoing(sock)
        self.initialized = self.data_ready = True  # gunicorn's handling of a new connection has nothing to do
        self.received = bytearray()
        self.moved = 0
        self.held = 0
        """Bytes of it in memory"""
        self.body_at = 0
        """Where the body begins; 0 as long as the head is not whole"""
        self.ends_at: int | None = None
        """Where the request ends; None as long as that is not known"""
        self.is_read = False
        """Whether a thread was given all of it"""
        self._chunk_at = self._framing = 0
        self.begun = time.monotonic()
        self.closes_at: float | None = None
        """The moment at which a connection that is answered is closed at the latest"""

    @property
    def deadline(self) -> float:
        """The moment by which more has to have moved."""
        if self.closes_at is not None:
            return self.closes_at
        if self.sock.left:
            return self.sock.deadline
        if not self.body_at:
            return self.begun + HEAD_SECONDS
        return self.begun + PATIENCE_SECONDS + self.moved / MIN_BYTES_A_SECOND

    def add(self, piece: bytes) -> None:
        """Take what has come. Raises LimitRequestLine or LimitRequestHeaders."""
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
    def is_whole(self) -> bool:
        """Whether all of the request is there."""
        return self.ends_at is not None and len(self.received) >= self.ends_at

    @property
    def is_large(self) -> bool:
        """Whether its body is larger than a form's: by its length, or by what has come of it."""
        return max(self.ends_at or 0, len(self.received)) - self.body_at - self._framing > MAX_FORM_BYTES

    def hand_over(self) -> None:
        """Make what gunicorn reads the request from, of what there is."""
        self.is_read = self.is_whole
        self.parser = RequestParser(self.cfg, self.sock, self.client)
        self.parser.unreader = Incoming(self, more=self.is_large and not self.is_whole)
        self.received = bytearray()

    def _read_head(self, head: bytes) -> None:
        """Find out how long the body is. A head that is wrong has none here: gunicorn's parser says what is wrong."""
        if not CHUNKED.search(head):
            length = LENGTH.search(head)
            self.ends_at = self.body_at + (int(length[1]) if length else 0)
        if EXPECTS.search(head) and not self.is_whole and not self.is_large:
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _find_end(self) -> None:
        """Go through the sizes of chunks as far as they have come. Where one is none, or there are far too many, the
        request ends there.
        """
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


class GatheringWorker(ThreadWorker):
    """gunicorn's ThreadWorker, which takes connections and gives them up in other ways."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[Connection, None] = {}
        """Connections at the poller, which wait for their client, the oldest first"""
        self._held = 0
        self._in_hand = 0
        self._looked = 0.0

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse what this worker cannot do."""
        super().check_config(cfg, log)
        if cfg.is_ssl:
            log.error("The site itself does not speak https. Leave --certfile out, and put nginx before it.")
            sys.exit(2)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections only while there is a thread for a request soon."""
        super().set_accept_enabled(enabled and self._in_hand < IN_HAND * self.cfg.threads)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and look at once whether its request is there."""
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
        """A thread has answered: send what is left of that, and close."""
        self._in_hand -= 1
        if connection.sock.fileno() < 0:
            self.nr_conns -= 1
            return
        self._wait(connection, selectors.EVENT_WRITE, self._send)
        self._hold(connection, len(connection.sock.left))
        if connection in self._waiting:
            self._send(connection)

    def murder_pending(self) -> None:
        """End what is later than its deadline."""
        now = time.monotonic()
        if now < self._looked + LOOK_SECONDS:
            return
        self._looked = now
        for connection in list(self._waiting):
            silent = not self.alive and not connection.moved and now > connection.begun + CLOSE_SECONDS
            if now > connection.deadline or silent:
                self._end_late(connection)

    def _end_late(self, connection: Connection) -> None:
        """A request that has begun is answered with what there is of it; the site says that it did not arrive whole."""
        if connection.sock.left or connection.closes_at is not None or not connection.moved:
            self._drop(connection)
        elif connection.body_at:
            self._hand_over(connection)
        else:
            self._refuse(
                connection, partial(write_error, connection.sock, 408, "Request Timeout", "It came too slowly.")
            )

    def _receive(self, connection: Connection) -> None:
        try:
            piece = connection.sock.recv(PIECE)
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
        if connection.body_at and (connection.is_whole or connection.is_large or not piece):
            self._hand_over(connection)
        elif not piece:
            self._drop(connection)
        else:
            self._hold(connection, len(connection.received))

    def _hand_over(self, connection: Connection) -> None:
        """Give a request to a thread."""
        self._stop_waiting(connection)
        connection.hand_over()
        self._in_hand += 1
        self.set_accept_enabled(self.alive)
        self.enqueue_req(connection)

    def _refuse(self, connection: Connection, say: Callable[[], None]) -> None:
        say()
        self._change(connection, selectors.EVENT_WRITE, self._send)
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        """Send what is left; then read what the client still sends, and close."""
        try:
            connection.sock.flush()
            if connection.sock.left:
                return
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(connection)
            return
        connection.closes_at, connection.moved = time.monotonic() + CLOSE_SECONDS, 0
        self._change(connection, selectors.EVENT_READ, self._drain)
        self._drain(connection)

    def _drain(self, connection: Connection) -> None:
        try:
            piece = connection.sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            # Of a request that was read whole nothing comes, and nothing is lost.
            if connection.is_read:
                self._drop(connection)
            return
        except OSError:
            piece = b""
        connection.moved += len(piece)
        if not piece or connection.moved > MAX_DRAINED_BYTES:
            self._drop(connection)

    def _hold(self, connection: Connection, size: int) -> None:
        """Note what a connection that waits has in memory; where it is too much of all, drop those that have most."""
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


def wait_for(sock: Any, event: int, deadline: float) -> bool:
    """Whether a socket can be read from, or written to, before a moment."""
    poll = select.poll()
    poll.register(sock, event)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
