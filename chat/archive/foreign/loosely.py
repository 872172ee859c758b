"""Reads JSON of other apps, in which anything may be missing, null, or of another kind."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chat.conversation import one_line
from texts import _

LONGEST_TITLE = 200  # characters
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_MILLISECONDS_FROM = 1e11  # larger numbers count milliseconds since 1970, not seconds
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


class NotReadableError(Exception):
    """Something cannot be read as a conversation; the text says why and is fit to show."""


def text_in(value: Any) -> str:
    """Return a text, empty for anything else."""
    return value if isinstance(value, str) else ""


def object_in(value: Any) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_in(value: Any) -> Sequence[Any]:
    """Return a list, an empty one for anything else."""
    return value if isinstance(value, list) else ()


def moment_in(value: Any) -> datetime | None:
    """Return the moment that a number of seconds or an ISO text names; None for what names none."""
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            moment = _EPOCH + timedelta(seconds=value / 1000 if value > _MILLISECONDS_FROM else value)
        else:
            read = datetime.fromisoformat(text_in(value))
            moment = read.replace(tzinfo=read.tzinfo or UTC)
        return moment.astimezone(UTC) if is_sane(moment) else None
    except (ValueError, OverflowError):
        return None


def is_sane(moment: datetime) -> bool:
    """Return whether something can have been said at this moment."""
    return _FIRST_YEAR <= moment.year < _LAST_YEAR


def storable(value: Any) -> Any:
    """Return JSON with the characters replaced that no database takes: NUL, and halves of characters."""
    match value:
        case str():
            return _NOT_STORABLE.sub("\ufffd", value)
        case list():
            return [storable(each) for each in value]
        case dict():
            return {storable(name): storable(each) for name, each in value.items()}
        case _:
            return value


def shown_title(title: str) -> str:
    """Return a title on one line and of bounded length."""
    line = " ".join(one_line(title).split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"


def in_brackets(what: str, name: str = "") -> str:
    """Return what stands in a text in place of something that Tally does not have."""
    return f"[{what}: {shown_title(name)}]" if name else f"[{what}]"


def files_in(files: Any, *names: str) -> list[str]:
    """Return what stands for the files of a message; each has its name under one of these names."""
    found = []
    for file in map(object_in, list_in(files)):
        name = next((text_in(file.get(each)) for each in names if text_in(file.get(each))), "")
        found.append(in_brackets(_("File"), name))
    return found


def joined(pieces: Sequence[str]) -> str:
    """Return pieces of text as paragraphs, without empty ones, and without repeating a note."""
    kept: list[str] = []
    for piece in pieces:
        if piece.strip() and not (kept and kept[-1] == piece and piece.startswith("[")):
            kept.append(piece)
    return "\n\n".join(kept)
