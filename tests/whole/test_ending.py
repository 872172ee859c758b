"""Ending in mid-reply, asked to or killed at each write: the reply is kept, its call has one row."""

import signal
from pathlib import Path

import pytest

from chat.calls.records import NOT_SENT
from chat.conversation import Turn
from tests.conftest import StartApp
from tests.helpers.data_files import ledger, only_turn, pending_calls, stored
from tests.servers.app_process import AppProcess, wait_for
from tests.servers.bodies import words
from tests.servers.guards import DIES_AFTER, DIES_BEFORE
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger, LedgerEntry

ENDLESS = "endless-20ms"
INTERRUPTED = "fate unknown: Tally ended before the reply did"


def begin_reply(app: AppProcess, model: str = ENDLESS) -> str:
    """Ask for a reply without end and wait until some of it is stored; gives the conversation's id."""
    with HttpPage(app.url) as page:
        conversation_id = page.begin("Count for me.", model)
    wait_for(lambda: any("word5 " in reply for _, reply in stored(app.data_dir)))
    return conversation_id


def shown(app: AppProcess, conversation_id: str) -> str:
    """Return all that a page shows of a conversation."""
    with HttpPage(app.url) as page:
        return page.follow(conversation_id)


def assert_interrupted_once(data_dir: Path) -> None:
    """Assert that the one reply is kept, and that its one row has an estimate that fits it."""
    [(status, reply)] = stored(data_dir)
    [row] = ledger(data_dir)
    assert status == "interrupted"
    assert reply.startswith("word1 word2 word3 word4 word5 ")
    assert (row["status"], row["usage_source"], row["purpose"]) == ("interrupted", "estimated", "reply")
    assert row["note"] == INTERRUPTED
    assert (row["price_source"], row["cost_usd"]) == ("local", "0")
    assert int(row["input_tokens"]) > 0
    assert int(row["output_tokens"]) >= len(reply.split())


@pytest.fixture
def endpoint(scripted: ScriptedServer) -> dict[str, str]:
    return scripted.variables


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_reply_under_way_is_stored_and_accounted_for_when_the_app_is_asked_to_end(
    how: signal.Signals, app_process: StartApp, endpoint: dict[str, str]
) -> None:
    app = app_process(variables=endpoint)
    conversation_id = begin_reply(app)
    app.process.send_signal(how)
    app.process.wait()
    assert app.stop() == 0  # has read all that it said
    assert_interrupted_once(app.data_dir)
    assert "Traceback" not in app.stderr
    again = app_process(variables=endpoint, data_dir=app.data_dir)
    said = shown(again, conversation_id)
    assert "word5 " in said
    assert "Tally was closed before this reply was complete. What had arrived is kept." in said
    assert len(ledger(app.data_dir)) == 1


def test_app_ends_while_a_page_follows_the_reply(app_process: StartApp, endpoint: dict[str, str]) -> None:
    app = app_process(variables=endpoint)
    conversation_id = begin_reply(app)
    with HttpPage(app.url) as page:
        page.join("follow", page.inputs("follow", {"conversation-id": conversation_id}))
        with page.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page.session}):
            assert app.stop() == 0
    assert_interrupted_once(app.data_dir)


def test_killed_reply_is_kept_and_accounted_for_once_at_the_next_start(
    app_process: StartApp, endpoint: dict[str, str]
) -> None:
    app = app_process(variables=endpoint)
    conversation_id = begin_reply(app)
    assert app.kill() == -signal.SIGKILL
    assert ledger(app.data_dir) == []
    second = app_process(variables=endpoint, data_dir=app.data_dir)
    wait_for(lambda: len(ledger(app.data_dir)) == 1)
    wait_for(lambda: stored(app.data_dir)[0][0] == "interrupted")
    assert_interrupted_once(app.data_dir)
    said = shown(second, conversation_id)
    assert "word5 " in said
    assert "Tally was closed before this reply was complete. What had arrived is kept." in said
    assert second.kill() == -signal.SIGKILL
    rows = ledger(app.data_dir)
    third = app_process(variables=endpoint, data_dir=app.data_dir)
    assert "word5 " in shown(third, conversation_id)
    assert third.stop() == 0
    assert ledger(app.data_dir) == rows


