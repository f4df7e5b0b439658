"""The web product: surveys, answers, runs and themes, and the pages that show them."""
