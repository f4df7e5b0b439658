"""What other programs import: one function from answers to themes, its result as objects and as tables."""
