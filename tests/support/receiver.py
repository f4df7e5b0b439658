"""A program that webhooks are sent to, on a port of this machine: it keeps what it gets and misbehaves as told."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Receiver:
    """What it answers, and what it got."""

    port: int = 0
    status: int = 204
    location: str = ""
    megabytes: int = 0
    trickles: bool = False
    hangs: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    written: int = 0
    """Bytes of a large reply that went out"""
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=b"

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def receiver(certificate: tuple[Path, Path] | None = None, **behaviour: Any) -> Iterator[Receiver]:
    """Serve until the block ends; what it does can be changed meanwhile."""
    taken = Receiver(**behaviour)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            with suppress(OSError):
                self.answer()

        def answer(self) -> None:
            if taken.hangs:
                taken.stopped.wait(30)
                return
            if taken.trickles:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not taken.stopped.wait(0.1):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                return
            self.send_response(taken.status)
            if taken.location:
                self.send_header("Location", taken.location)
            self.send_header("Content-Length", str(taken.megabytes * 1024 * 1024))
            self.end_headers()
            for _ in range(taken.megabytes * 16):
                self.wfile.write(b"x" * 65536)
                taken.written += 65536

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    taken.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield taken
    finally:
        taken.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
