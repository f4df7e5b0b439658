"""REFI-QDA, the exchange format of programs for qualitative analysis: codebooks (.qdc) and projects (.qdpx)."""
