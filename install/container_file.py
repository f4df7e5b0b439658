"""Containerfile and compose.yaml as lists of what is done, for who does it without a container."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

KNOWN = ("ARG", "COPY", "RUN", "USER", "WORKDIR", "CMD")


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a stage: its word, and the rest of it."""

    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service of compose.yaml: its stage, its command, its environment, who it waits for, how it is asked."""

    name: str
    stage: str
    command: list[str]
    environment: dict[str, str]
    after: list[str]
    ready: list[str] | None
    once: bool


def stages(file: Path) -> dict[str, list[Step]]:
    """Return the steps of each stage of a container file. Raises ValueError at a line that it does not know."""
    found: dict[str, list[Step]] = {}
    steps: list[Step] | None = None
    for line in file.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        if word == "FROM":
            name = re.fullmatch(r"docker\.io/library/debian:\$\{SUITE\}-slim AS (\w+)", rest)
            if not name:
                raise ValueError(f"a stage begins with Debian alone, not with {rest!r}")
            steps = found.setdefault(name[1], [])
        elif word not in KNOWN:
            raise ValueError(f"nobody knows how to do {line!r} without a container")
        elif steps is not None:
            steps.append(Step(word, rest))
    return found


def suite(file: Path) -> str:
    """Return the release of Debian that a container file builds on."""
    found = re.search(r"^ARG SUITE=(\w+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError("the container file names no ARG SUITE")
    return found[1]


def user(steps: list[Step]) -> str:
    """Return the user whom the last USER of a stage names."""
    return next((step.rest for step in reversed(steps) if step.word == "USER"), "root")


def folder(steps: list[Step]) -> str:
    """Return the folder that the last WORKDIR of a stage names."""
    return next((step.rest for step in reversed(steps) if step.word == "WORKDIR"), "/")


def services(file: Path, values: dict[str, str]) -> list[Service]:
    """Return the services of a compose file, each after those it waits for; `values` stand for ${NAME:-default}."""
    text = re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: values.get(found[1], found[2]), file.read_text("utf-8"))
    written: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    found: list[Service] = []
    while len(found) < len(written):
        there = {service.name for service in found}
        ready = [name for name in written if name not in there and set(written[name].get("depends_on", ())) <= there]
        if not ready:
            raise ValueError("services wait for each other")
        found += [_service(name, written[name]) for name in ready]
    return found


def _service(name: str, written: dict[str, Any]) -> Service:
    asked = written.get("healthcheck", {}).get("test")
    return Service(
        name=name,
        stage=written["build"]["target"],
        command=[str(word) for word in written["command"]],
        environment={key: str(value) for key, value in written.get("environment", {}).items()},
        after=list(written.get("depends_on", ())),
        ready=[str(word) for word in asked[1:]] if asked else None,
        once=written.get("restart") == "no",
    )


def command(rest: str) -> list[str]:
    """Return the words of a RUN or CMD."""
    return [str(word) for word in json.loads(rest)] if rest.startswith("[") else shlex.split(rest)
