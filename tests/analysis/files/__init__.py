"""What becomes of the bytes of a file."""
