"""Analyse: claim a run, find themes, save them, place new answers."""
