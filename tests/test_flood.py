"""The app under an endpoint that sends as fast as it can: it stops at once, and keeps no more than it says."""

from pathlib import Path

import pytest

from chat.conversation import Turn
from chat.running_turn import LARGEST_REPLY_CHARACTERS, TOO_LONG
from chat.store import ConversationStore
from tests.conftest import StartApp
from tests.fakes import database_in
from tests.servers.app_process import wait_for
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from usage.csv_ledger import CsvLedger
from usage.ledger import LOCAL_USER


def only_turn(data_dir: Path) -> Turn:
    """The turn in this folder, once its call is in the ledger."""
    store = ConversationStore(database_in(data_dir))
    wait_for(lambda: store.pending_calls() == ())
    [summary] = store.summaries(LOCAL_USER)
    conversation = store.conversation(LOCAL_USER, summary.id)
    store.close()
    assert conversation is not None
    [turn] = conversation.turns
    return turn


@pytest.mark.parametrize("model", ["endless-0ms", "flood-1kb"])
def test_a_stop_is_obeyed_while_a_flood_comes_in(
    app_process: StartApp, scripted: ScriptedServer, model: str
) -> None:
    app = app_process(variables={"OPENAI_BASE_URL": scripted.url, "OPENAI_API_KEY": "any"})
    with HttpPage(app.url) as page:
        conversation_id = page.begin("Count for me.", model)
        scripted.wait_until(lambda: scripted.chats != [])
        page.fire("stop", {"conversation-id": conversation_id})
    turn = only_turn(app.data_dir)
    assert (turn.status, turn.remarks) == ("stopped", ())
    assert len(turn.reply) < LARGEST_REPLY_CHARACTERS


def test_a_flood_that_nobody_stops_is_ended_and_said(app_process: StartApp, scripted: ScriptedServer) -> None:
    app = app_process(variables={"OPENAI_BASE_URL": scripted.url, "OPENAI_API_KEY": "any"})
    with HttpPage(app.url) as page:
        assert TOO_LONG in page.follow(page.begin("Count for me.", "flood-100kb"))
    turn = only_turn(app.data_dir)
    assert (turn.status, turn.remarks, len(turn.reply)) == (
        "completed",
        (TOO_LONG,),
        LARGEST_REPLY_CHARACTERS,
    )
    [row] = CsvLedger(app.data_dir / "usage.csv").entries()
    assert (row.status, row.usage_source) == ("completed", "estimated")
    assert (app.data_dir / "tally.db").stat().st_size < 4 * LARGEST_REPLY_CHARACTERS
