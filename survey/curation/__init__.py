"""The owner's hand on the themes: edits, codebook, advice."""
