"""install/packages.py: the environment it makes, and which torch it takes, against an index of the test's own."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from urllib.parse import quote

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from install import packages
from survey.core.settings import PROJECT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the usual torch has no graphics libraries")

TAG = f"cp{sys.version_info[0]}{sys.version_info[1]}"
MACHINE = platform.machine()
PACKAGES = ("torch", "first", "second", "third")
FITTING = f"{TAG}-{TAG}-manylinux_2_17_{MACHINE}"


def wheel(folder: Path, version: str, tags: str, name: str = "torch") -> Path:
    """Make a wheel of a package with nothing in it."""
    path = folder / f"{name}-{version}-{tags}.whl"
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"__version__ = {version!r}\n",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {tags}\n",
    }
    record = "".join(
        f"{file},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},"
        f"{len(text.encode())}\n"
        for file, text in files.items()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in (files | {f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}).items():
            archive.writestr(file, text)
    return path


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A simple index on this machine, its address and the folder with the files of torch."""
    folder = tmp_path / "index" / "torch"
    folder.mkdir(parents=True)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


def offer(folder: Path, *wheels: Path) -> None:
    """Write the index's page: a link to each wheel, with its hash, as the real one has it."""
    links = [
        f'<a href="/torch/{quote(path.name)}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">{path.name}</a>'
        for path in wheels
    ]
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>{'<br>'.join(links)}</body></html>")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment of this module."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    packages.make_environment(folder)
    return folder


