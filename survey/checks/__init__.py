"""How right is it? Answers read blind, and compared with the machine."""
