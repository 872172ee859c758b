"""The app killed at each write of a call: after the next start there is one row or none, and all words."""

import pytest

from chat.calls.records import NOT_SENT
from chat.conversation import Turn
from tests.conftest import StartApp
from tests.helpers.data_files import only_turn
from tests.servers.bodies import words
from tests.servers.guards import DIES_AFTER, DIES_BEFORE
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger, LedgerEntry

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
        page.join("send", page.inputs("send", {"message": "Count", "model": MODEL}))
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
