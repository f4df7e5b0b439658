"""docs/archive.md says of an archive what is so."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from flask import Flask

from survey.archives import package
from survey.archives.owner_parts import PARTS
from tests.support.saved_site import done
from tests.support.visitors import SLUG, owned_survey

PAGE = (Path(__file__).parents[2] / "docs" / "archive.md").read_text(encoding="utf-8")


def test_the_page_names_the_version_and_every_part(sqlite_app: Flask, tmp_path: Path) -> None:
    owned_survey(sqlite_app)
    done(sqlite_app, "export-survey", SLUG, tmp_path / "kept.zip")
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    [version] = re.findall(r"`version` \((\d+)\)", PAGE)
    assert int(version) == manifest["version"] == package.VERSION
    named = re.search(r"- `manifest\.json`: (.*?):", PAGE, re.DOTALL)
    assert named
    assert set(re.findall(r"`(\w+)`", named[1])) == set(manifest)
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .+ \|$", PAGE, re.MULTILINE)
    parts = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(parts) == sorted(manifest["parts"]) == sorted(part.name for part in PARTS)
