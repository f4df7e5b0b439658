"""A survey as one file: written, checked, taken in."""
