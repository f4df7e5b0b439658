"""Thirty short answers and requests, each in twelve languages: what differs between languages is measured by them."""

from pathlib import Path

FILE = Path(__file__).with_name("parallel_texts.txt")


def parallel_texts() -> dict[str, list[str]]:
    """Return the texts by the code of their language; the texts of all languages say the same in the same order."""
    found: dict[str, list[str]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line:
            found[next(reversed(found))].append(line)
    return found
