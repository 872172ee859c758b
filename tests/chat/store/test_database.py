"""Threads that write to one database take turns, and none of them waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from chat.store import StoreError
from chat.store import database as module
from chat.store.database import Database
from chat.store.schema import CONVERSATIONS

WRITERS = 8
EACH = 20


def insert(database: Database, id_: str) -> None:
    values = {"id": id_, "username": "ada", "title": id_, "updated_at": "2026-11-22T08:30:00+00:00"}
    with database.writing() as connection:
        connection.execute(CONVERSATIONS.insert(), values)


def test_threads_that_write_take_turns(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tally.db'}")
    ids = [f"{number}" for number in range(WRITERS * EACH)]
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda id_: insert(database, id_), ids))
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(CONVERSATIONS)).scalar_one() == len(ids)
    database.close()


def test_who_finds_another_writing_all_the_time_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.05)
    database = Database(f"sqlite:///{tmp_path / 'tally.db'}")
    is_writing, is_enough = threading.Event(), threading.Event()

    def hang() -> None:
        with database.writing():
            is_writing.set()
            is_enough.wait()

    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(hang)
        is_writing.wait()
        waiting = [pool.submit(insert, database, "refused") for _ in range(3)]
        try:
            for each in waiting:
                with pytest.raises(StoreError, match="locked"):
                    each.result()
        finally:
            is_enough.set()
        hanging.result()
    insert(database, "taken")
    database.close()
