from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from chat.conversation import Conversation
from chat.store.budget_store import LimitsStore
from chat.store.conversations import ConversationStore, StoreError
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN, begin_turn, database_in
from usage.budgets import Limit

HERE = TURN.conversation_id
OWN_DAY = Limit(Decimal("0.50"), "day", "own")
OWN_MONTH = Limit(Decimal("1e-7"), "month", "own")
OF_CONVERSATION = Limit(Decimal(3), "ever", "conversation")


@pytest.fixture
def limits(store: ConversationStore) -> LimitsStore:
    """Where Ada has a conversation, whose reply has ended."""
    begin_turn(store)
    store.finish_turn(replace(TURN, status="completed", entry=ENTRY))
    return LimitsStore(store.database)


def test_what_a_person_set_holds_for_them_everywhere(limits: LimitsStore) -> None:
    assert limits.limits("ada", HERE) == ()
    limits.set_own("ada", "day", OWN_DAY.usd)
    limits.set_own("ada", "month", OWN_MONTH.usd)
    assert limits.limits("ada", HERE) == limits.limits("ada", "") == (OWN_DAY, OWN_MONTH)
    assert limits.limits("bob", HERE) == ()


def test_a_conversation_has_one_limit_of_its_own_that_goes_with_it(
    limits: LimitsStore, store: ConversationStore
) -> None:
    limits.set_own("ada", "day", OWN_DAY.usd)
    limits.set_conversation("ada", HERE, Decimal(9))
    limits.set_conversation("ada", HERE, OF_CONVERSATION.usd)
    assert limits.limits("ada", HERE) == (OWN_DAY, OF_CONVERSATION)
    assert limits.limits("ada", "another") == (OWN_DAY,)
    store.delete("ada", HERE, NOW)
    store.purge_deleted(NOW + timedelta(seconds=1))
    assert limits.limits("ada", HERE) == (OWN_DAY,)


def test_a_limit_is_replaced_and_lifted_without_touching_others(limits: LimitsStore) -> None:
    limits.set_own("bob", "day", Decimal(7))
    limits.set_conversation("ada", HERE, OF_CONVERSATION.usd)
    limits.set_own("ada", "day", Decimal(1))
    limits.set_own("ada", "month", OWN_MONTH.usd)
    limits.set_own("ada", "day", OWN_DAY.usd)
    assert limits.limits("ada", "") == (OWN_DAY, OWN_MONTH)
    limits.set_own("ada", "day", None)
    assert limits.limits("ada", HERE) == (OF_CONVERSATION, OWN_MONTH)
    limits.set_conversation("ada", HERE, None)
    assert limits.limits("ada", HERE) == (OWN_MONTH,)
    assert limits.limits("bob", HERE) == (Limit(Decimal(7), "day", "own"),)


@pytest.mark.parametrize(("user", "conversation_id"), [("bob", HERE), ("ada", "gone"), ("ada", "\ud800")])
def test_only_ones_own_conversations_can_be_limited(
    limits: LimitsStore, user: str, conversation_id: str
) -> None:
    with pytest.raises(StoreError):
        limits.set_conversation(user, conversation_id, Decimal(1))
    assert limits.limits("ada", HERE) == ()


def test_limits_are_there_after_reopening(
    tmp_path: Path, limits: LimitsStore, store: ConversationStore
) -> None:
    limits.set_own("ada", "day", OWN_DAY.usd)
    limits.set_conversation("ada", HERE, OF_CONVERSATION.usd)
    store.close()
    reopened = ConversationStore(database_in(tmp_path))
    assert LimitsStore(reopened.database).limits("ada", HERE) == (OWN_DAY, OF_CONVERSATION)
    reopened.close()


def test_a_conversation_may_begin_with_its_limit(limits: LimitsStore, store: ConversationStore) -> None:
    turn = replace(TURN, id="turn-2", conversation_id="conversation-2")
    call = replace(CALL, id="call-2", conversation_id="conversation-2", turn_id="turn-2")
    conversation = Conversation(id=turn.conversation_id, user="ada", title="How?").followed_by([turn])
    store.add_turns(conversation, [call], "this", OF_CONVERSATION.usd)
    assert limits.limits("ada", "conversation-2") == (OF_CONVERSATION,)


def test_limits_that_cannot_be_read_or_saved_are_an_error(
    limits: LimitsStore, store: ConversationStore
) -> None:
    with store.database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE limits")
    with pytest.raises(StoreError, match="no such table: limits"):
        limits.limits("ada", HERE)
    with pytest.raises(StoreError, match="no such table: limits"):
        limits.set_own("ada", "day", None)
