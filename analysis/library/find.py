"""find_themes(): from a list of answers to its themes, in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.library.texts import read_texts
from analysis.library.themes import FoundThemes

if TYPE_CHECKING:
    from analysis.embedding.models import Embedder
    from analysis.known_themes.codebook import Codebook


def find_themes(
    answers: Iterable[str | None],
    *,
    codebook: str | Path | Codebook = "none",
    model: str | Embedder = "packaged",
    language: str | None = None,
    seed: int = 0,
    measure_stability: bool = True,
    progress: Callable[[str, int, int], None] | None = None,
    executor: Executor | None = None,
) -> FoundThemes:
    """Find the themes in the answers to one open question, on this machine alone.

    ``answers`` are a list of texts, or a Series of pandas or polars, whose index is kept; None, NaN and NA are no
    answers. The same answers give the same themes, in any order; ``seed`` chooses the samples of large sets.

    ``codebook`` "none" discovers every theme; "relationships", "customers", "workplace", "service", "town" and "course"
    begin with known ones; or it is the path of a TOML file of your own. ``model`` "packaged" are the encoders that come
    with the installation; or it is the folder of a sentence-transformers model, or an object with ``encode`` and
    ``model``. It is loaded by the first call and kept.
    ``language`` is that of the question ("de", "pt-BR"): themes are named in it where enough people answered in it.
    Without ``measure_stability`` the re-runs are left out, which take up to half of the time. ``progress`` is called
    with a stage, the steps done and the steps in all. ``executor`` reads answers on other cores or machines.

    Raises TypeError where ``answers`` is not a collection of texts, ValueError where ``seed`` or ``language`` is none,
    and CodebookError (analysis.known_themes.codebook)
    or ModelError (analysis.embedding.models) where these cannot be read. Example::

        from analysis import find_themes

        for theme in find_themes(["More buses at night", "The library should open on Sundays"]):
            print(theme.name, theme.people)
    """
    texts = read_texts(answers)
    # Imported here, so that importing this package stays cheap: it loads numpy and scikit-learn.
    from analysis.library.run import run

    return run(texts, codebook, model, language, seed, measure_stability, progress, executor)
