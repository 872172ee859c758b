"""Readers of what people set: ports, folders, addresses, keys …; their ValueErrors say what is expected."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LARGEST_PORT = 65_535
_ADDRESS = re.compile(
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9_.-]*)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE | re.ASCII
)
_PORTS = {"http": 80, "https": 443}

MASK = "***"
_LONGEST_KEY = 1_000  # characters
_MOST_PASTED = 2 * _LONGEST_KEY  # with quotes around it, which are taken off pair by pair
_QUOTES = "\"'`“”‘’"
# Keys as the larger providers make them, and any value that is one long word with digits in it.
_KEY = re.compile(r"\b(?:sk|gsk|hf|xai|pplx|key)[-_][\w-]{6,}|\bAIza[\w-]{6,}|^(?=.*\d)[A-Za-z0-9_-]{20,}$")
_SCHEME = re.compile(r"(?:[\w+.-]+:)?//")
_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class SettingsError(Exception):
    """A setting cannot be used; the text is one line naming it, its value and what is expected."""


@dataclass(frozen=True, slots=True)
class Address:
    """A host and perhaps a port, as in a Host header; without a port it is the scheme's own."""

    host: str
    port: int | None = None

    def under(self, scheme: str) -> tuple[str, int | None]:
        """Return host and port, with the default port of `http` or `https` where none is given."""
        return self.host, self.port or _PORTS.get(scheme)


def read_address(text: str) -> Address | None:
    """Return the address that a text consists of; None if it is anything else."""
    found = _ADDRESS.fullmatch(text)
    if found is None or ".." in found["host"] or int(found["port"] or 0) > LARGEST_PORT:
        return None
    return Address(found["host"].lower(), int(found["port"]) if found["port"] else None)


def is_ip_address(text: str) -> bool:
    """Return whether a text is an IP address, without brackets."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def read_port(text: str) -> int:
    """Read a port to listen on; 0 asks for a free one."""
    if not text.isdecimal() or not text.isascii() or int(text[:6]) > LARGEST_PORT:
        raise ValueError(f"expected a port from 0 to {LARGEST_PORT}")
    return int(text)


def read_folder(text: str) -> Path:
    """Return the absolute path of a folder, which need not be there yet."""
    path = _absolute(text)
    if path is None or (path.exists() and not path.is_dir()):
        raise ValueError("expected the path of a folder")
    return path


def read_file_path(text: str) -> Path:
    """Return the absolute path of a file that is there."""
    path = _absolute(text)
    if path is None or not path.is_file():
        raise ValueError("expected the path of a file that is there")
    return path


def read_timezone(text: str) -> ZoneInfo:
    """Return the time zone of this IANA name."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError("expected an IANA time zone such as Europe/Lisbon or UTC") from exc


def read_base_url(text: str) -> str:
    """Read the address of an endpoint; slashes at its end are left out."""
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
    """Read the SQLAlchemy URL of an SQLite file."""
    if not re.match(r"sqlite(\+\w+)?://", text):
        raise ValueError("expected sqlite:///… (a database that several copies share is not supported yet)")
    return text


def read_log_level(text: str) -> str:
    """Read the name of a logging level, in any case."""
    if text.upper() not in _LOG_LEVELS:
        raise ValueError(f"expected one of {', '.join(_LOG_LEVELS)}")
    return text.upper()


def clean_key(text: str) -> str:
    """Return the key without the white space and quotes that copying brings along.

    Raises ValueError with a reason fit to show, which never holds the key.
    """
    key = text.strip()
    if len(key) > _MOST_PASTED:
        raise ValueError("the key is too long to be one: copy it again")
    while key and key[0] in _QUOTES and key[-1] in _QUOTES:
        key = key[1:-1].strip()
    if len(key) > _LONGEST_KEY:
        raise ValueError("the key is too long to be one: copy it again")
    if not key:
        raise ValueError("the key is empty")
    if any(character.isspace() for character in key):
        raise ValueError("the key has white space inside it: copy it again, in one piece")
    if not key.isascii():
        raise ValueError("the key has characters other than plain letters, digits and signs: copy it again")
    if not key.isprintable():
        raise ValueError("the key has invisible control characters: copy it again")
    return key


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
