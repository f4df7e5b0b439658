"""The HTTP API: a program with a token reads one survey, or sends answers to it."""
