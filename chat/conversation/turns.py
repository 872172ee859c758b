"""What was said: turns, and the tree of turns that is a conversation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, NamedTuple
from unicodedata import category

from chat.conversation.context import EVERYTHING, Context
from chat.files import FileKind
from chat.providers import Parameters, choice_of
from texts import _
from usage.forecast import Detail
from usage.ledger import TEMPORARY, LedgerEntry

SentAs = Literal["text", "images", "file"]
TurnStatus = Literal["running", "completed", "stopped", "failed", "interrupted"]

TITLE_LENGTH = 60
LONGEST_TITLE = 200  # that a person can give
_BREAKING = {"Cc", "Zl", "Zp"}  # Unicode's categories of control characters and line ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes along with a message, and how it is sent.

    `hash` is the SHA-256 of the file as it came, in hexadecimal: its contents are kept by that. `size` is in
    bytes. `detail` is how large pictures are sent; `pages` the first and the last page that are, from 1, None
    for all of them. `is_left_out`: a person wants it to stay here and not to go along any more.
    """

    hash: str
    name: str
    kind: FileKind
    size: int
    sent_as: SentAs = "text"
    detail: Detail = "high"
    pages: tuple[int, int] | None = None
    is_left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A user message and the reply to it.

    `parent_id` is the turn it follows, None at the start. Turns with the same parent are
    versions of each other. `created_at` is UTC. `entry` is the call's row in the ledger.
    Turns with the same `comparison_id` were asked together, of several models: they are one version.
    `connection` names where the model is, "" the first one.
    `is_left_out`: a person has left it out of what is sent. The reply of an `is_summary` sums up the turns
    before it. `sent_with` tells the turns that went along with the question from others, "" for all that
    have a reply.
    """

    id: str
    conversation_id: str
    parent_id: str | None
    question: str
    model: str
    parameters: Parameters
    created_at: datetime
    status: TurnStatus = "running"
    reply: str = ""
    reasoning: str = ""
    error: str | None = None
    remarks: tuple[str, ...] = ()
    entry: LedgerEntry | None = None
    comparison_id: str = ""
    connection: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_left_out: bool = False
    is_summary: bool = False
    sent_with: str = ""

    @property
    def choice(self) -> str:
        """Return the model's name, with its connection's."""
        return choice_of(self.connection, self.model)

    @property
    def asked_with(self) -> str:
        """Return what all turns that were asked together have in common."""
        return self.comparison_id or self.id


Version = tuple[Turn, ...]
"""A turn, or the turns of a comparison: one of several that stand at the same place."""


class WaitingMessage(NamedTuple):
    """A message that was sent while a reply was being written, and waits for its end."""

    id: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A tree of turns with one current branch, which ends at `current_turn_id`.

    `context` is what of it goes along with the next question.
    """

    id: str
    user: str
    title: str
    turns: tuple[Turn, ...] = ()
    current_turn_id: str | None = None
    waiting: tuple[WaitingMessage, ...] = ()
    is_pinned: bool = False
    is_archived: bool = False
    context: Context = EVERYTHING

    @cached_property
    def _by_id(self) -> Mapping[str, Turn]:
        return {turn.id: turn for turn in self.turns}

    def turn(self, turn_id: str) -> Turn | None:
        """Return the turn with this id, on whichever branch."""
        return self._by_id.get(turn_id)

    def branch_to(self, turn_id: str | None) -> tuple[Turn, ...]:
        """Return the turns that lead to this one, from the first, this one included."""
        path: list[Turn] = []
        while turn_id is not None:
            turn = self._by_id[turn_id]
            path.append(turn)
            turn_id = turn.parent_id
        return tuple(reversed(path))

    @cached_property
    def branch(self) -> tuple[Turn, ...]:
        """Return the current branch."""
        return self.branch_to(self.current_turn_id)

    @cached_property
    def _following(self) -> Mapping[str | None, Sequence[Turn]]:
        """Return the turns that follow each turn, in the order asked; None stands for the start."""
        following: dict[str | None, list[Turn]] = {}
        for turn in self.turns:
            following.setdefault(turn.parent_id, []).append(turn)
        return following

    @cached_property
    def _places(self) -> Mapping[str, int]:
        places: dict[str, int] = {}
        for number, turn in enumerate(self.turns):
            places.setdefault(turn.asked_with, number)
        return places

    def _place(self, turn: Turn) -> int:
        """Return how many turns were asked before this one, and before those that were asked with it."""
        return self._places[turn.asked_with]

    @cached_property
    def _ends(self) -> Mapping[str, Turn]:
        """Return for each turn the newest one beneath it that nothing follows; of a comparison the first."""
        last = [turn for turn in self.turns if turn.id not in self._following]
        ends: dict[str, Turn] = {}
        for end in sorted(last, key=self._place, reverse=True):
            turn_id: str | None = end.id
            while turn_id is not None and turn_id not in ends:
                ends[turn_id] = end
                turn_id = self._by_id[turn_id].parent_id
        return ends

    def end_beneath(self, turn_id: str) -> Turn:
        """Return where the branch with this turn goes: the newest turn beneath it, or the turn itself."""
        return self._ends[turn_id]

    def versions_of(self, turn: Turn) -> tuple[Version, ...]:
        """Return all versions of a turn in the order asked, itself among them; a comparison is one."""
        asked: dict[str, list[Turn]] = {}
        for each in self._following[turn.parent_id]:
            asked.setdefault(each.asked_with, []).append(each)
        return tuple(map(tuple, asked.values()))

    def leads_to(self, version: Version) -> Turn:
        """Return the turn of a version that its branch goes on from: of a comparison the one gone on with."""
        followed = filter(self.is_followed, version)
        newest = max(followed, key=lambda turn: self._place(self.end_beneath(turn.id)), default=None)
        return newest or version[0]

    def is_followed(self, turn: Turn) -> bool:
        """Return whether other turns follow this one, on whichever branch."""
        return turn.id in self._following

    @cached_property
    def shown(self) -> tuple[Turn, ...]:
        """Return the turns whose replies can be seen: those of the branch, and of a comparison at its end."""
        return (*self.branch[:-1], *(self.compared or self.branch[-1:]))

    @cached_property
    def compared(self) -> tuple[Turn, ...]:
        """Return the turns of the comparison at the end of the current branch, in the order asked."""
        last = self.branch[-1] if self.branch else None
        if last is None or not last.comparison_id:
            return ()
        turns = (turn for turn in self.turns if turn.comparison_id == last.comparison_id)
        return tuple(sorted(turns, key=lambda turn: turn.created_at))

    def followed_by(self, turns: Sequence[Turn]) -> "Conversation":
        """Return the conversation with these turns added, the first one current."""
        return replace(self, turns=(*self.turns, *turns), current_turn_id=turns[0].id)

    @property
    def has_just_begun(self) -> bool:
        """Return whether no reply in it has ended yet, so that nothing of it is in the ledger."""
        return all(turn.status == "running" for turn in self.turns)

    @property
    def goes_on_from(self) -> Turn | None:
        """Return the turn that the next one follows; None at the start."""
        return chosen_of(self.compared or self.branch[-1:], self.current_turn_id)


