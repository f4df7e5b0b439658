"""Where webhooks may go, and what receivers may do to them."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from survey.webhooks import addresses, connection
from survey.webhooks.addresses import AddressRefused
from tests.support.every_case import for_each
from tests.support.receiver import receiver
from tests.support.tls_proxy import make_certificate

PRIVATE = (
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "ff0e::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::", "",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::")


@for_each("number", PRIVATE)
def test_inside_addresses_are_not_public(number: str) -> None:
    assert not addresses.is_public(number)


@for_each("number", PUBLIC)
def test_outside_addresses_are(number: str) -> None:
    assert addresses.is_public(number)


@for_each(
    ("address", "why"),
    [
        ("", "address"),
        ("example.org", "address"),
        ("ftp://example.org/", "address"),
        ("https:///path", "address"),
        ("https://user:pass@example.org/", "address"),
        ("https://example.org:0/", "address"),
        ("https://example.org:99999/", "address"),
        ("https://exa mple.org/", "address"),
        ("https://example.org/\r\nX: y", "address"),
        ("https://example.org\\@evil.example/", "address"),
        ("https://[::1", "address"),
        ("https://" + "x" * 70 + ".org/", "address"),
        ("https://example.org/" + "x" * 500, "address"),
        ("https://example.org/\ud800", "address"),
        ("http://example.org/", "https"),
    ],
)
def test_what_is_no_address_is_refused(address: str, why: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        addresses.parse(address, private=False)
    assert refused.value.key == why


@for_each("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "localhost"])
def test_every_way_to_write_this_machine_is_refused(host: str) -> None:
    target = addresses.parse(f"https://{host}/", private=False)
    with pytest.raises(AddressRefused) as refused:
        addresses.resolve(target, private=False)
    assert refused.value.key in ("private", "nowhere")


def test_a_name_with_one_inside_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443)) for number in ("8.8.8.8", "10.0.0.1")
    ])  # fmt: skip
    with pytest.raises(AddressRefused):
        addresses.resolve(addresses.parse("https://two.example/", private=False), private=False)


def test_a_name_is_asked_once_and_the_number_is_what_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that says an outside number first and this machine's afterwards (DNS rebinding)."""
    with receiver() as inside:
        asked: list[str] = []

        def rebinding(host: str, *more: Any, **named: Any) -> list[Any]:
            asked.append(host)
            number = "127.0.0.2" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, inside.port))]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        monkeypatch.setattr(addresses, "is_public", lambda number: number == "127.0.0.2")
        connection.post(f"https://rebind.example:{inside.port}/", b"{}", {}, private=False)
        assert asked == ["rebind.example"]
        assert inside.got == []


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def silent(*_: object, **__: object) -> list[Any]:
        answers.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    target = addresses.parse("https://slow.example/", private=False)
    for _ in range(addresses.MAX_LOOK_UPS):
        with pytest.raises(TimeoutError):
            addresses.resolve(target, private=False, seconds=0.01)
    running = [thread for thread in threading.enumerate() if thread.name == "webhook-name"]
    begun = time.monotonic()
    with pytest.raises(TimeoutError):  # as many wait as may: no further thread is begun
        addresses.resolve(target, private=False)
    assert time.monotonic() - begun < 5
    assert len(running) == addresses.MAX_LOOK_UPS
    answers.set()
    for thread in running:
        thread.join(10)
    with pytest.raises(AddressRefused) as refused:
        addresses.resolve(target, private=False)
    assert refused.value.key == "nowhere"


def test_a_delivery_to_such_a_name_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object, **__: object) -> object:
        raise TimeoutError

    monkeypatch.setattr(addresses, "_look_up", late)
    assert connection.post("https://slow.example/", b"{}", {}, private=False).trouble == "slow"


def sent(address: str) -> connection.Outcome:
    return connection.post(address, b'{"a": 1}', {"webhook-id": "msg_1"}, private=True)


def test_it_takes_what_is_sent() -> None:
    with receiver() as at:
        outcome = sent(at.address)
        assert (outcome.status, outcome.trouble) == (204, "")
        [(headers, body)] = at.got
        assert body == b'{"a": 1}'
        assert headers["host"] == f"127.0.0.1:{at.port}"
        assert headers["webhook-id"] == "msg_1"


@for_each("status", [300, 301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiver() as elsewhere, receiver(status=status, location=elsewhere.address) as at:
        outcome = sent(at.address)
        assert (outcome.status, outcome.trouble) == (status, "redirect")
        assert elsewhere.got == []


def test_a_redirect_in_a_circle_is_asked_once() -> None:
    with receiver(status=307) as at:
        at.location = at.address
        assert sent(at.address).trouble == "redirect"
        assert len(at.got) == 1


@for_each("status", [400, 404, 410, 429, 500, 503])
def test_another_status_is_no_taking(status: int) -> None:
    with receiver(status=status) as at:
        assert sent(at.address).trouble == "status"


def test_twenty_megabytes_are_not_read() -> None:
    with receiver(status=200, megabytes=20) as at:
        outcome = sent(at.address)
        assert outcome.was_taken
        time.sleep(0.2)
        assert at.written < 10 * 1024 * 1024


@pytest.mark.parametrize("how", [{"trickles": True}, {"hangs": True}])
def test_who_is_slow_is_left(monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]) -> None:
    monkeypatch.setattr(connection, "MOST_SECONDS", 0.6)
    with receiver(**how) as at:
        begun = time.monotonic()
        assert sent(at.address).trouble == "slow"
        assert time.monotonic() - begun < 3


def test_who_is_not_there() -> None:
    with receiver() as at:
        address = at.address
    assert sent(address).trouble == "refused"


def test_who_speaks_something_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        import threading

        def talk() -> None:
            line, _ = listening.accept()
            line.recv(1000)
            line.sendall(b"220 mail.example\r\n\r\n")
            line.close()

        threading.Thread(target=talk, daemon=True).start()
        assert sent(f"http://127.0.0.1:{listening.getsockname()[1]}/").trouble == "broken"


def test_tls_with_the_name_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_certificate(tmp_path)
    if made is None:
        pytest.skip("openssl is needed to make a certificate")
    with receiver(made) as at:
        assert sent(f"https://localhost:{at.port}/").trouble == "certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))
        assert sent(f"https://localhost:{at.port}/").was_taken
        assert sent(f"https://127.0.0.1:{at.port}/").trouble == "certificate"
        assert at.got[0][0]["host"] == f"localhost:{at.port}"
