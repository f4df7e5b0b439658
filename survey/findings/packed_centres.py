"""Centres of themes as bytes for the database, by which new answers are placed until the next run."""

from __future__ import annotations

import io

import numpy as np

from analysis.results import Centres


def pack_centres(centres: Centres) -> bytes:
    """Serialise the theme centres of a result."""
    file = io.BytesIO()
    np.savez(file, keys=np.array(centres.keys, dtype=np.str_), vectors=centres.vectors, shared=centres.shared)
    return file.getvalue()


def unpack_centres(content: bytes) -> Centres:
    """Deserialise what `pack_centres` wrote."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return Centres(tuple(map(str, file["keys"])), file["vectors"], file["shared"])
