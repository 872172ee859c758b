"""What a connection is: an endpoint by name, read from `connections.toml` or from what a person typed."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from settings import read_base_url
from texts import _
from usage.prices import billers, endpoint_of
from usage.units import Endpoint

KEYRING, MEMORY = "keyring", "memory"
LONGEST_NAME = 40
MOST_CONNECTIONS = 20
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*(?:KEY|TOKEN)")


class ConnectionsError(Exception):
    """A connection, or the file of them, cannot be used; the text is one line that says why.

    `field` names what of a connection is wrong: name, address, prices, key_from, key; "" for none of them.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint by name.

    `prices` is whose price list bills there, "" for what the address says. `key_from` is where its key is:
    the name of an environment variable, "keyring", "memory" (typed on the page, gone when Tally ends), or ""
    for an endpoint that asks for none.
    """

    name: str
    address: str
    prices: str = ""
    key_from: str = ""

    @property
    def endpoint(self) -> Endpoint:
        """Return the host, and who bills there."""
        return endpoint_of(self.address, self.prices or None)


Connections = Mapping[str, Connection]


def load_connections(path: Path) -> Connections:
    """Read the connections in a file by their names; none when there is no file. Raises ConnectionsError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return {}
    except OSError as exc:
        reason = _("{path} cannot be read: {reason}")
        raise ConnectionsError(reason.format(path=path, reason=exc.strerror)) from exc
    except UnicodeDecodeError as exc:
        raise _no_toml(path, exc) from exc
    return parse_connections(text, path)


def parse_connections(text: str, path: Path) -> Connections:
    """Read the text of a file. Raises ConnectionsError naming the file, the entry and what is expected."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise _no_toml(path, exc) from exc
    found = document.pop("connections", {})
    if document or not isinstance(found, dict):
        reason = _('{path}: expected nothing but tables named [connections."NAME"]')
        raise ConnectionsError(reason.format(path=path))
    connections: dict[str, Connection] = {}
    for name, fields in found.items():
        try:
            connections[name] = _read_entry(name, fields, connections)
        except ConnectionsError as exc:
            where = _('{path}, [connections."{name}"], {reason}')
            reason = f"{exc.field}: {exc}" if exc.field else str(exc)
            raise ConnectionsError(where.format(path=path, name=name, reason=reason)) from exc
    return connections


def _read_entry(name: str, fields: object, others: Connections) -> Connection:
    if not isinstance(fields, dict) or not all(isinstance(each, str) for each in fields.values()):
        raise ConnectionsError(_("expected a table of texts"))
    if unknown := fields.keys() - {"address", "prices", "key_from"}:
        reason = _("{field}: not known here, expected address, prices or key_from (keys have no place here)")
        raise ConnectionsError(reason.format(field=min(unknown)))
    texts = {field: fields.get(field, "") for field in ("address", "prices", "key_from")}
    connection = read_connection(name, **texts, others=others)
    if connection.name != name:
        raise ConnectionsError(_("expected no space before or after it, and single ones inside"), "name")
    return connection


def read_connection(
    name: str, address: str, prices: str, key_from: str, *, others: Connections
) -> Connection:
    """Return the connection that these texts describe. Raises ConnectionsError naming the field.

    No error repeats what may be a key.
    """
    name, prices, key_from = " ".join(name.split()), prices.strip().lower(), key_from.strip()
    if not 0 < len(name) <= LONGEST_NAME or ":" in name or not name.isprintable():
        reason = _("expected a name of 1 to {most} characters, without a colon")
        raise ConnectionsError(reason.format(most=LONGEST_NAME), "name")
    if name.lower() in {other.lower() for other in others}:
        raise ConnectionsError(_("there is a connection of this name already"), "name")
    if len(others) >= MOST_CONNECTIONS:
        raise ConnectionsError(
            _("there are {most} already, the maximum").format(most=MOST_CONNECTIONS), "name"
        )
    if prices and prices not in (known := billers()):
        raise ConnectionsError(
            _("expected one of {names}, or leave it empty").format(names=", ".join(known)), "prices"
        )
    if key_from and key_from not in (KEYRING, MEMORY) and not _VARIABLE.fullmatch(key_from):
        reason = _(
            "expected keyring, memory, nothing, or an environment variable whose name ends in KEY or TOKEN, "
            "such as OPENROUTER_API_KEY"
        )
        raise ConnectionsError(reason, "key_from")
    return Connection(name, _address(address), prices, key_from)


def _address(text: str) -> str:
    try:
        address = read_base_url(text.strip())
    except ValueError as exc:
        raise ConnectionsError(str(exc), "address") from exc
    parts = urlsplit(address)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ConnectionsError(_("expected one without a password, question mark or #"), "address")
    return address


def _no_toml(path: Path, exc: ValueError) -> ConnectionsError:
    return ConnectionsError(_("{path} is not a TOML file: {reason}").format(path=path, reason=exc))
