"""Sentences for people. They are English; whoever shows them in another language finds them by their text."""

from __future__ import annotations

import json
from typing import Any


class Message(str):
    """An English sentence with its values in place; `text` is the sentence with %(name)s for each of the `values`.

    A value is a text, a whole number (written 1,234), or a message itself.
    """

    text: str
    values: dict[str, str | int]

    def __new__(cls, text: str, **values: str | int) -> Message:
        written = {name: f"{value:,}" if isinstance(value, int) else value for name, value in values.items()}
        said = super().__new__(cls, text % written if values else text)
        said.text, said.values = text, values
        return said

    def packed(self) -> str:
        """Return it as a text by which another process has all of it."""
        return json.dumps(_pack(self))


_NOTHING = ""
NO_MESSAGE = Message(_NOTHING)


def N_(text: str) -> str:
    """Mark the text of a message, so that translators are given it."""
    return text


def unpacked(text: str) -> Message:
    """Return the message that `packed` wrote. Raises ValueError where that is not what stands there."""
    try:
        return _unpack(json.loads(text))
    except (TypeError, KeyError):
        raise ValueError("This is no message.") from None


def _pack(value: str | int) -> Any:
    if not isinstance(value, Message):
        return value
    return [value.text, {name: _pack(one) for name, one in value.values.items()}]


def _unpack(found: Any) -> Message:
    text, values = found
    if not isinstance(text, str) or not isinstance(values, dict):
        raise TypeError
    return Message(text, **{name: _unpack(one) if isinstance(one, list) else one for name, one in values.items()})
