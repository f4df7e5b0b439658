"""The versions of Python that are looked for are those that docs/pythons.md says have wheels."""

from __future__ import annotations

import re

from survey.core.settings import PROJECT


def test_the_script_looks_for_those_of_which_the_index_had_everything() -> None:
    page = (PROJECT / "docs/pythons.md").read_text(encoding="utf-8")
    whole = [int(minor) for minor in re.findall(r"^\| 3\.(\d+) \| all \|", page, re.MULTILINE)]  # Linux, x86-64
    script = (PROJECT / "install/find_python.sh").read_text(encoding="utf-8")
    looked = [int(found) for found in re.findall(r"^(?:OLDEST|NEWEST)=(\d+)", script, re.MULTILINE)]
    assert looked == [min(whole), max(whole)]
    assert f"Python from 3.{looked[0]} to 3.{looked[1]}" in (PROJECT / "README.md").read_text(encoding="utf-8")
