"""Fixtures for every test: the servers, the app as a process, and the guards on network and processes."""

import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

from tests.servers import guards
from tests.servers.app_process import AppProcess
from tests.servers.llama import running_llama
from tests.servers.scripted import ScriptedServer

SLOW_FOLDERS = {"browser", "servers", "whole"}
SLOW_FIXTURES = {"app_process", "llama", "open_app", "scripted", "server"}
# What Python's audit hooks hear of when a process or a server is started.
STARTS = {"os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen", "socket.bind"}


class StartApp(Protocol):
    """Starts the app; with `offline`, its attempts to reach other addresses are part of the test."""

    def __call__(
        self,
        *flags: str,
        variables: Mapping[str, str] | None = None,
        data_dir: Path | None = None,
        offline: bool = False,
    ) -> AppProcess: ...


_started = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Note from now on what starts a process or a server: an audit hook stays until Python ends."""
    platform.processor()  # the openai client asks for it, and Python starts a process to find it out, once
    started = config.stash[_started] = []

    def note(event: str, _arguments: object) -> None:
        if event in STARTS:
            started.append(event)

    sys.addaudithook(note)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow by its folder or its fixtures, and the browser's tests, which come last.

    Async tests cannot run while Playwright's loop does.
    """
    for item in items:
        folders = set(item.nodeid.partition("::")[0].split("/"))
        if SLOW_FOLDERS & folders or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if "browser" in folders:
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture(autouse=True)
def starts_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that starts a process or a server and is not marked `slow`."""
    started = request.config.stash[_started]
    started.clear()
    yield
    if request.node.get_closest_marker("slow") is None:
        assert started == [], "a test that starts a process or a server is to be marked `slow`"


@pytest.fixture(autouse=True)
def blocked_addresses() -> Iterator[list[str]]:
    """Addresses beyond loopback that the test tried to reach; unless it clears the list, it fails."""
    blocked: list[str] = []
    lift = guards.keep_on_loopback(blocked.append)
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
