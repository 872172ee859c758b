"""What a data folder holds of a conversation with one turn, once its call is accounted for."""

from pathlib import Path

from chat.conversation import Turn
from chat.store import ConversationStore
from tests.helpers.fakes import database_in
from tests.servers.app_process import wait_for
from usage.ledger import LOCAL_USER


def only_turn(data_dir: Path) -> Turn:
    """The only turn in this folder; waits until no call is pending."""
    store = ConversationStore(database_in(data_dir))
    wait_for(lambda: store.pending_calls() == ())
    [summary] = store.summaries(LOCAL_USER)
    conversation = store.conversation(LOCAL_USER, summary.id)
    store.close()
    assert conversation is not None
    [turn] = conversation.turns
    return turn
