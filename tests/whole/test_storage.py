"""Storage that makes it hard: a full disk, no locks, a ledger edited by hand: nothing is lost."""

import csv
from pathlib import Path

from tests.conftest import StartApp
from tests.helpers.data_files import ask_database, ledger, stored
from tests.servers.app_process import run_command, wait_for
from tests.servers.bodies import words
from tests.servers.guards import NO_LOCKS
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from usage.ledger import csv_line

ENDLESS = "endless-20ms"
SEMICOLONS = "usage.csv was saved with semicolons between the columns, as some spreadsheets do."


def test_message_that_cannot_be_saved_is_not_sent(app_process: StartApp, scripted: ScriptedServer) -> None:
    app = app_process(variables=scripted.variables)
    message = {"message": "Hello", "model-chosen": "gpt-6-luna", "message-id": "0123456789abcdef"}
    with HttpPage(app.url) as page:
        app.fill_disk()
        refused = page.fire("send", message)
        assert "The message was not sent." in refused.text
        assert "Nothing can be saved" in refused.text
        assert refused.outputs["Sent"] == message["message-id"]  # no turn: the page puts it back into its box
        assert scripted.chats == []
        app.make_room()
        page.follow(page.begin("Hello", "gpt-6-luna"))
    assert [status for status, _ in stored(app.data_dir)] == ["completed"]
    assert len(ledger(app.data_dir)) == 1


def test_reply_during_which_the_disk_fills_is_shown_and_accounted_for_once_there_is_room(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables)
    with HttpPage(app.url) as page:
        conversation_id = page.begin("Count for me.", ENDLESS)
        wait_for(lambda: any("word5 " in reply for _, reply in stored(app.data_dir)))
        app.fill_disk()
        page.fire("stop", {"conversation-id": conversation_id})
        wait_for(lambda: scripted.chats[0].disconnected_at is not None)
        said = page.follow(conversation_id)
        assert "word5 " in said
        assert "What this reply cost could not be recorded." in said
        assert "This reply could not be saved." in said
    assert ledger(app.data_dir) == []
    app.make_room()
    assert app.stop() == 0
    again = app_process(variables=scripted.variables, data_dir=app.data_dir)
    wait_for(lambda: len(ledger(app.data_dir)) == 1)
    wait_for(lambda: stored(app.data_dir)[0][0] != "running")
    with HttpPage(again.url) as page:
        assert "word5 " in page.follow(conversation_id)
        page.follow(page.begin("Once more.", "gpt-6-luna"))
    rows = ledger(app.data_dir)
    assert [row["usage_source"] for row in rows] == ["estimated", "reported"]
    assert [row["cost_usd"] for row in rows] == ["0", "0"]


