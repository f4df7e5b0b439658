"""python -m analysis ANSWERS.csv -o THEMES.csv: find the themes in a file of answers, without site or network."""

import gc
import os
import sys

# Nothing of what is imported is garbage: looking for some takes .1 s of 1.2.
gc.disable()

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import TextIOWrapper
from typing import NoReturn

from analysis.command import check_codebook
from analysis.command.listing import listing
from analysis.command.options import InputError, outputs, parser, refuse_other_ending, refuse_unwritable
from analysis.command.read_answers import read_answers
from analysis.embedding.models import ModelError, load
from analysis.known_themes.codebook import Codebook, CodebookError

gc.freeze()
gc.enable()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0. Bad input ends it with one line and exit status 2."""
    given_arguments = list(sys.argv[1:] if arguments is None else arguments)
    if given_arguments[:1] == [check_codebook.COMMAND]:
        return check_codebook.main(given_arguments[1:])
    options = parser().parse_args(given_arguments)
    try:
        refuse_other_ending(options.output)
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
            print(line, file=sys.stderr)
        found = run(given, codebook, embedder, options, _report)
    except (InputError, CodebookError, ModelError) as error:
        _fail(" ".join(str(error).split()))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where the terminal knows few letters
    print(listing(found))
    for path in outputs(options):
        print(f"{'Written' if path.exists() else 'Not written, for there are no themes'}: {path}", file=sys.stderr)
    return 0


def _report(stage: str, done: int, total: int) -> None:
    if (total and done in (0, total)) or done % 1024 == 0:
        print(f"{stage}: {done} of {total}", file=sys.stderr)


def _end(status: int) -> NoReturn:
    """End the process at once: freeing one by one what ends with it takes .08 s of 1.2."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _fail(message: str) -> NoReturn:
    print(f"analysis: {message}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    _end(main())
