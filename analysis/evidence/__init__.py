"""How sure: re-runs, saturation, groups compared."""
