"""What a webhook may be told."""

from __future__ import annotations

from survey.core.i18n import N_

ANSWERS, THEMES, FAILED, TEST = "answers.received", "themes.updated", "run.failed", "test"
EVENTS = {
    ANSWERS: N_("Answers came"),
    THEMES: N_("The themes were brought up to date"),
    FAILED: N_("An analysis failed"),
}
LABELS = {**EVENTS, TEST: N_("A test")}
