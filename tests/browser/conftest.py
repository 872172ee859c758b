"""A real Chromium for the tests in this folder: pages that must stay on loopback and free of errors."""

import itertools
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from access import Users
from scripts.find_browser import FLAGS, HINT, find_browser
from tests.browser.chat_page import PASSWORD, PRICES, ChatPage, sign_in
from tests.browser.usage_page import VARIABLES
from tests.conftest import StartApp
from tests.helpers.ledger_entries import an_entry
from tests.helpers.realistic_data import make_realistic_data
from tests.servers.app_process import AppProcess
from tests.servers.guards import is_loopback
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger

_numbers = itertools.count(1)
PATIENCE_MS = 120_000  # only how long a failing test takes to say so; no passing test comes near it

Scheme: TypeAlias = Literal["light", "dark"]
# Makes a person who has spent this much today (USD); gives their new chat.
Newcomer: TypeAlias = Callable[..., ChatPage]

# What Gradio's own script says when a page is left while the server still talks to it.
LEFT_EARLY = [
    "AbortError: signal is aborted without reason",
    "Unexpected error (Connection errored out|404: Not Found)",  # it asks again for what ended with the page
    r"(ERR_INCOMPLETE_CHUNKED_ENCODING|404 \(Not Found\)) http://127.0.0.1:\d+/gradio_api/(queue/data|heartbeat)",
    "TypeError: network error",
    r"TypeError: Failed to fetch\s+at [\s\S]*\.stream [\s\S]*/assets/index-",  # before there was any answer
    # It is told what has changed since something that a page no longer has, or has not got yet.
    r"Cannot read properties of undefined \(reading 'content'\)[\s\S]*assets/index-",
    # Its diagrams are drawn into what a later update has taken away already.
    r"Cannot read properties of null \(reading 'getAttribute'\)[\s\S]*assets/markdown-",
]
# What a page says whose server was killed.
WHEN_KILLED = [
    *("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET"),
    *("Failed to fetch", "network error", "Could not resolve app config"),
]


class Pages:
    """Opens pages and collects what goes wrong in them; `expected` takes patterns of what may."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.expected = list(LEFT_EARLY)
        self.problems: list[str] = []

    def open(
        self, width: int = 1280, height: int = 800, color_scheme: Scheme = "light", *, touch: bool = False
    ) -> Page:
        """Open a blank page in a browser profile of its own: no cookies or storage of another page."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            has_touch=touch,
            locale="en-US",
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        context.on("request", self._note_request)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.problems.append(f"page error: {error.error}"))
        return context.new_page()

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def unexpected(self) -> list[str]:
        """Return the problems that no pattern in `expected` matches."""
        return [text for text in self.problems if not any(re.search(p, text) for p in self.expected)]

    def _note_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and not is_loopback(address.hostname):
            self.problems.append(f"request beyond loopback: {request.url}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.problems.append(f"console error: {message.text} {message.location['url']}".strip())


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is; asked before Playwright runs."""
    path = find_browser()
    assert path is not None, HINT
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The browser, started once for all tests."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def pages(chromium: Browser, app_process: StartApp) -> Iterator[Pages]:
    """Opens as many pages as a test wants; any error or foreign request in one of them fails the test.

    They are closed before the apps of `app_process` end, which is why this asks for it.
    """
    opened = Pages(chromium)
    yield opened
    opened.close()
    assert opened.unexpected() == []


@pytest.fixture
def page(pages: Pages) -> Page:
    """One page of 1280 by 800 pixels, light."""
    return pages.open()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[ScriptedServer]:
    """The scripted endpoint behind the app that the tests share."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture(scope="session")
def tally(endpoint: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app with a key, an endpoint and own prices, shared: each test has conversations of its own."""
    yield from shared_app(tmp_path_factory.mktemp("home"), endpoint.variables)


@pytest.fixture(scope="session")
def people(endpoint: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app that people sign in to, with OpenAI's prices, shared: each test has people of its own."""
    home = tmp_path_factory.mktemp("home")
    Users(home / "data" / "users.json").add("owner", PASSWORD)
    yield from shared_app(home, endpoint.variables | {"TALLY_PROVIDER": "openai"})


def shared_app(home: Path, variables: Mapping[str, str]) -> Iterator[AppProcess]:
    """Run an app with own prices in this folder, for a fixture that more than one test uses."""
    data_dir = home / "data"
    data_dir.mkdir(exist_ok=True)
    (data_dir / "prices.toml").write_text(PRICES)
    app = AppProcess(data_dir, home, variables)
    yield app
    app.stop()
    assert app.blocked == [], "the app tried to reach addresses beyond loopback"


@pytest.fixture
def newcomer(pages: Pages, people: AppProcess) -> Newcomer:
    """Makes people, each of whom has just signed in."""

    def arrive(spent: str = "0") -> ChatPage:
        name = f"person-{next(_numbers)}"
        Users(people.data_dir / "users.json").add(name, PASSWORD)
        if Decimal(spent):
            call = an_entry(call_id=name, user=name, started_at=datetime.now(UTC), cost_usd=Decimal(spent))
            CsvLedger(people.data_dir / "usage.csv").append(call)
        page = pages.open()
        sign_in(page, people, name)
        chat = ChatPage(page, people, name)
        chat.wait_until_ready()
        return chat

    return arrive


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app as after a year of use: 300 conversations, 3,000 calls, budgets nearly used."""
    home = tmp_path_factory.mktemp("home")
    make_realistic_data(home / "data", datetime.now(UTC).replace(microsecond=0))
    yield from shared_app(home, VARIABLES)


@pytest.fixture
def chat(page: Page, tally: AppProcess) -> Iterator[ChatPage]:
    """A new chat in the shared app; what is set in it is forgotten afterwards."""
    yield ChatPage(page, tally).open()
    with closing(sqlite3.connect(tally.data_dir / "tally.db")) as database, database:
        database.execute("DELETE FROM preferences")
