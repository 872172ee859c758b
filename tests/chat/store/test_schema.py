import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from chat.conversation import Conversation
from chat.store.budget_store import LimitsStore, SharedReservations
from chat.store.conversations import ConversationStore, PendingCall, StoreError
from chat.store.schema import OLDEST, VERSION
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, database_in
from usage.budgets import Limit
from usage.units import Endpoint

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


def columns_of(folder: Path) -> dict[str, set[str]]:
    """The names of the columns of each table."""
    connection = sqlite3.connect(folder / "tally.db")
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in tables}
    connection.close()
    return columns


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


def test_a_database_of_the_version_before_is_brought_up_to_date_and_loses_nothing(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "tally.db")
    connection.executescript(Path(__file__).with_name("version_4.sql").read_text())
    connection.close()
    store = ConversationStore(database_in(tmp_path))
    ended = replace(
        TURN,
        status="completed",
        reply="Because.",
        reasoning="Hm.",
        remarks=("A remark.",),
        entry=replace(ENTRY, cost_source=None),
    )
    begun = replace(
        TURN,
        id="turn-2",
        parent_id="turn-1",
        question="How?",
        created_at=NOW + timedelta(minutes=1),
        reply="So",
    )
    assert store.conversation("ada", TURN.conversation_id) == Conversation(
        id=TURN.conversation_id, user="ada", title="Why?", turns=(ended, begun), current_turn_id="turn-2"
    )
    endpoint = Endpoint("api.example.com", "openai")
    call = replace(CALL, id="call-2", turn_id="turn-2", endpoint=endpoint, most_output_tokens=5)
    assert store.pending_calls() == (PendingCall(call, "dead", is_out=True),)
    limits = LimitsStore(store.database).limits("ada", TURN.conversation_id)
    assert limits == (Limit(Decimal("0.50"), "day", "own"), Limit(Decimal(3), "ever", "conversation"))
    [reservation] = SharedReservations(store.database, "this").all()
    assert (reservation.call_id, reservation.usd) == ("call-2", Decimal("0.01"))
    store.close()
    (tmp_path / "new").mkdir()
    ConversationStore(database_in(tmp_path / "new")).close()
    assert columns_of(tmp_path) == columns_of(tmp_path / "new")
    assert {name for name, _ in shape_of(tmp_path / "new")} <= {name for name, _ in shape_of(tmp_path)}


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (OLDEST - 1, "written by an older version of Tally, which this one cannot read; move it away"),
        (VERSION + 1, "written by a newer version of Tally; update Tally to open it"),
    ],
)
def test_a_database_of_another_version_is_refused_and_left_alone(
    tmp_path: Path, version: int, said: str
) -> None:
    change(tmp_path, "CREATE TABLE schema_version (version INTEGER NOT NULL)")
    change(tmp_path, "INSERT INTO schema_version VALUES (?)", version)
    before = shape_of(tmp_path)
    with pytest.raises(StoreError, match=said):
        ConversationStore(database_in(tmp_path))
    assert shape_of(tmp_path) == before


def test_a_database_that_cannot_be_made_leaves_nothing_of_itself(tmp_path: Path) -> None:
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
