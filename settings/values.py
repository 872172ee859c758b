"""What the value of each setting may look like: readers from text, whose ValueErrors say what is expected."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from settings.addresses import LARGEST_PORT, Address, read_address
from settings.keys import MASK

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_SCHEME = re.compile(r"(?:[\w+.-]+:)?//")
# Keys as the larger providers make them, and any value that is one long word with digits in it.
_KEY = re.compile(r"\b(?:sk|gsk|hf|xai|pplx|key)[-_][\w-]{6,}|\bAIza[\w-]{6,}|^(?=.*\d)[A-Za-z0-9_-]{20,}$")


def read_port(text: str) -> int:
    """A port to listen on; 0 asks for a free one."""
    if not text.isdecimal() or not text.isascii() or int(text[:6]) > LARGEST_PORT:
        raise ValueError(f"expected a port from 0 to {LARGEST_PORT}")
    return int(text)


def read_folder(text: str) -> Path:
    """The absolute path of a folder, which need not be there yet."""
    path = _absolute(text)
    if path is None or (path.exists() and not path.is_dir()):
        raise ValueError("expected the path of a folder")
    return path


def read_file_path(text: str) -> Path:
    """The absolute path of a file that is there."""
    path = _absolute(text)
    if path is None or not path.is_file():
        raise ValueError("expected the path of a file that is there")
    return path


def read_timezone(text: str) -> ZoneInfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("expected an IANA time zone such as Europe/Lisbon or UTC") from exc


def read_base_url(text: str) -> str:
    """The address of an endpoint, without a slash at its end."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise ValueError("expected an address such as https://api.openai.com/v1 or http://localhost:11434/v1")
    return text.rstrip("/")


def read_hosts(text: str) -> tuple[Address, ...]:
    """Read host names separated by commas, each with or without a port."""
    addresses = [read_address(each.strip()) for each in text.split(",") if each.strip()]
    known = tuple(address for address in addresses if address is not None)
    if len(known) < len(addresses):
        raise ValueError("expected host names separated by commas, such as tally.example.com, box.lan:8080")
    return known


def read_database_url(text: str) -> str:
    """The SQLAlchemy URL of an SQLite file."""
    if not re.match(r"sqlite(\+\w+)?://", text):
        raise ValueError("expected sqlite:///… (a database that several copies share is not supported yet)")
    return text


def read_log_level(text: str) -> str:
    """The name of a logging level."""
    if text.upper() not in _LOG_LEVELS:
        raise ValueError(f"expected one of {', '.join(_LOG_LEVELS)}")
    return text.upper()


def shown(text: str) -> str:
    """Return a value as an error may show it: on one line, without any password or key in it."""
    scheme = _SCHEME.match(text)
    start = scheme.end() if scheme else 0
    address = text[start:]
    credentials, at, place = address.rpartition("@")
    if at:  # with both signs in a password, nobody can tell which of them ends it
        address = MASK if "?" in credentials else f"{MASK}@{place}"
    if scheme:
        address = address.partition("?")[0] + (f"?{MASK}" if "?" in address else "")
    return repr(_KEY.sub(MASK, text[:start] + address))


def _absolute(text: str) -> Path | None:
    try:
        return None if "\0" in text else Path(text).expanduser().absolute()
    except RuntimeError:  # the home folder of somebody who does not exist
        return None
