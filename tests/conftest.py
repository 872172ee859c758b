"""Fixtures for every test: the servers, the app as a process, and the guard that keeps tests on loopback."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.servers import network_guard
from tests.servers.app_process import AppProcess
from tests.servers.llama import running_llama
from tests.servers.scripted import ScriptedServer


class StartApp(Protocol):
    """Starts the app; with `offline`, its attempts to reach other addresses are part of the test."""

    def __call__(
        self,
        *flags: str,
        variables: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        offline: bool = False,
    ) -> AppProcess: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the browser's tests and put them last: async tests cannot run while Playwright's loop does."""
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True)
def blocked_addresses() -> Iterator[list[str]]:
    """Addresses beyond loopback that the test tried to reach; unless it clears the list, it fails."""
    blocked: list[str] = []
    lift = network_guard.install(blocked.append)
    yield blocked
    lift()
    assert blocked == [], "a test tried to reach addresses beyond loopback"


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """An endpoint that misbehaves as the model's name asks, with a record of its own."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def llama() -> Iterator[str]:
    """The address, ending in /v1, of a real llama.cpp server with the model `tiny-random`."""
    with running_llama() as address:
        yield address


@pytest.fixture(scope="session")
def open_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app on every address of the machine, open to whoever is there; it also knows `tally.example`."""
    home = tmp_path_factory.mktemp("home")
    app = AppProcess(home / "data", home, {"TALLY_ALLOWED_HOSTS": "tally.example"}, "--host", "0.0.0.0")
    yield app
    assert app.stop() == 0
    assert "Traceback" not in app.stderr


@pytest.fixture
def app_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartApp]:
    """Starts the real app as often as a test wants; each has a data folder of its own unless it is given."""
    started: list[tuple[AppProcess, bool]] = []

    def start(
        *flags: str,
        variables: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        offline: bool = False,
    ) -> AppProcess:
        home = tmp_path_factory.mktemp("home")
        app = AppProcess(data_dir or home / "data", home, variables or {}, *flags)
        started.append((app, offline))
        return app

    yield start
    for app, _ in started:
        app.stop()
    blocked = [address for app, offline in started if not offline for address in app.blocked]
    assert blocked == [], "the app tried to reach addresses beyond loopback"
