"""The connections beside the first one: who answers at each, and how they are added and removed."""

from collections.abc import Callable
from threading import Lock

from chat.connections.connection import Connection, Connections, ConnectionsError
from chat.connections.connection_file import ConnectionFile
from chat.connections.key_storage import KeyStorage
from chat.providers import CompletionProvider, NotSent
from texts import _
from usage.units import Endpoint


class FurtherConnections:
    """What is in the file, with a provider for each. `connect` makes one, with its key or none."""

    def __init__(
        self,
        file: ConnectionFile,
        keys: KeyStorage,
        connect: Callable[[Connection, str | None], CompletionProvider],
    ) -> None:
        self._file = file
        self._keys = keys
        self.connect = connect
        self._providers: dict[Connection, CompletionProvider] = {}
        self._lock = Lock()

    def all(self) -> Connections:
        """Return the connections by their names."""
        return self._file.current()

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the endpoints of all of them."""
        return tuple(each.endpoint for each in self.all().values())

    @property
    def problem(self) -> str | None:
        """Say what is wrong with the file as it is now, if anything is; what was read before holds."""
        return self._file.problem

    def named(self, name: str) -> Connection:
        """Return the connection of this name. Raises NotSent."""
        if (connection := self.all().get(name)) is not None:
            return connection
        text = _(
            "There is no connection named “{name}” any more. Choose another model, or add it under Settings."
        )
        raise NotSent(text.format(name=name))

    def key(self, connection: Connection) -> str | None:
        """Return the key of a connection, None where it takes none. Raises NotSent. May wait."""
        try:
            return self._keys.key(connection)
        except ConnectionsError as exc:
            raise NotSent(str(exc)) from exc

    def provider(self, name: str) -> CompletionProvider:
        """Return who answers at the connection of this name. Raises NotSent. May wait."""
        connection = self.named(name)
        if (provider := self._providers.get(connection)) is None:
            provider = self.connect(connection, self.key(connection))
            with self._lock:  # whoever comes at the same time gets the same one
                provider = self._providers.setdefault(connection, provider)
        return provider

    def put(self, connection: Connection, key: str) -> None:
        """Add or change a connection, with its key unless that is empty. Raises ConnectionsError."""
        if key.strip():
            self._keys.keep(connection, key)
        before = self.all().get(connection.name)
        self._file.put(connection)
        self._forget(connection.name)
        if before is not None:
            self._keys.forget(before, connection)

    def remove(self, name: str) -> None:
        """Remove a connection and its key. Raises ConnectionsError."""
        connection = self.all().get(name)
        self._file.remove(name)
        if connection is not None:
            self._forget(name)
            self._keys.forget(connection)

    def _forget(self, name: str) -> None:
        with self._lock:
            for connection in [each for each in self._providers if each.name == name]:
                del self._providers[connection]
