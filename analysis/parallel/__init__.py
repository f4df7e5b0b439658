"""Threads, a helper process, other machines."""
