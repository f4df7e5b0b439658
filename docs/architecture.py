"""Draw docs/architecture.svg from the imports: the packages of the site and of the library, and who uses whom.

`make drawing`. A test compares the file with a new drawing, and tests/whole/test_imports.py reads the imports here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
FLOORS = (
    "serve",
    "manage",
    "respond",
    "exports",
    "reports",
    "worker",
    "imports",
    "curation",
    "sharing",
    "operations",
    "accounts",
    "answers",
    "results",
    "web",
    "runs",
    "core",
)
"""The packages of survey/, each above all that it may import"""


@cache
def modules(folder: str) -> dict[str, Path]:
    """The modules of a folder by dotted name; a package stands for its __init__.py."""
    found = {}
    for path in sorted((PROJECT / folder).rglob("*.py")):
        parts = path.relative_to(PROJECT).with_suffix("").parts
        if path.name == "__init__.py" and path.parent.name == folder:
            continue
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(folder: str, *, all_names: bool = False, nested: bool = False) -> dict[str, set[str]]:
    """The modules of survey/ and analysis/ that each module of a folder imports.

    `all_names` returns every imported name, also of other libraries; `nested` only imports inside functions.
    """
    known = {**modules("survey"), **modules("analysis")}
    found: dict[str, set[str]] = {}
    for module, path in modules(folder).items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        roots: list[ast.AST] = [*functions] if nested else [tree]
        names = {name for root in roots for node in ast.walk(root) for name in _names(node, known)}
        found[module] = names if all_names else (names & known.keys()) - {module}
    return found


def _names(node: ast.AST, known: dict[str, Path]) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        submodules = {f"{node.module}.{alias.name}" for alias in node.names} & known.keys()
        return submodules or {node.module}
    return set()


def libraries(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {name.split(".")[0] for node in ast.walk(tree) for name in _names(node, {})}


def package_of(module: str) -> str:
    """The package of a module inside its folder: "core" of survey.core.database; a module at the top is its own."""
    return module.split(".")[1]


@cache
def arrows(folder: str) -> dict[tuple[str, str], int]:
    """How many imports lead from one package of a folder to another, for each pair that has some."""
    counts: dict[tuple[str, str], int] = {}
    for module, names in imports(folder).items():
        for name in names:
            if name.split(".")[0] == folder and package_of(name) != package_of(module):
                pair = package_of(module), package_of(name)
                counts[pair] = counts.get(pair, 0) + 1
    return counts
