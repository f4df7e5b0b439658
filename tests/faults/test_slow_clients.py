"""Clients that are slow on purpose: they hold connections, and no thread that others need."""

from __future__ import annotations

import json
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from survey.core.settings import PROJECT
from survey.serve import gunicorn_worker, outgoing
from survey.serve.gunicorn_worker import BufferingWorker, Connection
from tests.faults.running_site import FULL, HERE, Site, chosen, figure, running_site, wait_for
from tests.faults.slow_clients import KINDS
from tests.faults.under_load import TAKEN, assert_kept, load

CLIENTS = chosen(200, 600)
READERS = 200
FILE_READERS = 40
"""More than all threads of both processes"""
SECONDS = chosen(18, 45)
POSTS = chosen(200, 1000)
MAX_P99 = 3.0
"""Seconds. With threads that wait for slow clients a post takes as long as these please"""
PAGE_SECONDS = 2.0
SLACK = 4.0


def begin_slow(
    site: Site, clients: int, kinds: tuple[str, ...], page: str = "/s/lasting"
) -> tuple[subprocess.Popen[bytes], Path]:
    """Start slow clients in a process of their own; what they met is in the file when it has ended."""
    out = site.folder / "slow.json"
    command = [sys.executable, str(HERE / "slow_clients.py"), f"--port={site.port}", f"--out={out}", f"--page={page}"]
    command += [f"--clients={clients}", f"--seconds={SECONDS}", f"--kinds={','.join(kinds)}"]
    slow = site.start("slow", command)
    time.sleep(2)
    return slow, out


