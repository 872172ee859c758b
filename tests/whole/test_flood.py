"""An endpoint that sends as fast as it can: a stop is obeyed, and no more is kept than Tally says."""

import pytest

from chat.calls.running_turn import LARGEST_REPLY_CHARACTERS, too_long
from tests.conftest import StartApp
from tests.helpers.data_files import only_turn
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger


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
