"""Messages of another app, each after the one that it answers, as a conversation of turns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from chat.archive.foreign.loosely import NotReadableError, joined, shown_title
from chat.conversation import Conversation, Turn, title_from
from chat.providers import LONGEST_MODEL_NAME, Parameters
from chat.store import WholeConversation
from texts import _

_FOREIGN_IDS = UUID("9a6f0f43-7f0e-5d0a-8a3b-52e3a5f0c7d4")  # the namespace of ids out of other apps
_MOST_CHARACTERS = 200_000_000  # of all turns: a question is written once for each reply to it
_MOST_TURNS = 100_000
_MOST_IN_TURN = 5_000  # messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as another app has it; one with neither question nor reply only links others.

    `parent` is the id of the message that it follows; `at` is UTC, None when not known.
    """

    id: str
    parent: str | None
    role: Literal["question", "reply", "link"]
    text: str = ""
    reasoning: str = ""
    model: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignConversation:
    """A conversation as another app (`app`) has it. `current` is the id of the message that it ends with."""

    app: str
    id: str
    title: str
    messages: Sequence[Message]
    current: str | None = None
    at: datetime | None = None
    updated_at: datetime | None = None
    system_prompt: str = ""
    model: str = ""
    is_pinned: bool = False
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class _Path:
    """What leads to a message: the turn before, and the messages of the turn that is being put together."""

    parent_turn: str | None = None
    messages: tuple[Message, ...] = ()

    @property
    def is_empty(self) -> bool:
        return all(each.role == "link" for each in self.messages)


def whole_of(foreign: ForeignConversation, user: str, now: datetime) -> WholeConversation:
    """Return a conversation of another app as this person's, with ids that are always the same.

    A reply of several messages becomes one. Raises NotReadableError when there is nothing in it, or too much.
    """
    return _Building(foreign, user, now).whole()


class _Building:
    def __init__(self, foreign: ForeignConversation, user: str, now: datetime) -> None:
        self._foreign = foreign
        self._user = user
        self._id = uuid5(_FOREIGN_IDS, f"{foreign.app}\n{user}\n{foreign.id}").hex
        self._clock = foreign.at or foreign.updated_at or now
        self._turns: list[Turn] = []
        self._turn_of: dict[str, str] = {}
        self._added: set[str] = set()
        self._characters = 0

    def whole(self) -> WholeConversation:
        foreign = self._foreign
        for path in self._ends():
            self._add(path)
        if not self._turns:
            raise NotReadableError(_("There is nothing in it."))
        latest = max(self._turns, key=lambda turn: turn.created_at)
        title = shown_title(foreign.title)
        first = next((turn.question for turn in self._turns if turn.question.strip()), "")
        conversation = Conversation(
            id=self._id,
            user=self._user,
            title=title or (shown_title(title_from(first)) if first else _("Untitled")),
            turns=tuple(self._turns),
            current_turn_id=self._turn_of.get(foreign.current or "", latest.id),
            is_pinned=foreign.is_pinned,
            is_archived=foreign.is_archived,
        )
        updated_at = foreign.updated_at or latest.created_at
        return WholeConversation(conversation=conversation, updated_at=updated_at)

    def _ends(self) -> Iterator[_Path]:
        """Yield each way that a turn goes, from its question to its end, the first turns first."""
        messages = {each.id: each for each in self._foreign.messages}
        children: dict[str | None, list[Message]] = defaultdict(list)
        for each in messages.values():
            has_parent = each.parent in messages and each.parent != each.id
            children[each.parent if has_parent else None].append(each)
        seen: set[str] = set()
        # What is in a circle has no beginning: then the first one that was not seen yet is one.
        for beginning in [*children[None], *messages.values()]:
            waiting = [(beginning, _Path())]
            while waiting:
                message, path = waiting.pop()
                if message.id in seen:
                    continue
                seen.add(message.id)
                path = self._step(message, path)
                below = [each for each in children[message.id] if each.id not in seen]
                if not path.is_empty and (not below or any(self._begins(each, path) for each in below)):
                    yield path
                waiting += [
                    (each, _Path(self._turn_of.get(message.id)) if self._begins(each, path) else path)
                    for each in reversed(below)
                ]

    def _begins(self, message: Message, path: _Path) -> bool:
        """Return whether a message begins another turn than that of the way to it."""
        return message.role == "question" and not path.is_empty

    def _step(self, message: Message, path: _Path) -> _Path:
        if len(path.messages) >= _MOST_IN_TURN:
            raise NotReadableError(_("It is too large to import."))
        return replace(path, messages=(*path.messages, message))

    def _add(self, path: _Path) -> None:
        """Add the turn that goes this way."""
        last = [each for each in path.messages if each.role != "link"][-1]
        turn_id = uuid5(_FOREIGN_IDS, f"{self._id}\n{last.id}").hex
        at = self._time_of([each for each in path.messages if each.id not in self._turn_of])
        for each in path.messages:
            self._turn_of.setdefault(each.id, turn_id)
        self._turn_of[path.messages[-1].id] = turn_id
        if turn_id in self._added:  # ways that differ in nothing but links
            return
        self._added.add(turn_id)
        questions = [each.text for each in path.messages if each.role == "question"]
        replies = [each for each in path.messages if each.role == "reply"]
        reply = joined([each.text for each in replies])
        question = joined(questions) or in_place_of_question(questions)
        reasoning = joined([each.reasoning for each in replies])
        self._characters += len(reply) + len(question) + len(reasoning)
        if self._characters > _MOST_CHARACTERS or len(self._turns) >= _MOST_TURNS:
            raise NotReadableError(_("It is too large to import."))
        model = next((each.model for each in reversed(replies) if each.model), "")
        self._turns.append(
            Turn(
                id=turn_id,
                conversation_id=self._id,
                parent_id=path.parent_turn,
                question=question,
                model=(model or self._foreign.model or self._foreign.app)[:LONGEST_MODEL_NAME],
                parameters=Parameters(system_prompt=self._foreign.system_prompt),
                created_at=at,
                status="completed" if reply else "failed",
                reply=reply,
                reasoning=reasoning,
                error=None if reply else _("It had no reply when it was imported."),
            )
        )

    def _time_of(self, messages: Sequence[Message]) -> datetime:
        """Return when a turn began: with the first of these messages, or just after the turn before."""
        said = (each for each in messages if each.role != "link")
        known = next((each.at for each in said if each.at is not None), None)
        self._clock = known or self._clock + timedelta(milliseconds=1)
        return self._clock


def in_place_of_question(questions: Sequence[str]) -> str:
    """Return what stands where a reply has no question, or an empty one."""
    return _("[An empty message]") if questions else _("[The chat begins with a reply]")


def in_a_row(messages: Sequence[Message]) -> list[Message]:
    """Return messages that do not say what they follow, each after the one before."""
    before: Sequence[str | None] = [None, *(each.id for each in messages)]
    return [replace(each, parent=parent) for each, parent in zip(messages, before, strict=False)]


def id_at(value: Mapping[str, object], name: str, place: int) -> str:
    """Return the id that a message has under this name, or one made of its place."""
    found = value.get(name)
    return found if isinstance(found, str) and found else f"#{place}"
