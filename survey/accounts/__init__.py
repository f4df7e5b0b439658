"""Owners, signing in, passwords, API tokens."""
