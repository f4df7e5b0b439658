"""How a command says that it cannot be done."""

from __future__ import annotations

import click


class Refused(click.ClickException):
    """A command that cannot be done; its message is one line, and the exit status 2."""

    exit_code = 2