def chosen_of(turns: Sequence[Turn], current_turn_id: str | None) -> Turn | None:
    """Return the one of a comparison's turns to go on with; None when the current one is not among them.

    It is the current one, unless that ended without a reply and another has one or may get one.
    """
    current = next((turn for turn in turns if turn.id == current_turn_id), None)
    if current is None:
        return None
    return next((turn for turn in (current, *turns) if turn.reply or turn.status == "running"), current)


def copy_of(conversation: Conversation, branch: Sequence[Turn], new_id: Callable[[], str]) -> Conversation:
    """Return a new conversation of turns that follow each other, with the entries of the original calls.

    What the one of a comparison was compared with is not in it, so that it is a turn like others.
    """
    ids = {turn.id: new_id() for turn in branch}
    conversation_id = new_id()
    turns = tuple(
        replace(
            turn,
            id=ids[turn.id],
            conversation_id=conversation_id,
            parent_id=ids.get(turn.parent_id or ""),
            comparison_id="",
        )
        for turn in branch
    )
    title = _("{title} (copy)").format(title=conversation.title)
    copy = replace(conversation, id=conversation_id, title=title, turns=turns, waiting=())
    return replace(copy, current_turn_id=turns[-1].id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSummary:
    """What a list of conversations shows of one."""

    id: str
    title: str
    updated_at: datetime = field(compare=False)
    is_pinned: bool = False
    is_archived: bool = False


def is_temporary(id_: str) -> bool:
    """Return whether a conversation or turn is temporary: nothing that is said there is kept on the disk."""
    return id_.startswith(TEMPORARY)


def given_title(text: str) -> str:
    """Return a title as a person gave it, on one line and no longer than it may be; "" for a blank one."""
    return one_line(text.strip()[:LONGEST_TITLE]).strip()


def one_line(text: str) -> str:
    """Return a text with blanks in place of its line breaks and control characters."""
    return "".join(" " if category(each) in _BREAKING else each for each in text)


def title_of(question: str, attachments: Sequence[Attachment]) -> str:
    """Return a conversation's name: from its first message, or from the file that stands alone in it."""
    return title_from(question if question.strip() else attachments[0].name)


def title_from(question: str) -> str:
    """Return a conversation's name: the first line of its first message, cut between words.

    The message must not be blank.
    """
    line = one_line(question.strip().splitlines()[0]).strip() or "…"
    if len(line) <= TITLE_LENGTH:
        return line
    shortened = line[:TITLE_LENGTH]
    return (shortened.rsplit(" ", 1)[0] if " " in shortened else shortened) + "…"
