"""The search service: a process of its own that has the encoders and vectors, which no web process loads.

A doorman starts it when somebody searches; it loads the encoders, and ends after IDLE_SECONDS without a search, which
gives all its memory back. It keeps nothing on the disk and writes nothing to the database.
"""

from __future__ import annotations

import gc
import hmac
import logging
import os
import socket
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from analysis.text.normalise import fold
from survey.core.command_error import CommandError
from survey.search import doorman, wire
from survey.search.client import PREPARING, SEARCHED, SILENT

if TYPE_CHECKING:
    from analysis.arrays import FloatArray
    from analysis.embedding.models import Embedder
    from survey.search.kept_surveys import KeptSurveys

IDLE_SECONDS = 600.0
POLL_SECONDS = 1.0
MAX_CONNECTIONS, MAX_AT_ONCE = 32, 4
"""Requests that are read at once, and those that are worked on; the others are told that it cannot be done"""
REQUEST_SECONDS, MAX_SECONDS = 1.0, 2.0
"""How long a request may take to arrive, and the longest that it may ask for"""
MAX_QUERY_CHARACTERS, MAX_PASSAGES = 500, 2000
MAX_QUERIES = 512
"""Queries whose vectors are kept"""
MARGIN_SECONDS = 0.05
"""An answer is sent this much before whoever asked stops waiting"""

logger = logging.getLogger(__name__)


class SearchService:
    """Answers requests of the web processes of this machine until it is idle or told to stop."""

    def __init__(self, app: Flask, load: Callable[[], Embedder], *, idle_seconds: float = IDLE_SECONDS) -> None:
        """`load` loads the encoders; it is called for the first search."""
        self._app = app
        self._load = load
        self._idle_seconds = idle_seconds
        self._key = wire.make_key(app.config["SECRET_KEY"])
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="load-encoders")
        self._loaded: Future[tuple[Embedder, KeptSurveys]] | None = None
        self._queries: OrderedDict[str, FloatArray] = OrderedDict()
        self._lock = threading.Lock()
        self._connections = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._working = threading.BoundedSemaphore(MAX_AT_ONCE)
        self._used_at = time.monotonic()
        self._stopped = threading.Event()
        self._parent = os.getppid()
        """Who started it: once that is gone, nobody would start it again"""

    def serve(self, listening: socket.socket) -> None:
        """Answer requests until `stop` is called, nobody has searched for a while, or whoever started it is gone."""
        listening.settimeout(POLL_SECONDS)
        while not self._stopped.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                if time.monotonic() - self._used_at > self._idle_seconds or os.getppid() != self._parent:
                    return
                continue
            except OSError as error:  # too many open files
                logger.warning("A request for a search could not be taken: %s", error)
                time.sleep(POLL_SECONDS)
                continue
            if not self._connections.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def stop(self) -> None:
        """End `serve` within POLL_SECONDS."""
        self._stopped.set()

    def close(self) -> None:
        """End its threads once nothing is asked any more."""
        self._loader.shutdown(cancel_futures=True)
        if self._loaded is not None and self._loaded.done() and self._loaded.exception() is None:
            self._loaded.result()[1].close()

    def _handle(self, connection: socket.socket) -> None:
        try:
            with connection:
                request = wire.receive(connection, time.monotonic() + REQUEST_SECONDS)
                if not hmac.compare_digest(str(request.get("key")).encode(errors="replace"), self._key.encode()):
                    logger.warning("A request for a search showed a wrong key and was not answered.")
                    return
                seconds = min(max(float(request["seconds"]), 0.0), MAX_SECONDS)
                until = time.monotonic() + seconds - MARGIN_SECONDS
                reply = self._reply(request, until)
                wire.send(connection, reply, time.monotonic() + REQUEST_SECONDS)
        except (OSError, ValueError, TypeError, LookupError, ArithmeticError) as error:
            # It is gone, or sent what cannot be answered.
            logger.info("A request for a search was not answered: %s", type(error).__name__)
        except SQLAlchemyError as error:
            logger.warning("The search service could not read the database: %s", type(error).__name__)
        except Exception:
            logger.exception("The search service failed.")
        finally:
            self._connections.release()

    def _reply(self, request: wire.Message, until: float) -> wire.Message:
        """Return the reply to a request. Raises KeyError, TypeError, ValueError for one that is none."""
        survey_id, query = request["survey"], request["query"]
        limit, least = min(int(request["limit"]), MAX_PASSAGES), float(request["least"])
        if not (isinstance(survey_id, int) and isinstance(query, str) and 0 < len(query) <= MAX_QUERY_CHARACTERS):
            raise ValueError
        self._used_at = time.monotonic()
        with self._lock:
            if self._loaded is None:
                self._loaded = self._loader.submit(self._begin)
        try:
            embedder, kept = self._loaded.result(max(0.0, until - time.monotonic()))
        except FutureTimeout:
            return {"state": PREPARING}
        except CommandError:
            return {"state": SILENT}
        if not self._working.acquire(blocking=False):
            return {"state": SILENT}
        try:
            with self._app.app_context():
                vectors = kept.get(survey_id, embedder.model, until)
            if vectors is None:
                return {"state": PREPARING}
            passages = vectors.nearest(self._vector(embedder, query), limit, least)
            return {"state": SEARCHED, "passages": passages, "looked_in": vectors.looked_in}
        finally:
            self._working.release()

    def _begin(self) -> tuple[Embedder, KeptSurveys]:
        """Load the encoders. Raises CommandError."""
        from analysis.embedding.models import ModelError
        from analysis.embedding.shared_embedder import SharedEmbedder
        from survey.search.kept_surveys import KeptSurveys

        try:
            embedder = SharedEmbedder(self._load())
            embedder.encode(["warm up"])
        except ModelError as error:
            logger.error("%s Searches find words only, until this is mended and the service started again.", error)
            raise CommandError(str(error)) from error
        return embedder, KeptSurveys(self._app)

    def _vector(self, embedder: Embedder, query: str) -> FloatArray:
        """Return the vector (d,) of a query, from memory if it was asked for lately."""
        import numpy as np

        folded = fold(query)
        with self._lock:
            vector = self._queries.get(folded)
            if vector is not None:
                self._queries.move_to_end(folded)
                return vector
        vector = np.asarray(embedder.encode([folded])[0])
        with self._lock:
            self._queries[folded] = vector
            while len(self._queries) > MAX_QUERIES:
                self._queries.popitem(last=False)
        return vector


def main(app: Flask, socket_number: int | None) -> None:
    """Serve on a socket that a doorman handed over, until nobody searches; without one become the doorman.

    Where no socket can be handed over, on Windows, serve all the time. Raises CommandError.
    """
    folder = Path(app.instance_path)
    if socket_number is not None:
        with socket.socket(fileno=socket_number) as listening:
            _new_service(app).serve(listening)
        os._exit(0)  # at once: a thread may be loading still
    if os.name == "posix":
        os.execv(sys.executable, [sys.executable, "-m", doorman.__name__, str(folder)])
    while True:
        try:
            listening = wire.listen(folder)
        except FileExistsError:
            raise CommandError(f"A search service is running already in {folder}.") from None
        with listening:
            _new_service(app).serve(listening)
        gc.collect()


def _new_service(app: Flask) -> SearchService:
    """Return the service of a site, with the encoders of its settings."""

    def load() -> Embedder:
        # Imported here: it is heavy, and needed once somebody searches.
        from analysis.embedding.models import load as load_model

        return load_model(app.config["MODEL"], keep=Path(app.instance_path))

    return SearchService(app, load)
