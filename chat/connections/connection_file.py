"""Keeps `connections.toml`: read again when it has changed, and changed without losing what else is in it."""

from pathlib import Path

import tomlkit
from filelock import FileLock
from tomlkit.exceptions import TOMLKitError

from chat.connections.connection import (
    Connection,
    Connections,
    ConnectionsError,
    load_connections,
    parse_connections,
)
from texts import _
from usage.prices import WatchedFile, replace_file


class ConnectionFile(WatchedFile[Connections]):
    """The connections as they are now, by name. Raises ConnectionsError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        load_connections(path)  # what is wrong is raised, and not logged as well
        super().__init__(path, load_connections, dict, ConnectionsError)
        self.current()

    def put(self, connection: Connection) -> None:
        """Add a connection, in place of the one of this name if there is one. Raises ConnectionsError."""
        self._change(connection.name, connection)

    def remove(self, name: str) -> None:
        """Remove the connection of this name, if there is one. Raises ConnectionsError."""
        self._change(name, None)

    def _change(self, name: str, new: Connection | None) -> None:
        """Put the new file in place of the old one once it says what it has to. Raises ConnectionsError."""
        try:
            with FileLock(f"{self.path}.lock", mode=0o600):
                text = self.path.read_bytes().decode("utf-8-sig") if self.path.exists() else ""
                expected = dict(parse_connections(text, self.path))
                document = tomlkit.parse(text)
                tables = document.setdefault("connections", tomlkit.table(is_super_table=True))
                expected.pop(name, None)
                tables.pop(name, None)
                if new is not None:
                    expected[name] = new
                    tables[name] = _table_of(new)
                changed = tomlkit.dumps(document)
                if parse_connections(changed, self.path) != expected:
                    reason = _(
                        '{path} is not written in tables named [connections."NAME"]: change it in an editor'
                    )
                    raise ConnectionsError(reason.format(path=self.path))
                replace_file(self.path, changed.encode())
        except OSError as exc:
            reason = _("{path} cannot be changed: {reason}")
            raise ConnectionsError(reason.format(path=self.path, reason=exc.strerror)) from exc
        except (TOMLKitError, UnicodeDecodeError) as exc:
            reason = _("{path} cannot be changed: it is damaged")
            raise ConnectionsError(reason.format(path=self.path)) from exc


def _table_of(connection: Connection) -> tomlkit.items.Table:
    table = tomlkit.table()
    for field in ("address", "prices", "key_from"):
        if value := getattr(connection, field):
            table[field] = value
    return table
