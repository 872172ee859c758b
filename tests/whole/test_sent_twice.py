"""Sends a message over HTTP more than once, as a page does: it makes one turn and one call."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer

ID = "0123456789abcdef0123456789abcdef"
ODD_IDS: list[Any] = [None, 7, "x" * 100_000, ["a"], {"a": 1}, "\0" * 32]


@pytest.fixture
def app(app_process: StartApp, scripted: ScriptedServer) -> AppProcess:
    return app_process(variables=scripted.variables)


@pytest.fixture
def pages(app: AppProcess) -> Iterator[list[HttpPage]]:
    """Pages of the app, more than one for what happens at once."""
    with ExitStack() as stack:
        yield [stack.enter_context(HttpPage(app.url)) for _ in range(4)]


def send(page: HttpPage, message_id: Any, **values: Any) -> str:
    """Send a message and read its reply to the end; returns its conversation."""
    asked = {"message": "Why?", "model": "stream-40x5ms", "message-id": message_id, **values}
    return str(page.fire("send", asked).outputs["conversation-id"])


def test_a_message_that_comes_four_times_at_once_is_one(
    pages: list[HttpPage], app: AppProcess, scripted: ScriptedServer
) -> None:
    with ThreadPoolExecutor() as pool:
        conversations = set(pool.map(lambda page: send(page, ID), pages))
    assert len(conversations) == 1
    assert len(scripted.chats) == len(ledger(app.data_dir)) == 1
    assert send(pages[0], ID) in conversations
    assert len(scripted.chats) == 1


def test_another_copy_of_the_app_and_the_next_one_know_it(
    app: AppProcess, app_process: StartApp, scripted: ScriptedServer
) -> None:
    with HttpPage(app.url) as page:
        begun = page.begin("Why?", "endless-20ms", **{"message-id": ID})
    other = app_process(variables=scripted.variables, data_dir=app.data_dir)
    with HttpPage(other.url) as page:
        assert page.begin("Why?", "endless-20ms", **{"message-id": ID}) == begun
    app.kill()
    other.kill()
    after = app_process(variables=scripted.variables, data_dir=app.data_dir)
    with HttpPage(after.url) as page:
        assert send(page, ID) == begun
    assert len(scripted.chats) == len(ledger(app.data_dir)) == 1


def test_an_id_that_no_page_makes_sends_a_message_like_any_other(
    pages: list[HttpPage], scripted: ScriptedServer
) -> None:
    for sent, message_id in enumerate(ODD_IDS, 1):
        assert send(pages[0], message_id) != send(pages[1], message_id)
        assert len(scripted.chats) == 2 * sent, message_id
