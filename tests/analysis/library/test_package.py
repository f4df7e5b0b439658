"""`pip install .`: what the wheel holds and asks for, and that it works in an empty folder of a new environment."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from flit_core.wheel import make_wheel_in
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.architecture import PROJECT, libraries

ABOUT: dict[str, Any] = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WITHOUT = {"survey", "analysis", "app", "tests", "docs"}
"""Top-level packages of the project itself"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the project as it stands."""
    return Path(make_wheel_in(PROJECT / "pyproject.toml", tmp_path_factory.mktemp("wheel")).file)


@pytest.mark.slow
def test_the_wheel_holds_the_library_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    wanted = {
        str(path.relative_to(PROJECT))
        for path in (PROJECT / "analysis").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == wanted
    assert {"analysis/codebooks/relationships.toml", "analysis/encoders/mixture.npz", "analysis/py.typed"} < names


def _asked(*extras: str) -> dict[str, Requirement]:
    lines = [*ABOUT["dependencies"], *(line for extra in extras for line in ABOUT["optional-dependencies"][extra])]
    return {canonicalize_name(requirement.name): requirement for requirement in map(Requirement, lines)}


def test_what_is_pinned_is_what_the_package_asks_for() -> None:
    pinned: dict[str, str] = {}
    for name in ("requirements.txt", "requirements-scale.txt"):
        for line in (PROJECT / name).read_text(encoding="utf-8").splitlines():
            if "==" in line and not line.startswith("#"):
                requirement = Requirement(line)
                pinned[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    for name, requirement in _asked("site", "dask").items():
        assert name in pinned, f"{name} is not in requirements.txt"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} leaves out {pinned[name]}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folders", "extras"), [(("analysis",), ("dask",)), (("analysis", "survey", "app.py"), ("dask", "site"))]
)
def test_everything_that_is_imported_is_asked_for(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    paths = [PROJECT / name for name in folders]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    imported = {name for file in files for name in libraries(file)} - set(sys.stdlib_module_names) - WITHOUT
    of_import = packages_distributions()
    transitive = {"werkzeug", "jinja2", "markupsafe", "itsdangerous", "wtforms", "click", "babel", "alembic", "redis"}
    missing = {
        name
        for name in imported - transitive
        if name in of_import and not {canonicalize_name(each) for each in of_import[name]} & _asked(*extras).keys()
    }
    assert missing == set()


@pytest.mark.slow
def test_it_works_in_an_empty_folder_of_another_environment(wheel: Path, tmp_path: Path) -> None:
    home, empty = tmp_path / "environment", tmp_path / "empty"
    empty.mkdir()
    venv.create(home, symlinks=True)
    [site] = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # not installed again, to save the time

    def run(*arguments: str) -> str:
        told = subprocess.run(
            [str(home / "bin" / "python"), "-I", *arguments], cwd=empty, capture_output=True, text=True, check=True
        )
        return told.stdout

    code = "import analysis; from analysis import find_themes; print(analysis.__file__, callable(find_themes))"
    assert run("-c", code).split() == [str(site / "analysis" / "__init__.py"), "True"]
    answers, themes = empty / "réponses.csv", empty / "thèmes.csv"
    answers.write_text("answer\nMore buses at night\nNight buses every hour\n", encoding="utf-8")
    run("-m", "analysis", str(answers), "-o", str(themes), "--codebook", "none")
    assert len(themes.read_text(encoding="utf-8").splitlines()) == 3
