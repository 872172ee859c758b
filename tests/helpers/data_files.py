"""What a data folder holds: the rows of the ledger, the turns of the database, people who may sign in."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from access import Users
from chat.conversation import Turn
from chat.store import ConversationStore
from tests.helpers.fakes import database_in
from tests.servers.app_process import wait_for
from usage.ledger import LOCAL_USER

Row = dict[str, str]


def ledger(data_dir: Path, conversation_id: str = "") -> list[Row]:
    """Return the rows of usage.csv, or those of one conversation."""
    with (data_dir / "usage.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if conversation_id in ("", row["conversation_id"])]


def stored(data_dir: Path) -> list[tuple[str, str]]:
    """Return status and reply of each turn in the database, oldest first."""
    return ask_database(data_dir, "SELECT status, reply FROM turns ORDER BY created_at")


def pending_calls(data_dir: Path) -> int:
    """Return how many calls still have to be accounted for."""
    return int(ask_database(data_dir, "SELECT COUNT(pending_call) FROM turns")[0][0])


def ask_database(data_dir: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows that a query finds in the database, which is only read."""
    with closing(sqlite3.connect(f"file:{data_dir / 'tally.db'}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def only_turn(data_dir: Path) -> Turn:
    """Return the only turn in this folder, once no call is pending."""
    store = ConversationStore(database_in(data_dir))
    wait_for(lambda: store.pending_calls() == ())
    [summary] = store.summaries(LOCAL_USER)
    conversation = store.conversation(LOCAL_USER, summary.id)
    store.close()
    assert conversation is not None
    [turn] = conversation.turns
    return turn


PASSWORD = "correct horse"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def users_in(folder: Path, *names: str) -> Users:
    """Return the users of a folder with these people added, who all have the same password."""
    users = Users(folder / "users.json", QUICK)
    for name in names:
        users.add(name, PASSWORD)
    return users
