"""What is read of a multipart body, and how little of it stays in memory."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from flask import Flask, request

from survey.web.request_checks import form_problem

BOUNDARY = "a-line-that-no-answer-has"
ONE_MEGABYTE = 1024 * 1024


def multipart(fields: dict[str, bytes], file: bytes | None = None, *, end: str = "--\r\n") -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        parts.append(head.encode() + file + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}{end}".encode()


class Trickle(io.BytesIO):
    """A connection that gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(5, size) if size and size > 0 else 5)


def problem(body: bytes, *, slow: bool = False, length: int | None = None) -> int | None:
    """Return the status with which a body is refused, or None."""
    with Flask(__name__).test_request_context(
        method="POST",
        input_stream=Trickle(body) if slow else io.BytesIO(body),
        environ_overrides={"CONTENT_LENGTH": str(len(body) if length is None else length)},
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    ):
        found = form_problem(request)
        assert form_problem(request) == found  # it can be asked twice
        return None if found is None else found.status


def test_a_large_file_is_never_in_memory_as_a_whole() -> None:
    body = multipart({"name": b"x"}, b"word, " * (20 * ONE_MEGABYTE // 6))
    tracemalloc.start()
    assert problem(body) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * ONE_MEGABYTE


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (multipart({"text": "ä “quoted” 👍".encode()}), None),
        (multipart({"text": b"a \xff"}), 400),
        (multipart({"text": b"a \xff"}, b"1;2"), 400),
        (multipart({"text": b"a"}, b"\xff\xfe1;2"), None),  # a file may be in any encoding
        (multipart({"text": "a �".encode()}, b"1;2"), None),  # somebody's own replacement character
        (multipart({"text": b"a"}, end="\r\n"), 400),  # the end is missing
    ],
    ids=["good", "not UTF-8", "not UTF-8 beside a file", "a file in UTF-16", "U+FFFD", "cut off"],
)
def test_fields_are_read_however_they_arrive(body: bytes, status: int | None, slow: bool) -> None:
    assert problem(body, slow=slow) == status


def test_a_body_that_is_shorter_than_announced_is_refused() -> None:
    body = multipart({"text": b"a"})
    assert problem(body, length=len(body) + 10) == 400
