"""The life of an answer: stored, changed, held, deleted."""
