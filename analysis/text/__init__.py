"""Texts: clean, split into ideas, recognise."""
