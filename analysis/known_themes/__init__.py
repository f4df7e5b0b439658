"""Codebooks, and placing ideas in known themes."""
