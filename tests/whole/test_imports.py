"""Who may import whom, and that no web process loads what only the worker needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from survey.core.settings import PROJECT

HEAVY = (
    "torch",
    "sentence_transformers",
    "transformers",
    "sklearn",
    "scipy",
    "hdbscan",
    "numpy",
    "openpyxl",
    "pyarrow",
)
LIGHT = {"analysis", "analysis.text.personal_data"}
"""What a web process may load of the library: patterns, and no more than `re`"""
MAY_IMPORT_ANALYSIS = {
    f"survey/{name}.py" for name in ("worker", "workload", "saving", "comparing", "unsaid", "nearest", "commands")
}


def modules(folder: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", modules("analysis"), ids=lambda path: path.name)
def test_the_library_knows_nothing_of_the_site(path: Path) -> None:
    assert not roots(path) & {"survey", "app", "flask", "sqlalchemy"}
    assert "environ.get" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", modules("survey"), ids=lambda path: str(path.relative_to(PROJECT)))
def test_only_worker_and_commands_import_the_library(path: Path) -> None:
    if path.name == "personal_data.py":
        assert {name for name in imported(path) if name.startswith("analysis.")} <= {
            f"analysis.personal_data{name}" for name in ("", ".SITE", ".Kind", ".may_hold", ".personal_data")
        }
    elif str(path.relative_to(PROJECT)) not in MAY_IMPORT_ANALYSIS:
        assert "analysis" not in roots(path)


def test_the_one_module_of_the_library_that_the_site_loads_is_light() -> None:
    assert roots(PROJECT / "analysis" / "personal_data.py") == {"re", "typing"}


@pytest.mark.parametrize("path", modules("survey"), ids=lambda path: str(path.relative_to(PROJECT)))
def test_services_do_not_reach_up(path: Path) -> None:
    names = imported(path)
    assert "app" not in roots(path)
    if path.parent.name != "pages":
        assert not {name for name in names if name.startswith("survey.pages")}
    if path.name in ("models.py", "database.py"):
        allowed = {
            "survey.core.account_models",
            "survey.core.database",
            "survey.core.secret_key_check",
            "survey.core.settings",
            "survey.core.sqlite",
        }
        assert {name for name in names if name.startswith("survey.") and name.count(".") == 1} <= allowed


@pytest.mark.parametrize(
    "path", modules("survey") + modules("analysis"), ids=lambda path: str(path.relative_to(PROJECT))
)
def test_no_file_is_a_warehouse(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420


def test_a_web_process_loads_nothing_heavy(tmp_path: Path) -> None:
    code = f"""
import sys
from app import create_app
app = create_app()
client = app.test_client()
assert client.get("/sign-in").status_code == 200
loaded = sorted({{name.split(".")[0] for name in sys.modules}} & set({HEAVY!r}))
assert not loaded, loaded
of_the_library = {{name for name in sys.modules if name.split(".")[0] == "analysis"}}
assert of_the_library <= {LIGHT!r}, of_the_library
"""
    subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, check=True, timeout=60,
        env={"THREADS_INSTANCE": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def test_listed_modules_were_found() -> None:
    assert len(modules("survey")) > 20
    assert len(modules("analysis")) > 8
