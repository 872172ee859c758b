"""On which line of a TOML text a value stands, which the parser does not tell."""

import tomllib
from bisect import bisect_left
from collections.abc import Sequence


def line_of(text: str, keys: Sequence[str | int]) -> int:
    """The line (from 1) where the value at the end of these keys and indices begins.

    The text is valid and has the value. It begins after the longest text from the top that lacks it.
    """
    lines = text.replace("\r\n", "\n").split("\n")

    def has_value(count: int) -> bool:
        return _contains(_readable(lines[:count])[1], keys)

    complete = bisect_left(range(len(lines) + 1), True, key=has_value)
    return _readable(lines[: complete - 1])[0] + 1


def _readable(lines: Sequence[str]) -> tuple[int, object]:
    """How many of the lines are TOML by themselves, without a value that goes on below, and what they say."""
    for count in range(len(lines), 0, -1):
        try:
            return count, tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
    return 0, {}


def _contains(value: object, keys: Sequence[str | int]) -> bool:
    for key in keys:
        match value:
            case dict() if key in value:
                value = value[key]
            case list() if isinstance(key, int) and key < len(value):
                value = value[key]
            case _:
                return False
    return True
