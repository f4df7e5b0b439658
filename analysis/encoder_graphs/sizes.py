"""Sizes of the encoders, for what does not load onnx, which takes .07 s and is needed only to write a graph."""

HEADS, DIMENSIONS, LONGEST = 12, 384, 256  # of a BERT; LONGEST: tokens after which a text is cut
USE_DIMENSIONS, WIDTH = 512, 256  # of the Universal Sentence Encoder
WINDOWS = ((2, 0), (3, 1), (5, 2))  # words in a window, and how many of them stand before the word
FEATURES = USE_DIMENSIONS + WIDTH * len(WINDOWS)
