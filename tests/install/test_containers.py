"""Containerfile, compose.yaml and install/steps.sh fit each other, and `make test-fresh` knows every line of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from install import bare_debian, container_file, fresh
from survey.core.settings import PREFIX, PROJECT, load, unknown_settings
from tests.support import operating_pages

STEPS = PROJECT / "install/steps.sh"
STAGES = container_file.stages(PROJECT / "Containerfile")
SERVICES = container_file.services(PROJECT / "compose.yaml", {"SITE": "ask.example"})
NAMED = set(re.findall(r"^([a-z-]+)\)", STEPS.read_text(encoding="utf-8"), re.MULTILINE))


def step(words: list[str]) -> str:
    """The step that a command does; it does nothing else."""
    assert words[:2] == ["sh", "install/steps.sh"], words
    assert len(words) == 3, words
    return words[2]


def test_every_line_that_does_something_is_a_step_and_every_step_is_done() -> None:
    done = {
        step(container_file.command(line.rest))
        for steps in STAGES.values()
        for line in steps
        if line.word in ("RUN", "CMD")
    }
    done |= {step(service.command) for service in SERVICES}
    done |= {step(service.ready) for service in SERVICES if service.ready}
    by_hand = set(re.findall(r"install/steps\.sh ([a-z-]+)", operating_pages.page("operations.md")))
    assert set(fresh.BY_HAND) == by_hand
    assert done | by_hand | {"restore"} == NAMED


def test_the_services_start_in_their_order() -> None:
    names = [service.name for service in SERVICES]
    assert names.index("database") < names.index("tables") < names.index("site") < names.index("proxy")
    assert {"worker", "search"} <= set(names)
    assert [service.name for service in SERVICES if service.once] == ["tables"]
    assert {service.stage for service in SERVICES} == set(STAGES)


def test_no_service_runs_as_root() -> None:
    assert {name: container_file.user(steps) for name, steps in STAGES.items()} == {
        "site": "threads",
        "database": "postgres",
        "proxy": "caddy",
    }


def test_the_settings_are_the_site_s_own() -> None:
    [site] = [service for service in SERVICES if service.name == "site"]
    given = {name: value for name, value in site.environment.items() if name.startswith(PREFIX)}
    assert unknown_settings(given) == {}
    chosen = load(given)
    assert (chosen.base_url, chosen.https, chosen.proxies) == ("https://ask.example", True, 1)
    assert chosen.database_url == "postgresql+psycopg://threads@database/threads"
    assert all(service.environment == site.environment for service in SERVICES if service.stage == "site")


def test_without_a_name_it_is_this_machine() -> None:
    [proxy] = [service for service in container_file.services(PROJECT / "compose.yaml", {}) if service.name == "proxy"]
    assert proxy.environment == {"SITE": "localhost"}


def test_what_nobody_could_do_without_a_container_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "Containerfile"
    file.write_text("ARG SUITE=trixie\nFROM docker.io/library/debian:${SUITE}-slim AS site\nADD x y\n")
    with pytest.raises(ValueError, match="ADD x y"):
        container_file.stages(file)
    file.write_text("FROM python:3.13 AS site\nRUN true\n")
    with pytest.raises(ValueError, match="Debian alone"):
        container_file.stages(file)
    with pytest.raises(ValueError, match="no ARG SUITE"):
        container_file.suite(file)


def test_services_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    one = "{build: {target: site}, command: [a], depends_on: {%s: {condition: service_started}}}"
    file.write_text(f"services:\n  a: {one % 'b'}\n  b: {one % 'a'}\n")
    with pytest.raises(ValueError, match="wait for each other"):
        container_file.services(file, {})


def test_the_images_leave_out_what_git_does() -> None:
    ignored = set((PROJECT / ".dockerignore").read_text(encoding="utf-8").split())
    assert {".git", ".venv", "instance", "threads.env", ".env"} <= ignored


@pytest.mark.skipif(sys.platform == "win32", reason="scripts for sh")
@pytest.mark.parametrize("script", ["steps.sh", "find_python.sh"])
def test_the_scripts_are_written_for_any_sh(script: str) -> None:
    shell = shutil.which("dash") or "sh"
    ran = subprocess.run([shell, "-n", PROJECT / "install" / script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="scripts for sh")
def test_a_step_that_is_none_is_answered_with_those_there_are() -> None:
    ran = subprocess.run(["sh", STEPS, "nonsense"], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert set(ran.stderr.partition(":")[2].split()) == NAMED


def test_the_proxy_reads_its_file() -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no caddy was found (Debian: apt-get install caddy); `make test-fresh` runs it")
    file = PROJECT / "install/Caddyfile"
    ran = subprocess.run([caddy, "adapt", "--config", file], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_it_is_skipped_with_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "argv", ["make test-fresh"])
    assert fresh.main() == 0
    assert capsys.readouterr().out.startswith("Skipped: no bare Debian can be made here, because ")


def test_a_command_in_it_has_nothing_of_this_machine_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare_debian, "pip_environment", lambda: {"PIP_INDEX_URL": "https://index.example/simple"})
    words = bare_debian.BareDebian(Path("/r")).command(["make", "run"], user="stranger", folder="/home/a b")
    assert words[:2] == ["env", "-i"]
    assert "PIP_INDEX_URL=https://index.example/simple" in words
    assert words[words.index("chroot") :] == [
        "chroot", "/r", "setpriv", "--reuid=stranger", "--regid=stranger", "--init-groups",
        "sh", "-c", "cd '/home/a b' && exec make run",
    ]  # fmt: skip
