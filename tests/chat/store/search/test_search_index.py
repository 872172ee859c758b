"""The index: kept up with what is written, brought up to date later, and rid of what is deleted."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from chat.store import ConversationStore, StoreError
from chat.store.schema import CONVERSATIONS, TURNS, row_of
from chat.store.search import index_title, index_turns, search_index, upkeep
from tests.chat.store.search.saying import find, lines, say
from tests.helpers.fakes import CALL, NOW, TURN, begin_turn, database_in, delete_for_good

ROOT = Path(__file__).parents[4]
SECRET = "zyxomma"
KILLED = """
import os, sys
from chat.store import ConversationStore
from chat.store.search import search_index, upkeep
upkeep.TURNS_AT_ONCE = 3
store, insert, left = ConversationStore(sys.argv[1]), search_index._insert, [3]
def dying(connection, turns):
    insert(connection, turns)
    left[0] -= 1
    if not left[0]:
        os._exit(9)  # in the middle of a piece
search_index._insert = dying
store.search_upkeep.catch_up()
"""


def words_in(folder: Path) -> list[tuple[int, str]]:
    """Everything that is indexed, by the number of its message, but for what marks whose it is."""
    with closing(sqlite3.connect(folder / "tally.db")) as database:
        database.execute("CREATE VIRTUAL TABLE temp.shown USING fts5vocab(main, search_words, instance)")
        rows = database.execute("SELECT doc, term FROM shown WHERE col = 'words' ORDER BY doc, offset")
        return rows.fetchall()


def is_on_disk(folder: Path, word: str) -> bool:
    return any(word.encode() in path.read_bytes() for path in folder.glob("tally.db*"))


def forget_index(folder: Path) -> None:
    """Leave a database as a Tally without search would have written it."""
    with closing(sqlite3.connect(folder / "tally.db")) as database, database:
        database.executescript(
            "DROP TABLE search_words; DROP INDEX turns_by_search_number; DROP TABLE search_chores;"
            "DROP INDEX conversations_without_words;"
            "ALTER TABLE turns DROP COLUMN search_number; ALTER TABLE conversations DROP COLUMN search_title;"
            "UPDATE schema_version SET version = 5;"
        )


@pytest.fixture
def old(tmp_path: Path) -> Iterator[ConversationStore]:
    """A store whose database was written by a version without search: 20 turns about foxes."""
    store = ConversationStore(database_in(tmp_path))
    for number in range(20):
        say(store, f"fox {number}", f"reply {number}", title=f"t{number}", at=NOW + timedelta(hours=number))
    store.close()
    forget_index(tmp_path)
    store = ConversationStore(database_in(tmp_path))
    yield store
    store.close()


def test_a_question_is_found_at_once_and_its_reply_when_it_has_ended(store: ConversationStore) -> None:
    begin_turn(store, replace(TURN, question="Where is the fox?"))
    store.save_progress(replace(TURN, reply="In the hen"))
    assert lines(store, "fox") == ["Where is the [fox]?"]
    assert lines(store, "hen") == []
    store.finish_turn(replace(TURN, question="Where is the fox?", status="stopped", reply="In the hen house"))
    assert lines(store, "hen") == ["In the [hen] house"]
    assert not store.is_indexing()


def test_a_reply_that_ends_again_takes_the_place_of_the_earlier_one(
    store: ConversationStore, tmp_path: Path
) -> None:
    ended = say(store, "Why?", "first words")
    store.finish_turn(ended)
    store.finish_turn(replace(ended, reply="second words"))
    assert lines(store, "first") == []
    assert lines(store, "second") == ["[second] words"]
    assert [word for _, word in words_in(tmp_path)] == ["why", "second", "words"]


def test_a_conversation_is_found_by_its_title_of_now(store: ConversationStore) -> None:
    say(store, "Why?", chat="c", title="Old name")
    with store.database.writing() as connection:
        connection.execute(CONVERSATIONS.update().values(title="New name"))
        index_title(connection, "c", "New name")
    assert lines(store, "old") == []
    assert lines(store, "new") == ["[New] name"]


def test_many_turns_of_one_moment_are_kept_in_the_order_they_came(store: ConversationStore) -> None:
    for number in range(70):
        say(store, f"fox {number}")
    assert [each.line for each in find(store, "fox")] == [f"fox {number}" for number in range(69, 19, -1)]


def test_turns_that_come_later_stand_where_their_time_says(store: ConversationStore) -> None:
    say(store, "fox of today")
    turns = [
        replace(
            TURN,
            id=f"imported-{hours}",
            conversation_id="imported",
            question=f"fox {hours} hours ago",
            created_at=NOW - timedelta(hours=hours),
            status="completed",
        )
        for hours in (1, 30, 2)
    ]
    say(store, "another", id="first", chat="imported", at=NOW - timedelta(days=9))
    with store.database.writing() as connection:
        for turn in turns:
            values = {**row_of(turn), "pending_call": None, "instance": "", "is_out": 0}
            connection.execute(TURNS.insert().values(**values))
        index_turns(connection, "ada", turns)
    assert [each.line for each in find(store, "fox")] == [
        "fox of today",
        "fox 1 hours ago",
        "fox 2 hours ago",
        "fox 30 hours ago",
    ]


def test_nothing_is_indexed_of_what_could_not_be_saved(store: ConversationStore, tmp_path: Path) -> None:
    ended = say(store, "Why?", "Because.", chat="c")
    conversation = store.conversation("ada", "c")
    assert conversation is not None
    twice = replace(ended, parent_id=ended.id, question="fox", status="running")
    with pytest.raises(StoreError):
        store.add_turns(conversation.followed_by([twice]), [CALL], "this")
    assert [word for _, word in words_in(tmp_path)] == ["why", "because"]


def test_a_database_of_before_is_indexed_in_the_background_the_newest_first(
    old: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "TURNS_AT_ONCE", 6)
    assert old.is_indexing()
    assert lines(old, "fox") == []
    assert old.search_upkeep._index_some()
    assert [each.line for each in find(old, "fox")] == [f"fox {number}" for number in range(19, 13, -1)]
    assert old.is_indexing()
    say(old, "a new fox", at=NOW + timedelta(days=2))
    old.search_upkeep.catch_up()
    assert not old.is_indexing()
    found = [each.line for each in find(old, "fox")]
    assert found == ["a new fox", *(f"fox {number}" for number in range(19, -1, -1))]
    assert len(find(old, "reply")) == 20
    assert [each.title for each in find(old, "t7")] == ["t7"]


@pytest.mark.slow
def test_indexing_goes_on_where_a_kill_broke_it_off(old: ConversationStore, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, database_in(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert 0 < len(find(old, "fox")) < 20
    assert old.is_indexing()
    old.search_upkeep.catch_up()
    assert len(find(old, "fox")) == 20
    words = words_in(tmp_path)
    assert len(words) == len(set(words)) == 80


def test_a_turn_under_way_in_a_database_of_before_is_indexed_when_it_ends(
    store: ConversationStore, tmp_path: Path
) -> None:
    begin_turn(store, replace(TURN, question="fox"))
    store.close()
    forget_index(tmp_path)
    reopened = ConversationStore(database_in(tmp_path))
    reopened.search_upkeep.catch_up()
    assert lines(reopened, "fox") == []
    reopened.finish_turn(replace(TURN, question="fox", status="interrupted", reply="hen"))
    assert lines(reopened, "fox") == ["[fox]"]
    assert lines(reopened, "hen") == ["[hen]"]
    reopened.close()


def test_deleted_words_are_gone_from_the_disk(store: ConversationStore, tmp_path: Path) -> None:
    say(store, "Stays here", "for good", at=NOW - timedelta(days=1))
    say(store, f"The {SECRET}", f"{SECRET} again", chat="gone", title=f"About {SECRET}")
    say(store, "Stays too", at=NOW + timedelta(days=1))
    assert is_on_disk(tmp_path, SECRET)
    delete_for_good(store, "ada", "gone")
    assert lines(store, SECRET) == []
    store.search_upkeep.catch_up()
    assert not is_on_disk(tmp_path, SECRET)
    assert len(lines(store, "stays")) == 2
    with store.database.reading() as connection:
        assert search_index.words_to_forget(connection) is None


def test_what_is_deleted_while_words_are_being_forgotten_is_forgotten_too(
    store: ConversationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, "first", chat="first")
    say(store, SECRET, chat="second")
    delete_for_good(store, "ada", "first")
    merge = search_index.merge

    def deleting(connection: object, pages: int) -> bool:
        monkeypatch.setattr(search_index, "merge", merge)
        merge(connection, pages)  # type: ignore[arg-type]
        return False

    monkeypatch.setattr(search_index, "merge", deleting)
    have_forgotten = search_index.have_forgotten

    def late(connection: object, number: int) -> None:
        monkeypatch.setattr(search_index, "have_forgotten", have_forgotten)
        search_index.forget_conversation(connection, "second")  # type: ignore[arg-type]
        have_forgotten(connection, number)  # type: ignore[arg-type]

    monkeypatch.setattr(search_index, "have_forgotten", late)
    store.search_upkeep.catch_up()
    with store.database.reading() as connection:
        assert search_index.words_to_forget(connection) is not None
    delete_for_good(store, "ada", "second")
    store.search_upkeep.catch_up()
    assert not is_on_disk(tmp_path, SECRET)


def test_an_index_of_a_newer_sqlite_is_rebuilt(store: ConversationStore, tmp_path: Path) -> None:
    say(store, "fox")
    store.close()
    with closing(sqlite3.connect(tmp_path / "tally.db")) as database, database:
        database.execute("UPDATE search_words_config SET v = 5 WHERE k = 'version'")
    reopened = ConversationStore(database_in(tmp_path))
    reopened.search_upkeep.catch_up()
    assert lines(reopened, "fox") == ["[fox]"]
    reopened.close()


def test_a_damaged_index_is_rebuilt_and_keeps_nobody_from_writing(
    store: ConversationStore, caplog: pytest.LogCaptureFixture
) -> None:
    say(store, "fox", "hen", chat="first")
    with store.database.writing() as connection:
        connection.execute(text("DELETE FROM search_words_data"))
    say(store, "a fox too")
    delete_for_good(store, "ada", "first")
    store.search_upkeep.catch_up()
    assert lines(store, "fox") == ["a [fox] too"]
    assert "is damaged, and is rebuilt" in caplog.text


def test_the_upkeep_runs_until_it_is_stopped_and_does_what_comes_meanwhile(
    old: ConversationStore, tmp_path: Path
) -> None:
    thread = threading.Thread(target=old.search_upkeep.run)
    thread.start()
    while old.is_indexing():
        pass
    delete_for_good(old, "ada", find(old, "fox 7")[-1].conversation_id)
    wait_until_forgotten(old)
    old.search_upkeep.stop()
    thread.join()
    assert len(find(old, "fox")) == 19


def wait_until_forgotten(store: ConversationStore) -> None:
    number: int | None = 1
    while number is not None:
        with store.database.reading() as connection:
            number = search_index.words_to_forget(connection)


def test_without_an_index_titles_are_still_brought_up_to_date(
    old: ConversationStore,
) -> None:
    with old.database.writing() as connection:
        connection.execute(text("DROP TABLE search_words"))
    old.search_upkeep.catch_up()
    assert [each.title for each in find(old, "t7")] == ["t7"]
    assert len(find(old, "fox")) == 20
    assert not old.is_indexing()


def test_numbers_are_in_the_order_of_time() -> None:
    moments = [datetime.fromisoformat(f"2026-0{month}-01T00:00:00Z") for month in (1, 2, 3)]
    numbers = [search_index.first_number(moment) for moment in moments]
    assert numbers == sorted(numbers)
