import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chat.conversation import Conversation, Turn
from chat.providers import Parameters
from chat.store.conversations import ConversationStore, PendingCall, StoreError
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, begin_turn, database_in

RICH = replace(
    TURN,
    parameters=Parameters(system_prompt="Be short.", temperature=0.5, seed=7, stop=("END", "\n")),
    status="completed",
    reply="Because\x00 of 😀 and \r\n lines.",
    reasoning="Hm.",
    error="No error at all.",
    remarks=("asked without seed.",),
    entry=ENTRY,
)


def add(store: ConversationStore, turn: Turn = TURN, user: str = "ada", instance: str = "this") -> None:
    """Save a turn that begins, with its call."""
    call = replace(CALL, id=f"call-of-{turn.id}", turn_id=turn.id, user=user)
    begin_turn(store, turn, call, user=user, title=f"Title of {turn.question}", instance=instance)


def finish(store: ConversationStore, turn: Turn = TURN, reply: str = "Because.") -> Turn:
    """Save how a turn ended."""
    ended = replace(turn, status="completed", reply=reply, entry=ENTRY)
    store.finish_turn(ended)
    return ended


def conversation_of(store: ConversationStore) -> Conversation:
    """Ada's conversation as it is now."""
    conversation = store.conversation("ada", TURN.conversation_id)
    assert conversation is not None
    return conversation


def tune(store: ConversationStore, pragma: str) -> None:
    """Set what holds for one connection; in a test of one thread there is only one, used again and again."""
    connection = store.database._engine.raw_connection()
    connection.cursor().execute(pragma)
    connection.close()


def test_a_turn_is_kept_with_all_that_belongs_to_it(store: ConversationStore) -> None:
    add(store, replace(RICH, status="running", entry=None))
    store.finish_turn(RICH)
    assert store.conversation("ada", TURN.conversation_id) == Conversation(
        id=TURN.conversation_id,
        user="ada",
        title="Title of Why?",
        turns=(RICH,),
        current_turn_id=TURN.id,
    )
    assert store.turn(TURN.id) == RICH


def test_everything_is_there_after_reopening(tmp_path: Path, store: ConversationStore) -> None:
    add(store)
    ended = finish(store)
    store.close()
    reopened = ConversationStore(database_in(tmp_path))
    assert reopened.turn(TURN.id) == ended
    assert [summary.id for summary in reopened.summaries("ada")] == [TURN.conversation_id]
    reopened.close()


def test_people_see_their_own_conversations_only(store: ConversationStore) -> None:
    add(store)
    finish(store)
    add(store, replace(TURN, id="turn-2", conversation_id="conversation-2"), user="bob")
    assert store.conversation("bob", TURN.conversation_id) is None
    assert [summary.id for summary in store.summaries("bob")] == ["conversation-2"]
    assert store.titles("bob") == {"conversation-2": "Title of Why?"}
    store.delete("bob", TURN.conversation_id, NOW)
    assert [summary.id for summary in store.summaries("ada")] == [TURN.conversation_id]


def test_nobody_adds_to_anothers_conversation(store: ConversationStore) -> None:
    add(store)
    finish(store)
    for parent_id in (None, TURN.id):
        with pytest.raises(StoreError):
            add(store, replace(TURN, id="turn-2", parent_id=parent_id), user="bob")
    assert [turn.id for turn in conversation_of(store).turns] == [TURN.id]


def test_titles_of_all_are_there_for_those_who_see_all(store: ConversationStore) -> None:
    add(store)
    add(store, replace(TURN, id="turn-2", conversation_id="conversation-2", question="How?"), user="bob")
    assert store.titles(None) == {TURN.conversation_id: "Title of Why?", "conversation-2": "Title of How?"}


def test_summaries_come_latest_first_and_no_more_than_asked_for(store: ConversationStore) -> None:
    for number in (1, 3, 2):
        later = NOW + timedelta(microseconds=number)
        add(store, replace(TURN, id=f"t{number}", conversation_id=f"c{number}", created_at=later))
    assert [summary.id for summary in store.summaries("ada")] == ["c3", "c2", "c1"]
    assert [summary.id for summary in store.summaries("ada", limit=1)] == ["c3"]
    assert store.summaries("ada")[0].updated_at == NOW + timedelta(microseconds=3)


def test_a_new_turn_becomes_the_current_one_and_the_title_stays(store: ConversationStore) -> None:
    add(store)
    finish(store)
    add(store, replace(TURN, id="turn-2", parent_id=TURN.id, question="How?"))
    conversation = conversation_of(store)
    assert (conversation.title, conversation.current_turn_id) == ("Title of Why?", "turn-2")
    assert [turn.id for turn in conversation.branch] == [TURN.id, "turn-2"]


def test_one_reply_at_a_time_is_written_in_a_conversation(store: ConversationStore) -> None:
    add(store)
    with pytest.raises(StoreError, match="still being written here"):
        add(store, replace(TURN, id="turn-2"))
    finish(store)
    add(store, replace(TURN, id="turn-2"))


@pytest.mark.parametrize("parent_id", [None, TURN.id])
def test_no_turn_is_added_to_a_conversation_that_is_gone(
    store: ConversationStore, parent_id: str | None
) -> None:
    add(store)
    finish(store)
    conversation = conversation_of(store)
    store.delete("ada", conversation.id, NOW)
    turn = replace(TURN, id="turn-2", parent_id=parent_id)
    with pytest.raises(StoreError, match=r"^This chat no longer exists\.$"):
        store.add_turns(conversation.followed_by([turn]), [CALL], "this")
    assert (store.summaries("ada"), store.turn(turn.id)) == ((), None)


