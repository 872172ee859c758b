"""Temporary conversations: whole in memory, nothing in the files but calls under way, within limits."""

import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from chat.conversation import Conversation, Turn, WaitingMessage
from chat.providers import Parameters
from chat.store import ConversationStore, LimitsStore, Purge, StoreError, WaitingMessages
from chat.store.schema import row_of
from chat.store.temporary_chats import room
from tests.helpers.fakes import CALL, ENTRY, TURN, database_in
from tests.servers.app_process import wait_for
from usage.budgets import Limit
from usage.ledger import TEMPORARY, Call

SECRET = "The gold is under the old oak."
HERE = f"{TEMPORARY}conversation"


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    return ConversationStore(database_in(tmp_path))


def a_turn(conversation_id: str = HERE, created_at: datetime = TURN.created_at) -> Turn:
    turn_id = f"{conversation_id}-turn"
    return replace(TURN, id=turn_id, conversation_id=conversation_id, question=SECRET, created_at=created_at)


def begin(store: ConversationStore, turn: Turn, budget_usd: Decimal | None = None) -> None:
    chat = Conversation(id=turn.conversation_id, user="ada", title=SECRET).followed_by([turn])
    store.add_turns(chat, [call_of(turn)], "this", budget_usd)


def call_of(turn: Turn) -> Call:
    return replace(CALL, id=f"call-of-{turn.id}", turn_id=turn.id, conversation_id=turn.conversation_id)


def end(store: ConversationStore, turn: Turn) -> Turn:
    ended = replace(turn, status="completed", reply=SECRET, entry=replace(ENTRY, call=call_of(turn)))
    store.finish_turn(ended)
    return ended


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("tally.db*"))


def test_a_temporary_conversation_is_whole_and_nothing_of_it_is_in_a_file(
    store: ConversationStore, tmp_path: Path
) -> None:
    turn = a_turn()
    begin(store, turn)
    store.begin_call(call_of(turn))
    store.save_progress(replace(turn, reply=SECRET))
    [pending] = store.pending_calls()
    assert (pending.call, pending.is_out, pending.has_turn) == (call_of(turn), True, False)
    assert SECRET.encode() not in files_of(tmp_path)
    store.call_was_refused(call_of(turn))
    assert [each.is_out for each in store.pending_calls()] == [False]
    ended = end(store, turn)
    assert store.pending_calls() == ()
    read = store.conversation("ada", HERE)
    assert read is not None
    assert read.turns == (ended,)
    assert store.conversation("bob", HERE) is None
    assert store.own_turn("bob", turn.id) is None
    assert store.own_turn("ada", turn.id) == store.turn(turn.id) == store.current_turn("ada", HERE) == ended
    assert store.list_start("ada", 10).latest == ()
    assert store.titles(None) == {}
    assert SECRET.encode() not in files_of(tmp_path)
    assert ConversationStore(database_in(tmp_path)).conversation("ada", HERE) is None


def test_what_has_no_id_is_not_temporary(store: ConversationStore) -> None:
    for no_id in ("", None):
        assert store.database.of(no_id) is store.database
    assert store.database.of(HERE) is store.database.temporary


def test_what_waits_and_the_budget_of_a_temporary_conversation_go_with_it(
    store: ConversationStore, tmp_path: Path
) -> None:
    turn = a_turn()
    begin(store, turn, ENTRY.cost_usd)
    limits, waiting = LimitsStore(store.database), WaitingMessages(store.database)
    limits.set_own("ada", "day", ENTRY.cost_usd)
    assert ENTRY.cost_usd is not None
    own, here = Limit(ENTRY.cost_usd, "day", "own"), Limit(ENTRY.cost_usd, "ever", "conversation")
    assert {*limits.limits("ada", HERE)} == {own, here}
    limits.set_conversation("ada", HERE, None)
    assert limits.limits("ada", HERE) == (own,)
    waits = (WaitingMessage("message-waiting-1", SECRET),)
    assert waiting.change("ada", HERE, waits) == waiting.of("ada", HERE) == waits
    assert SECRET.encode() not in files_of(tmp_path)


def test_a_copy_and_versions_of_a_temporary_conversation_are_temporary(
    store: ConversationStore,
) -> None:
    turn = a_turn()
    begin(store, turn)
    end(store, turn)
    ids = iter(["a", "b"])
    copied = store.fork("ada", turn.id, lambda: next(ids), TURN.created_at)
    assert copied.startswith(TEMPORARY)
    copy = store.conversation("ada", copied)
    assert copy is not None
    assert [each.id.startswith(TEMPORARY) for each in copy.turns] == [True]
    store.show_turn("ada", HERE, turn.id)


def test_a_call_that_cannot_begin_in_memory_is_not_left_in_the_database(store: ConversationStore) -> None:
    begin(store, a_turn())
    with pytest.raises(StoreError):
        begin(store, a_turn())
    assert len(store.pending_calls()) == 1


def test_the_oldest_of_a_person_goes_but_never_one_with_a_reply_under_way(store: ConversationStore) -> None:
    turns = [a_turn(f"{TEMPORARY}{number}") for number in range(room.MOST_OF_A_PERSON + 2)]
    for number, turn in enumerate(turns):
        turns[number] = replace(turn, created_at=turn.created_at + timedelta(minutes=number))
        begin(store, turns[number])
        if number:
            end(store, turns[number])
    there = [store.conversation("ada", turn.conversation_id) is not None for turn in turns]
    assert there == [True, False, *[True] * room.MOST_OF_A_PERSON]


