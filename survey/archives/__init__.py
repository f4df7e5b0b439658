"""A whole survey as one file: written here, taken in by this site or another one.

`parts.py` says what is in it, table by table; `docs/archive.md` is written for who reads one without this program.
"""
