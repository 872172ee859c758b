import itertools
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from chat.store.conversations import ConversationStore, StoreError
from chat.store.limits_store import LimitsStore
from chat.store.migrations import STEPS
from tests.helpers.fakes import database_in

ROOT = Path(__file__).parents[3]
OPENING = (
    "import sys; from chat.store.conversations import ConversationStore; print('ready', flush=True); "
    "sys.stdin.readline(); ConversationStore(sys.argv[1]).close()"
)


def shape_of(folder: Path) -> list[tuple[str, str]]:
    """The tables and indexes of a database, as they were made."""
    connection = sqlite3.connect(folder / "tally.db")
    rows = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return rows


def change(folder: Path, statement: str, *values: int) -> None:
    """Do something to a database that is closed."""
    connection = sqlite3.connect(folder / "tally.db")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def opening(url: str) -> "subprocess.Popen[str]":
    """Another process that opens a database once it reads a line."""
    command = [sys.executable, "-c", OPENING, url]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    ConversationStore(database_in(tmp_path)).close()
    first = shape_of(tmp_path)
    ConversationStore(database_in(tmp_path)).close()
    assert shape_of(tmp_path) == first
    assert {"conversations", "turns", "schema_version"} <= {name for name, _ in first}


@pytest.mark.parametrize("version", range(1, len(STEPS)))
def test_a_database_of_any_earlier_version_is_brought_up_and_keeps_what_it_has(
    tmp_path: Path, version: int
) -> None:
    change(tmp_path, "CREATE TABLE schema_version (version INTEGER NOT NULL)")
    for statement in itertools.chain.from_iterable(STEPS[:version]):
        change(tmp_path, statement)
    change(tmp_path, "INSERT INTO schema_version VALUES (?)", version)
    change(
        tmp_path, "INSERT INTO conversations VALUES ('c', 'ada', 'Old', '2026-01-01T00:00:00+00:00', NULL)"
    )
    store = ConversationStore(database_in(tmp_path))
    assert [summary.title for summary in store.summaries("ada")] == ["Old"]
    LimitsStore(store.database).set_conversation("ada", "c", Decimal(1))
    store.close()
    assert {"limits", "reservations"} <= {name for name, _ in shape_of(tmp_path)}


def test_a_database_of_this_version_is_opened_and_a_newer_one_is_not(tmp_path: Path) -> None:
    ConversationStore(database_in(tmp_path)).close()
    change(tmp_path, "INSERT INTO schema_version VALUES (?)", len(STEPS))
    ConversationStore(database_in(tmp_path)).close()
    change(tmp_path, "INSERT INTO schema_version VALUES (?)", len(STEPS) + 1)
    newer = shape_of(tmp_path)
    with pytest.raises(StoreError, match="written by a newer version of Tally; update Tally to open it"):
        ConversationStore(database_in(tmp_path))
    assert shape_of(tmp_path) == newer


def test_a_step_that_fails_leaves_nothing_of_itself(tmp_path: Path) -> None:
    change(tmp_path, "CREATE TABLE turns (id TEXT)")
    with pytest.raises(StoreError, match="table turns already exists"):
        ConversationStore(database_in(tmp_path))
    assert shape_of(tmp_path) == [("turns", "CREATE TABLE turns (id TEXT)")]


@pytest.mark.slow
def test_copies_of_the_app_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    with ExitStack() as stack:
        copies = [stack.enter_context(opening(database_in(tmp_path))) for _ in range(2)]
        assert [copy.stdout.readline() for copy in copies if copy.stdout] == ["ready\n", "ready\n"]
        for copy in copies:
            assert copy.stdin is not None
            copy.stdin.write("open\n")
            copy.stdin.flush()
        assert [(copy.communicate(), copy.returncode) for copy in copies] == [(("", ""), 0)] * 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "Could not parse SQLAlchemy URL"),
        ("nonsense://somewhere", "Can't load plugin"),
        ("postgresql+nodriver://u:secret@localhost/x", "Can't load plugin"),
        ("sqlite:////nowhere/at/all/tally.db", "unable to open database file"),
    ],
)
def test_an_address_that_leads_nowhere_is_said_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason) as caught:
        ConversationStore(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tally.db").write_bytes(b"these are notes " * 1000)
    with pytest.raises(StoreError, match="file is not a database"):
        ConversationStore(database_in(tmp_path))
    assert (tmp_path / "tally.db").read_bytes() == b"these are notes " * 1000