@pytest.mark.parametrize(("later", "is_there"), [(room.KEPT_FOR, True), (room.KEPT_FOR * 2, False)])
def test_one_that_is_not_used_for_long_goes(
    store: ConversationStore, later: timedelta, is_there: bool
) -> None:
    turn = a_turn()
    begin(store, turn)
    end(store, turn)
    begin(store, a_turn(f"{TEMPORARY}other", created_at=turn.created_at + later))
    assert (store.conversation("ada", HERE) is not None) is is_there


@pytest.mark.parametrize(
    ("room_for", "said"),
    [
        ("MOST_CHARACTERS", "Tally has no room left for temporary chats"),
        ("MOST_CHARACTERS_OF_A_PERSON", "Your temporary chats have reached their size limit"),
    ],
)
def test_no_more_is_kept_than_there_is_room_for(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch, room_for: str, said: str
) -> None:
    turn = a_turn()
    begin(store, turn)
    end(store, turn)
    parameters = len(row_of(turn)["parameters"])
    monkeypatch.setattr(room, room_for, 3 * len(SECRET) + 2 * parameters)
    begin(store, a_turn(f"{TEMPORARY}fits"))
    refused = pytest.raises(StoreError, match=said)
    with refused:
        begin(store, a_turn(f"{TEMPORARY}other"))
    assert store.conversation("ada", f"{TEMPORARY}other") is None
    with refused:
        store.fork("ada", turn.id, lambda: "copy", TURN.created_at)
    assert store.conversation("ada", f"{TEMPORARY}copy") is None


def test_system_prompts_and_what_waits_take_room_too(
    store: ConversationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST_CHARACTERS_OF_A_PERSON", 10_000)
    turn = a_turn()
    begin(store, turn)
    end(store, turn)
    long = replace(a_turn(f"{TEMPORARY}long"), parameters=Parameters(system_prompt="x" * 10_000))
    with pytest.raises(StoreError, match="Your temporary chats"):
        begin(store, long)
    WaitingMessages(store.database).change("ada", HERE, [WaitingMessage("later", "x" * 10_000)])
    with pytest.raises(StoreError, match="Your temporary chats"):
        begin(store, a_turn(f"{TEMPORARY}other"))


def test_one_that_is_not_used_for_long_goes_though_nobody_begins_another(store: ConversationStore) -> None:
    turn, under_way = a_turn(), a_turn(f"{TEMPORARY}under-way")
    for each in (turn, under_way):
        begin(store, each)
    end(store, turn)
    now = [turn.created_at + room.KEPT_FOR]
    purge = Purge(store, lambda: None, lambda: now[0])
    purge.start()
    purge.look_again()
    assert store.conversation("ada", HERE) is not None
    now[0] += timedelta(seconds=1)
    purge.look_again()
    wait_for(lambda: store.conversation("ada", HERE) is None)
    purge.close()
    assert store.conversation("ada", under_way.conversation_id) is not None


def test_copies_count_among_those_of_a_person(store: ConversationStore) -> None:
    turn = a_turn()
    begin(store, turn)
    end(store, turn)
    ids = (f"{number}" for number in count())
    later = (TURN.created_at + timedelta(minutes=number) for number in count(1))
    copies = [store.fork("ada", turn.id, lambda: next(ids), next(later)) for _ in range(3)]
    for _ in range(room.MOST_OF_A_PERSON):
        last = store.conversation("ada", copies[-1])
        assert last is not None
        copies.append(store.fork("ada", last.turns[0].id, lambda: next(ids), next(later)))
    there = [each for each in copies if store.conversation("ada", each) is not None]
    assert there == copies[-room.MOST_OF_A_PERSON :]


def test_nothing_of_it_is_sorted_in_a_file(store: ConversationStore) -> None:
    memory = 2
    with store.database.of(HERE).reading() as connection:
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == memory


@pytest.mark.parametrize("conversation_id", [HERE, "kept"])
def test_what_was_said_is_not_in_the_text_of_an_error(store: ConversationStore, conversation_id: str) -> None:
    begin(store, a_turn(conversation_id))
    with pytest.raises(StoreError) as caught:
        begin(store, a_turn(conversation_id))
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_one_is_deleted_for_good_by_its_owner_once_its_call_is_in_the_ledger(
    store: ConversationStore,
) -> None:
    turn, kept = a_turn(), a_turn("kept")
    begin(store, turn)
    begin(store, kept)
    with pytest.raises(StoreError, match="cannot be deleted yet"):
        store.delete_temporary("ada", HERE)
    end(store, turn)
    end(store, kept)
    store.delete_temporary("bob", HERE)
    store.delete_temporary("ada", "kept")
    store.delete_temporary("ada", f"{TEMPORARY}unknown")
    assert store.conversation("ada", HERE) is not None
    store.delete_temporary("ada", HERE)
    assert (store.conversation("ada", HERE), store.turn(turn.id)) == (None, None)
    assert store.conversation("ada", "kept") is not None
