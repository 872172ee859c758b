"""Which branch a conversation shows, and copies of a branch, as they are kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from chat.conversation import Conversation, Turn
from chat.store import LimitsStore, conversations
from chat.store.conversations import ConversationStore, StoreError
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, begin_turn, delete_for_good
from usage.ledger import NOBODY

CHAT = TURN.conversation_id
LATER = NOW + timedelta(days=1)


def add(store: ConversationStore, turn_id: str, parent_id: str | None, *, is_ended: bool = True) -> Turn:
    """Ask something in Ada's conversation after this turn, and end it."""
    conversation = store.conversation("ada", CHAT)
    number = len(conversation.turns) if conversation else 0
    turn = replace(TURN, id=turn_id, parent_id=parent_id, created_at=NOW + timedelta(minutes=number))
    begin_turn(store, turn, replace(CALL, id=f"call-{turn_id}", turn_id=turn_id))
    if not is_ended:
        return turn
    ended = replace(turn, status="completed", reply="Because.", entry=ENTRY)
    store.finish_turn(ended)
    return ended


@pytest.fixture
def tree(store: ConversationStore) -> ConversationStore:
    """One question; after it a second with a third below it, and another version of the second."""
    for turn_id, parent_id in (("1", None), ("2", "1"), ("3", "2"), ("other-2", "1")):
        add(store, turn_id, parent_id)
    return store


@pytest.fixture
def new_id() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"new-{next(numbers)}"


def kept(store: ConversationStore, conversation_id: str = CHAT) -> Conversation:
    """Ada's conversation as it is now."""
    conversation = store.conversation("ada", conversation_id)
    assert conversation is not None
    return conversation


def test_a_version_is_shown_with_what_was_asked_last_below_it(tree: ConversationStore) -> None:
    before = tree.summaries("ada")[0].updated_at
    tree.show_turn("ada", CHAT, "2")
    assert [turn.id for turn in kept(tree).branch] == ["1", "2", "3"]
    tree.show_turn("ada", CHAT, "2", goes_on=False)
    assert [turn.id for turn in kept(tree).branch] == ["1", "2"]
    tree.show_turn("ada", CHAT, "1")
    assert [turn.id for turn in kept(tree).branch] == ["1", "other-2"]
    assert tree.summaries("ada")[0].updated_at == before


def test_the_next_message_follows_the_branch_that_is_shown(tree: ConversationStore) -> None:
    tree.show_turn("ada", CHAT, "3")
    last = kept(tree).goes_on_from
    assert last is not None
    add(tree, "4", last.id)
    assert [turn.id for turn in kept(tree).branch] == ["1", "2", "3", "4"]


def test_a_reply_that_is_being_written_stays_where_it_is_while_another_version_is_shown(
    tree: ConversationStore,
) -> None:
    running = add(tree, "running", "1", is_ended=False)
    tree.show_turn("ada", CHAT, "3")
    tree.finish_turn(replace(running, status="completed", reply="At last.", entry=ENTRY))
    assert kept(tree).current_turn_id == "3"
    tree.show_turn("ada", CHAT, "1")
    assert kept(tree).branch[-1].reply == "At last."


@pytest.mark.parametrize(
    ("user", "conversation_id", "turn_id"),
    [
        ("eve", CHAT, "2"),
        (NOBODY, CHAT, "2"),
        ("ada", "another", "2"),
        ("ada", CHAT, "no-such"),
        ("ada", CHAT, ""),
        ("ada", "", ""),
    ],
)
def test_what_is_not_ones_own_is_not_shown(
    tree: ConversationStore, user: str, conversation_id: str, turn_id: str
) -> None:
    before = kept(tree)
    with pytest.raises(StoreError, match="no longer exists"):
        tree.show_turn(user, conversation_id, turn_id)
    assert kept(tree) == before


def test_a_copy_is_a_conversation_of_its_own_with_the_receipts_of_the_branch(
    tree: ConversationStore, new_id: Callable[[], str]
) -> None:
    before = kept(tree)
    copied = tree.fork("ada", "2", new_id, LATER)
    assert kept(tree) == before
    copy = kept(tree, copied)
    assert [(turn.id, turn.parent_id, turn.entry, turn.reply) for turn in copy.turns] == [
        ("new-1", None, ENTRY, "Because."),
        ("new-2", "new-1", ENTRY, "Because."),
    ]
    assert (copy.branch, tree.pending_calls()) == (copy.turns, ())
    assert [(each.id, each.title) for each in tree.summaries("ada")] == [
        (copied, "Why? (copy)"),
        (CHAT, "Why?"),
    ]
    delete_for_good(tree, "ada", CHAT)
    assert kept(tree, copied) == copy
    delete_for_good(tree, "ada", copied)
    assert tree.summaries("ada") == ()


@pytest.mark.parametrize(("user", "turn_id"), [("eve", "2"), (NOBODY, "2"), ("ada", "no-such"), ("ada", "")])
def test_what_is_not_ones_own_is_not_copied(
    tree: ConversationStore, new_id: Callable[[], str], user: str, turn_id: str
) -> None:
    with pytest.raises(StoreError, match="no longer exists"):
        tree.fork(user, turn_id, new_id, LATER)
    assert (len(tree.summaries("ada")), tree.summaries(user if user != "ada" else "eve")) == (1, ())


def test_what_has_not_ended_is_not_copied_and_what_stands_before_it_is(
    tree: ConversationStore, new_id: Callable[[], str]
) -> None:
    add(tree, "running", "other-2", is_ended=False)
    with pytest.raises(StoreError, match="cannot be copied yet: a reply is being written"):
        tree.fork("ada", "running", new_id, LATER)
    assert len(kept(tree, tree.fork("ada", "other-2", new_id, LATER)).turns) == 2


def test_a_reply_whose_cost_is_not_recorded_yet_is_not_copied(
    tree: ConversationStore, new_id: Callable[[], str]
) -> None:
    stopped = add(tree, "stopped", "other-2", is_ended=False)
    tree.finish_turn(replace(stopped, status="stopped", reply="Be"), is_recorded=False)
    with pytest.raises(StoreError, match="its cost is not recorded yet"):
        tree.fork("ada", "stopped", new_id, LATER)


def test_a_copy_has_an_end(
    tree: ConversationStore, new_id: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "MOST_COPIED", 2)
    assert len(kept(tree, tree.fork("ada", "2", new_id, LATER)).turns) == 2
    with pytest.raises(StoreError, match="too long to copy: the limit is 2 questions"):
        tree.fork("ada", "3", new_id, LATER)


def test_a_copy_has_the_limits_of_its_original_and_is_indexed_apart(
    tree: ConversationStore, new_id: Callable[[], str]
) -> None:
    limits = LimitsStore(tree.database)
    limits.set_conversation("ada", CHAT, Decimal("1.50"))
    copied = tree.fork("ada", "2", new_id, LATER)
    assert [limit.usd for limit in limits.limits("ada", copied)] == [Decimal("1.50")]
    assert tree.is_indexing()
    tree.search_upkeep.catch_up()
    assert not tree.is_indexing()
