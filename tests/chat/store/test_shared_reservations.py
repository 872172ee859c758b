import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from chat.store.budget_store import SharedReservations
from chat.store.conversations import ConversationStore, StoreError
from tests.helpers.fakes import NOW, database_in
from usage.budgets import Reservation
from usage.budgets.reservations import OwnReservations, Reservations

ONE = Reservation(
    call_id="call-1", user="ada", conversation_id="conversation-1", usd=Decimal("0.000000000001"), made_at=NOW
)
TWO = replace(ONE, call_id="call-2", user="bob", usd=Decimal(7))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(database_in(tmp_path))
    yield store
    store.close()


@pytest.fixture
def shared(store: ConversationStore) -> SharedReservations:
    return SharedReservations(store.database, "this")


@pytest.fixture(params=["own", "shared"])
def either(request: pytest.FixtureRequest, shared: SharedReservations) -> Reservations:
    """Both kinds: they behave the same within one process."""
    return OwnReservations() if request.param == "own" else shared


def always(reservation: Reservation) -> Callable[[Sequence[Reservation]], Reservation]:
    """Decides for this one whatever else is set aside."""
    return lambda _: reservation


def test_what_is_set_aside_comes_back_as_it_was(either: Reservations) -> None:
    either.add(always(ONE))
    either.add(always(TWO))
    assert list(either.all()) == [ONE, TWO]


def test_it_is_decided_with_a_look_at_all_others(either: Reservations) -> None:
    seen: list[Sequence[Reservation]] = []

    def decide(held: Sequence[Reservation]) -> Reservation:
        seen.append(list(held))
        return (ONE, TWO)[len(held)]

    assert [either.add(decide), either.add(decide)] == [ONE, TWO]
    assert seen == [[], [ONE]]


def test_what_is_decided_against_is_not_set_aside(either: Reservations) -> None:
    def refuse(_: Sequence[Reservation]) -> Reservation:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        either.add(refuse)
    assert list(either.all()) == []
    either.add(always(ONE))


def test_what_is_removed_is_gone_and_may_be_removed_again(either: Reservations) -> None:
    either.add(always(ONE))
    either.add(always(TWO))
    either.remove(ONE)
    either.remove(ONE)
    assert list(either.all()) == [TWO]


def test_what_is_kept_stays_and_is_marked(either: Reservations) -> None:
    either.add(always(ONE))
    either.keep(ONE)
    either.keep(ONE)
    assert list(either.all()) == [replace(ONE, is_kept=True)]


def test_only_one_thread_decides_at_a_time(either: Reservations) -> None:
    most = 3

    def decide(held: Sequence[Reservation]) -> Reservation:
        if len(held) >= most:
            raise ValueError("no")
        return replace(ONE, call_id=threading.current_thread().name)

    def ask() -> None:
        try:
            either.add(decide)
        except ValueError:
            return

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(either.all()) == most


def test_another_copy_of_the_app_sees_what_is_set_aside(tmp_path: Path, shared: SharedReservations) -> None:
    shared.add(always(ONE))
    other_store = ConversationStore(database_in(tmp_path))
    other = SharedReservations(other_store.database, "other")
    assert list(other.all()) == [ONE]
    other.add(always(TWO))
    assert list(shared.all()) == [ONE, TWO]
    other_store.close()


def test_while_one_copy_decides_another_waits(tmp_path: Path, shared: SharedReservations) -> None:
    other_store = ConversationStore(database_in(tmp_path))
    other = SharedReservations(other_store.database, "other")
    is_deciding, may_decide = threading.Event(), threading.Event()
    seen: list[Reservation] = []

    def slowly(_: Sequence[Reservation]) -> Reservation:
        is_deciding.set()
        may_decide.wait()
        return ONE

    def after(held: Sequence[Reservation]) -> Reservation:
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
    assert seen == [ONE]
    other_store.close()


def test_what_dead_copies_left_is_removed_once_their_calls_are_settled(
    store: ConversationStore, shared: SharedReservations
) -> None:
    dead, unsettled = (SharedReservations(store.database, name) for name in ("dead", "unsettled"))
    kept, of_unsettled, mine = (replace(ONE, call_id=name) for name in ("kept", "of unsettled", "mine"))
    dead.add(always(ONE))
    dead.add(always(kept))
    dead.keep(kept)
    unsettled.add(always(of_unsettled))
    shared.add(always(mine))
    shared.remove_dead(lambda instance: instance == "this", {"unsettled"})
    assert list(shared.all()) == [replace(kept, is_kept=True), of_unsettled, mine]


def test_what_cannot_be_removed_now_is_before_the_next_is_added(
    tmp_path: Path, store: ConversationStore, shared: SharedReservations, caplog: pytest.LogCaptureFixture
) -> None:
    connection = store.database._engine.raw_connection()  # the one that this thread uses from now on
    connection.cursor().execute("PRAGMA busy_timeout = 0")
    connection.close()
    shared.add(always(ONE))
    other = sqlite3.connect(tmp_path / "tally.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    shared.remove(ONE)
    assert "goes on to count for now: Nothing can be saved: database is locked" in caplog.text
    with pytest.raises(StoreError):
        shared.add(always(TWO))
    other.close()
    shared.add(always(TWO))
    assert list(shared.all()) == [TWO]
