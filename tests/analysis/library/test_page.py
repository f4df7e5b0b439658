"""docs/library.md is run from top to bottom, in one namespace, as a notebook; what it shows is what is printed."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import fields
from typing import Any

import pytest

from analysis import FoundTheme, FoundThemes, PlacedIdea, Span
from docs.architecture import PROJECT

PAGE = PROJECT / "docs" / "library.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.DOTALL | re.MULTILINE)


@pytest.mark.slow
def test_every_block_prints_what_is_shown() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    shown = 0
    for found in BLOCK.finditer(page):
        printed = io.StringIO()
        line = page[: found.start()].count("\n") + 1
        with contextlib.redirect_stdout(printed):
            exec(compile(found[1], f"{PAGE.name}, block at line {line}", "exec"), names)
        if found[2] is not None:
            shown += 1
            assert printed.getvalue() == found[2], f"line {line}"
        else:
            assert printed.getvalue() == "", f"the output of the block at line {line} is not shown"
    assert shown > 8


def test_every_field_is_named() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for kind in (FoundThemes, FoundTheme, PlacedIdea, Span):
        for field in fields(kind):
            if field.name != "texts":
                assert f"`{field.name}`" in page, field.name
