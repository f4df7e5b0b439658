"""The load client: many respondents at once, each with a connection, a form and an answer of its own.

    python -m benchmarks.load --port 5000 --clients 50 --posts 600 --out result.json

Each client opens the form (GET), sends it (POST) and begins again with a new form, as the next visitor would; the pages
after it (the thank-you) are not fetched. With --forms-first all forms are opened before the first is sent, and the
seconds told are those of the posts alone. A connection that breaks is opened
again and the same form sent once more, as a browser's person does; its key makes that one answer.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import html
import itertools
import json
import os
import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.load_texts import alike, distinct

TRIES = 60
WAIT_BEFORE_AGAIN = 0.25


@dataclass
class Post:
    """One answer: its form key and text, each status that came back (0: the connection broke), seconds of the last."""

    text: str
    form_key: str = ""
    statuses: list[int] = field(default_factory=list)
    seconds: float = 0.0
    form_seconds: float = 0.0
    sent_at: float = 0.0
    form_statuses: list[int] = field(default_factory=list)


class Broken(Exception):
    """The connection broke before a whole answer came."""


class Client:
    """One respondent's browser after another at one connection."""

    def __init__(self, port: int, address: str, timeout: float, tries: int = TRIES) -> None:
        self.tries = tries
        self.port = port
        self.address = address
        self.timeout = timeout
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, body: bytes, cookie: str, tag: str = ""
    ) -> tuple[int, dict[str, str], bytes]:
        """One request and its answer; with the entity tag of what the client has already. Raises Broken."""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Forwarded-For: {self.address}\r\n"
        head += "X-Forwarded-Proto: http\r\nX-Forwarded-Host: 127.0.0.1\r\n"
        head += f"Cookie: {cookie}\r\n" if cookie else ""
        head += f"If-None-Match: {tag}\r\n" if tag else ""
        if method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        try:
            return await asyncio.wait_for(self._exchange(head.encode() + b"\r\n" + body), self.timeout)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError, IndexError) as error:
            self.close()
            raise Broken(str(error)) from error

    async def _exchange(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(request)
        await self._writer.drain()
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return int(lines[0].split()[1]), headers, body

    def close(self) -> None:
        """Give the connection up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def proof_of_work(page: str, form_key: str) -> str:
    """Return the number that the form on a page asks its browser to find (survey.respond.bot_checks), "" if none."""
    asked = re.search(r'data-bits="(\d+)"', page)
    bits = int(asked[1]) if asked else 0
    if bits == 0:
        return ""
    return next(
        proof
        for proof in map(str, itertools.count())
        if int.from_bytes(hashlib.sha256(f"{form_key}:{proof}".encode()).digest()[:4]) >> (32 - bits) == 0
    )


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    fields = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return fields


async def open_form(client: Client, slug: str, post: Post, until: float) -> tuple[bytes, str] | None:
    """Open a form, however often it takes; return the body that sends it and the cookie, None once `until` is past."""
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            status, headers, page = await client.ask("GET", f"/s/{slug}", b"", "")
        except Broken:
            status = 0
        post.form_statuses.append(status)
        post.form_seconds = time.monotonic() - begun
        if status == 200:
            shown = page.decode()
            fields = hidden(shown)
            post.form_key = fields["form_key"]
            fields["proof"] = proof_of_work(shown, post.form_key)
            cookie = headers.get("set-cookie", "").split(";")[0]
            return urlencode({**fields, "text": post.text}).encode(), cookie
        await asyncio.sleep(WAIT_BEFORE_AGAIN)
    return None


async def send(client: Client, slug: str, post: Post, form: tuple[bytes, str] | None, until: float) -> None:
    """Send a form until it is acknowledged (or refused for good, or `until` is past)."""
    if form is None:
        return
    body, cookie = form
    for _ in range(client.tries):
        begun = time.monotonic()
        try:
            status, _, _ = await client.ask("POST", f"/s/{slug}?sent=1", body, cookie)
        except Broken:
            status = 0
        post.statuses.append(status)
        post.seconds, post.sent_at = time.monotonic() - begun, time.time()
        if status not in (0, 429, 502, 503) or time.monotonic() > until:
            return
        await asyncio.sleep(WAIT_BEFORE_AGAIN)


async def respond(client: Client, slug: str, posts: list[Post], until: float, pause: float) -> None:
    """All the answers of one connection, one after the other."""
    for post in posts:
        if time.monotonic() > until:
            return
        await send(client, slug, post, await open_form(client, slug, post, until), until)
        if pause:
            client.close()  # the next visitor comes by a connection of their own
            await asyncio.sleep(pause)
    client.close()


def processor_seconds(parent: int | None) -> float:
    """Return the processor seconds that the children of a process took so far. Raises OSError without /proc."""
    if parent is None:
        return 0.0
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    stats = [Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2].split() for child in children]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


async def rush(
    clients: list[Client], slug: str, posts: list[Post], until: float, parent: int | None
) -> tuple[float, float]:
    """Open all forms, then send all; return the seconds that sending took, and the server's processor seconds."""
    shares = [posts[number :: len(clients)] for number in range(len(clients))]

    async def opened(client: Client, own: list[Post]) -> list[tuple[bytes, str] | None]:
        forms = [await open_form(client, slug, post, until) for post in own]
        client.close()  # the server would, while others still open theirs
        return forms

    forms = await asyncio.gather(*(opened(client, own) for client, own in zip(clients, shares, strict=True)))

    async def sent(client: Client, own: list[Post], waiting: list[tuple[bytes, str] | None]) -> None:
        for post, form in zip(own, waiting, strict=True):
            await send(client, slug, post, form, until)
        client.close()

    begun, before = time.monotonic(), processor_seconds(parent)
    await asyncio.gather(*(sent(*each) for each in zip(clients, shares, forms, strict=True)))
    return time.monotonic() - begun, processor_seconds(parent) - before


async def run(given: argparse.Namespace) -> dict[str, object]:
    """Run the load; return what every post met."""
    texts = alike(given.posts) if given.alike else distinct(given.posts, given.seed)
    posts = [Post(text) for text in texts]
    until = time.monotonic() + given.most_seconds
    clients = []
    for number in range(given.clients):
        address = given.address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        clients.append(Client(given.port, address, given.timeout, given.tries))
    begun, processor = time.monotonic(), 0.0
    if given.forms_first:
        seconds, processor = await rush(clients, given.slug, posts, until, given.watch)
    else:
        everyone = (
            respond(client, given.slug, posts[number :: given.clients], until, given.pause)
            for number, client in enumerate(clients)
        )
        await asyncio.gather(*everyone)
        seconds = time.monotonic() - begun
    return {"seconds": seconds, "processor": processor, "posts": [asdict(post) for post in posts]}


def main() -> None:
    """Read the arguments, run the load, write its result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--slug", default="lasting")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--posts", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alike", action="store_true", help="texts that hardly differ")
    parser.add_argument("--forms-first", action="store_true", help="open every form before the first is sent")
    parser.add_argument("--watch", type=int, help="with --forms-first: the process whose children serve the pages")
    parser.add_argument("--address", help="everybody is behind this address")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two answers of a client")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds after which a request is given up")
    parser.add_argument("--tries", type=int, default=TRIES, help="how often a form is sent that is put off")
    parser.add_argument("--most-seconds", type=float, default=300.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.write_text(json.dumps(asyncio.run(run(given))), encoding="utf-8")


if __name__ == "__main__":
    main()
