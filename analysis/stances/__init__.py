"""For and against: which ideas argue against the theme they are in.

What an idea wants, keeps, does not want or would end is read by words (``cues``, ``wishes``). ``mark`` compares it with
what the other people of its theme want of the same matter.
"""