def test_killed_while_a_stopped_reply_was_still_received_it_has_one_row(
    app_process: StartApp, endpoint: dict[str, str]
) -> None:
    app = app_process(variables=endpoint)
    conversation_id = begin_reply(app)
    with HttpPage(app.url) as page:
        assert page.fire("stop", {"conversation-id": conversation_id, "finish-stopped": True}).success
    wait_for(lambda: stored(app.data_dir)[0][0] == "stopped")
    assert app.kill() == -signal.SIGKILL
    assert ledger(app.data_dir) == []
    again = app_process(variables=endpoint, data_dir=app.data_dir)
    wait_for(lambda: pending_calls(app.data_dir) == 0)
    said = shown(again, conversation_id)
    assert "You stopped this reply." in said
    assert "Its rest is received" not in said
    assert again.stop() == 0
    [row] = ledger(app.data_dir)
    assert (row["status"], row["usage_source"], row["note"]) == ("interrupted", "estimated", INTERRUPTED)


def test_start_leaves_the_reply_of_another_living_copy_alone(
    app_process: StartApp, endpoint: dict[str, str]
) -> None:
    killed = app_process(variables=endpoint)
    living = app_process(variables=endpoint, data_dir=killed.data_dir)
    begin_reply(killed)
    killed.kill()
    with HttpPage(living.url) as page:
        conversation_id = page.begin("Go on.", ENDLESS)
        wait_for(lambda: [reply != "" for _, reply in stored(killed.data_dir)] == [True, True])
        third = app_process(variables=endpoint, data_dir=killed.data_dir)
        wait_for(lambda: len(ledger(killed.data_dir)) == 1)
        wait_for(lambda: stored(killed.data_dir)[0][0] == "interrupted")
        assert stored(killed.data_dir)[1][0] == "running"
        assert third.stop() == 0
        assert stored(killed.data_dir)[1][0] == "running"
        page.fire("stop", {"conversation-id": conversation_id})
        assert "You stopped this reply." in page.follow(conversation_id)
    assert [row["status"] for row in ledger(killed.data_dir)] == ["interrupted", "stopped"]


MODEL = "stream-60x0ms"
WHOLE = "".join(words(60))
STORE = "chat.store.conversations ConversationStore"
BEGIN, FINISH = f"{STORE}.begin_call", f"{STORE}.finish_turn"
APPEND, NOTE = "usage.ledger.csv_ledger CsvLedger.append", f"{STORE}.call_is_recorded"


def after_the_kill(
    start_app: StartApp, scripted: ScriptedServer, fault: dict[str, str]
) -> tuple[Turn, list[LedgerEntry]]:
    """Ask, have the app killed at the fault, start it again; gives the turn and the ledger's rows."""
    killed = start_app(variables=scripted.variables | fault)
    with HttpPage(killed.url) as page:
        page.join("send", page.inputs("send", {"message": "Count", "model-chosen": MODEL}))
    assert killed.process.wait() == -9
    start_app(variables=scripted.variables, data_dir=killed.data_dir)
    turn = only_turn(killed.data_dir)
    return turn, list(CsvLedger(killed.data_dir / "usage.csv").entries())


def test_an_app_that_dies_before_a_call_goes_out_makes_no_row(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    turn, rows = after_the_kill(app_process, scripted, {DIES_BEFORE: BEGIN})
    assert (turn.status, turn.error, turn.entry, rows) == ("failed", NOT_SENT, None, [])
    assert scripted.chats == []


def test_an_app_that_dies_as_a_call_goes_out_makes_one_row(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    turn, [row] = after_the_kill(app_process, scripted, {DIES_AFTER: BEGIN})
    assert (turn.status, row.status, row.call.turn_id) == ("interrupted", "interrupted", turn.id)
    assert row.note == "fate unknown: Tally ended before the reply did"


@pytest.mark.parametrize(
    ("when", "place"),
    [(DIES_AFTER, FINISH), (DIES_BEFORE, APPEND), (DIES_AFTER, APPEND), (DIES_BEFORE, NOTE)],
)
def test_an_app_that_dies_at_the_end_of_a_reply_has_all_words_and_one_row(
    app_process: StartApp, scripted: ScriptedServer, when: str, place: str
) -> None:
    turn, rows = after_the_kill(app_process, scripted, {when: place})
    assert (turn.status, turn.reply, turn.remarks) == ("completed", WHOLE, ())
    assert [(row.status, row.usage.output) for row in rows] == [("completed", 60)]
    assert turn.entry is not None
    assert turn.entry.call.id == rows[0].call.id
