"""The packaged encoders, loaded once in a test process: loading takes 1.4 s of processor time."""

from __future__ import annotations

from functools import cache

from analysis.embedding.models import Embedder, load


@cache
def packaged_encoders() -> Embedder:
    return load()
