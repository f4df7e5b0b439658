"""Placing answers in themes that were found: with stored vectors, in this process, in others or on other machines.

`place_rest` places all answers of a large survey for a run, `place_slice` some of them, in any process.
"""
