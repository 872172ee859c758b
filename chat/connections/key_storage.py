"""Finds the keys of connections: in the environment, in the system's keyring, or in this process's memory."""

from collections.abc import Callable
from threading import Lock

from chat.connections.connection import KEYRING, MEMORY, Connection, ConnectionsError
from settings import clean_key
from texts import _

_SERVICE = "Tally"


class KeyStorage:
    """The keys of connections; `variable` reads one from the environment. No error holds a key.

    A key belongs to a name and an address: changed to another address, a connection needs its key again.
    """

    def __init__(self, variable: Callable[[str], str | None]) -> None:
        self._variable = variable
        self._known: dict[tuple[str, str], str] = {}
        self._lock = Lock()

    def key(self, connection: Connection) -> str | None:
        """Return the key, None where the endpoint asks for none. Raises ConnectionsError. May wait."""
        place = (connection.name, connection.address)
        if not connection.key_from:
            return None
        if connection.key_from == KEYRING:
            with self._lock:
                if place not in self._known:
                    self._known[place] = _from_keyring(connection)
        if connection.key_from in (KEYRING, MEMORY):
            if place in self._known:
                return self._known[place]
            text = _("{name} has no key. Enter it under Settings; it is kept until Tally stops.")
        else:
            if given := self._variable(connection.key_from):
                return _cleaned(given)
            text = _("{name} takes its key from {variable}, which is not set. Set it and restart Tally.")
        raise ConnectionsError(text.format(name=connection.name, variable=connection.key_from))

    def keep(self, connection: Connection, key: str) -> None:
        """Keep a key where the connection says. Raises ConnectionsError. May wait."""
        key = _cleaned(key)
        if connection.key_from == KEYRING:
            _into_keyring(connection, key)
        self._known[connection.name, connection.address] = key

    def forget(self, connection: Connection, new: Connection | None = None) -> None:
        """Remove the key from memory and from the keyring, unless `new`, in its place, takes it from there.

        Raises ConnectionsError.
        """
        kept_in = new.key_from if new is not None and new.address == connection.address else ""
        if kept_in not in (KEYRING, MEMORY):
            self._known.pop((connection.name, connection.address), None)
        if connection.key_from == KEYRING != kept_in:
            _out_of_keyring(connection)


def _cleaned(key: str) -> str:
    try:
        return clean_key(key)
    except ValueError as exc:
        raise ConnectionsError(_("this key cannot be used: {reason}").format(reason=exc), "key") from exc


def _into_keyring(connection: Connection, key: str) -> None:
    import keyring  # takes a moment, and most people keep no key there

    name = _name_in_keyring(connection)
    try:
        keyring.set_password(_SERVICE, name, key)
        is_kept = keyring.get_password(_SERVICE, name) == key  # some only pretend to
    except keyring.errors.KeyringError as exc:
        raise _no_keyring() from exc
    if not is_kept:
        raise _no_keyring()


def _from_keyring(connection: Connection) -> str:
    import keyring

    try:
        key = keyring.get_password(_SERVICE, _name_in_keyring(connection))
    except keyring.errors.KeyringError as exc:
        raise _no_keyring() from exc
    if key is None:
        text = _("The keyring has no key for {name}. Enter it under Settings.")
        raise ConnectionsError(text.format(name=connection.name))
    return key


def _out_of_keyring(connection: Connection) -> None:
    import keyring

    name = _name_in_keyring(connection)
    try:
        if keyring.get_password(_SERVICE, name) is not None:
            keyring.delete_password(_SERVICE, name)
    except keyring.errors.KeyringError as exc:
        raise _no_keyring() from exc


def _name_in_keyring(connection: Connection) -> str:
    return f"{connection.name} {connection.address}"


def _no_keyring() -> ConnectionsError:
    return ConnectionsError(
        _(
            "Tally cannot use a keyring on this machine: there is none, or it is locked. Unlock it, or keep "
            "the key in an environment variable."
        ),
        "key_from",
    )
