"""Clients that hold a connection and hardly send, or hardly read: each opens another when the server closes it.

    python tests/faults/slow_clients.py --port 5000 --clients 200 --seconds 20 --out result.json

The kinds take turns: `silent` sends nothing, `head` drips a request's head, `body` that of an answer, `chunks` the same
without a length, `crumbs` the end of very many of them, `large` the body of an answer that is too large, `upload` that
of an import, `reader` asks for a page and hardly reads it, `stayer` reads all of it and does not close.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import time
from collections import Counter
from pathlib import Path

EVERY = 0.5
"""Seconds between two bytes"""
HEAD = "{} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: 10.7.7.7\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


def opening(kind: str, slug: str, page: str) -> tuple[str, str]:
    """What a kind of client sends at once, and what it drips afterwards."""
    if kind in ("reader", "stayer"):
        return HEAD.format(f"GET {page}") + "\r\n", ""
    if kind == "head":
        return "", HEAD.format(f"GET /s/{slug}") + "X-Long: " + "x" * 10_000
    if kind == "body":
        return HEAD.format(f"POST /s/{slug}") + FORM + "Content-Length: 4000\r\n\r\n", "text=" + "x" * 3995
    if kind == "chunks":
        return HEAD.format(f"POST /s/{slug}") + FORM + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n" * 2000
    if kind == "crumbs":
        head = HEAD.format(f"POST /s/{slug}") + FORM + "Transfer-Encoding: chunked\r\n\r\n"
        return head + "1\r\nx\r\n" * 20_000, "1\r\nx\r\n" * 2000
    if kind in ("large", "upload"):
        head = HEAD.format(f"POST /manage/{slug}/import" if kind == "upload" else f"POST /s/{slug}")
        return f"{head}Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 19000000\r\n\r\n", "--b" * 2000
    return "", ""


KINDS = ("silent", "head", "body", "chunks", "crumbs", "large", "upload", "reader", "stayer")


class Slow:
    """One slow client after another at one port."""

    def __init__(self, port: int, kind: str, slug: str, page: str) -> None:
        self.port, self.kind, self.slug, self.page = port, kind, slug, page
        self.longest = 0.0
        self.said: Counter[str] = Counter()

    async def run(self, until: float) -> None:
        """Hold connections until then."""
        while time.monotonic() < until:
            begun = time.monotonic()
            try:
                self.said[await self._hold(until)] += 1
            except OSError as error:
                self.said[type(error).__name__] += 1
            self.longest = max(self.longest, time.monotonic() - begun)
            await asyncio.sleep(EVERY)

    async def _hold(self, until: float) -> str:
        """One connection to its end; returns the first line that came back, or what became of it."""
        loop = asyncio.get_running_loop()
        with socket.socket() as connection:
            connection.setblocking(False)
            if self.kind == "reader":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            await loop.sock_connect(connection, ("127.0.0.1", self.port))
            first, drip = opening(self.kind, self.slug, self.page)
            await loop.sock_sendall(connection, first.encode())
            said = b""
            while time.monotonic() < until:
                if drip:
                    await loop.sock_sendall(connection, drip[:1].encode())
                    drip = drip[1:]
                ended = False
                try:
                    piece = connection.recv(1 if self.kind == "reader" else 65536)
                    said, ended = (said + piece)[:100], not piece
                except BlockingIOError:
                    pass
                if ended and self.kind != "stayer":
                    break
                await asyncio.sleep(EVERY)
            return said.split(b"\r\n")[0].decode("latin-1") or "nothing"


async def hold(given: argparse.Namespace) -> dict[str, object]:
    """All of them at once; returns what each kind met."""
    until = time.monotonic() + given.seconds
    kinds = given.kinds.split(",")
    clients = [Slow(given.port, kinds[number % len(kinds)], given.slug, given.page) for number in range(given.clients)]
    await asyncio.gather(*(client.run(until) for client in clients))
    return {
        kind: {
            "longest": round(max((client.longest for client in clients if client.kind == kind), default=0.0), 1),
            "said": dict(sum((client.said for client in clients if client.kind == kind), Counter())),
        }
        for kind in kinds
    }


def main() -> None:
    """Read the arguments, hold the connections, write what they met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slug", default="lasting")
    parser.add_argument("--page", default="/s/lasting")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.write_text(json.dumps(asyncio.run(hold(given))), encoding="utf-8")


if __name__ == "__main__":
    main()
