import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.store.budget_store import SharedReservations
from chat.store.conversations import ConversationStore, StoreError
from tests.helpers.fakes import CALL, NOW, database_in
from usage.budgets import Held, Reservation

ONE = Reservation(CALL, Decimal("0.000000000001"))
TWO = Reservation(replace(CALL, id="call-2", user="bob"), Decimal(7))
HELD_ONE = Held(
    call_id="call-1", user="ada", conversation_id="conversation-1", usd=Decimal("0.000000000001"), made_at=NOW
)
HELD_TWO = replace(HELD_ONE, call_id="call-2", user="bob", usd=Decimal(7))


@pytest.fixture
def shared(store: ConversationStore) -> SharedReservations:
    return SharedReservations(store.database, "this")


def reserved(call_id: str) -> Reservation:
    """Return the first reservation, of another call."""
    return replace(ONE, call=replace(CALL, id=call_id))


def always(reservation: Reservation) -> Callable[[Sequence[Held]], Reservation]:
    """Decides for this one whatever else is set aside."""
    return lambda _: reservation


def test_what_is_set_aside_comes_back_as_it_was(shared: SharedReservations) -> None:
    shared.add(always(ONE))
    shared.add(always(TWO))
    assert list(shared.all()) == [HELD_ONE, HELD_TWO]


def test_it_is_decided_with_a_look_at_all_others(shared: SharedReservations) -> None:
    seen: list[Sequence[Held]] = []

    def decide(held: Sequence[Held]) -> Reservation:
        seen.append(list(held))
        return (ONE, TWO)[len(held)]

    assert [shared.add(decide), shared.add(decide)] == [ONE, TWO]
    assert seen == [[], [HELD_ONE]]


def test_what_is_decided_against_is_not_set_aside(shared: SharedReservations) -> None:
    def refuse(_: Sequence[Held]) -> Reservation:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shared.add(refuse)
    assert list(shared.all()) == []
    shared.add(always(ONE))


def test_what_is_removed_is_gone_and_may_be_removed_again(shared: SharedReservations) -> None:
    shared.add(always(ONE))
    shared.add(always(TWO))
    shared.remove(CALL.id)
    shared.remove(CALL.id)
    assert list(shared.all()) == [HELD_TWO]


def test_what_is_kept_stays_and_is_marked(shared: SharedReservations) -> None:
    shared.add(always(ONE))
    shared.keep(CALL.id)
    shared.keep(CALL.id)
    assert list(shared.all()) == [replace(HELD_ONE, is_kept=True)]


def test_only_one_thread_decides_at_a_time(shared: SharedReservations) -> None:
    most = 3

    def decide(held: Sequence[Held]) -> Reservation:
        if len(held) >= most:
            raise ValueError("no")
        return reserved(threading.current_thread().name)

    def ask() -> None:
        try:
            shared.add(decide)
        except ValueError:
            return

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shared.all()) == most


def test_another_copy_of_the_app_sees_what_is_set_aside(tmp_path: Path, shared: SharedReservations) -> None:
    shared.add(always(ONE))
    other_store = ConversationStore(database_in(tmp_path))
    other = SharedReservations(other_store.database, "other")
    assert list(other.all()) == [HELD_ONE]
    other.add(always(TWO))
    assert list(shared.all()) == [HELD_ONE, HELD_TWO]
    other_store.close()


def test_while_one_copy_decides_another_waits(tmp_path: Path, shared: SharedReservations) -> None:
    other_store = ConversationStore(database_in(tmp_path))
    other = SharedReservations(other_store.database, "other")
    is_deciding, may_decide = threading.Event(), threading.Event()
    seen: list[Held] = []

    def slowly(_: Sequence[Held]) -> Reservation:
        is_deciding.set()
        may_decide.wait()
        return ONE

    def after(held: Sequence[Held]) -> Reservation:
        seen.extend(held)
        return TWO

    slow = threading.Thread(target=shared.add, args=(slowly,))
    slow.start()
    is_deciding.wait()
    waiting = threading.Thread(target=other.add, args=(after,))
    waiting.start()
    may_decide.set()
    slow.join()
    waiting.join()
    assert seen == [HELD_ONE]
    other_store.close()


def test_what_dead_copies_left_is_removed_once_their_calls_are_recorded(
    store: ConversationStore, shared: SharedReservations
) -> None:
    dead, unrecorded = (SharedReservations(store.database, name) for name in ("dead", "unrecorded"))
    dead.add(always(ONE))
    dead.add(always(reserved("kept")))
    dead.keep("kept")
    unrecorded.add(always(reserved("of the unrecorded")))
    shared.add(always(reserved("mine")))
    shared.remove_dead(lambda instance: instance == "this", {"unrecorded"})
    kept, of_unrecorded, mine = (
        replace(HELD_ONE, call_id=name) for name in ("kept", "of the unrecorded", "mine")
    )
    assert list(shared.all()) == [replace(kept, is_kept=True), of_unrecorded, mine]


def test_what_cannot_be_removed_now_is_before_the_next_is_added(
    tmp_path: Path, store: ConversationStore, shared: SharedReservations, caplog: pytest.LogCaptureFixture
) -> None:
    connection = store.database._engine.raw_connection()  # the one that this thread uses from now on
    connection.cursor().execute("PRAGMA busy_timeout = 0")
    connection.close()
    shared.add(always(ONE))
    other = sqlite3.connect(tmp_path / "tally.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    shared.remove(CALL.id)
    assert "goes on to count for now: Nothing can be saved: database is locked" in caplog.text
    with pytest.raises(StoreError):
        shared.add(always(TWO))
    other.close()
    shared.add(always(TWO))
    assert list(shared.all()) == [HELD_TWO]
