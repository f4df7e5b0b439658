"""Themes in free-text answers: a plain library, texts in, themes out.

It knows no web framework and no database. Start at ``analysis.pipeline.analyse``; importing a room of this package is
cheap, and the model is read only by ``analysis.embedding.models.load``.
"""

import os

# Before any other import: some libraries read these when they are loaded, and onnxruntime reports to its maker from
# that moment on.
os.environ.update(
    ORT_DISABLE_TELEMETRY="1",  # onnxruntime
    HF_HUB_DISABLE_TELEMETRY="1",  # huggingface_hub, which transformers and sentence-transformers use
    HF_HUB_DISABLE_PROGRESS_BARS="1",
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
)
