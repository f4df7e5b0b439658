"""How numbers, dates and words are written on pages: the filters of the templates."""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask
from jinja2 import StrictUndefined


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, split at blank lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def day(moment: datetime) -> str:
    """19 March 2026"""
    return f"{moment.day} {moment:%B %Y}"


def moment(value: datetime) -> str:
    """19 March, 07:40 (UTC)"""
    return f"{value.day} {value:%B, %H:%M}"


def number(value: int) -> str:
    """12,345"""
    return f"{value:,}"


def share(value: float) -> str:
    """0.347 -> 35%; a share that is not zero never reads 0%."""
    return "under 1%" if 0 < value < 0.005 else f"{value:.0%}"


def plural(count: int, one: str, many: str) -> str:
    """The word that fits the count."""
    return one if count == 1 else many


def init_app(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters |= {
        "paragraphs": paragraphs,
        "day": day,
        "moment": moment,
        "number": number,
        "share": share,
    }
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["plural"] = plural
