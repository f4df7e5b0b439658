"""For and against: which ideas argue against the theme they are in.

What an idea wants more of, keeps, wants less of or ends is read by words (``wishes``); how it judges a matter, good or
bad, is read from its vector (``judgements``); ``mark_against`` compares it with what the other people of its theme say.
"""
