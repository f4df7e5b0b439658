"""Draw an uploaded picture anew: `python -m survey.looks.redraw ROLE`, in a process of its own, within limits.

The file comes on standard input. What goes out is either one line of JSON (width, height) and then a WebP file that has
nothing of the upload but its pixels, turned as its camera meant, or one line that begins with "!": why it is refused.
"""

from __future__ import annotations

import json
import sys
import warnings
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from analysis.messages import N_, Message

MAX_UPLOAD_BYTES = 12_000_000
MAX_PIXELS = 36_000_000
"""Of the picture as it comes"""
MAX_JPEG_PIXELS = 60_000_000
"""Of a JPEG, which can be read at an eighth of its size; what phones take has up to 50 million"""
SIZES = {"logo": (640, 240), "asker": (320, 320)}
"""Pixels of the drawn picture at most: twice what pages show, for sharp screens"""
MAX_BYTES = 400_000
"""Of a drawn picture"""
FORMATS = ("PNG", "JPEG", "WEBP")
MAX_MEMORY_BYTES = 900 * 1024 * 1024
"""Of the address space, some 150 MB of it libraries"""
MAX_SECONDS = 20
"""Of processor time"""
EMPTY = N_("This file is empty. Choose a picture.")
SVG = N_("This is an SVG, a drawing that can hold programs, and none is taken. Save it as PNG, and choose that.")
NO_PICTURE = N_("This is no picture that can be read here. Choose one that was saved as PNG, JPEG or WebP.")
DAMAGED = N_("This picture is damaged or did not arrive whole. Open it, save it anew, and choose that.")
TOO_LARGE = N_("This picture is far too large: %(most)s million pixels fit. Make it smaller, and choose that.")
TOO_MANY_BYTES = N_("This file is too large: a picture may have %(most)s MB. Make it smaller, and choose that.")
FLAT = N_("This picture is only a line. Choose one that is wider and higher.")
MIN_PIXELS = 8


class PictureRefused(Exception):
    """A file that is no picture of a survey; `message` says why and what to do."""

    def __init__(self, text: str | Message, **values: int) -> None:
        self.message = text if isinstance(text, Message) else Message(text, **values)
        super().__init__(str(self.message))


def redraw(content: bytes, role: str) -> tuple[bytes, int, int]:
    """Return an uploaded file as WebP, with its width and height in pixels. Raises PictureRefused."""
    if not content:
        raise PictureRefused(EMPTY)
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        raise PictureRefused(SVG)
    try:
        picture = _opened(content, SIZES[role])
        drawn = _small(picture, SIZES[role])
    except Image.DecompressionBombError:
        raise PictureRefused(TOO_LARGE, most=MAX_PIXELS // 10**6) from None
    except UnidentifiedImageError:
        raise PictureRefused(NO_PICTURE) from None
    except (OSError, SyntaxError, ValueError, EOFError, ArithmeticError, IndexError, KeyError, TypeError):
        raise PictureRefused(DAMAGED) from None
    if min(drawn.size) < MIN_PIXELS:
        raise PictureRefused(FLAT)
    return _as_webp(drawn), drawn.width, drawn.height


def _opened(content: bytes, size: tuple[int, int]) -> Image.Image:
    picture = Image.open(BytesIO(content), formats=FORMATS)
    most = MAX_JPEG_PIXELS if picture.format == "JPEG" else MAX_PIXELS
    if picture.width * picture.height > most:
        raise PictureRefused(TOO_LARGE, most=most // 10**6)
    if picture.format == "JPEG":
        picture.draft(None, (2 * max(size), 2 * max(size)))  # read at an eighth of its size, where that is enough
    picture.seek(0)
    picture.load()
    return picture


def _small(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the pixels: of eight bits, in sRGB, upright, no larger than `size`."""
    profile, orientation = picture.info.get("icc_profile"), picture.getexif().get(0x0112, 1)
    if picture.mode in ("I", "I;16", "I;16B", "I;16L", "I;16N"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    has_alpha = "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        picture = _in_srgb(picture, profile)
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    if orientation >= 5:  # it lies on its side
        size = (size[1], size[0])
    picture.thumbnail(size, Image.Resampling.LANCZOS)
    plain = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    plain.getexif()[0x0112] = orientation if orientation in range(1, 9) else 1
    return ImageOps.exif_transpose(plain)


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in the colours that its profile means; as it is, where that profile says nothing."""
    try:
        own, screen = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        target = "RGB" if picture.mode == "CMYK" else picture.mode
        return ImageCms.profileToProfile(picture, own, screen, outputMode=target) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _as_webp(drawn: Image.Image) -> bytes:
    """Return the smaller of a lossless file, as is right for flat colours, and one as for photographs."""
    files = []
    for options in ({"lossless": True, "method": 4}, {"quality": 86, "method": 4}):
        file = BytesIO()
        drawn.save(file, "WEBP", exif=b"", icc_profile=b"", xmp=b"", **options)
        files.append(file.getvalue())
    return min(files, key=len)


def _set_limits() -> None:
    try:
        import resource
    except ImportError:  # on Windows, where the time alone is limited
        return
    for what, limit in (
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)
        resource.setrlimit(what, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def main(source: BinaryIO, target: BinaryIO, role: str) -> None:
    """Draw the picture that comes from `source` into `target`."""
    _set_limits()
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is judged here, by MAX_PIXELS
    Image.MAX_IMAGE_PIXELS = None
    try:
        content, width, height = redraw(source.read(MAX_UPLOAD_BYTES + 1), role)
    except PictureRefused as refused:
        target.write(b"!" + refused.message.packed().encode())
    except MemoryError:
        target.write(b"!" + Message(TOO_LARGE, most=MAX_PIXELS // 10**6).packed().encode())
    else:
        target.write(json.dumps([width, height]).encode() + b"\n" + content)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, sys.argv[1])
