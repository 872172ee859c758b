from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as Forgetful

from chat.connections import KEYRING, MEMORY, Connection, ConnectionsError, KeyStorage
from tests.helpers.chats import further_in
from tests.helpers.fakes import FakeProvider

ADDRESS = "https://api.groq.com/openai/v1"
KEY = "gsk-0123456789"


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def drawer(monkeypatch: pytest.MonkeyPatch) -> Drawer:
    drawer = Drawer()
    monkeypatch.setattr(keyring.core, "_keyring_backend", drawer)  # without a look at this machine's own
    return drawer


def groq(key_from: str, address: str = ADDRESS) -> Connection:
    return Connection("Groq", address, key_from=key_from)


def keys_with(**variables: str) -> KeyStorage:
    return KeyStorage(variables.get)


def test_an_endpoint_that_asks_for_no_key_gets_none() -> None:
    assert keys_with().key(groq("")) is None


def test_a_key_is_read_from_its_variable_whenever_it_is_needed() -> None:
    assert keys_with(GROQ_API_KEY=f' "{KEY}"\n').key(groq("GROQ_API_KEY")) == KEY


@pytest.mark.parametrize(
    ("key_from", "said"),
    [
        ("GROQ_API_KEY", "Groq takes its key from GROQ_API_KEY, which is not set. Set it and restart Tally."),
        (MEMORY, "Groq has no key. Enter it under Settings; it is kept until Tally stops."),
        (KEYRING, "The keyring has no key for Groq. Enter it under Settings."),
    ],
)
def test_a_missing_key_is_said_with_what_to_do(drawer: Drawer, key_from: str, said: str) -> None:
    with pytest.raises(ConnectionsError) as caught:
        keys_with().key(groq(key_from))
    assert str(caught.value) == said


def test_a_key_in_memory_belongs_to_one_address_and_is_forgotten_with_its_connection() -> None:
    keys = keys_with()
    keys.keep(groq(MEMORY), KEY)
    assert keys.key(groq(MEMORY)) == KEY
    with pytest.raises(ConnectionsError, match="has no key"):
        keys.key(groq(MEMORY, "https://elsewhere.example"))
    keys.forget(groq(MEMORY))
    with pytest.raises(ConnectionsError, match="has no key"):
        keys.key(groq(MEMORY))


def test_a_key_in_the_keyring_is_there_after_a_restart_for_the_same_address_only(drawer: Drawer) -> None:
    keys_with().keep(groq(KEYRING), KEY)
    assert drawer.kept == {("Tally", f"Groq {ADDRESS}"): KEY}
    restarted = keys_with()
    assert restarted.key(groq(KEYRING)) == KEY
    with pytest.raises(ConnectionsError, match="has no key for Groq"):
        restarted.key(groq(KEYRING, "https://elsewhere.example"))
    restarted.forget(groq(KEYRING))
    restarted.forget(groq(KEYRING))
    assert drawer.kept == {}


@pytest.mark.parametrize("backend", [NoKeyring, Forgetful])
def test_a_machine_without_a_keyring_is_said_in_words(drawer: Drawer, backend: type[KeyringBackend]) -> None:
    keyring.set_keyring(backend())
    with pytest.raises(ConnectionsError, match="Tally cannot use a keyring on this machine"):
        keys_with().keep(groq(KEYRING), KEY)


@pytest.mark.parametrize("key", ["", "sk-one sk-two"])
def test_what_is_no_key_is_not_kept_and_not_repeated(key: str) -> None:
    keys = keys_with()
    with pytest.raises(ConnectionsError) as caught:
        keys.keep(groq(MEMORY), key)
    assert "sk-one" not in str(caught.value)


def test_a_changed_connection_leaves_no_key_behind_and_keeps_one_that_still_holds(
    drawer: Drawer, tmp_path: Path
) -> None:
    further = further_in(tmp_path, lambda _connection, _key: FakeProvider())
    further.put(groq(KEYRING), KEY)
    further.put(groq(KEYRING), "")
    assert list(drawer.kept.values()) == [KEY]
    further.put(groq(MEMORY), "gsk-another")
    assert (drawer.kept, further.key(groq(MEMORY))) == ({}, "gsk-another")
    further.put(groq(KEYRING), KEY)
    further.put(groq(KEYRING, "https://elsewhere.example"), "")
    assert drawer.kept == {}
