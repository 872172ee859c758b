"""The list of conversations in the store: its order and pages, what is pinned, archived, deleted, gone."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chat.conversation import LONGEST_TITLE
from chat.store import RESTORABLE_FOR, ConversationStore, Cursor, LimitsStore, Purge, StoreError
from chat.store.conversation_list import MOST_PINNED, PURGED_AFTER
from chat.store.search import read_query
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, begin_turn, database_in
from tests.servers.app_process import wait_for

LATER = NOW + timedelta(hours=1)
SECRET = "The gold is under the old oak."


def add(store: ConversationStore, name: str, minutes: int = 0, user: str = "ada", said: str = "Why?") -> None:
    """Store a conversation of one turn, last used this many minutes after NOW."""
    turn = replace(
        TURN,
        id=f"turn-of-{name}",
        conversation_id=name,
        created_at=NOW + timedelta(minutes=minutes),
        question=said,
    )
    call = replace(CALL, id=f"call-of-{name}", turn_id=turn.id, conversation_id=name, user=user)
    begin_turn(store, turn, call, user=user, title=f"Title {name}")
    store.finish_turn(replace(turn, status="completed", reply=said, entry=ENTRY))


def ids(store: ConversationStore, user: str = "ada", *, archived: bool = False) -> list[str]:
    return [each.id for each in store.summaries(user, archived=archived)]


def pages(store: ConversationStore, size: int) -> list[list[str]]:
    """Return Ada's list page by page, as somebody reads it who scrolls."""
    found: list[list[str]] = []
    after = None
    while page := store.summaries("ada", after, size):
        found.append([each.id for each in page])
        after = Cursor(page[-1].updated_at, page[-1].id)
    return found


