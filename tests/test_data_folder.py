"""Storage without file locks: it is found out, and the data are safe there with one copy of the app."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
import pytest

import data_folder
from chat.store import ConversationStore, OnlyInstance
from data_folder import MARK, FolderInUseError, claim, locks_exclude, release, user_of
from tests.helpers.fakes import CALL, ENTRY, TURN, begin_turn, database_in
from usage.ledger import CsvLedger


def had(*_: Any, **__: Any) -> bool:
    """Give the lock to everybody."""
    return True


def unsupported(*_: Any, **__: Any) -> bool:
    """Raise what a file system without locks raises."""
    raise OSError(95, "Operation not supported")


@pytest.mark.slow
def test_a_folder_with_locks_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    assert locks_exclude(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("answer", [had, unsupported])
@pytest.mark.parametrize("place", ["filelock.FileLock.acquire", "fcntl.lockf", "fcntl.flock"])
def test_locks_that_exclude_nobody_are_found_out(
    tmp_path: Path, place: str, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, answer)
    assert not locks_exclude(tmp_path)


def test_a_folder_that_cannot_be_written_is_for_others_to_complain_of(tmp_path: Path) -> None:
    assert locks_exclude(tmp_path / "nowhere")


def test_a_folder_is_one_process_own_until_it_lets_go(tmp_path: Path) -> None:
    assert user_of(tmp_path) is None
    claim(tmp_path)
    claim(tmp_path)
    assert user_of(tmp_path) == os.getpid()
    release(tmp_path)
    assert (user_of(tmp_path), list(tmp_path.iterdir())) == (None, [])


@pytest.mark.slow
def test_a_living_process_keeps_the_folder_and_a_dead_one_does_not(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from data_folder import claim; claim(Path(sys.argv[1])); "
    holder = subprocess.Popen(
        [sys.executable, "-c", code + "print(flush=True); sys.stdin.read()", str(tmp_path)],
        cwd=Path(data_folder.__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(FolderInUseError, match=f"process {holder.pid}"):
            claim(tmp_path)
        holder.kill()
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet cleared away
        claim(tmp_path)
    assert user_of(tmp_path) == os.getpid()


@pytest.mark.parametrize("change", [{"began": "1"}, {"machine": "another"}, {"pid": 2**22 + 1}, {"pid": "x"}])
def test_a_number_that_another_process_has_now_or_elsewhere_says_nothing(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    claim(tmp_path)
    mark = json.loads((tmp_path / MARK).read_text())
    (tmp_path / MARK).write_text(json.dumps({**mark, **change}))
    assert user_of(tmp_path) is None


def test_where_there_are_no_locks_only_this_process_lives() -> None:
    own = OnlyInstance("own")
    assert (own.is_alive("own"), own.is_alive("other")) == (True, False)
    with own.only_one():
        own.close()


def test_a_database_of_a_folder_that_had_locks_goes_on_without(tmp_path: Path) -> None:
    before = ConversationStore(database_in(tmp_path))
    begin_turn(before)  # not closed: what it wrote is in the journal
    after = ConversationStore(f"sqlite:///file:{tmp_path}/tally.db?vfs=unix-none&uri=true", has_locks=False)
    assert after.turn(TURN.id) == TURN
    pragmas = ("journal_mode", "locking_mode")
    with after.database.reading() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    after.close()
    before.close()
    assert found == ["delete", "exclusive"]


def test_threads_share_the_one_connection_and_lose_nothing(tmp_path: Path) -> None:
    store = ConversationStore(database_in(tmp_path), has_locks=False)

    def work(name: str) -> None:
        for number in range(20):
            turn = replace(TURN, id=f"{name}-{number}", conversation_id=f"{name}-{number}")
            begin_turn(store, turn, replace(CALL, id=turn.id, turn_id=turn.id), user=name)
            store.finish_turn(replace(turn, status="completed", reply=name))
            assert len(store.summaries(name)) == number + 1

    threads = [threading.Thread(target=work, args=(f"person-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    with closing(sqlite3.connect(tmp_path / "tally.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT COUNT(*) FROM turns WHERE status = 'completed'").fetchone() == (160,)


def test_a_ledger_is_written_where_no_lock_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filelock.FileLock, "acquire", unsupported)
    CsvLedger(tmp_path / "usage.csv", has_locks=False).append(ENTRY)
    assert [entry.call.id for entry in CsvLedger(tmp_path / "usage.csv").entries()] == [ENTRY.call.id]
