"""The README says what is so."""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask

from docs.architecture import draw
from docs.third_party import FILES, pinned
from survey.core.settings import PREFIX, PROJECT, Settings
from tests.support.every_case import for_each

README = (PROJECT / "README.md").read_text(encoding="utf-8")
DOCS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *(PROJECT / "docs").glob("*.md")]
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in DOCS}


def test_every_setting_is_listed_with_its_meaning() -> None:
    rows = dict(re.findall(rf"^\| `({PREFIX}\w+)` \| [^|]+ \| (.+) \|$", README, re.MULTILINE))
    assert rows == {PREFIX + item.name.upper(): item.metadata["meaning"] for item in fields(Settings)}


@for_each("text", TEXTS.values(), ids=TEXTS)
def test_every_path_named_is_there(text: str) -> None:
    folders = "survey|analysis|templates|translations|static|migrations|tests|benchmarks|docs"
    paths = set(re.findall(rf"(?:`|\()((?:(?:{folders})/[\w./]*|app\.py))(?:`|\))", text))
    assert [path for path in paths if not (PROJECT / path).exists()] == []


def test_the_texts_were_found() -> None:
    assert {"README", "decisions", "operations", "backups", "reliability", "scaling"} <= set(TEXTS)


def test_every_command_named_is_there(sqlite_app: Flask) -> None:
    named = set(re.findall(r"flask --app app ([a-z-]+)", " ".join(TEXTS.values()))) | {"migrate", "set-up-link"}
    assert named == {
        "import-answers", "worker", "migrate", "set-up-link", "reset-password",
        "backup", "restore", "deletions", "move", "forget-old", "compact", "export-survey", "import-survey",
        "send-test-mail", "make-operator", "search-service",
    }  # fmt: skip
    assert named <= set(sqlite_app.cli.commands)


def test_every_make_target_named_is_there() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make ([a-z-]+)\b", README + TEXTS["CONTRIBUTING"])):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_route_is_listed_as_it_is(sqlite_app: Flask) -> None:
    spec = importlib.util.spec_from_file_location("routes", PROJECT / "docs" / "routes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (PROJECT / "docs" / "routes.md").read_text(encoding="utf-8") == module.routes(sqlite_app), "make routes"


@pytest.mark.slow
def test_the_drawing_shows_the_packages_as_they_are() -> None:
    assert (PROJECT / "docs" / "architecture.svg").read_text(encoding="utf-8") == draw(), "make drawing"


def test_every_package_that_is_installed_is_listed_with_its_licence() -> None:
    rows = dict(re.findall(r"^\| (\S+) \| ([^|]+) \| [^|]+ \|$", TEXTS["third_party"], re.MULTILINE))
    assert {name for file in FILES for name, _ in pinned(file)} == rows.keys() - {"package"}, "make third-party"


def test_every_step_of_the_tour_is_where_it_says() -> None:
    steps = re.findall(r"^\d+\. `([\w/]+\.py)`(?: · `([\w.]+)`)?", TEXTS["tour"], re.MULTILINE)
    assert len(steps) > 30
    assert [f"{path} {name}" for path, name in steps if name and name not in definitions(PROJECT / path)] == []


def definitions(path: Path) -> set[str]:
    """The functions and classes of a file, and the methods as Class.method."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found
