"""Themes in free-text answers: a plain library, texts in, themes out.

It uses no web framework and no database. Start at ``analysis.pipeline.analyse``. Importing a module is cheap; only
``analysis.embedding.models.load`` reads a model.
"""

import os

# Before any other import: libraries read these when they are loaded, and onnxruntime sends telemetry from then on.
os.environ.update(
    ORT_DISABLE_TELEMETRY="1",  # onnxruntime
    HF_HUB_DISABLE_TELEMETRY="1",  # huggingface_hub, which transformers and sentence-transformers use
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
)

from analysis.library.find import find_themes
from analysis.library.themes import FoundTheme, FoundThemes, PlacedIdea, Span

__all__ = ["FoundTheme", "FoundThemes", "PlacedIdea", "Span", "find_themes"]
