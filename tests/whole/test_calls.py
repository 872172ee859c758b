"""Calls of the real app: sent twice they are one, a flood is ended, estimates are held against counts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chat.calls.running_turn import LARGEST_REPLY_CHARACTERS, too_long
from tests.conftest import StartApp
from tests.helpers.data_files import ledger, only_turn
from tests.servers.app_process import AppProcess
from tests.servers.http_page import HttpPage
from tests.servers.llama import MODEL
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger
from usage.reports import Calls, Filter
from usage.reports.questions.estimates import estimate_quality

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
    asked = {"message": "Why?", "model-chosen": "stream-40x5ms", "message-id": message_id, **values}
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


@pytest.mark.parametrize("model", ["endless-0ms", "flood-1kb"])
def test_a_stop_is_obeyed_while_a_flood_comes_in(
    app_process: StartApp, scripted: ScriptedServer, model: str
) -> None:
    app = app_process(variables=scripted.variables)
    with HttpPage(app.url) as page:
        conversation_id = page.begin("Count for me.", model)
        scripted.wait_until(lambda: scripted.chats != [])
        page.fire("stop", {"conversation-id": conversation_id})
    turn = only_turn(app.data_dir)
    assert (turn.status, turn.remarks) == ("stopped", ())
    assert len(turn.reply) < LARGEST_REPLY_CHARACTERS


def test_a_flood_that_nobody_stops_is_ended_and_said(app_process: StartApp, scripted: ScriptedServer) -> None:
    app = app_process(variables=scripted.variables)
    with HttpPage(app.url) as page:
        assert too_long() in page.follow(page.begin("Count for me.", "flood-100kb"))
    turn = only_turn(app.data_dir)
    assert (turn.status, turn.remarks) == ("completed", (too_long(),))
    assert len(turn.reply) == LARGEST_REPLY_CHARACTERS
    [row] = CsvLedger(app.data_dir / "usage.csv").entries()
    assert (row.status, row.usage_source) == ("completed", "estimated")
    assert (app.data_dir / "tally.db").stat().st_size < 4 * LARGEST_REPLY_CHARACTERS


QUESTIONS = ("Hello", "What is a ledger, and why is nothing in it ever rewritten?", "word " * 200)


def test_both_counts_are_in_the_ledger_and_their_difference_is_shown_as_it_is(
    app_process: StartApp, llama: str
) -> None:
    app = app_process(variables={"OPENAI_BASE_URL": llama, "OPENAI_API_KEY": "any"})
    for question in QUESTIONS:
        with HttpPage(app.url) as page:
            page.follow(page.begin(question, MODEL))
    app.stop()

    ledger = CsvLedger(app.data_dir / "usage.csv")
    entries = list(ledger.entries())
    expected = [entry.call.estimated_input_tokens or 0 for entry in entries]
    assert min(expected) > 0
    reported = [entry.usage.input or 0 for entry in entries]
    assert {entry.usage_source for entry in entries} == {"reported"}
    assert reported != expected

    errors = sorted(
        Decimal(100 * (ours - theirs)) / theirs for ours, theirs in zip(expected, reported, strict=True)
    )
    [[model, calls, median, worst]] = estimate_quality(Calls(ledger, ZoneInfo("UTC")), Filter()).rows
    assert (model, calls) == (MODEL, len(QUESTIONS))
    assert isinstance(median, Decimal)
    assert isinstance(worst, Decimal)
    assert abs(median - errors[1]) < Decimal("0.05")
    assert abs(worst - max(errors, key=abs)) < Decimal("0.05")


def test_the_demo_model_counts_as_its_estimate_does_also_with_a_history(app_process: StartApp) -> None:
    app = app_process()
    conversation_id = ""
    with HttpPage(app.url) as page:
        for question in QUESTIONS:
            asked = {"model-chosen": "demo", "conversation-id": conversation_id, "System prompt": "Be brief."}
            conversation_id = send(page, None, message=question, **asked)
    rows = ledger(app.data_dir)
    assert [(row["usage_source"], row["cost_usd"]) for row in rows] == [("reported", "0")] * len(QUESTIONS)
    counts = [int(row["input_tokens"]) for row in rows]
    assert counts == [int(row["estimated_input_tokens"]) for row in rows]
    assert counts == sorted(set(counts))
    assert [row["history_tokens"] != "0" for row in rows] == [False, True, True]
