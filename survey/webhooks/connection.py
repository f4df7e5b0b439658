"""One request to a webhook: to the address that was checked, within ten seconds, no redirect followed."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from survey.core.i18n import N_
from survey.webhooks.addresses import MOST_SECONDS, AddressRefused, Target, parse, resolve

MAX_REPLY = 64 * 1024
TROUBLES = {
    "": "",
    "address": N_("This is no address that can be told. It has the form https://name/path."),
    "https": N_("The address must begin with https://."),
    "private": N_("The address is inside a private network. Whoever runs this site can allow that."),
    "nowhere": N_("There is nothing of this name."),
    "refused": N_("There is no connection to it."),
    "certificate": N_("Its certificate is not valid."),
    "slow": N_("It did not answer within ten seconds."),
    "broken": N_("It did not answer as a web server does."),
    "redirect": N_("It sends elsewhere (a redirect), which is not followed. Use the address it sends to."),
    "status": N_("It did not take the news."),
    "gone": N_("What this was about is gone."),
}
"""Why something was not taken, in words"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: its status where one came, the time, and why it was not taken ("" where it was)."""

    status: int | None
    milliseconds: int
    trouble: str

    @property
    def was_taken(self) -> bool:
        """Whether the receiver took it."""
        return not self.trouble


def post(address: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Outcome:
    """Send a body to an address and return what came of it. Never raises for what is at the other end."""
    begun = time.monotonic()
    status, trouble = None, ""
    line = _Line()
    timer = threading.Timer(MOST_SECONDS, line.hang_up)
    timer.daemon = True
    timer.start()
    try:
        target = parse(address, private=private)
        status = line.send(target, resolve(target, private=private), body, headers)
        if not 200 <= status < 300:
            trouble = "redirect" if 300 <= status < 400 else "status"
    except AddressRefused as refused:
        trouble = refused.key
    except ssl.SSLCertVerificationError:
        trouble = "certificate"
    except TimeoutError:
        trouble = "slow"
    except (ConnectionRefusedError, socket.gaierror):
        trouble = "refused"
    except (OSError, http.client.HTTPException, ValueError):
        trouble = "broken"
    finally:
        timer.cancel()
        line.close()
    if line.was_cut:
        trouble = "slow"
    return Outcome(status, round(1000 * (time.monotonic() - begun)), trouble)


class _Line:
    """A connection that another thread may cut."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.was_cut = False

    def send(
        self, target: Target, where: tuple[socket.AddressFamily, str], body: bytes, headers: Mapping[str, str]
    ) -> int:
        """Connect to a number, send, and return the status. Reads MAX_REPLY of what comes back at most."""
        family, number = where
        plain = socket.socket(family, socket.SOCK_STREAM)
        self._socket = plain
        plain.settimeout(MOST_SECONDS)
        plain.connect((number, target.port))
        if target.is_secure:
            context = ssl.create_default_context()
            secured = context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)
            self._socket = secured
            secured.do_handshake()
        connection = http.client.HTTPConnection(target.host, target.port, timeout=MOST_SECONDS)
        connection.sock = self._socket
        connection.putrequest("POST", target.path, skip_host=True, skip_accept_encoding=True)
        sent = {"Host": target.host_header, "Content-Length": str(len(body)), "Connection": "close", **headers}
        for name, value in sent.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        reply = connection.getresponse()
        reply.read(MAX_REPLY)
        return reply.status

    def hang_up(self) -> None:
        """Cut the connection, whatever it waits for."""
        self.was_cut = True
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # not SSLSocket's, which would wait for the peer

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.close()
