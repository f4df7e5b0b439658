"""What may be wrong with the themes of a run: found by rules with their figures, mended by the owner alone."""
