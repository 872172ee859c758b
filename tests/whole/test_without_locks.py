"""The app on storage whose locks do nothing: it streams, is killed, starts again, and has lost nothing."""

from pathlib import Path

from tests.conftest import StartApp
from tests.helpers.data_files import ask_database, ledger, stored
from tests.servers.app_process import run_command, wait_for
from tests.servers.bodies import words
from tests.servers.guards import NO_LOCKS
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer


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
