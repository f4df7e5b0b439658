"""Messages between the web processes and the search service: JSON after its length, over a socket of this machine.

The socket is a file of the instance folder, which only the user of the site may open. Where there are no such sockets,
or the path is too long for one, it is a port of the loopback address whose number stands in a file. Every request
shows a key made from the secret key of the site: on a port, other users of the machine can connect.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import struct
import time
from pathlib import Path
from typing import Any

SOCKET_FILE, PORT_FILE = "search.sock", "search.port"
MAX_BYTES = 256 * 1024
"""Largest message; 1,000 passages are some 50 kB"""
BACKLOG = 64
PROBE_SECONDS = 1.0
_LENGTH = struct.Struct(">I")

Message = dict[str, Any]


class BadMessage(ValueError):
    """What came is no message of this program."""


def make_key(secret_key: str) -> str:
    """Return what a request shows, made from the key that signs cookies."""
    return hmac.new(secret_key.encode(), b"search service", hashlib.sha256).hexdigest()


def send(connection: socket.socket, message: Message, until: float) -> None:
    """Send a message before the moment `until` of time.monotonic(). Raises OSError, TimeoutError too."""
    body = json.dumps(message).encode()
    connection.settimeout(_left(until))
    connection.sendall(_LENGTH.pack(len(body)) + body)


def receive(connection: socket.socket, until: float) -> Message:
    """Return the next message, whole before the moment `until`. Raises OSError and BadMessage."""
    (length,) = _LENGTH.unpack(_read(connection, _LENGTH.size, until))
    if length > MAX_BYTES:
        raise BadMessage("longer than any message")
    try:
        found = json.loads(_read(connection, length, until))
    except (ValueError, RecursionError) as error:
        raise BadMessage("not JSON") from error
    if not isinstance(found, dict):
        raise BadMessage("not an object")
    return found


def connect(folder: Path, until: float) -> socket.socket:
    """Return a connection to the service of an instance folder. Raises OSError where there is none."""
    path = folder / SOCKET_FILE
    if path.exists():
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address: Any = str(path)
    else:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        address = ("127.0.0.1", _read_port(folder / PORT_FILE))
    try:
        connection.settimeout(_left(until))
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def listen(folder: Path) -> socket.socket:
    """Return the listening socket of the service. Raises FileExistsError where another service listens already."""
    if _is_answering(folder):
        raise FileExistsError(str(folder / SOCKET_FILE))
    for name in (SOCKET_FILE, PORT_FILE):
        (folder / name).unlink(missing_ok=True)
    return _listen_on_file(folder / SOCKET_FILE) or _listen_on_port(folder / PORT_FILE)


def _is_answering(folder: Path) -> bool:
    try:
        connect(folder, time.monotonic() + PROBE_SECONDS).close()
    except OSError:
        return False
    return True


def _listen_on_file(path: Path) -> socket.socket | None:
    """Return a socket that is a file; None where that cannot be. Whoever sees the file can connect already."""
    if not hasattr(socket, "AF_UNIX"):
        return None
    hidden = path.with_suffix(".new")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        hidden.unlink(missing_ok=True)
        listening.bind(str(hidden))
        hidden.chmod(0o600)
        listening.listen(BACKLOG)
        hidden.rename(path)
    except OSError:
        listening.close()
        return None
    return listening


def _listen_on_port(note: Path) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    listening.listen(BACKLOG)
    hidden = note.with_suffix(".new")
    hidden.write_text(str(listening.getsockname()[1]), encoding="ascii")
    hidden.rename(note)
    return listening


def _read_port(note: Path) -> int:
    """Return the number in the file of the port. Raises OSError where it says none."""
    text = note.read_bytes()[:8].decode("ascii", "replace").strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise FileNotFoundError(str(note))
    return int(text)


def _read(connection: socket.socket, length: int, until: float) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        connection.settimeout(_left(until))
        part = connection.recv(min(length - len(parts), 65536))
        if not part:
            raise BadMessage("cut off")
        parts += part
    return bytes(parts)


def _left(until: float) -> float:
    """Return the seconds that are left, for settimeout. Raises TimeoutError where there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is over")
    return left
