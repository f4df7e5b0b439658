"""Commands of the operator, each in a process of its own that is forked: what they import, which takes 2 s, once."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

CODE = """
import json, os, sys
import app
from flask.cli import cli
failed = []
for command in json.loads(sys.argv[1]):
    if not (child := os.fork()):
        cli.main(["--app", "app", *command])
    if os.waitpid(child, 0)[1]:
        failed.append(" ".join(command))
sys.exit("failed: " + ", ".join(failed) if failed else 0)
"""


def one_after_the_other(*commands: Sequence[str]) -> list[str]:
    """Return the command line that does them all, and ends with 1 if any of them failed."""
    return [sys.executable, "-c", CODE, json.dumps(commands)]
