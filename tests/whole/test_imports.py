"""Who may import whom: one way down, no circle, no file a warehouse."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

from docs.architecture import FLOORS, PROJECT, arrows, imports, modules, package_of

HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "sklearn",
    "scipy",
    "hdbscan",
    "numpy",
    "onnxruntime",
    "openpyxl",
    "pyarrow",
)
MAX_LINES, MAX_MEDIAN = 400, 120
MODULES_A_PACKAGE = range(3, 13)


def test_packages_of_the_site_import_only_those_below_them() -> None:
    floor = {package: number for number, package in enumerate(FLOORS)}
    assert {package_of(module) for module in modules("survey")} == set(FLOORS)
    upward = [f"{one} -> {other}" for one, other in arrows("survey") if floor[one] >= floor[other]]
    assert upward == []


def test_packages_of_the_library_import_in_no_circle() -> None:
    below: dict[str, set[str]] = {}
    for one, other in arrows("analysis"):
        below.setdefault(one, set()).add(other)
    left = set(below)
    while free := {one for one in left if not below[one] & left}:
        left -= free
    assert left == set()


def test_modules_import_in_no_circle() -> None:
    left = {module: names for folder in ("survey", "analysis") for module, names in imports(folder).items()}
    while free := {module for module, names in left.items() if not names & left.keys()}:
        left = {module: names for module, names in left.items() if module not in free}
    assert left == {}


def test_the_library_knows_nothing_of_the_site() -> None:
    foreign = {"survey", "app", "flask", "sqlalchemy"}
    for module, path in modules("analysis").items():
        assert not {name.split(".")[0] for name in imports("analysis", all_names=True)[module]} & foreign, module
        assert "environ.get" not in path.read_text(encoding="utf-8"), module


def test_only_what_is_heavy_is_imported_inside_a_function() -> None:
    """To dodge a circle is no reason; that a process seldom needs torch, scikit-learn or Dask is one."""
    names = {**imports("survey", all_names=True), **imports("analysis", all_names=True)}

    def is_heavy(module: str) -> bool:
        seen, left = set(), {module}
        while left:
            seen |= left
            left = {name for one in left for name in names.get(one, ())} - seen
        return any(name.split(".")[0] in HEAVY or name.startswith(("dask", "distributed")) for name in seen)

    nested = {**imports("survey", nested=True), **imports("analysis", nested=True)}
    assert [(module, name) for module, found in nested.items() for name in found if not is_heavy(name)] == []


def test_every_module_of_routes_is_imported_by_the_site() -> None:
    """One that only its own tests import has no pages on a running site."""
    tree = ast.parse((PROJECT / "app.py").read_text(encoding="utf-8"))
    by_app = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    routes = {module for module in modules("survey") if module.endswith("routes")}
    assert routes - by_app - set().union(*imports("survey").values()) == set()
    assert len(routes) > 10


def test_files_and_packages_are_small() -> None:
    paths = [path for folder in ("survey", "analysis") for path in modules(folder).values()]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    assert {path.name: length for path, length in lines.items() if length > MAX_LINES} == {}
    assert statistics.median(length for length in lines.values() if length) < MAX_MEDIAN
    sizes: dict[Path, int] = {}
    for path in paths:
        if path.name != "__init__.py":
            sizes[path.parent] = sizes.get(path.parent, 0) + 1
    crowded = {f.name: size for f, size in sizes.items() if f.name != "survey" and size not in MODULES_A_PACKAGE}
    assert crowded == {}


@pytest.mark.parametrize("folder", ["survey", "analysis"])
def test_there_is_something_to_look_at(folder: str) -> None:
    assert len(modules(folder)) > 40
    assert len(arrows(folder)) > 15
