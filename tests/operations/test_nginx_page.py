"""The operator's page about nginx, followed by a program: its block before the command of the unit."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.place import free_port
from survey.core.database import db
from survey.core.settings import load
from survey.serve import demo
from tests.support import operating_pages
from tests.support.databases import give_file
from tests.support.machine import HOST, OPERATIONS, Machine, install, running, unit

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(sys.platform == "win32", reason="the pages are about Debian"),
]


@dataclass(frozen=True)
class Front:
    """nginx before the site: its ports, and its certificate."""

    plain_port: int
    tls_port: int
    certificate: Path
    machine: Machine

    def get(
        self, path: str, *, secure: bool = True, source: str = "127.0.0.1", body: bytes | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """A request as a browser at this address makes it."""
        sent = {"Host": HOST} | {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(
            socket.create_connection(
                ("127.0.0.1", self.tls_port if secure else self.plain_port), timeout=20, source_address=(source, 0)
            )
        ) as plain:
            channel = plain
            if secure:
                trusting = ssl.create_default_context(cafile=str(self.certificate))
                channel = trusting.wrap_socket(plain, server_hostname=HOST)
            connection = http.client.HTTPConnection(HOST)
            connection.sock = channel
            with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
                connection.request("POST" if body is not None else "GET", path, body=body, headers=sent)
            response = connection.getresponse()
            return response, response.read()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The block for nginx as it stands, before the command of the unit; a second web machine that is not there.

    Changed are the ports and the paths: nginx runs as whoever runs the tests.
    """
    nginx, openssl = shutil.which("nginx") or shutil.which("/usr/sbin/nginx"), shutil.which("openssl")
    if nginx is None or openssl is None:
        message = "no nginx or no openssl was found: install them (Debian: apt-get install nginx openssl)"
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(message)
        pytest.skip(message)
    machine = install(tmp_path_factory.mktemp("front"))
    root = machine.root
    give_file(load(machine.settings()))
    app = machine.site()
    with app.app_context():
        demo.load()
        db.engine.dispose()
    command, environment = unit(machine, "site")
    site, plain, secure, nobody = (free_port() for _ in range(4))
    command[command.index("127.0.0.1:5000")] = f"127.0.0.1:{site}"
    certificates = root / "etc/letsencrypt/live" / HOST
    certificates.mkdir(parents=True)
    (root / "var/www/html/.well-known/acme-challenge").mkdir(parents=True)
    (root / "var/www/html/.well-known/acme-challenge/token").write_text("a challenge")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", certificates / "privkey.pem",
         "-out", certificates / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    block = machine.here(operating_pages.files(OPERATIONS)["/etc/nginx/sites-available/threads"])
    assert "# server 10.0.0.7:5000;" in block
    for old, new in (
        ("# server 10.0.0.7:5000;", f"server 127.0.0.1:{nobody};"),
        ("server 127.0.0.1:5000;", f"server 127.0.0.1:{site};"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("/etc/letsencrypt", f"{root}/etc/letsencrypt"),
        ("/var/www", f"{root}/var/www"),
        ("/var/log/nginx", str(root)),
    ):
        assert old in block
        block = block.replace(old, new)
    block = re.sub(r"^ *listen \[::\].*\n", "", block, flags=re.MULTILINE)  # not every machine has IPv6
    user = "user root;" if os.getuid() == 0 else ""
    paths = "".join(f"{kind}_temp_path {root}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (root / "nginx.conf").write_text(
        f"{user} daemon off; pid {root}/nginx.pid; error_log {root}/error.log; events {{}}\n"
        f"http {{ include /etc/nginx/mime.types; default_type application/octet-stream; {paths}\n{block}\n}}\n"
    )
    tested = subprocess.run([nginx, "-t", "-p", root, "-c", root / "nginx.conf"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    served = Front(plain, secure, certificates / "fullchain.pem", machine)
    with (
        running(machine, command, environment),
        running(machine, [nginx, "-p", str(root), "-c", f"{root}/nginx.conf"], {}),
    ):
        for _ in range(300):
            with suppress(OSError, http.client.HTTPException):
                if served.get("/readyz")[0].status == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((root / "log").read_text()[-2000:])
        yield served


class TestNginx:
    """What a visitor meets."""

    def test_port_80_sends_to_https_and_answers_certbot(self, front: Front) -> None:
        response, _ = front.get("/s/demo?from=poster", secure=False)
        assert (response.status, response.headers["Location"]) == (301, f"https://{HOST}/s/demo?from=poster")
        response, body = front.get("/.well-known/acme-challenge/token", secure=False)
        assert (response.status, body) == (200, b"a challenge")

    @pytest.mark.parametrize("path", ["/s/demo", "/nowhere", "/static/base.css", "/static/nothing.css"])
    def test_https_is_remembered_and_types_are_not_guessed(self, front: Front, path: str) -> None:
        response, _ = front.get(path)
        assert response.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
        assert response.headers.get_all("X-Content-Type-Options") == ["nosniff"]

    @pytest.mark.parametrize("path", ["/s/demo", "/static/base.css", "/static/proof_of_work.js", "/static/logo.svg"])
    def test_what_is_sent_is_compressed(self, front: Front, path: str) -> None:
        plain, whole = front.get(path)
        response, body = front.get(path, Accept_Encoding="gzip")
        assert (plain.status, response.status) == (200, 200)
        if len(whole) >= 1000:
            assert response.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in ", ".join(response.headers.get_all("Vary") or [])
            assert len(body) < 0.6 * len(whole)
            unpacked = gzip.decompress(body)
            assert len(unpacked) == len(whole) or path.startswith("/s/")
        else:
            assert body == whole

    def test_static_files_are_asked_for_again(self, front: Front) -> None:
        response, _ = front.get("/static/base.css")
        assert response.headers["Cache-Control"] == "no-cache"
        again, _ = front.get("/static/base.css", If_None_Match=response.headers["ETag"])
        assert again.status == 304

    def test_cookies_are_marked_secure(self, front: Front) -> None:
        response, _ = front.get("/sign-in")
        assert "; Secure" in response.headers["Set-Cookie"]

    def test_visitors_are_told_apart(self, front: Front) -> None:
        """By the address they come from, not by one that they say they have."""
        for number, source in enumerate(("127.0.0.1", "127.0.0.2", "127.0.0.2")):
            page, body = front.get("/sign-in")
            [token] = set(re.findall(rb'name="csrf_token"[^>]*value="([^"]*)"', body))
            cookie = page.headers["Set-Cookie"].split(";")[0]
            response, _ = front.get(
                "/sign-in",
                source=source,
                body=b"name=Nobody&password=wrong&csrf_token=" + token,
                Content_Type="application/x-www-form-urlencoded",
                Cookie=cookie,
                Referer=f"https://{HOST}/sign-in",
                X_Forwarded_For=f"203.0.113.{number}",
            )
            assert response.status == 422
        with closing(sqlite3.connect(front.machine.root / "var/lib/threads/limits.sqlite3")) as file:
            counts = file.execute("SELECT hits FROM hit WHERE key LIKE '%sign-in-address%' ORDER BY hits").fetchall()
        assert counts == [(1,), (2,)]

    def test_a_body_of_any_import_comes_through_and_a_larger_one_does_not(self, front: Front) -> None:
        response, _ = front.get("/manage/surveys/1/import", body=b"x" * (20 * 1024 * 1024))
        assert response.status < 413
        response, _ = front.get("/manage/surveys/1/import", body=b"x" * (102 * 1024 * 1024))
        assert response.status == 413

    def test_a_web_machine_that_is_gone_is_passed_over(self, front: Front) -> None:
        """One of the two in the upstream was never there."""
        assert [front.get("/s/demo")[0].status for _ in range(6)] == [200] * 6

    def test_no_address_is_in_its_files(self, front: Front) -> None:
        front.get("/nowhere", source="127.0.0.5")
        for name in ("error.log", "access.log"):
            path = front.machine.root / name
            assert b"127.0.0.5" not in (path.read_bytes() if path.exists() else b"")
