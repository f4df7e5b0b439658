"""Themes nobody wrote down, found by clustering."""
