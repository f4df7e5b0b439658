"""Backup, restore, move, compact, health and metrics."""