@pytest.fixture
def alone(environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment without PACKAGES, on a machine whose pip has nowhere to look but the folder `usual`."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "usual").mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "usual"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    for made in PACKAGES:
        for path in library(environment).glob(f"{made}*"):
            shutil.rmtree(path)
    return environment


def library(environment: Path) -> Path:
    """The folder of an environment's packages."""
    [folder] = (environment / "lib").glob("python3*/site-packages")
    return folder


def installed(environment: Path, name: str = "torch") -> str:
    """The version of a package in an environment, or nothing."""
    code = f"import {name}; print({name}.__version__)"
    return subprocess.run(
        [environment / "bin/python", "-c", code], capture_output=True, text=True, check=False
    ).stdout.strip()


def run(environment: Path, tmp_path: Path, index: str) -> int:
    """Install a file that pins torch."""
    pins = tmp_path / "pins.txt"
    pins.write_text("# Finding themes\ntorch==2.13.0\n")
    return packages.main([str(environment), str(pins), "--torch-index", index])


@pytest.mark.slow
class TestTorch:
    """Which build is taken."""

    def test_the_one_for_processors_where_the_index_has_it(
        self, alone: Path, tmp_path: Path, index: tuple[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        address, folder = index
        others = [
            wheel(folder, "2.13.0+cpu", f"cp39-cp39-manylinux_2_17_{MACHINE}"),
            wheel(folder, "2.13.0+cpu", f"{TAG}-{TAG}-manylinux_2_17_riscv64"),
            wheel(folder, "2.13.0+cpu", f"{TAG}-{TAG}-manylinux_2_99_{MACHINE}"),
            wheel(folder, "2.13.0+cpu", f"{TAG}-{TAG}t-manylinux_2_17_{MACHINE}"),
            wheel(folder, "2.13.0+cu130", FITTING),
            wheel(folder, "2.13.1+cpu", FITTING),
        ]
        offer(folder, *others, wheel(folder, "2.13.0+cpu", FITTING))
        wheel(tmp_path / "usual", "2.13.0", FITTING)
        assert run(alone, tmp_path, address) == 0
        assert installed(alone) == "2.13.0+cpu"
        capsys.readouterr()
        (folder / "index.html").unlink()
        assert run(alone, tmp_path, address) == 0, "it is there now, and nobody looks again"
        assert "Looking for torch" not in capsys.readouterr().err

    def test_none_of_those_that_do_not_fit_and_not_the_usual_one(
        self, alone: Path, tmp_path: Path, index: tuple[str, Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        address, folder = index
        offer(folder, wheel(folder, "2.13.0+cpu", f"cp39-cp39-manylinux_2_17_{MACHINE}"))
        wheel(tmp_path / "usual", "2.13.0", FITTING)
        assert run(alone, tmp_path, address) == 0
        assert installed(alone) == ""
        assert "torch is left out" in capsys.readouterr().err

    def test_the_one_for_processors_among_what_this_machine_offers(
        self, alone: Path, tmp_path: Path, index: tuple[str, Path]
    ) -> None:
        wheel(tmp_path / "usual", "2.13.0", FITTING)
        wheel(tmp_path / "usual", "2.13.0+cpu", FITTING)
        assert run(alone, tmp_path, index[0]) == 0
        assert installed(alone) == "2.13.0+cpu"

    def test_the_usual_one_where_no_index_is_named(self, alone: Path, tmp_path: Path) -> None:
        wheel(tmp_path / "usual", "2.13.0", FITTING)
        assert run(alone, tmp_path, "") == 0
        assert installed(alone) == "2.13.0"

    def test_a_file_that_is_not_what_the_index_says_is_refused(
        self, alone: Path, tmp_path: Path, index: tuple[str, Path]
    ) -> None:
        address, folder = index
        made = wheel(folder, "2.13.0+cpu", FITTING)
        offer(folder, made)
        with zipfile.ZipFile(made, "a") as archive:
            archive.writestr("torch/more.py", "")
        assert run(alone, tmp_path, address) != 0
        assert installed(alone) == ""


def test_an_index_that_never_answers_costs_seconds(index: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimpleHTTPRequestHandler, "do_GET", lambda self: time.sleep(60))
    begun = time.monotonic()
    assert packages.find_wheel(index[0], "2.13.0+cpu", 0.5) is None
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/whl", "http://no.such.name.invalid/whl", "nonsense"])
def test_an_index_that_cannot_be_reached(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    assert packages.find_wheel(address, "2.13.0+cpu") is None
    assert time.monotonic() - begun < packages.LOOK_SECONDS + 20


def test_pins_are_read_with_those_of_the_files_they_name() -> None:
    lines = packages.read_pins(PROJECT / "requirements-dev.txt")
    assert {"Flask==3.1.3", "distributed==2026.8.0", "torch==2.13.0"} <= set(lines)
    assert not [line for line in lines if line.startswith(("#", "-")) or "==" not in line]


SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix", "platform_machine": "arm64"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}


@cache
def needs(name: str) -> list[Requirement]:
    """What a package asks for; nothing if it is not installed, being for another system than this one."""
    try:
        return [Requirement(line) for line in requires(name) or []]
    except PackageNotFoundError:
        return []


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_the_pins_name_everything_that_a_package_needs(file: str, system: str, minor: int) -> None:
    """pip is told to look for nothing else (--no-deps)."""
    here = SYSTEMS[system] | {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.1", "extra": ""}
    wanted = [Requirement(line) for line in packages.read_pins(PROJECT / file)]
    pinned = {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in wanted
        if not one.marker or one.marker.evaluate(here)
    }
    missing = []
    for name in pinned:
        for one in needs(name):
            if not one.marker or one.marker.evaluate(here):
                version = pinned.get(canonicalize_name(one.name))
                if version is None or not one.specifier.contains(version, prereleases=True):
                    missing.append(f"{name} needs {one}")
    assert missing == []


@pytest.mark.slow
def test_every_pin_is_installed_by_one_of_the_processes_and_one_that_fails_is_told(alone: Path, tmp_path: Path) -> None:
    for name in PACKAGES:
        wheel(tmp_path / "usual", "2.13.0", FITTING, name)
    assert packages.install(alone / "bin/python", [f"{name}==2.13.0" for name in PACKAGES]) == 0
    assert [installed(alone, name) for name in PACKAGES] == ["2.13.0"] * 4
    assert packages.install(alone / "bin/python", ["second==2.13.0", "third==9.9", "torch==2.13.0"]) != 0


def test_no_pin_is_left_out_of_the_shares() -> None:
    lines = packages.read_pins(PROJECT / "requirements.txt")
    assert sorted(line for share in packages.shares(lines) for line in share) == sorted(lines)
    assert packages.shares(["torch @ file:///torch.whl", "torchdata==1"]) == [
        ["torch @ file:///torch.whl"],
        ["torchdata==1"],
    ]


@pytest.mark.slow
def test_what_the_site_imports_is_compiled_where_python_keeps_nothing_by_itself(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is, unless it is asked for: torch is for a model of one's own."""
    for name in ("torch", "first"):
        wheel(tmp_path / "usual", "2.13.0", FITTING, name)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(packages, "PROJECT", tmp_path)
    (tmp_path / "pins.txt").write_text("torch==2.13.0\nfirst==2.13.0\n")
    for asked, there in (([], [True, False]), (["--compile"], [True, True])):
        assert packages.main([str(alone), str(tmp_path / "pins.txt"), "--torch-index", "", *asked]) == 0
        compiled = [bool([*(library(alone) / name).glob("__pycache__/*.pyc")]) for name in ("first", "torch")]
        assert compiled == there
