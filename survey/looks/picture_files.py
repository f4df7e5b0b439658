"""Whether a file is such as this site draws pictures: WebP, whole, with nothing in it but pixels, of bounded size."""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import Image

from survey.looks.redraw import MAX_BYTES, SIZES

PIXELS = (b"VP8 ", b"VP8L", b"ALPH", b"VP8X")
"""The chunks of a WebP file that hold pixels, or say how large it is; others hold where and when it was taken"""
HEAD_BYTES = 12


def picture_version(content: bytes) -> str:
    """Return what stands in the address of a picture: another one for every other file."""
    return hashlib.sha256(content).hexdigest()[:12]


def is_drawn_here(content: bytes, role: str, width: int, height: int) -> bool:
    """Return whether a file is a picture that `redraw` may have made. It is decoded, so call it where that may fail."""
    if len(content) > MAX_BYTES or not _has_pixels_alone(content):
        return False
    most_width, most_height = SIZES[role]
    if not (0 < width <= most_width and 0 < height <= most_height):
        return False
    try:
        with Image.open(BytesIO(content), formats=("WEBP",)) as picture:
            if picture.size != (width, height) or getattr(picture, "n_frames", 1) != 1:
                return False
            picture.load()
    except (OSError, SyntaxError, ValueError, EOFError):
        return False
    return True


def _has_pixels_alone(content: bytes) -> bool:
    if content[:4] != b"RIFF" or content[8:HEAD_BYTES] != b"WEBP":
        return False
    if int.from_bytes(content[4:8], "little") + 8 != len(content):
        return False
    at = HEAD_BYTES
    while at < len(content):
        if content[at : at + 4] not in PIXELS:
            return False
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return at == len(content)
