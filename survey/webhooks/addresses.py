"""Which addresses a webhook may have, and where a connection may go.

A name is resolved once, and the connection is made to the number that was checked: a name that says another number a
moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

MAX_CHARACTERS = 500
MOST_SECONDS = 10.0
"""For all of a request"""
MAX_LOOK_UPS = 16
"""Names that are asked for at the same time, those included whose time is over"""
_under_way = threading.BoundedSemaphore(MAX_LOOK_UPS)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Answered = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
"""One line of what socket.getaddrinfo answers"""
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(Exception):
    """No webhook may go there. `key` says why: address, https, private or nowhere."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: its parts, as they are sent."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The value of Host: the port where it is not the usual one, an IPv6 address in brackets."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_secure else 80) else f"{name}:{self.port}"


def parse(address: str, *, private: bool) -> Target:
    """Return the parts of an address. Raises AddressRefused for one that is none, or without https.

    `private`: THREADS_WEBHOOK_PRIVATE, which also allows http.
    """
    if len(address) > MAX_CHARACTERS or any(ord(letter) <= 32 or letter == "\\" for letter in address):
        raise AddressRefused("address")
    try:
        address.encode()
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna" if ":" not in (parts.hostname or "") else "ascii").decode("ascii")
        port = parts.port
    except (ValueError, UnicodeError):
        raise AddressRefused("address") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or port == 0:
        raise AddressRefused("address")
    is_secure = parts.scheme == "https"
    if not is_secure and not private:
        raise AddressRefused("https")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=~-._") if parts.query else ""
    )
    return Target(is_secure, host, port or (443 if is_secure else 80), path)


def resolve(target: Target, *, private: bool, seconds: float = MOST_SECONDS) -> tuple[socket.AddressFamily, str]:
    """Return family and number that a connection may go to. Raises AddressRefused, and TimeoutError after `seconds`.

    Where a name has several numbers, all must be allowed: which one is taken is for nobody outside to choose.
    """
    try:
        found = _look_up(target, seconds)
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        raise AddressRefused("nowhere") from None
    numbers = [(family, str(where[0])) for family, _, _, _, where in found]
    if not numbers:
        raise AddressRefused("nowhere")
    if not private and not all(is_public(number) for _, number in numbers):
        raise AddressRefused("private")
    return numbers[0]


def _look_up(target: Target, seconds: float) -> list[Answered]:
    """Ask for the numbers of a name. Raises TimeoutError where no answer came in time.

    The look-up of the operating system takes no time limit and cannot be stopped: it runs on in a thread of its own,
    of which there are so many at most.
    """
    if not _under_way.acquire(blocking=False):
        raise TimeoutError
    found: Future[list[Answered]] = Future()

    def ask() -> None:
        try:
            found.set_result([*socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError) as error:
            found.set_exception(error)
        finally:
            _under_way.release()

    threading.Thread(target=ask, name="webhook-name", daemon=True).start()
    return found.result(timeout=max(0.0, seconds))


def is_number(host: str) -> bool:
    """Return whether a host is an IP address, in any of the forms that name servers are not asked about."""
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


def is_public(number: str) -> bool:
    """Return whether an IP address is one of the open internet: no private, loopback, link-local, multicast or reserved
    one, nor one in which such an IPv4 address is wrapped.
    """
    try:
        address: IpAddress = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
        if int(address) < 1 << 96:  # IPv4-compatible, unspecified, loopback
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
