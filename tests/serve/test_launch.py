"""`python app.py`: the addresses it prints, and Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.place import free_port
from install import upgrade
from survey.core.settings import PROJECT, SettingsError
from survey.serve import launch, launcher_file
from tests.support.forked_flask import forked

pytestmark = pytest.mark.server


@contextmanager
def running(
    instance: Path, port: int, *options: str, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The site as an operator starts it, with the lines it printed until it was ready."""
    command = [sys.executable, "app.py", "--port", str(port), "--instance", str(instance), *options]
    environment = os.environ | {"THREADS_LEAST_SECONDS": "0"} | settings  # a driven browser types faster than people
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        umask=0o022,
    ) as site:
        assert site.stdout
        lines: list[str] = []
        try:
            for line in site.stdout:
                lines.append(line.strip())
                if line.startswith("Ctrl-C"):
                    break
            yield site, lines
        finally:
            site.send_signal(signal.SIGINT)
            site.wait(30)


def children(parent: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def modes(folder: Path) -> dict[str, int]:
    """What others than the owner may do with each file and folder, where they may do anything."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): stat.S_IMODE(path.stat().st_mode) for path in paths if path.stat().st_mode & 0o077}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_demo_has_themes_when_its_address_is_printed_it_begins_anew_for_an_upgrade_and_ctrl_c_ends_all_of_it(
    tmp_path: Path,
) -> None:
    """It begins anew as the same process, with new ones of its own; an upgrade waits until it takes answers again."""
    port, folder = free_port(), tmp_path / "instance"
    with running(folder, port) as (site, lines):
        assert len(lines) == 3
        assert lines[0] == f"Themes: http://127.0.0.1:{port}/s/demo/themes"
        found = re.fullmatch(rf"Set up: (http://127\.0\.0\.1:{port}/set-up/\S{{32}})", lines[1])
        assert found
        with urllib.request.urlopen(found[1], timeout=60) as page:
            assert page.status == 200
        with urllib.request.urlopen(lines[0].removeprefix("Themes: "), timeout=60) as page:
            text = page.read().decode()
        assert "Listening" in text
        assert "Honesty" in text
        assert "<script>alert" not in text
        before = children(site.pid)
        assert len(before) == 3
        launcher = folder / upgrade.LAUNCHER
        wait_until_written(launcher)
        assert upgrade.is_held(launcher)
        upgrade.restart_launcher(launcher)
        after = children(site.pid)
        assert len(after) == 3
        assert not set(before) & set(after)
        assert upgrade.is_ready(f"http://127.0.0.1:{port}")
        assert modes(folder) == {}
    assert modes(folder) == {}
    assert site.returncode == 0
    assert not upgrade.is_held(launcher)
    wait_until_gone([*before, *after])


def wait_until_written(launcher: Path) -> None:
    deadline = time.monotonic() + 240
    while not launcher.exists() or not launcher.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 240
    while any(map(is_alive, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel tells children nothing")
def test_nothing_is_left_when_the_terminal_closes_or_the_launcher_is_killed(tmp_path: Path) -> None:
    """Also after it began anew. Where the closing of the terminal is ignored (`nohup`), it stays so.

    A second start on the same folder is refused meanwhile.
    """
    port, launcher = free_port(), tmp_path / upgrade.LAUNCHER
    with running(tmp_path, port, "--no-demo") as (site, _):
        wait_until_written(launcher)
        upgrade.restart_launcher(launcher)
        before = children(site.pid)
        assert len(before) == 3
        site.send_signal(signal.SIGHUP)
        assert site.wait(240) == 0
        wait_until_gone(before)
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with running(tmp_path, port, "--no-demo") as (site, _):
            site.send_signal(signal.SIGHUP)
            time.sleep(1)
            before = children(site.pid)
            second = subprocess.run(
                [str(forked("app.py")), "--port", str(free_port()), "--instance", str(tmp_path)],
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert second.returncode == 2
            assert second.stderr.strip() == (
                f"The site of {tmp_path} runs already, as process {site.pid} at http://127.0.0.1:{port}. Stop that one "
                f"first (kill {site.pid}), or choose another folder with --instance."
            )
            assert upgrade.is_ready(f"http://127.0.0.1:{port}")
            site.kill()
            wait_until_gone(before)
    finally:
        signal.signal(signal.SIGHUP, ignored)


def test_a_signal_whose_exception_was_lost_stops_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "asked", [])
    nobody = launch.Children({}, ())
    nobody.check()
    with pytest.raises(launch.Stopped):
        launch._stop(signal.SIGTERM, None)
    with pytest.raises(launch.Stopped):
        nobody.check()


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
def test_a_start_waits_for_what_an_earlier_one_left_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher_file, "ENDING_SECONDS", 0.3)
    with launcher_file.hold_folder(tmp_path, "http://127.0.0.1:1") as kept:
        left = subprocess.Popen(["sleep", "60"], pass_fds=kept)
    try:
        with pytest.raises(SettingsError, match="left behind"), launcher_file.hold_folder(tmp_path, "http://a"):
            pass
    finally:
        left.kill()
        left.wait()
    with launcher_file.hold_folder(tmp_path, "http://127.0.0.1:2"):
        assert (tmp_path / launcher_file.NAME).read_text().split()[:2] == [str(os.getpid()), "http://127.0.0.1:2"]


def test_a_busy_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [str(forked("app.py")), "--port", str(port), "--instance", str(tmp_path)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    assert ended.returncode == 2
    assert ended.stderr.strip() == (
        f"127.0.0.1:{port} cannot be used (Address already in use). Choose another with --port."
    )
