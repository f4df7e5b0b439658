"""Themes in free-text answers: a plain library, texts in, themes out.

It knows no web framework, no database and no environment. Start at ``analysis.pipeline.analyse``; importing a room of
this package is cheap, and the model is read only by ``analysis.embed.load``.
"""
