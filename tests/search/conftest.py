"""What tests of searching share."""

from __future__ import annotations

import pytest

from survey.search import client, kept_surveys, service


@pytest.fixture
def at_ease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages wait for the service as long as it takes on a busy machine."""
    monkeypatch.setattr(client, "WAIT_SECONDS", 20.0)
    monkeypatch.setattr(kept_surveys, "CATCH_UP_SECONDS", 20.0)
    monkeypatch.setattr(service, "MAX_SECONDS", 20.0)
    monkeypatch.setattr(service, "POLL_SECONDS", 0.05)