def test_ledger_edited_by_hand_is_read_by_its_header_and_goes_on(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    first = app_process(variables=scripted.variables)
    with HttpPage(first.url) as page:
        for question in ("One", "Two", "Three"):
            page.follow(page.begin(question, "gpt-6-luna"))
    first.stop()
    edited = _edited(first.data_dir / "usage.csv")
    second = app_process(variables=scripted.variables, data_dir=first.data_dir)
    with HttpPage(second.url) as page:
        page.follow(page.begin("Four", "gpt-6-luna"))
        tab = page.fire("show", {"usage-period": "all", "usage-by": "day"}).text
    assert "2 rows of usage.csv left out: line 3 " in tab
    assert "; line 5 " in tab
    assert '<td class=\\"figure\\" data-exact=\\"3\\">3</td>' in tab  # calls
    whole = (first.data_dir / "usage.csv").read_bytes()
    assert whole.startswith(edited + b"\n")
    row = ledger(first.data_dir)[-1]
    told = [row[name] for name in ("note", "status", "input_tokens", "output_tokens")]
    assert told == ["", "completed", "1234", "8"]
    assert whole.count(b"\n") == 6


def test_ledger_saved_with_semicolons_while_the_app_runs_is_said_and_nothing_is_lost(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables | {"TALLY_DAILY_BUDGET_USD": "1"})
    path = app.data_dir / "usage.csv"
    with HttpPage(app.url) as page:
        page.follow(page.begin("One", "gpt-6-luna"))
        conversation_id = page.begin("Count for me.", ENDLESS)
        wait_for(lambda: any("word5 " in reply for _, reply in stored(app.data_dir)))
        copy = path.read_bytes()
        saved = copy.replace(b",", b";")
        path.write_bytes(saved)
        page.fire("stop", {"conversation-id": conversation_id})
        said = page.follow(conversation_id)
        assert f"What this reply cost could not be recorded. {SEMICOLONS}" in said
        message = {"message": "Three", "model-chosen": "gpt-6-luna", "message-id": "0123456789abcdef"}
        refused = page.fire("send", message)
        assert SEMICOLONS in refused.text
        assert "The message was not sent." in refused.text
        assert SEMICOLONS in page.fire("show", {"usage-period": "all", "usage-by": "day"}).text
        assert path.read_bytes() == saved
        assert len(scripted.chats) == 2
        path.write_bytes(copy)
        wait_for(lambda: len(ledger(app.data_dir)) == 2)
        page.follow(page.begin("Three", "gpt-6-luna"))
    assert [row["status"] for row in ledger(app.data_dir)] == ["completed", "stopped", "completed"]


def _edited(path: Path) -> bytes:
    """Turn the columns round, add one, spoil the second row, and leave half a last line."""
    header, *rows = [fields[::-1] for fields in csv.reader(path.read_text().splitlines())]
    lines = [["note", *header], *(["mine", *row] for row in rows)]
    lines[2][header.index("input_tokens") + 1] = "many"
    text = b"".join(map(csv_line, lines)) + b"mine,12"
    path.write_bytes(text)
    return text


def refused(data_dir: Path, *command: str) -> str:
    """Run what has to fail on this storage; gives what it says."""
    ended = run_command(
        data_dir.parent, "-m", *command, "--data-dir", str(data_dir), variables={NO_LOCKS: "yes"}
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    return ended.stderr


def test_a_killed_app_without_locks_has_lost_nothing_when_it_starts_again(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    variables = scripted.variables | {NO_LOCKS: "yes"}
    app = app_process(variables=variables)
    with HttpPage(app.url) as page:
        assert "has no file locks" in page.client.get("/config").text
        page.follow(page.begin("One", "stream-40x5ms"))
        page.begin("Two", "endless-20ms")
    # Nobody else may open the database now; after three seconds some of the reply has been saved.
    wait_for(lambda: scripted.chats[-1].events_sent > 150)
    app.kill()

    again = app_process(variables=variables, data_dir=app.data_dir)
    wait_for(lambda: len(ledger(app.data_dir)) == 2)
    with HttpPage(again.url) as page:
        page.follow(page.begin("Three", "stream-40x5ms"))
    assert again.stop() == 0

    assert [row["status"] for row in ledger(app.data_dir)] == ["completed", "interrupted", "completed"]
    assert ask_database(app.data_dir, "PRAGMA integrity_check") == [("ok",)]
    turns = stored(app.data_dir)
    whole = "".join(words(40))
    assert [(status, reply == whole) for status, reply in turns] == [
        ("completed", True),
        ("interrupted", False),
        ("completed", True),
    ]
    assert turns[1][1].startswith("word1 word2 ")
    assert not (app.data_dir / "tally.db-wal").exists()


def test_a_second_app_and_a_command_that_writes_are_refused_while_the_first_runs(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables | {NO_LOCKS: "yes"})
    with HttpPage(app.url) as page:
        page.follow(page.begin("One", "stream-40x5ms"))
    number = f"process {app.process.pid}"
    assert number in refused(app.data_dir, "app", "--port", "0")
    assert number in refused(app.data_dir, "usage", "settle", "--paid", "local", "--usd", "1")
    assert app.stop() == 0
    app_process(data_dir=app.data_dir)


def test_storage_with_locks_says_nothing_of_them(app_process: StartApp) -> None:
    with HttpPage(app_process().url) as page:
        assert "has no file locks" not in page.client.get("/config").text
