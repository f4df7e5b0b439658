"""Bring answers in from files and pasted lists."""
