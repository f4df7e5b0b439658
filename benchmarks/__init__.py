"""What the themes are measured by; `make bench` runs it. Not part of the site."""

import analysis  # noqa: F401  (before any library that would report to its maker)
