"""What goes out comes in again: nothing is lost, nothing is doubled, and nobody's is touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import HealthCheck, given, settings

from chat.archive import conversation_json, zip_of
from chat.conversation import Conversation, Turn, is_temporary
from chat.providers import Parameters
from chat.store import ConversationStore, WholeConversation, WholeConversations
from tests.chat.archive.taking_in import counts, kept, said, take_in, the_only
from tests.helpers.conversation_trees import archives
from tests.helpers.fakes import ENTRY, NOW, TURN, delete_for_good
from tests.helpers.foreign_exports import simple_chatgpt, zipped
from usage.ledger import TEMPORARY


@contextmanager
def empty_store() -> Iterator[ConversationStore]:
    store = ConversationStore("sqlite://")
    try:
        yield store
    finally:
        store.close()


def exported(store: ConversationStore, user: str = "ada") -> bytes:
    return b"".join(zip_of(WholeConversations(store.database).all(user), UTC))


def held(*turns: Turn, user: str = "ada", is_pinned: bool = False) -> WholeConversation:
    """Make a conversation of these turns, the last one current."""
    conversation = Conversation(
        id=turns[0].conversation_id,
        user=user,
        title="Why",
        turns=turns,
        current_turn_id=turns[-1].id,
        is_pinned=is_pinned,
    )
    return WholeConversation(conversation=conversation, updated_at=NOW)


FIRST = replace(TURN, status="completed", reply="Because.", entry=ENTRY)
SECOND = replace(
    FIRST, id="turn-2", parent_id="turn-1", question="And?", created_at=NOW + timedelta(minutes=1)
)


def keep(store: ConversationStore, *wholes: WholeConversation, user: str = "ada") -> None:
    WholeConversations(store.database).add(user, wholes)


@given(archives())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
def test_any_archive_is_the_same_after_out_and_in(archive: list[WholeConversation]) -> None:
    with empty_store() as here, empty_store() as there:
        keep(here, *archive)
        zip_file = exported(here)
        assert counts(take_in(there, zip_file)) == (len(archive), 0, 0, 0)
        assert kept(there) == kept(here)
        assert counts(take_in(there, zip_file)) == (0, 0, len(archive), 0)
        assert kept(there) == kept(here)


def test_one_conversation_as_json_comes_in_as_it_was(store: ConversationStore) -> None:
    whole = held(FIRST, SECOND, is_pinned=True)
    take_in(store, conversation_json(whole))
    assert kept(store) == [whole]


def test_what_came_in_is_indexed_soon_and_what_was_there_is_not_again(store: ConversationStore) -> None:
    asked: list[str] = []
    conversations = WholeConversations(store.database, lambda: asked.append("index"))
    for whole, so_far in ((held(FIRST), 1), (held(FIRST), 1), (held(FIRST, SECOND), 2)):
        conversations.add("ada", [whole])
        assert len(asked) == so_far


def test_same_file_twice_doubles_nothing(store: ConversationStore) -> None:
    file = zipped({"conversations.json": [simple_chatgpt(f"chat-{n}", turns=3) for n in range(120)]})
    assert counts(take_in(store, file)) == (120, 0, 0, 0)
    before = kept(store)
    assert counts(take_in(store, file)) == (0, 0, 120, 0)
    assert kept(store) == before


def test_same_conversation_twice_in_one_file_comes_in_once(store: ConversationStore) -> None:
    assert counts(take_in(store, [simple_chatgpt("one"), simple_chatgpt("one")])) == (1, 0, 1, 0)


def test_conversation_that_has_grown_gets_what_it_lacks_and_goes_on_there(store: ConversationStore) -> None:
    take_in(store, [simple_chatgpt("one", turns=1)])
    result = take_in(store, [simple_chatgpt("one", turns=3)])
    assert counts(result) == (0, 1, 0, 0)
    assert len(the_only(store).branch) == 3


def test_what_was_said_here_since_stays_current(store: ConversationStore) -> None:
    keep(store, held(FIRST, SECOND))
    other = replace(SECOND, id="turn-3", question="Or?", reply="No.")
    take_in(store, conversation_json(held(FIRST, other)))
    conversation = the_only(store)
    assert [turn.question for turn in conversation.branch] == ["Why?", "And?"]
    assert {turn.question for turn in conversation.turns} == {"Why?", "And?", "Or?"}


def test_nothing_that_is_here_is_overwritten(store: ConversationStore) -> None:
    whole = held(FIRST, SECOND)
    keep(store, whole)
    changed = replace(FIRST, reply="Something else.", parameters=Parameters(temperature=1.0))
    assert counts(take_in(store, conversation_json(held(changed, SECOND)))) == (0, 0, 1, 0)
    assert kept(store) == [whole]


def test_replies_under_way_go_out_as_interrupted(store: ConversationStore) -> None:
    running = replace(FIRST, status="running", entry=None, reply="Bec")
    stopped = replace(SECOND, status="stopped", entry=None)
    keep(store, held(running, stopped))
    zip_file = exported(store)
    with empty_store() as there:
        take_in(there, zip_file)
        assert [turn.status for turn in the_only(there).turns] == ["interrupted", "interrupted"]
        assert the_only(there).turns[0].reply == "Bec"


def test_somebody_elses_export_makes_conversations_of_ones_own(store: ConversationStore) -> None:
    adas = held(FIRST, SECOND)
    keep(store, adas)
    file = exported(store)
    assert counts(take_in(store, file, user="ben")) == (1, 0, 0, 0)
    bens = the_only(store, "ben")
    assert kept(store) == [adas]
    assert said(bens.branch) == said(adas.conversation.branch)
    assert {bens.id, *(turn.id for turn in bens.turns)}.isdisjoint({"conversation-1", "turn-1", "turn-2"})
    assert counts(take_in(store, file, user="ben")) == (0, 0, 1, 0)
    assert counts(take_in(store, file)) == (0, 0, 1, 0)


def test_somebody_elses_copy_is_found_again_when_the_first_is_gone(store: ConversationStore) -> None:
    keep(store, held(FIRST, SECOND))
    file = exported(store)
    take_in(store, file, user="ben")
    delete_for_good(store, "ada", "conversation-1")
    assert counts(take_in(store, file, user="ben")) == (0, 0, 1, 0)


def test_turn_ids_of_another_conversation_are_replaced(store: ConversationStore) -> None:
    keep(store, held(FIRST), user="ben")
    mine = replace(FIRST, conversation_id="mine", question="Mine?")
    file = conversation_json(held(mine))
    assert counts(take_in(store, file)) == (1, 0, 0, 0)
    assert the_only(store).turns[0].question == "Mine?"
    assert the_only(store, "ben").turns[0].question == "Why?"
    assert counts(take_in(store, file)) == (0, 0, 1, 0)


def test_ids_of_what_is_temporary_are_replaced(store: ConversationStore) -> None:
    first = replace(FIRST, id=f"{TEMPORARY}1", conversation_id=f"{TEMPORARY}chat")
    second = replace(SECOND, parent_id=first.id, conversation_id=first.conversation_id)
    file = conversation_json(held(first, second))
    assert counts(take_in(store, file)) == (1, 0, 0, 0)
    mine = the_only(store)
    assert not any(is_temporary(each) for each in (mine.id, *(turn.id for turn in mine.turns)))
    assert [turn.question for turn in mine.branch] == ["Why?", "And?"]
    assert counts(take_in(store, file)) == (0, 0, 1, 0)


def test_two_people_can_import_the_same_file_of_another_app(store: ConversationStore) -> None:
    for user in ("ada", "ben"):
        assert counts(take_in(store, [simple_chatgpt("one")], user=user)) == (1, 0, 0, 0)
    assert the_only(store).id != the_only(store, "ben").id


def test_receipts_that_come_in_make_no_calls_pending(store: ConversationStore) -> None:
    take_in(store, conversation_json(held(FIRST)))
    assert the_only(store).turns[0].entry == ENTRY
    assert store.pending_calls() == ()
