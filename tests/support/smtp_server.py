"""A mail server on a port of this machine, with real sockets, that keeps what it accepts and misbehaves as told."""

from __future__ import annotations

import base64
import email
import socket
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import BinaryIO, cast

LONGEST_SECONDS = 30.0


@dataclass
class Accepted:
    """A mail that the server took: its envelope, and what was in it."""

    sender: str
    recipient: str
    message: EmailMessage

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class MailServer:
    """What the server does at each command, and what it has taken."""

    port: int = 0
    replies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Replies to the next commands, in place of its own: by HELLO (the greeting), EHLO, AUTH, MAIL, RCPT, DATA, END"""
    drops: set[str] = field(default_factory=set)
    """At which commands it closes the line without a word; TEXT is in the middle of the text"""
    hangs: set[str] = field(default_factory=set)
    """At which commands it says nothing more"""
    trickles: bool = False
    """Whether it answers one letter at a time, without end"""
    login: tuple[str, str] | None = None
    certificate: tuple[Path, Path] | None = None
    tls_first: bool = False
    mails: list[Accepted] = field(default_factory=list)
    lines: int = 0
    """How many conversations were begun"""
    stopped: threading.Event = field(default_factory=threading.Event)

    def to(self, recipient: str) -> list[Accepted]:
        return [mail for mail in self.mails if mail.recipient == recipient]


class _Left(Exception):
    """The conversation is over."""


class _Talk:
    """One conversation."""

    def __init__(self, server: MailServer, line: socket.socket) -> None:
        self.server, self.line = server, line
        self.is_safe, self.knows = False, False
        self.sender, self.recipient = "", ""
        self.read: BinaryIO = cast(BinaryIO, line.makefile("rb"))

    def hold(self) -> None:
        """Begin TLS on this line."""
        assert self.server.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.server.certificate)
        self.line = context.wrap_socket(self.line, server_side=True)
        self.read = cast(BinaryIO, self.line.makefile("rb"))
        self.is_safe = True

    def say(self, at: str, reply: str) -> str:
        """Answer a command, or misbehave; gives what was said."""
        if at in self.server.drops:
            raise _Left
        if at in self.server.hangs:
            self.server.stopped.wait(LONGEST_SECONDS)
            raise _Left
        if self.server.replies[at]:
            reply = self.server.replies[at].pop(0)
        while self.server.trickles and not self.server.stopped.wait(0.05):
            self.line.sendall(b"2")
        self.line.sendall(reply.encode() + b"\r\n")
        return reply

    def serve(self) -> None:
        if self.server.tls_first:
            self.hold()
        self.say("HELLO", "220 test ready")
        while words := self.read.readline().decode("ascii").split(None, 1):
            command, rest = words[0].upper(), (words[1] if len(words) > 1 else "").strip()
            if command == "QUIT":
                return self.line.sendall(b"221 bye\r\n")
            answer: dict[str, Callable[[str], None]] = {"EHLO": self.ehlo, "STARTTLS": self.starttls}
            answer |= {"AUTH": self.auth, "MAIL": self.mail, "RCPT": self.rcpt, "DATA": self.data}
            if command in answer:
                answer[command](rest)
            else:
                self.say(command, "250 fine")
        return None

    def ehlo(self, rest: str) -> None:
        offers = ["test", *(["AUTH PLAIN"] if self.server.login else [])]
        offers += ["STARTTLS"] if self.server.certificate and not self.is_safe else []
        lines = [f"250{'-' if n < len(offers) else ' '}{offer}" for n, offer in enumerate(offers, 1)]
        self.say("EHLO", "\r\n".join(lines))

    def starttls(self, rest: str) -> None:
        self.line.sendall(b"220 go ahead\r\n")
        self.hold()

    def auth(self, rest: str) -> None:
        assert self.server.login
        given = base64.b64decode(rest.split()[-1]).decode().split("\0")[1:]
        self.knows = given == list(self.server.login)
        self.say("AUTH", "235 welcome" if self.knows else "535 who are you")

    def mail(self, rest: str) -> None:
        self.sender = rest.split("<", 1)[1].split(">")[0]
        self.say("MAIL", "250 fine" if self.knows or not self.server.login else "530 sign in first")

    def rcpt(self, rest: str) -> None:
        self.recipient = rest.split("<", 1)[1].split(">")[0]
        self.say("RCPT", "250 fine")

    def data(self, rest: str) -> None:
        if not self.say("DATA", "354 go on").startswith("354"):
            return
        text = b""
        while (line := self.read.readline()) != b".\r\n":
            if not line or ("TEXT" in self.server.drops and len(text) > 100):
                raise _Left
            text += line.removeprefix(b".")
        accepted = Accepted(self.sender, self.recipient, email.message_from_bytes(text, policy=default))
        if not self.server.replies["END"] or self.server.replies["END"][0].startswith("250"):
            self.server.mails.append(accepted)
        self.say("END", "250 taken")


@contextmanager
def mail_server(**behaviour: object) -> Iterator[MailServer]:
    """Serve until the block ends; what it does can be changed meanwhile."""
    server = MailServer(**behaviour)  # type: ignore[arg-type]
    listening = socket.create_server(("127.0.0.1", 0))
    server.port = listening.getsockname()[1]
    threads: list[threading.Thread] = []

    def converse(line: socket.socket) -> None:
        talk = None
        try:
            talk = _Talk(server, line)
            talk.serve()
        except (_Left, OSError, ssl.SSLError, UnicodeDecodeError):
            pass
        finally:
            if talk is not None:
                with suppress(OSError):
                    talk.line.close()
                talk.read.close()
            line.close()

    def listen() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            server.lines += 1
            threads.append(threading.Thread(target=converse, args=[line], daemon=True))
            threads[-1].start()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield server
    finally:
        server.stopped.set()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        listener.join(5)
        for thread in threads:
            thread.join(5)


def mail_settings(server: MailServer) -> dict[str, object]:
    """The settings of a site that sends by this server, for `quiet`."""
    return {
        "smtp_host": "localhost",
        "smtp_port": server.port,
        "smtp_security": "none",
        "mail_from": "Common Threads <threads@ask.example>",
        "base_url": "https://ask.example",
    }