def test_pages_follow_each_other_without_gaps_also_where_times_are_equal(store: ConversationStore) -> None:
    for number in range(7):
        add(store, f"c{number}", minutes=number // 4)
    assert pages(store, 2) == [["c6", "c5"], ["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert pages(store, 100) == [["c6", "c5", "c4", "c3", "c2", "c1", "c0"]]


def test_what_comes_in_meanwhile_moves_no_row_to_another_page(store: ConversationStore) -> None:
    for number in range(4):
        add(store, f"c{number}", number)
    first = store.summaries("ada", None, 2)
    add(store, "newest", 9)
    after = Cursor(first[-1].updated_at, first[-1].id)
    assert [each.id for each in store.summaries("ada", after, 2)] == ["c1", "c0"]


@pytest.mark.parametrize(
    "place", [Cursor(datetime.min.replace(tzinfo=UTC), ""), Cursor(NOW, "'; DROP TABLE turns")]
)
def test_a_place_that_nobody_has_ends_the_list(store: ConversationStore, place: Cursor) -> None:
    add(store, "c1", 1)
    assert store.summaries("ada", place) == ()


def test_the_start_has_pinned_ones_apart_and_says_what_follows(store: ConversationStore) -> None:
    for number in range(5):
        add(store, f"c{number}", number)
    add(store, "bobs", user="bob")
    store.pin("ada", "c0", pinned=True)
    store.archive("ada", "c1", archived=True)
    start = store.list_start("ada", 2)
    assert [each.id for each in start.pinned] == ["c0"]
    assert [each.id for each in start.latest] == ["c4", "c3"]
    assert (start.has_more, start.archived) == (True, 1)
    assert start.pinned[0].is_pinned
    assert not store.list_start("ada", 3).has_more
    assert ids(store) == ["c4", "c3", "c2"]


def trace(store: ConversationStore, note: Callable[[str], object] | None) -> None:
    """Have each query told; in a test of one thread there is only one connection, used again and again."""
    with closing(store.database._engine.raw_connection()) as connection:
        connection.driver_connection.set_trace_callback(note)  # type: ignore[union-attr]


def test_however_many_rows_there_are_none_is_sorted(store: ConversationStore) -> None:
    asked: list[str] = []
    trace(store, asked.append)
    store.summaries("ada", Cursor(NOW, "c1"), 60)
    store.list_start("ada", 60)
    trace(store, None)
    with store.database.reading() as reading:
        plans = [
            row[-1]
            for query in asked
            if query.startswith("SELECT")
            for row in reading.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")
        ]
    assert len(plans) == 4
    assert [plan for plan in plans if "USING INDEX conversations_listed" not in plan] == []


def test_a_title_is_given_on_one_line_and_bounded(store: ConversationStore) -> None:
    add(store, "c1")
    store.rename("ada", "c1", "  Taxes\r\n2026\x00\u2028now\t ")
    assert store.titles("ada") == {"c1": "Taxes  2026  now"}
    store.rename("ada", "c1", "x" * 8_000_000)
    assert store.titles("ada") == {"c1": "x" * LONGEST_TITLE}
    for blank in ("", " \n\t ", "\x00\x1f"):
        with pytest.raises(StoreError, match="A title cannot be empty"):
            store.rename("ada", "c1", blank)
    with pytest.raises(StoreError, match="Nothing can be saved"):
        store.rename("ada", "c1", "\ud800")


def test_a_title_that_was_thought_up_replaces_only_the_one_that_it_was_made_for(
    store: ConversationStore,
) -> None:
    add(store, "c1")
    first = store.titles("ada")["c1"]
    store.retitle("ada", "c1", "Another", "Taxes")
    store.retitle("bob", "c1", first, "Taxes")
    store.retitle("ada", "c1", first, " \n ")
    assert store.titles("ada") == {"c1": first}
    store.retitle("ada", "c1", first, "Taxes\nof 2026")
    assert store.titles("ada") == {"c1": "Taxes of 2026"}
    assert [found.conversation_id for found in store.search("ada", read_query("taxes", UTC))] == ["c1"]


def test_what_is_pinned_or_archived_is_known_and_keeps_its_time(store: ConversationStore) -> None:
    add(store, "c1")
    store.pin("ada", "c1", pinned=True)
    conversation = store.conversation("ada", "c1")
    assert conversation is not None
    assert (conversation.is_pinned, conversation.is_archived) == (True, False)
    store.archive("ada", "c1", archived=True)
    [summary] = store.summaries("ada", archived=True)
    assert (summary.is_pinned, summary.is_archived, summary.updated_at) == (False, True, NOW)
    store.pin("ada", "c1", pinned=True)
    assert ids(store, archived=True) == []
    store.pin("ada", "c1", pinned=False)
    assert ids(store) == ["c1"]


def test_no_more_can_be_pinned_than_the_list_shows(store: ConversationStore) -> None:
    for number in range(MOST_PINNED + 1):
        add(store, f"c{number}")
    for number in range(MOST_PINNED):
        store.pin("ada", f"c{number}", pinned=True)
    store.pin("ada", "c0", pinned=True)
    with pytest.raises(StoreError, match="You already have 100 pinned chats"):
        store.pin("ada", f"c{MOST_PINNED}", pinned=True)
    assert len(store.list_start("ada", 1).pinned) == MOST_PINNED


def test_an_archived_conversation_comes_back_with_the_next_message(store: ConversationStore) -> None:
    add(store, "c1")
    store.archive("ada", "c1", archived=True)
    assert (ids(store), ids(store, archived=True)) == ([], ["c1"])
    again = replace(TURN, id="turn-2", conversation_id="c1", parent_id="turn-of-c1", created_at=LATER)
    begin_turn(store, again, replace(CALL, id="call-2", turn_id="turn-2", conversation_id="c1"), user="ada")
    assert (ids(store), ids(store, archived=True)) == (["c1"], [])


CHANGES: list[Callable[[ConversationStore, str, str], None]] = [
    lambda store, user, which: store.rename(user, which, "Mine now"),
    lambda store, user, which: store.pin(user, which, pinned=True),
    lambda store, user, which: store.archive(user, which, archived=True),
]


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_anothers_conversation_or_one_that_is_deleted(
    store: ConversationStore, change: Callable[[ConversationStore, str, str], None]
) -> None:
    add(store, "c1")
    add(store, "c2")
    store.delete("ada", "c2", NOW)
    for user, which in (("bob", "c1"), ("ada", "c2"), ("ada", "no-such")):
        with pytest.raises(StoreError, match=r"^This chat no longer exists\.$"):
            change(store, user, which)
    assert store.titles("ada") == {"c1": "Title c1"}
    assert ids(store) == ["c1"]


def test_what_is_deleted_is_hidden_everywhere_at_once(store: ConversationStore) -> None:
    add(store, "c1")
    store.pin("ada", "c1", pinned=True)
    store.delete("ada", "c1", NOW)
    start = store.list_start("ada", 60)
    assert (start.pinned, start.latest, start.archived) == ((), (), 0)
    assert store.conversation("ada", "c1") is None
    assert store.current_turn("ada", "c1") is None
    assert store.own_turn("ada", "turn-of-c1") is None
    assert store.models_used("ada") == ()
    assert store.titles("ada") == store.titles(None) == {}
    with pytest.raises(StoreError, match="no longer exists"):
        LimitsStore(store.database).set_conversation("ada", "c1", ENTRY.cost_usd)
    with pytest.raises(StoreError, match="changed or was deleted"):
        store.choose("ada", "turn-of-c1")


def test_what_was_deleted_comes_back_as_it_was_and_only_to_its_owner(store: ConversationStore) -> None:
    add(store, "c1")
    store.pin("ada", "c1", pinned=True)
    before = store.conversation("ada", "c1")
    store.delete("ada", "c1", NOW)
    with pytest.raises(StoreError, match="It is too late to undo this"):
        store.restore("bob", "c1")
    store.restore("ada", "c1")
    assert store.conversation("ada", "c1") == before
    with pytest.raises(StoreError, match="It is too late to undo this"):
        store.restore("ada", "c1")


def test_several_deletions_can_each_be_undone(store: ConversationStore) -> None:
    for number in range(3):
        add(store, f"c{number}", number)
        store.delete("ada", f"c{number}", NOW + timedelta(seconds=number))
    store.delete("bob", "c0", NOW)
    offered = store.restorable("ada", NOW + timedelta(seconds=1))
    assert [(each.title, at) for each, at in offered] == [
        ("Title c2", NOW + timedelta(seconds=2)),
        ("Title c1", NOW + timedelta(seconds=1)),
    ]
    assert store.restorable("bob", NOW) == []
    for number in (1, 0, 2):
        store.restore("ada", f"c{number}")
    assert ids(store) == ["c2", "c1", "c0"]


def test_only_what_was_deleted_long_enough_ago_is_gone_and_the_next_is_named(
    store: ConversationStore,
) -> None:
    for number in range(3):
        add(store, f"c{number}")
        store.delete("ada", f"c{number}", NOW + timedelta(seconds=number))
    assert store.purge_deleted(NOW) == NOW
    assert store.purge_deleted(NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=1)
    assert store.turn("turn-of-c0") is None
    assert store.turn("turn-of-c1") is not None
    with pytest.raises(StoreError, match="deleted for good"):
        store.restore("ada", "c0")
    assert store.purge_deleted(NOW + timedelta(seconds=9)) is None


def bytes_in(folder: Path) -> bytes:
    """Return all that the files of a folder hold."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("has_locks", [True, False])
def test_of_what_is_gone_no_file_holds_a_word(tmp_path: Path, *, has_locks: bool) -> None:
    store = ConversationStore(database_in(tmp_path), has_locks=has_locks)
    for number in range(40):
        # Some fit into a page beside others, some fill several; those that stay are between them.
        add(store, f"kept{number}", number, said="Nothing special. " * (number * 20))
        add(store, f"gone{number}", number, said=f"{SECRET} " * (1 + number * 15))
        turn = store.turn(f"turn-of-gone{number}")
        assert turn is not None
        store.finish_turn(replace(turn, reply=f"{SECRET} " * (40 - number)))
        store.rename("ada", f"gone{number}", SECRET)
    assert SECRET.encode() in bytes_in(tmp_path)
    for number in range(40):
        store.delete("ada", f"gone{number}", NOW)
    store.purge_deleted(LATER)
    assert SECRET.encode() not in bytes_in(tmp_path)
    assert SECRET.encode()[:12] not in bytes_in(tmp_path)
    assert len(ids(store)) == 40
    store.close()
    assert SECRET.encode() not in bytes_in(tmp_path)


def test_while_another_program_reads_it_is_said_that_something_may_be_left(
    tmp_path: Path, store: ConversationStore
) -> None:
    add(store, "c1", said=SECRET)
    store.delete("ada", "c1", NOW)
    with closing(sqlite3.connect(tmp_path / "tally.db", isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM turns").fetchall()
        with closing(store.database._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(StoreError, match="Another program is reading the database right now"):
            store.purge_deleted(LATER)
    store.purge_deleted(LATER)
    assert SECRET.encode() not in bytes_in(tmp_path)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_what_an_earlier_run_left_behind_is_gone_after_the_next_start(store: ConversationStore) -> None:
    add(store, "c1")
    store.delete("ada", "c1", NOW - PURGED_AFTER - timedelta(seconds=1))
    purge = Purge(store, lambda: None, lambda: NOW)
    purge.start()
    wait_for(lambda: store.turn("turn-of-c1") is None)
    purge.close()


def test_what_is_deleted_while_the_app_runs_goes_when_its_time_has_come(store: ConversationStore) -> None:
    add(store, "c1")
    add(store, "c2")
    clock = Clock()
    purge = Purge(store, lambda: None, clock)
    purge.start()
    store.delete("ada", "c1", NOW)
    purge.look_again()
    clock.now = NOW + RESTORABLE_FOR
    store.delete("ada", "c2", clock.now)
    purge.look_again()
    store.restore("ada", "c1")
    store.delete("ada", "c1", NOW)
    clock.now = NOW + PURGED_AFTER + timedelta(microseconds=1)
    purge.look_again()
    wait_for(lambda: store.turn("turn-of-c1") is None)
    assert store.turn("turn-of-c2") is not None
    purge.close()


def test_two_copies_of_the_app_delete_what_either_of_them_did(
    tmp_path: Path, store: ConversationStore
) -> None:
    other = ConversationStore(database_in(tmp_path))
    add(store, "c1")
    add(store, "c2")
    store.delete("ada", "c1", NOW)
    other.delete("ada", "c2", NOW + timedelta(seconds=5))
    assert other.purge_deleted(NOW + timedelta(seconds=1)) == NOW + timedelta(seconds=5)
    assert (store.turn("turn-of-c1"), store.turn("turn-of-c2") is None) == (None, False)
    other.close()


def test_a_purge_that_fails_is_tried_again(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    add(store, "c1")
    store.delete("ada", "c1", NOW - PURGED_AFTER - timedelta(seconds=1))
    purge_deleted, is_broken = store.purge_deleted, threading.Event()

    def broken(before: datetime) -> datetime | None:
        if not is_broken.is_set():
            is_broken.set()
            raise StoreError("The disk is full.")
        return purge_deleted(before)

    monkeypatch.setattr(store, "purge_deleted", broken)
    monkeypatch.setattr("chat.store.conversation_list.RETRY_EVERY_S", 0.01)
    purge = Purge(store, lambda: None, lambda: NOW)
    purge.start()
    wait_for(lambda: store.turn("turn-of-c1") is None)
    purge.close()
    assert "may still be on the disk; trying again. The disk is full." in caplog.text
