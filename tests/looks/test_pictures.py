"""Pictures that owners upload: drawn anew or refused with a sentence, served for long, gone when they are removed."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from survey.answers import erasure
from survey.core.database import db
from survey.core.models import Survey
from survey.exports.single_file_page import as_single_file
from survey.looks import pictures, redraw
from survey.looks.look import inlined
from survey.looks.models import LOGO, Picture
from survey.looks.picture_files import is_drawn_here
from survey.looks.redraw import PictureRefused
from tests.support.every_case import for_each
from tests.support.pictures import drawing, saved
from tests.support.visitors import SLUG, field, make_survey, owned_survey, sign_in

WORDS = f"/manage/{SLUG}/words"


@pytest.fixture
def owner(sqlite_app: Flask) -> FlaskClient:
    owned_survey(sqlite_app)
    client = sqlite_app.test_client()
    sign_in(client)
    return client


def upload(client: FlaskClient, content: bytes, role: str = LOGO, name: str = "a.png") -> TestResponse:
    form = {"csrf_token": field(client.get(WORDS), "csrf_token"), "picture": (io.BytesIO(content), name)}
    return client.post(f"{WORDS}/picture/{role}", data=form, content_type="multipart/form-data")


def pixel(content: bytes, x: int, y: int) -> tuple[int, ...]:
    """Red, green and blue of one pixel of a file."""
    with Image.open(io.BytesIO(content)) as drawn:
        return struct.unpack("3B", drawn.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes())


def mean(content: bytes) -> tuple[int, ...]:
    """Red, green and blue of a file, over all."""
    with Image.open(io.BytesIO(content)) as drawn:
        return struct.unpack("3B", drawn.convert("RGB").resize((1, 1)).tobytes())


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that says it is so large, whatever is in it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_a_picture_of_any_depth_keeps_its_colours(mode: str) -> None:
    content, width, height = redraw.redraw(saved(drawing(900, 300, mode)), LOGO)
    assert (width, height) == (640, 213)
    assert is_drawn_here(content, LOGO, width, height)
    assert all(
        abs(one - other) <= 6 for one, other in zip(mean(content), mean(saved(drawing(900, 300, mode))), strict=True)
    )


def test_sixteen_bits_and_four_inks_are_read() -> None:
    grey = Image.new("I;16", (60, 60), 40_000)
    level = pixel(redraw.redraw(saved(grey), LOGO)[0], 30, 30)
    assert all(abs(part - 40_000 // 256) <= 3 for part in level)
    inks = Image.new("CMYK", (60, 60), (0, 255, 255, 0))
    red, green, blue = pixel(redraw.redraw(saved(inks, "JPEG"), LOGO)[0], 30, 30)
    assert red > 180 and green < 90 and blue < 90


def test_it_stands_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x010E] = "at home"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    photo = Image.new("RGB", (800, 400))
    photo.paste((255, 0, 0), (0, 0, 400, 400))
    content, width, height = redraw.redraw(saved(photo, "JPEG", exif=exif, comment=b"at home"), "asker")
    assert (width, height) == (160, 320)
    assert b"at home" not in content and b"EXIF" not in content
    with Image.open(io.BytesIO(content)) as drawn:
        assert not dict(drawn.getexif())
    assert pixel(content, 80, 20)[0] > 200 and pixel(content, 80, 300)[0] < 60


def test_of_one_that_moves_the_first_picture_is_taken() -> None:
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("#ff0000", "#0000ff")]
    moving = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=50)
    content, width, height = redraw.redraw(moving, LOGO)
    assert is_drawn_here(content, LOGO, width, height)
    assert pixel(content, 40, 40)[0] > 200


def test_what_is_hidden_behind_a_picture_is_left_behind() -> None:
    content, width, height = redraw.redraw(saved(drawing()) + b"<script>alert(1)</script>PK\x03\x04", LOGO)
    assert b"script" not in content
    assert is_drawn_here(content, LOGO, width, height)
    assert not is_drawn_here(content + b"PK\x03\x04", LOGO, width, height)
    assert not is_drawn_here(content, LOGO, width + 1, height)


REFUSED = {
    "nothing": (b"", "empty"),
    "a drawing with a program": (b'<?xml version="1.0"?>\n<svg><script/></svg>', "SVG"),
    "one that begins with space": (b"\xef\xbb\xbf \n<SVG onload=x>", "SVG"),
    "a text": (b"hello", "no picture"),
    "another kind": (saved(drawing(), "GIF"), "no picture"),
    "a name and no more": (b"\x89PNG\r\n\x1a\n", "no picture"),
    "half of one": (saved(drawing(), "PNG")[:400], "damaged"),
    "half of a photograph": (saved(drawing(400, 400), "JPEG")[:1500], "damaged"),
    "a giant": (png(60_000, 60_000, b""), "36 million pixels"),
    "one that is a line": (saved(Image.new("RGB", (1, 500))), "only a line"),
    "less than it says": (png(300, 300, b"\0" * 10), "damaged"),
}


@for_each("what", REFUSED)
def test_what_is_no_picture_is_refused_with_a_sentence(what: str) -> None:
    content, said = REFUSED[what]
    with pytest.raises(PictureRefused, match=said):
        redraw.redraw(content, LOGO)


@pytest.mark.server
def test_a_bomb_ends_only_the_process_that_reads_it(owner: FlaskClient) -> None:
    """36 million pixels of one colour are 105 kB, and are read within the limits; a row more is refused."""
    for height, status in ((6_000, 303), (6_001, 422)):
        bomb = png(6_000, height, b"\0" * (height * (3 * 6_000 + 1)))
        assert len(bomb) < 150_000
        assert upload(owner, bomb).status_code == status
    assert owner.get(WORDS).status_code == 200


@pytest.mark.server
def test_an_owner_puts_a_logo_in_place_and_takes_it_away(sqlite_app: Flask, owner: FlaskClient) -> None:
    assert upload(owner, saved(drawing())).status_code == 303
    visitor = sqlite_app.test_client()
    page = visitor.get(f"/s/{SLUG}").text
    address = page.split('<p class="brand"><img src="')[1].split('"')[0]
    served = visitor.get(address)
    assert (served.status_code, served.mimetype) == (200, "image/webp")
    assert served.headers["Cache-Control"] == "public, max-age=604800, immutable"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert address in visitor.get(f"/s/{SLUG}/embed").text
    old = address
    upload(owner, saved(drawing(200, 200)))
    moved = visitor.get(old)
    assert moved.status_code == 302 and moved.location != old
    token = field(owner.get(WORDS), "csrf_token")
    assert owner.post(f"{WORDS}/picture/logo/remove", data={"csrf_token": token}).status_code == 303
    assert visitor.get(moved.location).status_code == 404
    assert "brand" not in visitor.get(f"/s/{SLUG}").text


@pytest.mark.server
def test_a_refused_picture_says_why_and_leaves_the_one_there_was(owner: FlaskClient) -> None:
    upload(owner, saved(drawing()))
    refused = upload(owner, b"<svg/>", name="a.svg")
    assert refused.status_code == 422
    assert "This is an SVG" in refused.text
    assert "/picture/logo-" in refused.text
    large = upload(owner, b"x" * (redraw.MAX_UPLOAD_BYTES + 1))
    assert large.status_code == 422 and "a picture may have 12 MB" in large.text
    assert upload(owner, b"x" * (14 * 1024 * 1024)).status_code == 413
    assert upload(owner, saved(drawing()), role="boss").status_code == 404


@pytest.mark.server
def test_it_is_gone_with_its_survey_and_of_a_draft_nobody_sees_it(sqlite_app: Flask, owner: FlaskClient) -> None:
    upload(owner, saved(drawing()))
    with sqlite_app.app_context():
        survey = db.session.query(Survey).one()
        survey.is_open = False
        db.session.commit()
        version = pictures.of(survey)[LOGO].version
    address = f"/s/{SLUG}/picture/logo-{version}.webp"
    assert sqlite_app.test_client().get(address).status_code == 404
    seen = owner.get(address)
    assert seen.status_code == 200 and seen.headers["Cache-Control"] == "private, no-store"
    with sqlite_app.app_context():
        erasure.delete_survey(db.session.query(Survey).one())
        assert db.session.query(Picture).count() == 0
    assert owner.get(address).status_code == 404


def test_the_page_in_one_file_has_it_inside(sqlite_app: Flask, tmp_path: Path) -> None:
    survey_id = make_survey(sqlite_app, None)
    content, width, height = redraw.redraw(saved(drawing()), LOGO)
    with sqlite_app.app_context():
        survey = db.session.get_one(Survey, survey_id)
        survey.words = {"accent": "#1c6e5a"}
        db.session.add(
            Picture(survey_id=survey_id, role=LOGO, version="0" * 12, width=width, height=height, content=content)
        )
        db.session.commit()
    with sqlite_app.test_request_context(f"/s/{SLUG}"):
        own = inlined(db.session.get_one(Survey, survey_id))
    style, logo = own
    page = f'<head><link rel="stylesheet" href="{style}"></head><img src="{logo}" alt=""><img src="/elsewhere.png">'
    written = as_single_file(page, tmp_path, own)
    assert "--action:#1c6e5a" in written
    assert 'src="data:image/webp;base64,' in written
    assert "elsewhere" not in written


def test_a_picture_sent_as_text_is_none(owner: FlaskClient) -> None:
    token = field(owner.get(WORDS), "csrf_token")
    refused = owner.post(f"{WORDS}/picture/logo", data={"csrf_token": token, "picture": "abc"})
    assert refused.status_code == 422
