"""Which addresses a webhook may have, and where a connection may go.

A name is resolved once, and the connection is made to the number that was checked: a name that says another number a
moment later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

MAX_CHARACTERS = 500
NAT64 = ipaddress.ip_network("64:ff9b::/96")
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


def resolve(target: Target, *, private: bool) -> tuple[socket.AddressFamily, str]:
    """Return family and number that a connection may go to. Raises AddressRefused.

    Where a name has several numbers, all must be allowed: which one is taken is for nobody outside to choose.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused("nowhere") from None
    numbers = [(family, str(where[0])) for family, _, _, _, where in found]
    if not numbers:
        raise AddressRefused("nowhere")
    if not private and not all(is_public(number) for _, number in numbers):
        raise AddressRefused("private")
    return numbers[0]


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