def test_two_hundred_slow_clients_hold_nobody_up(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        site.start_web()
        alone = load(site, name="alone", posts=POSTS, clients=20)
        slow, out = begin_slow(site, CLIENTS, KINDS)
        meanwhile = load(site, name="meanwhile", posts=POSTS, clients=20, seed=3, most_seconds=60)
        assert slow.poll() is None, "the slow clients were gone before the others were"
        assert set(meanwhile.statuses) == {200, TAKEN}, meanwhile.statuses
        assert len(meanwhile.taken) == POSTS
        assert_kept(site, alone, meanwhile)
        assert slow.wait(SECONDS + 30) == 0
        met = json.loads(out.read_text(encoding="utf-8"))
    figure("slow clients", clients=CLIENTS, alone=alone.said(), meanwhile=meanwhile.said(), met=met)
    assert meanwhile.quantile(0.99) < MAX_P99
    for kind in ("silent", "head"):
        assert met[kind]["longest"] < gunicorn_worker.HEAD_SECONDS + SLACK
    assert "HTTP/1.1 408 Request Timeout" in met["head"]["said"]
    assert "HTTP/1.1 413 REQUEST ENTITY TOO LARGE" in met["large"]["said"]
    assert "HTTP/1.1 302 FOUND" in met["upload"]["said"]
    assert "HTTP/1.1 400 BAD REQUEST" in met["crumbs"]["said"]
    if FULL:
        for kind in ("body", "chunks"):
            assert met[kind]["longest"] < outgoing.TRANSFER_SECONDS + SLACK
            assert "HTTP/1.1 400 BAD REQUEST" in met[kind]["said"]


def test_clients_that_hardly_read_a_long_page_hold_nobody_up(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        site.start_web("benchmarks.bare_handler:create_app()")
        slow, out = begin_slow(site, READERS, ("reader",), page="/long")
        took = []
        while slow.poll() is None:
            begun = time.monotonic()
            with urllib.request.urlopen(f"{site.base}/long", timeout=30) as page:
                assert len(page.read()) == 900_000
            took.append(time.monotonic() - begun)
            time.sleep(0.2)
    met = json.loads(out.read_text(encoding="utf-8"))
    figure("clients that hardly read", clients=READERS, longest=round(max(took), 2), met=met)
    assert len(took) > SECONDS / 3
    assert sorted(took)[9 * len(took) // 10] < PAGE_SECONDS


def test_clients_that_hardly_read_a_file_of_12_mb_hold_nobody_up(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        site.start_web("benchmarks.bare_handler:create_app()")
        slow, out = begin_slow(site, FILE_READERS, ("reader",), page="/file")
        took = []
        while slow.poll() is None:
            begun = time.monotonic()
            with urllib.request.urlopen(f"{site.base}/healthz", timeout=30) as page:
                assert page.read() == b"ok"
            took.append(time.monotonic() - begun)
            time.sleep(0.2)
        with urllib.request.urlopen(f"{site.base}/file", timeout=60) as page:
            assert page.read() == b"x" * 12_000_000
        log = site.log("web")
    met = json.loads(out.read_text(encoding="utf-8"))
    figure("clients that hardly read a file", clients=FILE_READERS, longest=round(max(took), 2), met=met)
    assert len(took) > SECONDS / 3
    assert sorted(took)[9 * len(took) // 10] < PAGE_SECONDS
    assert set(met["reader"]["said"]) == {"HTTP/1.1 200 OK"}
    assert log == ""


def test_a_file_arrives_whole_however_slowly_it_is_read(tmp_path: Path) -> None:
    wanted = (PROJECT / "static" / "base.css").read_bytes()
    with running_site(tmp_path) as site:
        site.start_web()
        for pause in (0.0, 0.01):
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
                connection.connect(("127.0.0.1", site.port))
                connection.sendall(b"GET /static/base.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                came = b""
                while piece := connection.recv(1000):
                    came += piece
                    time.sleep(pause)
            assert came.split(b"\r\n\r\n", 1)[1] == wanted
        assert site.log("web") == ""


def test_a_request_that_has_begun_is_answered_after_a_reload(tmp_path: Path) -> None:
    with running_site(tmp_path) as site:
        web = site.start_web()
        before = {process.pid for process in site.web_workers(web)}
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0")
            time.sleep(0.5)
            web.send_signal(signal.SIGHUP)
            wait_for(lambda: bool({process.pid for process in site.web_workers(web)} - before), 30, "new processes")
            time.sleep(1)
            connection.sendall(b".0.1\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")
        wait_for(lambda: not {process.pid for process in site.web_workers(web)} & before, 30, "the old are gone")


FORM = b"POST / HTTP/1.1\r\nHost: a\r\nContent-"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
REQUESTS = {
    "no body": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a length": FORM + b"Length: 5\r\n\r\nab\r\n\r",
    "a length of none": FORM + b"LENGTH:0\r\n\r\n",
    "chunks": CHUNKED + b"4\r\nab\r\n\r\n1;x=y\r\n0\r\n0\r\n\r\n",
    "chunks and a trailer": CHUNKED + b"A\r\n0123456789\r\n00\r\nX-A: b\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_complete_with_its_last_byte(request_bytes: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(SimpleNamespace(limit_request_line=4094), ours, "", "")
        for number, byte in enumerate(request_bytes):
            assert not connection.is_complete, request_bytes[:number]
            connection.add(bytes([byte]))
        assert connection.is_complete
        assert not connection.is_large


def test_who_asks_first_whether_to_send_the_body_is_told_to(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(SimpleNamespace(limit_request_line=4094), ours, "", "")
        connection.add(FORM + b"Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert theirs.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_what_is_held_of_all_connections_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_worker, "MAX_HELD_BYTES", 3000)
    cfg = Config()
    cfg.set("worker_connections", 10)
    worker = BufferingWorker(1, 1, [], None, 30, cfg, None)
    worker.poller = selectors.DefaultSelector()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        clients = [socket.create_connection(listener.getsockname()) for _ in range(20)]
        for number, client in enumerate(clients):
            client.sendall(b"GET /" + b"x" * (2000 if number == 11 else 100))
            time.sleep(0.01)
            worker.accept(listener)
        assert worker.nr_conns == len(worker._waiting) < 10
        assert worker._held == sum(len(connection.received) for connection in worker._waiting)
        clients[-1].sendall(b"x" * 1500)
        time.sleep(0.05)
        worker._receive(list(worker._waiting)[-1])
        assert worker._held < 3000
        assert max(len(connection.received) for connection in worker._waiting) == 1605
        for connection in list(worker._waiting):
            worker._drop(connection)
        for client in clients:
            client.close()
    assert (worker._held, worker.nr_conns) == (0, 0)
