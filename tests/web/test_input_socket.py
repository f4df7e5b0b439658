"""The input matrix on a real server: what only a socket can send, answered by gunicorn as the site is served."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from benchmarks.place import free_port
from survey.core.settings import PROJECT
from tests.support.entry_points import NAMES, Way, site_with_ways
from tests.support.every_case import every_case

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gunicorn is served on POSIX")

SECONDS = 20
CAP, IMPORT_CAP = 512 * 1024, 20 * 1024 * 1024
PIECE = 64 * 1024


@dataclass(frozen=True)
class Served:
    """The site behind gunicorn, and the ways into the same data from this process."""

    port: int
    ways: dict[str, Way]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("socket")
    with site_with_ways(folder) as ways:
        port = free_port()
        chosen = {
            "INSTANCE": str(folder),
            "PROOF_BITS": "0",
            "LEAST_SECONDS": "0",
            "ADDRESS_ANSWERS": "100000",
            "IMPORT_MEGABYTES": "20",
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "python:survey.serve.gunicorn_config",
            f"--bind=127.0.0.1:{port}",
        ]
        with subprocess.Popen(
            [*command, "--workers=1", "app:create_app()"],
            cwd=PROJECT,
            env=os.environ | {f"THREADS_{name}": value for name, value in chosen.items()},
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"),
        ) as server:
            try:
                wait_for(port)
                yield Served(port, ways)
            finally:
                server.send_signal(signal.SIGTERM)
                server.wait(30)


def wait_for(port: int) -> None:
    for _ in range(300):
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz"):
            return
        time.sleep(0.1)
    raise AssertionError("gunicorn did not answer")


def ask(port: int, request: bytes, then: Iterator[bytes] | None = None, *, half: bool = False) -> tuple[int, str]:
    """Send bytes as they are, and what comes after them; gives the status and all that was answered.

    A server that has heard enough may close while more is sent: what it said is read all the same. `half` ends the
    sending side when all is sent, as a connection does that breaks off.
    """
    said = b""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
            for piece in then or ():
                connection.sendall(piece)
            if half:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                said += piece
    status, _, text = said.decode(errors="replace").partition("\r\n")
    return int(status.split()[1]) if status else 0, text


def head(way: Way, *headers: str, method: str = "POST", host: str = "Host: 127.0.0.1", version: str = "1.1") -> bytes:
    """The first lines of a request: its line, who sends it, and these headers."""
    rights = [f"{name}: {value}" for name, value in (way.rights() | way.cookie()).items()]
    lines = [f"{method} {way.address} HTTP/{version}", host, "Connection: close", *rights, *headers]
    return "\r\n".join([line for line in lines if line] + ["", ""]).encode("latin-1")


def chunked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def good(way: Way) -> tuple[bytes, str, str]:
    """The body of a good request, and its type and length as headers."""
    body, kind = way.good("Smuggled")
    return body, f"Content-Type: {kind}", f"Content-Length: {len(body)}"


def long_header(port: int, way: Way) -> tuple[int, str]:
    body, kind, length = good(way)
    return ask(port, head(way, kind, length, "X-Long: " + "x" * 65_536) + body)


def many_headers(port: int, way: Way) -> tuple[int, str]:
    body, kind, length = good(way)
    return ask(port, head(way, kind, length, *(f"X-{n}: 1" for n in range(200))) + body)


def long_line(port: int, way: Way) -> tuple[int, str]:
    return ask(port, f"GET {way.address}?q={'x' * 65_536} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())


def over_the_cap(port: int, way: Way) -> tuple[int, str]:
    """A body without a length that only its chunks tell, one piece larger than the site takes."""
    body, kind, _ = good(way)
    most = IMPORT_CAP if way.address.endswith("/import") else CAP
    pieces = iter([body, *[b"x" * PIECE] * (most // PIECE)])
    return ask(port, head(way, kind, "Transfer-Encoding: chunked"), chunked(pieces))


def trace(port: int, way: Way) -> tuple[int, str]:
    return ask(port, head(way, method="TRACE"))


def truncated(port: int, way: Way) -> tuple[int, str]:
    """Half of the body, and then the connection breaks off."""
    body, kind, length = good(way)
    return ask(port, head(way, kind, length) + body[: len(body) // 2], half=True)


def truncated_late(port: int, way: Way) -> tuple[int, str]:
    """All but the end of the last word: what is there could be read."""
    body, kind, length = good(way)
    return ask(port, head(way, kind, length) + body[:-3], half=True)


def truncated_multipart(port: int, way: Way) -> tuple[int, str]:
    part = f'--b\r\nContent-Disposition: form-data; name="{way.box}"\r\n\r\nhel'.encode()
    kind = "multipart/form-data; boundary=b" if way.shown else "application/json"
    return ask(port, head(way, f"Content-Type: {kind}", "Content-Length: 900") + part, half=True)


def without_host(port: int, way: Way) -> tuple[int, str]:
    body, kind, length = good(way)
    return ask(port, head(way, kind, length, host="") + body)


def other_host(port: int, way: Way) -> tuple[int, str]:
    body, kind, length = good(way)
    return ask(port, head(way, kind, length, host="Host: evil.example") + body)


def shaped(*headers: str, body: bytes | None = None) -> Callable[[int, Way], tuple[int, str]]:
    """A request whose length two servers could read in two ways. LENGTH stands for the true one."""

    def send(port: int, way: Way) -> tuple[int, str]:
        whole, kind, _ = good(way)
        given = [header.replace("LENGTH", str(len(whole))) for header in headers]
        return ask(port, head(way, kind, *given) + (whole if body is None else body), half=True)

    return send


NAME = "This site does not go by that name"
CHUNK = b"8\r\ntext=abc\r\n0\r\n\r\n"
ROWS: dict[str, tuple[Callable[[int, Way], tuple[int, str]], tuple[int, ...], str]] = {
    "64 kB header": (long_header, (431,), "limit request headers"),
    "200 headers": (many_headers, (431,), "limit request headers"),
    "64 kB line": (long_line, (414,), "Request Line is too large"),
    "chunked over the cap": (over_the_cap, (413,), "far more than"),
    "TRACE": (trace, (405,), "That cannot be done"),
    "truncated": (truncated, (400,), "did not arrive whole"),
    "truncated in its last word": (truncated_late, (400,), "did not arrive whole"),
    "truncated multipart": (truncated_multipart, (400,), "did not arrive whole"),
    "HTTP/1.1 without Host": (without_host, (400,), NAME),
    "another host": (other_host, (400,), NAME),
    "length and chunks": (
        shaped("Content-Length: LENGTH", "Transfer-Encoding: chunked", body=CHUNK),
        (400,),
        "Invalid HTTP Header",
    ),
    "two lengths": (shaped("Content-Length: LENGTH", "Content-Length: 4"), (400,), "Invalid HTTP Header"),
    "a length that is none": (shaped("Content-Length: +LENGTH"), (400,), "Invalid HTTP Header"),
    "a negative length": (shaped("Content-Length: -1"), (400,), "Invalid HTTP Header"),
    "chunked twice": (
        shaped("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=CHUNK),
        (400,),
        "Invalid HTTP Header",
    ),
    "chunked in disguise": (shaped("Transfer-Encoding : chunked", body=CHUNK), (400,), "Invalid HTTP header name"),
    "a chunk of no size": (
        shaped("Transfer-Encoding: chunked", body=b"zz\r\ntext=abc\r\n0\r\n\r\n"),
        (400,),
        "did not arrive whole",
    ),
    "a folded header": (shaped("Content-Length: LENGTH", "X-A: a\r\n b"), (400,), "Obsolete line folding"),
    "NUL in a header": (shaped("Content-Length: LENGTH", "X-A: a\0b"), (400,), "Invalid HTTP Header"),
}
"""What is sent, the statuses that may answer it, a part of what is said"""


@pytest.mark.parametrize("name", NAMES)
def test_what_no_browser_sends_is_refused_and_the_site_goes_on(served: Served, name: str) -> None:
    with every_case() as case:
        for row in ROWS:
            with case(row):
                send, statuses, words = ROWS[row]
                way = served.ways[name]
                before = way.stored()
                status, said = send(served.port, way)
                assert status in statuses
                assert words in said
                assert way.stored() == before
                body, kind, length = good(way)
                assert ask(served.port, head(way, kind, length) + body)[0] in (201, 303)


@pytest.mark.parametrize("name", NAMES)
def test_http_1_0_may_leave_out_the_host(served: Served, name: str) -> None:
    way = served.ways[name]
    body, kind, length = good(way)
    status, said = ask(served.port, head(way, kind, length, host="", version="1.0") + body)
    assert status in (201, 303)
    assert "evil" not in said


def test_who_sends_a_large_body_that_is_rejected_is_not_cut_off(served: Served) -> None:
    """A proxy that met a reset here took the whole machine for broken."""
    line = b"POST /manage/surveys/1/import HTTP/1.1"
    request = b"\r\n".join([line, b"Host: 127.0.0.1", b"Connection: close", b"Content-Length: %d", b"", b""])
    with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as connection:
        connection.sendall(request % (IMPORT_CAP - PIECE))
        time.sleep(0.2)  # until it is answered, as for a proxy that is slower than the site
        for _ in range(IMPORT_CAP // PIECE - 1):
            connection.sendall(b"x" * PIECE)
        said = b""
        while piece := connection.recv(65536):
            said += piece
    assert 300 <= int(said.split()[1]) < 413