def test_no_turn_is_added_to_a_conversation_that_has_gone_on(store: ConversationStore) -> None:
    add(store)
    finish(store)
    before = conversation_of(store)
    add(store, replace(TURN, id="turn-2", parent_id=TURN.id))
    finish(store, replace(TURN, id="turn-2", parent_id=TURN.id))
    turn = replace(TURN, id="turn-3", parent_id=TURN.id)
    with pytest.raises(StoreError, match="This chat has changed in another window"):
        store.add_turns(before.followed_by([turn]), [CALL], "this")
    assert store.turn("turn-3") is None


def test_progress_is_kept_while_the_turn_runs_and_does_not_shorten_an_ended_reply(
    store: ConversationStore,
) -> None:
    add(store)
    store.save_progress(replace(TURN, reply="Be", reasoning="Hm."))
    assert store.turn(TURN.id) == replace(TURN, reply="Be", reasoning="Hm.")
    ended = finish(store)
    store.save_progress(replace(TURN, reply="Be"))
    assert store.turn(TURN.id) == ended


def test_progress_of_several_replies_is_kept_together(store: ConversationStore) -> None:
    turns = [
        replace(TURN, id=f"{prefix}turn-{number}", conversation_id=f"{prefix}chat-{number}")
        for number, prefix in enumerate(("", "", "temporary-"))
    ]
    for turn in turns:
        new = Conversation(id=turn.conversation_id, user="ada", title="Chat")
        store.add_turns(
            new.followed_by([turn]), [replace(CALL, id=f"call-{turn.id}", turn_id=turn.id)], "this"
        )
    ended = finish(store, turns[1])
    store.save_progress(*(replace(turn, reply=turn.id) for turn in turns))
    assert [store.turn(turn.id) for turn in turns] == [
        replace(turns[0], reply=turns[0].id),
        ended,
        replace(turns[2], reply=turns[2].id),
    ]
    store.save_progress()


def test_a_call_is_pending_until_it_is_in_the_ledger(store: ConversationStore) -> None:
    add(store, instance="one")
    pending = PendingCall(replace(CALL, id="call-of-turn-1"), "one")
    assert store.pending_calls() == (pending,)
    store.finish_turn(RICH, is_recorded=False)
    assert store.pending_calls() == (pending,)
    store.finish_turn(RICH)
    assert store.pending_calls() == ()


def test_what_is_deleted_is_gone(store: ConversationStore) -> None:
    add(store)
    finish(store)
    store.delete("ada", TURN.conversation_id, NOW)
    assert store.purge_deleted(NOW + timedelta(microseconds=1)) is None
    assert (store.summaries("ada"), store.turn(TURN.id)) == ((), None)
    assert store.conversation("ada", TURN.conversation_id) is None
    store.delete("ada", TURN.conversation_id, NOW)


def test_nothing_is_deleted_whose_call_is_not_in_the_ledger(store: ConversationStore) -> None:
    add(store)
    for _ in range(2):
        with pytest.raises(
            StoreError, match="cannot be deleted yet: a reply is being written, or its cost is not recorded"
        ):
            store.delete("ada", TURN.conversation_id, NOW)
        store.finish_turn(RICH, is_recorded=False)
    assert store.turn(TURN.id) == RICH


def test_ids_that_nobody_has_are_not_found(store: ConversationStore) -> None:
    assert store.conversation("ada", "' OR 1=1 --") is None
    assert store.turn("nobody's") is None


def test_text_that_no_database_holds_is_an_error_to_show(store: ConversationStore) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        store.conversation("ada", "\ud800")
    with pytest.raises(StoreError, match="Nothing can be saved"):
        add(store, replace(TURN, question="\ud800"))
    assert store.summaries("ada") == ()


@pytest.mark.slow
def test_a_thousand_turns_come_back_in_order(store: ConversationStore) -> None:
    tune(store, "PRAGMA synchronous = OFF")  # 2,000 flushes to a disk take long
    conversation = Conversation(id=TURN.conversation_id, user="ada", title="Why?")
    for number in range(1000):
        parent_id = f"turn-{number - 1}" if number else None
        moment = NOW + timedelta(seconds=number)
        turn = replace(TURN, id=f"turn-{number}", parent_id=parent_id, created_at=moment)
        store.add_turns(conversation.followed_by([turn]), [CALL], "this")
        conversation = conversation.followed_by([finish(store, turn, reply=f"Reply {number}")])
    assert store.conversation("ada", conversation.id) == conversation
    assert conversation.branch == conversation.turns


def test_a_full_disk_is_said_and_leaves_what_was_there(store: ConversationStore) -> None:
    add(store)
    ended = finish(store)
    tune(store, "PRAGMA max_page_count = 1")
    with pytest.raises(StoreError, match="Nothing can be saved: database or disk is full"):
        add(store, replace(TURN, id="turn-2", question="x" * 100_000, parent_id=TURN.id))
    assert conversation_of(store).branch == (ended,)


def test_a_database_that_another_program_keeps_locked_is_said(
    tmp_path: Path, store: ConversationStore
) -> None:
    tune(store, "PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "tally.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="Nothing can be saved: database is locked"):
        add(store)
    assert store.summaries("ada") == ()
    other.close()
    add(store)
