"""Texts to vectors: two models, one interface."""
