"""A site with a database and nothing else, for processes that only place answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import Flask

from analysis.arrays import FloatArray
from analysis.embedding.models import Embedder, ModelError
from survey.core import database, settings

Loader = Callable[[str], Embedder]

_embedders: dict[str, Embedder] = {}
"""The model that this process has loaded, by its own name"""


class Place(NamedTuple):
    """Where the database is, and the model that answers are read by.

    Without an address it is that of the environment, so that a password does not travel to other machines. ``loader``
    is a module-level function, ``model`` what it is called with, ``model_name`` the name that the model gives itself.
    """

    address: str | None
    loader: Loader
    model: str
    model_name: str


@lru_cache(maxsize=1)
def open_site(address: str | None) -> Flask:
    """Return the site of this process at the address of a database, opened once. Raises SettingsError."""
    app = Flask(__name__)
    own = None if address is not None else settings.load()
    app.config["SECRET_KEY"] = None if own is None else settings.load_secret_key(own)
    database.init_app(app, own.engine_url if own is not None else str(address), threads=2)
    return app


def lend_embedder(embedder: Embedder) -> None:
    """Let what is placed in this process use a model that it has loaded already."""
    _embedders.clear()
    _embedders[embedder.model] = embedder


class EmbedderWhenNeeded:
    """An Embedder that is loaded by the first text: where all vectors are stored it never is."""

    def __init__(self, place: Place) -> None:
        self.model = place.model_name
        self._place = place

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """See Embedder.encode. Raises ModelError, also if the model is another one here."""
        if self.model not in _embedders:
            loaded = self._place.loader(self._place.model)
            if loaded.model != self.model:
                raise ModelError(f"this machine has another model ({loaded.model}) than the worker ({self.model})")
            lend_embedder(loaded)
        return _embedders[self.model].encode(texts)
