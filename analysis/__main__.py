"""python -m analysis ANSWERS.csv -o THEMES.csv: find the themes in a file of answers, without site or network."""

import gc
import os
import sys

# Nothing of what is imported is garbage: looking for some takes .1 s of 1.2.
gc.disable()

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn

from analysis.command import check_codebook
from analysis.command.listing import listing
from analysis.command.options import InputError, outputs, parser, refuse_other_endings, refuse_unwritable
from analysis.command.read_answers import read_answers
from analysis.command.say import say
from analysis.embedding.models import ModelError, load
from analysis.known_themes.codebook import Codebook, CodebookError

gc.freeze()
gc.enable()

NOBODY_READS = 128 + 13
"""The exit status of a tool that the signal SIGPIPE ends"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0. Bad input ends it with one line and exit status 2."""
    given_arguments = list(sys.argv[1:] if arguments is None else arguments)
    if given_arguments[:1] == [check_codebook.COMMAND]:
        return check_codebook.main(given_arguments[1:])
    options = parser().parse_args(given_arguments)
    try:
        refuse_other_endings(options)
        given = read_answers(options)
        codebook = Codebook.load(options.codebook)
        for path in outputs(options):
            refuse_unwritable(path, options.answers)
        with ThreadPoolExecutor(1) as beside:
            loading = beside.submit(load, options.model, options.keep)
            # Imported here: it takes .1 s, as long as the encoders beside it, and bad input is reported at once.
            from analysis.command.run import run

            embedder = loading.result()
        for line in given.understood:
            say(line)
        found = run(given, codebook, embedder, options, _report)
    except (InputError, CodebookError, ModelError) as error:
        _fail(" ".join(str(error).split()))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where the terminal knows few letters
    for path in outputs(options):
        say(f"{'Written' if path.exists() else 'Not written, for there are no themes'}: {path}")
    print(listing(found))
    return 0


def _report(stage: str, done: int, total: int) -> None:
    if (total and done in (0, total)) or done % 1024 == 0:
        say(f"{stage}: {done} of {total}")


def _end() -> NoReturn:
    """Run the command and end the process at once: freeing one by one what ends with it takes .08 s of 1.2.

    Where nobody reads the list to its end (a pipe into head) it ends as tools do, quietly.
    """
    try:
        try:
            status = main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        sys.stdout.flush()
    except BrokenPipeError:
        status = NOBODY_READS
    with suppress(BrokenPipeError):
        sys.stderr.flush()
    os._exit(status)


def _fail(message: str) -> NoReturn:
    say(f"analysis: {message}")
    raise SystemExit(2)


if __name__ == "__main__":
    _end()
