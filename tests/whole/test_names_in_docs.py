"""What docstrings and comments name by its place in the code is there."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path

from survey.core.settings import PROJECT as ROOT

NAMED = re.compile(r"\b(?:survey|analysis)(?:\.[A-Za-z_]\w*){2,}")
PARTS = ("survey", "analysis", "benchmarks")


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names that a module, or the __init__ of a package, defines or imports, and those of its classes' members."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.rpartition(".")[2])
    return frozenset(found)


def is_there(named: str) -> bool:
    place, (*parts,) = ROOT, named.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if not parts:
        return True
    module = place / f"{parts[0]}.py"
    if module.exists():
        parts.pop(0)
    else:
        module = place / "__init__.py"
    return module.exists() and (not parts or set(parts) <= names_in(module))


def told_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a module and the strings that stand by themselves, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_what_is_named_is_there() -> None:
    named = [
        (f"{path.relative_to(ROOT)}:{line}: {name}", name)
        for part in PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
        for line, told in told_in(path.read_text("utf-8"))
        for name in NAMED.findall(told)
    ]
    assert [where for where, name in named if not is_there(name)] == []
    assert len(named) > 50


def test_what_is_not_there_is_found() -> None:
    assert is_there("survey.web.shared_pages.PageStore.keep")
    assert not is_there("survey.web.shared_pages.PageStores")
    assert not is_there("survey.nowhere.at_all")
