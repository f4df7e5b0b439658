"""From which size on a survey is large. (Loads nothing, so that web processes may ask too.)"""

MAX_WHOLE_ANSWERS = 200_000
"""Themes of up to so many answers are found in all of them"""
SAMPLE_ANSWERS = 100_000
"""Of more, in about so many. benchmarks/large_surveys.py compares sizes"""
