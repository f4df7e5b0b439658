"""Writes docs/routes.md: every address of the site, who may open it, and what it is. `make routes`."""

from __future__ import annotations

import inspect
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from flask import Flask  # noqa: E402
from werkzeug.routing import Rule  # noqa: E402

from app import create_app  # noqa: E402
from survey.core.settings import Settings  # noqa: E402
from survey.web.access import needed_role  # noqa: E402

TARGET = Path(__file__).with_name("routes.md")
HEAD = """# Every address

Made by `make routes` from the site itself; a test holds that it is up to date. "anybody" means without signing in; the
theme pages of a survey that is not published answer 404 to anybody but those who work at it. An editor may do what a
reader may, an owner what an editor may; anybody else finds nothing there (404).

| address | method | who | what |
|---|---|---|---|
"""


def _who(view: object, rule: Rule) -> str:
    """Who may open an address, and who may send to it if that is another."""
    if rule.endpoint == "static" or getattr(view, "is_public", False):
        return "anybody"
    if getattr(view, "is_operators", False):
        return "operators"
    if "slug" not in rule.arguments:
        return "who is signed in"
    needed = [needed_role(view, method) for method in ("GET", "POST") if method in (rule.methods or ())]
    names = {"reader": "a reader", "editor": "an editor", "owner": "an owner"}
    return "; to send ".join(names[role] for role in dict.fromkeys(needed))


def routes(app: Flask) -> str:
    """The table of routes as Markdown."""
    lines = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        view = app.view_functions[rule.endpoint]
        who = _who(view, rule)
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.description":
            who = "who has its token"
        says = "Stylesheets, scripts, the mark." if rule.endpoint == "static" else (inspect.getdoc(view) or "")
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        what = says.splitlines()[0] if says else ""
        lines.append(f"| `{rule.rule}` | {methods} | {who} | {what} |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(routes(create_app(Settings(instance=folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
