"""The app on storage whose locks do nothing: it streams, is killed, starts again, and has lost nothing."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.browser.driving import endpoint_variables, ledger
from tests.conftest import StartApp
from tests.servers.app_process import ROOT, clean_environment, wait_for
from tests.servers.bodies import words
from tests.servers.faults import NO_LOCKS
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer


def refused(data_dir: Path, *command: str) -> str:
    """Run what has to fail on this storage; gives what it says."""
    ended = subprocess.run(
        [sys.executable, *command, "--data-dir", str(data_dir)],
        cwd=ROOT,
        env=clean_environment(data_dir.parent, {NO_LOCKS: "yes"}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    return ended.stderr


def test_a_killed_app_without_locks_has_lost_nothing_when_it_starts_again(
    app_process: StartApp, scripted: ScriptedServer
) -> None:
    variables = endpoint_variables(scripted) | {NO_LOCKS: "yes"}
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
    with closing(sqlite3.connect(app.data_dir / "tally.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        turns = database.execute("SELECT status, reply FROM turns ORDER BY created_at").fetchall()
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
    app = app_process(variables=endpoint_variables(scripted) | {NO_LOCKS: "yes"})
    with HttpPage(app.url) as page:
        page.follow(page.begin("One", "stream-40x5ms"))
    number = f"process {app.process.pid}"
    assert number in refused(app.data_dir, "app.py", "--port", "0")
    assert number in refused(app.data_dir, "-m", "usage", "settle", "--paid", "local", "--usd", "1")
    assert app.stop() == 0
    app_process(data_dir=app.data_dir)


def test_storage_with_locks_says_nothing_of_them(app_process: StartApp) -> None:
    with HttpPage(app_process().url) as page:
        assert "has no file locks" not in page.client.get("/config").text
