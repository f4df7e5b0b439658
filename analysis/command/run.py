"""Find the themes in answers that were read, and write them to the files that the options name."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from analysis.command.options import STANDARD_INPUT, InputError
from analysis.command.read_answers import ReadAnswers
from analysis.command.say import say
from analysis.command.write_themes import notices, write_report, write_themes
from analysis.embedding.models import Embedder
from analysis.known_themes.codebook import Codebook
from analysis.known_themes.translated import in_language
from analysis.large.analyse_large import analyse_large
from analysis.library.run import as_found
from analysis.library.texts import Texts
from analysis.library.themes import FoundThemes
from analysis.progress import Progress
from analysis.results import Analysis
from analysis.shelf.fit import fit_of_result, fits_badly


def run(
    given: ReadAnswers, codebook: Codebook, embedder: Embedder, options: Namespace, progress: Progress
) -> FoundThemes:
    """Return what was found, once all files are written. Raises InputError and ModelError.

    What the model reads less well is said on standard error.
    """
    language = options.language
    analysis = analyse_large(
        given.texts,
        codebook=in_language(codebook, language) if language else codebook,
        embedder=embedder,
        seed=options.seed,
        progress=progress,
        language=language,
    )
    found = as_found(analysis, Texts(given.texts, given.rows))
    if options.output:
        write_themes(options.output, found)
    if options.json:
        write_report(options.json, given.rows, analysis)
    try:
        if options.qdc or options.qdpx:
            # Imported here: reading and writing XML takes .06 s to load, and few ask for it.
            from analysis.refi_qda.of_analysis import save_codebook, save_project
        if options.qdc and analysis.themes:  # a codebook has at least one code
            save_codebook(options.qdc, analysis)
        if options.qdpx:
            name = "Answers" if options.answers == STANDARD_INPUT else Path(options.answers).stem
            labels = [f"Answer {row}" for row in given.rows]
            save_project(options.qdpx, given.texts, analysis, name=name, names=labels)
    except OSError as error:
        raise InputError(f"{error.filename} cannot be written: {error.strerror}") from error
    for line in [*notices(analysis), *misfit(analysis, codebook)]:
        say(line)
    return found


def misfit(analysis: Analysis, codebook: Codebook) -> list[str]:
    """Return the line that says that a codebook fits badly, if it does."""
    fit = fit_of_result(analysis, codebook)
    if not codebook.themes or not fits_badly({codebook.name: fit}, codebook.name):
        return []
    return [
        f"The codebook {codebook.name} does not fit these answers: it surely places {fit.sure} of {fit.people}. "
        "--codebook none finds every theme in the answers."
    ]
