from pathlib import Path

import pytest

from chat.conversation import WaitingMessage
from chat.store import ConversationStore, StoreError, WaitingMessages
from chat.store.waiting_messages import MOST_CHARACTERS, MOST_WAITING
from tests.helpers.fakes import CALL, TURN, begin_turn, database_in

HERE = TURN.conversation_id
ONE, TWO = WaitingMessage("one", "First?"), WaitingMessage("two", "Second? \ud83d")


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    """A store in which Ada has a conversation."""
    store = ConversationStore(database_in(tmp_path))
    begin_turn(store, TURN, CALL, user="ada", title="Here", instance="this")
    return store


@pytest.fixture
def waiting(store: ConversationStore) -> WaitingMessages:
    return WaitingMessages(store.database)


def test_messages_wait_in_the_order_in_which_they_came(
    store: ConversationStore, waiting: WaitingMessages
) -> None:
    assert waiting.change("ada", HERE, [ONE]) == (ONE,)
    assert waiting.change("ada", HERE, [TWO, ONE._replace(text="Other")]) == (ONE, TWO)
    conversation = store.conversation("ada", HERE)
    assert conversation is not None
    assert conversation.waiting == (ONE, TWO)
    assert waiting.change("ada", HERE, [ONE._replace(text=""), WaitingMessage("unknown", "")]) == (TWO,)
    assert waiting.change("ada", HERE, [TWO._replace(text="")]) == ()


def test_what_waits_is_read_by_its_owner_alone(waiting: WaitingMessages) -> None:
    assert waiting.of("ada", HERE) == ()
    waiting.change("ada", HERE, [ONE, TWO])
    assert waiting.of("ada", HERE) == (ONE, TWO)
    assert [waiting.of(*asked) for asked in (("eve", HERE), ("ada", "nowhere"), ("", HERE))] == [(), (), ()]


@pytest.mark.parametrize(("user", "where"), [("eve", HERE), ("ada", "nowhere"), ("", HERE)])
def test_nothing_waits_where_somebody_has_no_conversation(
    user: str, where: str, store: ConversationStore, waiting: WaitingMessages
) -> None:
    assert waiting.change(user, where, [ONE]) == ()
    conversation = store.conversation("ada", HERE)
    assert conversation is not None
    assert conversation.waiting == ()


@pytest.mark.parametrize(
    "too_much",
    [
        [WaitingMessage(f"{number}", "?") for number in range(MOST_WAITING)],
        [WaitingMessage("long", "x" * MOST_CHARACTERS)],
    ],
)
def test_too_much_is_refused_and_changes_nothing(
    too_much: list[WaitingMessage], waiting: WaitingMessages
) -> None:
    waiting.change("ada", HERE, [ONE])
    with pytest.raises(StoreError, match="Too many messages are waiting in this chat"):
        waiting.change("ada", HERE, too_much)
    assert waiting.change("ada", HERE, []) == (ONE,)
