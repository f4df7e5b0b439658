"""Pictures for tests, drawn here."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw


def drawing(width: int = 300, height: int = 100, mode: str = "RGB") -> Image.Image:
    """A picture with a disc at its left end."""
    picture = Image.new("RGB", (width, height), "#f2d3a0")
    ImageDraw.Draw(picture).ellipse((height // 10, height // 10, height * 9 // 10, height * 9 // 10), fill="#1c4e80")
    return picture.convert(mode)


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A picture as the bytes of a file."""
    file = BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()
