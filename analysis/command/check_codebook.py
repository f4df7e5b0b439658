"""python -m analysis check-codebook FILE.toml: read a codebook, and say what is to be mended in it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from analysis.command.say import say
from analysis.embedding.encode import encode
from analysis.embedding.models import ModelError, load
from analysis.known_themes.codebook import Codebook, CodebookError
from analysis.known_themes.place import example_texts
from analysis.progress import ignore_progress
from analysis.shelf.check import CodebookReport, check_codebook

COMMAND = "check-codebook"


def main(arguments: Sequence[str]) -> int:
    """Check a codebook and print what was found; return 0 if it is sound, 1 if not, 2 if it cannot be checked."""
    parser = argparse.ArgumentParser(
        prog=f"python -m analysis {COMMAND}",
        description="Check a codebook: is it valid, has each theme enough examples, does a text stand twice, which "
        "examples are nearer to another theme than to their own, and are two themes the same? Exit status 0 if it is "
        "sound, 1 if something is to be mended. docs/codebooks.md says how to write a good one.",
    )
    parser.add_argument("codebook", metavar="FILE.toml", help="a file, or the name of a packaged codebook")
    parser.add_argument(
        "--model", default="packaged", help="a sentence-transformers model on this machine (default: packaged)"
    )
    options = parser.parse_args(arguments)
    try:
        codebook = Codebook.load(options.codebook)
    except CodebookError as error:
        print(f"To mend: {' '.join(str(error).split())}")
        return 1
    if not codebook.themes:
        print("To mend: it has no themes")
        return 1
    try:
        vectors = encode(example_texts(codebook), load(options.model), ignore_progress)
    except ModelError as error:
        say(f"analysis: {' '.join(str(error).split())}")
        return 2
    report = check_codebook(codebook, vectors)
    for line in _lines(report):
        print(line)
    return 0 if report.is_sound else 1


def _lines(report: CodebookReport) -> Iterator[str]:
    yield f"{report.themes} themes, {report.examples} examples"
    yield f"{report.own:.0%} of the examples are nearest to their own theme when they are left out of it"
    for name, count in report.few.items():
        yield f"To mend: {name}: {count} examples are too few"
    for text, themes in report.twice.items():
        places = f"twice in {themes[0]}" if len(set(themes)) == 1 else f"in {' and in '.join(dict.fromkeys(themes))}"
        yield f"To mend: “{text}” stands {places}"
    for name, share in report.muddled.items():
        yield f"To mend: {name}: only {share:.0%} of its examples are nearest to it"
    for pair in report.twins:
        yield f"To mend: {pair.one} and {pair.other} are taken for each other: {pair.share:.0%} of their examples"
    for stray in report.strays:
        yield f"Look at: “{stray.text}” in {stray.theme} is nearer to {stray.nearer}"
    if report.is_sound:
        yield "Nothing to mend"
