"""Read files of answers: what the site, `flask import-answers` and `python -m analysis` all use."""
