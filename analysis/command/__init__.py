"""The command `python -m analysis`: a file of answers in, files of themes out, and the themes on standard output."""
