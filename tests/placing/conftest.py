"""What the tests of large surveys share."""

from __future__ import annotations

import pytest

from survey.edits import sampling
from survey.placing import place_rest
from survey.runs import run_slices


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Surveys of more than 100 answers are large, and are placed in slices of 40."""
    monkeypatch.setattr(sampling, "MAX_WHOLE_ANSWERS", 100)
    monkeypatch.setattr(sampling, "SAMPLE_ANSWERS", 80)
    monkeypatch.setattr(run_slices, "SLICE_ANSWERS", 40)
    monkeypatch.setattr(place_rest, "available_cores", lambda: 1)
