"""Benchmarks of themes and speed: `make bench`, `make bench-speed`. Not part of the site."""

import analysis  # noqa: F401  (sets variables that stop libraries from sending telemetry)
