"""A folder that stands for a machine on which the site is installed as the operator's pages say."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app import create_app
from survey.core.settings import PROJECT, load
from tests.support import operating_pages

OPERATIONS, BACKUPS, SCALING = "operations.md", "backups.md", "scaling.md"
HOST = "ask.example"
CRON = {"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LANG": "C", "LOGNAME": "threads"}
"""The whole environment of a command that cron runs"""


@dataclass(frozen=True)
class Machine:
    """A folder that stands for the root of a machine on which the site is installed as the page says."""

    root: Path

    def here(self, text: str) -> str:
        """What the page says, with the paths of this machine."""
        text = re.sub(r"(?<![\w$./])/(srv|etc/threads\.env|var/lib/threads|var/backups)", rf"{self.root}/\1", text)
        return text.replace("sqlite:////", f"sqlite:///{self.root}/").replace("/tmp/drill", f"{self.root}/drill")

    def run(self, command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """A command by cron's shell, in the folder that is home, with nothing but cron's environment."""
        return subprocess.run(
            ["/bin/sh", "-c", self.here(command)],
            cwd=self.root,
            env=CRON | {"HOME": str(self.root)} | (env or {}),
            capture_output=True,
            text=True,
            check=False,
        )

    def type(self, *commands: str) -> str:
        """Commands in the shell for commands, each of which must succeed; gives what they said."""
        shell = operating_pages.block(OPERATIONS, after="settings loaded:").lines[1:]
        ran = self.run("\n".join(["set -e", *shell, *commands]))
        assert ran.returncode == 0, (commands, ran.stderr)
        return ran.stdout

    def site(self) -> Flask:
        """The site of the settings there are, in this process."""
        return create_app(load(self.settings()))

    def settings(self) -> dict[str, str]:
        """The file of settings as systemd reads it."""
        lines = (self.root / "etc/threads.env").read_text().splitlines()
        return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines if line)}


def install(root: Path) -> Machine:
    """What the page says until the site is there; instead of `git clone` and `pip`, this folder and this Python."""
    machine = Machine(root)
    for line in operating_pages.block(OPERATIONS, has="useradd").lines:
        if line.startswith("install "):
            folders = re.findall(r"/[\w./-]+", line)
            for folder in folders:
                if folder == "/etc/threads.env":
                    (root / "etc").mkdir()
                elif folder != "/dev/null":
                    (root / folder[1:]).mkdir(parents=True)
    settings = operating_pages.block(OPERATIONS, has="THREADS_HTTPS=1").text
    (root / "etc/threads.env").write_text(machine.here(settings) + "\n")
    (root / "srv/threads/site").symlink_to(PROJECT)
    return machine


def unit(machine: Machine, name: str) -> tuple[list[str], dict[str, str]]:
    """The command of a unit and all of its environment."""
    text = machine.here(operating_pages.files(OPERATIONS)[f"/etc/systemd/system/threads-{name}.service"])
    [command] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert f"EnvironmentFile={machine.root}/etc/threads.env" in text
    words = re.findall(r'"[^"]*"|\S+', command)
    return [word.strip('"') for word in words], {"PATH": "/usr/bin:/bin", **machine.settings()}


@contextmanager
def running(machine: Machine, command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command,
        cwd=machine.root / "srv/threads/site",
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=(machine.root / "log").open("ab"),
    ) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
