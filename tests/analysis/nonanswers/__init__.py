"""Answers that say nothing, by their meaning."""
