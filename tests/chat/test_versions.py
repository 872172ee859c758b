"""The tree of a conversation: versions, where each leads, and that none is ever out of reach."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import DataObject, data, integers

from chat.conversation import Conversation, Turn, copy_of
from chat.store import ConversationStore
from tests.helpers.fakes import CALL, ENTRY, NOW, TURN


def turn(turn_id: str, parent_id: str | None, comparison_id: str = "") -> Turn:
    return replace(TURN, id=turn_id, parent_id=parent_id, comparison_id=comparison_id)


FIRST, AGAIN = turn("first", None), turn("again", None)
LEFT, RIGHT = turn("left", "first", "both"), turn("right", "first", "both")
AFTER_RIGHT, EDITED = turn("after-right", "right"), turn("edited", "first")
TREE = Conversation(
    id="conversation-1",
    user="ada",
    title="Why?",
    turns=(FIRST, LEFT, RIGHT, AFTER_RIGHT, EDITED, AGAIN),
    current_turn_id="again",
)


def test_versions_stand_at_the_same_place_in_the_order_asked_and_a_comparison_is_one() -> None:
    assert TREE.versions_of(FIRST) == TREE.versions_of(AGAIN) == ((FIRST,), (AGAIN,))
    assert TREE.versions_of(EDITED) == TREE.versions_of(LEFT) == ((LEFT, RIGHT), (EDITED,))
    assert TREE.versions_of(AFTER_RIGHT) == ((AFTER_RIGHT,),)


def test_a_branch_goes_on_to_the_newest_turn_beneath() -> None:
    ends = {each.id: TREE.end_beneath(each.id).id for each in TREE.turns}
    assert ends == {
        "first": "edited",
        "left": "left",
        "right": "after-right",
        "after-right": "after-right",
        "edited": "edited",
        "again": "again",
    }


def test_a_branch_that_ends_with_a_comparison_ends_with_its_first_turn() -> None:
    without = replace(TREE, turns=(FIRST, LEFT, RIGHT))
    assert without.end_beneath("first") is LEFT
    assert without.leads_to((LEFT, RIGHT)) is LEFT


def test_a_comparison_leads_to_the_turn_that_was_gone_on_with() -> None:
    assert TREE.leads_to((LEFT, RIGHT)) is RIGHT
    both = replace(TREE, turns=(*TREE.turns, turn("after-left", "left")))
    assert both.leads_to((LEFT, RIGHT)) is LEFT


def test_what_is_shown_is_the_branch_and_all_of_a_comparison_at_its_end() -> None:
    assert TREE.shown == (AGAIN,)
    assert replace(TREE, current_turn_id="right").shown == (FIRST, LEFT, RIGHT)
    assert replace(TREE, current_turn_id="after-right").shown == (FIRST, RIGHT, AFTER_RIGHT)
    assert replace(TREE, turns=(), current_turn_id=None).shown == ()


def test_a_very_long_branch_is_no_trouble() -> None:
    turns = [turn("0", None), *(turn(str(number), str(number - 1)) for number in range(1, 5_000))]
    long = replace(TREE, turns=tuple(turns), current_turn_id="4999")
    assert long.end_beneath("0").id == "4999"


def test_a_copy_has_the_texts_and_receipts_of_the_branch_and_ids_of_its_own() -> None:
    ended = replace(FIRST, status="completed", reply="Because.", entry=ENTRY)
    ids = iter(["a", "b", "copy"])
    copy = copy_of(TREE, [ended, RIGHT], lambda: next(ids))
    assert (copy.id, copy.user, copy.title, copy.current_turn_id) == ("copy", "ada", "Why? (copy)", "b")
    assert copy.turns == (
        replace(ended, id="a", conversation_id="copy"),
        replace(RIGHT, id="b", conversation_id="copy", parent_id="a", comparison_id=""),
    )


def moves(conversation: Conversation) -> Iterable[str]:
    """Return the turns at which the branches end that the page offers where this one is shown."""
    for each in conversation.branch:
        yield each.id  # a comparison is shown again
        for version in conversation.versions_of(each):
            yield conversation.end_beneath(conversation.leads_to(version).id).id
    for each in conversation.compared:
        yield each.id
        yield conversation.end_beneath(each.id).id


class Conversing(RuleBasedStateMachine):
    """A person asks, asks again, edits, compares, chooses, goes to other versions, and forks."""

    def __init__(self) -> None:
        super().__init__()
        self.store = ConversationStore("sqlite://")
        self.asked = 0
        self.forks = 0
        self.id = TURN.conversation_id
        self.numbering: dict[str | None, list[str]] = {}

    def teardown(self) -> None:
        self.store.close()

    @property
    def conversation(self) -> Conversation:
        conversation = self.store.conversation("ada", self.id)
        return conversation or Conversation(id=self.id, user="ada", title="Why?")

    def drawn(self, drawing: DataObject, turns: Iterable[Turn]) -> Turn:
        among = list(turns)
        return among[drawing.draw(integers(0, len(among) - 1))]

    def ask_after(self, parent_id: str | None, models: int = 1) -> None:
        conversation = self.conversation
        self.asked += 1
        begun = [
            replace(
                TURN,
                id=f"turn-{self.asked}-{number}",
                conversation_id=self.id,
                parent_id=parent_id,
                created_at=NOW + timedelta(seconds=self.asked, microseconds=number),
                comparison_id=f"comparison-{self.asked}" if models > 1 else "",
            )
            for number in range(models)
        ]
        calls = [replace(CALL, id=f"call-{each.id}", turn_id=each.id) for each in begun]
        self.store.add_turns(conversation.followed_by(begun), calls, "this")
        for each in begun:
            self.store.finish_turn(replace(each, status="completed", reply="Because.", entry=ENTRY))

    @initialize()
    def begin(self) -> None:
        self.ask_after(None)

    @rule(models=integers(1, 3))
    def ask(self, models: int) -> None:
        last = self.conversation.goes_on_from
        self.ask_after(last.id if last else None, models)

    @rule(drawing=data(), models=integers(1, 3))
    def edit_or_ask_again(self, drawing: DataObject, models: int) -> None:
        self.ask_after(self.drawn(drawing, self.conversation.branch).parent_id, models)

    @precondition(lambda self: self.conversation.compared)
    @rule(drawing=data())
    def choose(self, drawing: DataObject) -> None:
        chosen = self.drawn(drawing, self.conversation.compared)
        self.store.choose("ada", chosen.id)
        assert self.conversation.current_turn_id == chosen.id

    @rule(drawing=data())
    def go_to_another_version(self, drawing: DataObject) -> None:
        before = self.conversation
        versions = before.versions_of(self.drawn(drawing, before.branch))
        version = versions[drawing.draw(integers(0, len(versions) - 1))]
        self.store.show_turn("ada", self.id, before.leads_to(version).id)
        assert {each.id for each in version} & {each.id for each in self.conversation.branch}
        assert self.conversation.turns == before.turns

    @rule(drawing=data())
    def show_a_comparison_again(self, drawing: DataObject) -> None:
        shown = self.drawn(drawing, self.conversation.branch)
        self.store.show_turn("ada", self.id, shown.id, goes_on=False)
        assert self.conversation.current_turn_id == shown.id

    @rule(drawing=data(), is_followed_up=integers(0, 1))
    def fork(self, drawing: DataObject, is_followed_up: int) -> None:
        before, self.forks = self.conversation, self.forks + 1
        last = self.drawn(drawing, before.shown)
        copied_id = self.store.fork("ada", last.id, iter(self.new_ids()).__next__, NOW)
        assert self.conversation == before
        copy = self.store.conversation("ada", copied_id)
        assert copy is not None
        assert said(copy.branch) == said(before.branch_to(last.id))
        assert len(copy.turns) == len(copy.branch)
        if is_followed_up:
            self.id, self.numbering = copied_id, {}

    def new_ids(self) -> Iterable[str]:
        return (f"copy-{self.forks}-{number}" for number in range(10_000))

    @invariant()
    def the_branch_is_whole_and_without_a_circle(self) -> None:
        conversation = self.conversation
        place = {each.id: number for number, each in enumerate(conversation.turns)}
        assert all(
            each.parent_id is None or place[each.parent_id] < place[each.id] for each in conversation.turns
        )
        if conversation.turns:
            assert conversation.branch[-1].id == conversation.current_turn_id
            assert conversation.branch[0].parent_id is None

    @invariant()
    def numbers_of_versions_stay(self) -> None:
        conversation, numbering = self.conversation, {}
        for each in conversation.turns:
            versions = conversation.versions_of(each)
            siblings = [other for other in conversation.turns if other.parent_id == each.parent_id]
            assert [other for version in versions for other in version] == siblings
            numbering[each.parent_id] = [version[0].asked_with for version in versions]
        for parent_id, before in self.numbering.items():
            assert numbering[parent_id][: len(before)] == before
        self.numbering = numbering

    @invariant()
    def every_turn_can_be_reached(self) -> None:
        conversation = self.conversation
        waiting, seen, found = [conversation.current_turn_id], set(), set()
        while waiting:
            current = waiting.pop()
            if current is None or current in seen:
                continue
            seen.add(current)
            shown = replace(conversation, current_turn_id=current)
            found |= {each.id for each in shown.shown}
            waiting += moves(shown)
        assert found == {each.id for each in conversation.turns}

    @invariant()
    def no_call_is_pending(self) -> None:
        assert self.store.pending_calls() == ()


def said(turns: Iterable[Turn]) -> list[Turn]:
    """Return turns without what is their conversation's own."""
    return [replace(each, id="", conversation_id="", parent_id=None, comparison_id="") for each in turns]


TestConversing = Conversing.TestCase
TestConversing.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
