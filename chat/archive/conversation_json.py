"""A conversation as Tally's own JSON: the whole tree, with parameters and receipts, out and in again."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from chat.archive.foreign import NotReadableError, is_sane, shown_title
from chat.conversation import EVERYTHING, MOST_TOKENS_ALONG, Attachment, Context, Conversation, Turn
from chat.store import WholeConversation
from texts import _

FORMAT = "tally conversation"
VERSION = 1
_ID = re.compile(r"[\w-]{1,100}")
_LARGEST_COUNT = 10**12  # of tokens, or of milliseconds
_LARGEST_PARAMETER = 2**64
_MOST_DIGITS = 60
_MOST_FILES = 100  # with one message
_LONGEST_FILE_NAME = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    """What a file holds. Amounts of money are decimals as texts, times are UTC."""

    format: Literal["tally conversation"] = "tally conversation"
    version: Literal[1] = 1
    id: str
    title: str
    updated_at: datetime
    is_pinned: bool = False
    is_archived: bool = False
    context: Context = EVERYTHING
    current_turn_id: str | None
    turns: tuple[Turn, ...]


_documents = TypeAdapter(_Document)


def conversation_json(whole: WholeConversation) -> bytes:
    """Return a conversation as JSON. A reply that is still being written is interrupted in it."""
    conversation = whole.conversation
    document = _Document(
        id=conversation.id,
        title=conversation.title,
        updated_at=whole.updated_at,
        is_pinned=conversation.is_pinned,
        is_archived=conversation.is_archived,
        context=conversation.context,
        current_turn_id=conversation.current_turn_id,
        turns=tuple(map(_ended, conversation.turns)),
    )
    return _documents.dump_json(document, indent=2) + b"\n"


def is_own(value: Mapping[str, Any]) -> bool:
    """Return whether this is Tally's own format, of whatever version."""
    return value.get("format") == FORMAT


def read_own(value: Mapping[str, Any], user: str, now: datetime) -> WholeConversation:
    """Return the conversation that a JSON object holds, as this person's. Raises NotReadableError."""
    version = value.get("version")
    if isinstance(version, int) and version > VERSION:
        raise NotReadableError(_("It was exported by a newer version of Tally. Update Tally to import it."))
    try:
        document = _documents.validate_python(value)
    except ValidationError as exc:
        error = exc.errors()[0]
        where = ".".join(map(str, error["loc"]))
        raise NotReadableError(_("{where}: {reason}.").format(where=where, reason=error["msg"])) from exc
    turns = document.turns
    _check_tree(document)
    _check_numbers(asdict(document.context), MOST_TOKENS_ALONG, least=0)
    for turn in turns:
        _check_numbers(asdict(turn.parameters), _LARGEST_PARAMETER)
        _check_files(turn.attachments)
        if turn.entry is not None:
            _check_numbers(asdict(turn.entry), _LARGEST_COUNT, least=0)
    current = document.current_turn_id
    latest = max(turns, key=lambda turn: _aware(turn.created_at, now)).id if turns else None
    conversation = Conversation(
        id=document.id,
        user=user,
        title=shown_title(document.title),
        current_turn_id=current if any(turn.id == current for turn in turns) else latest,
        turns=tuple(
            replace(_ended(turn), conversation_id=document.id, created_at=_aware(turn.created_at, now))
            for turn in turns
        ),
        is_pinned=document.is_pinned,
        is_archived=document.is_archived,
        context=document.context,
    )
    return WholeConversation(conversation=conversation, updated_at=_aware(document.updated_at, now))


def _ended(turn: Turn) -> Turn:
    """Return the turn as it is where no reply to it can come any more."""
    is_open = turn.status == "running" or (turn.status == "stopped" and turn.entry is None)
    return replace(turn, status="interrupted") if is_open else turn


def _check_tree(document: _Document) -> None:
    """Raise NotReadableError unless the turns are trees that are reached from their beginnings."""
    turns = document.turns
    ids = [document.id, *(turn.id for turn in turns)]
    if not turns:
        raise NotReadableError(_("There is nothing in it."))
    if not all(map(_ID.fullmatch, ids)):
        raise NotReadableError(_("It has an invalid id."))
    parents = {turn.id: turn.parent_id for turn in turns}
    if len(parents) != len(turns):
        raise NotReadableError(_("Two of its messages have the same id."))
    reached: set[str | None] = {None}
    for turn_id in parents:
        path: set[str | None] = set()
        at: str | None = turn_id
        while at not in reached:
            if at in path or at not in parents:
                raise NotReadableError(_("A message follows one that is missing, or follows itself."))
            path.add(at)
            at = parents[at]
        reached |= path


def _check_files(attachments: Sequence[Attachment]) -> None:
    """Raise NotReadableError for files that no message can have."""
    for each in attachments:
        _check_numbers([each.size, *(each.pages or ())], _LARGEST_COUNT, least=0)
    are_right = all(_ID.fullmatch(each.hash) and len(each.name) <= _LONGEST_FILE_NAME for each in attachments)
    if len(attachments) > _MOST_FILES or not are_right:
        raise NotReadableError(_("One of its messages has files that cannot be right."))


def _check_numbers(value: Any, most: int, least: float = -math.inf) -> None:
    """Raise NotReadableError for a number in it that nothing real can have."""
    match value:
        case dict():
            for each in value.values():
                _check_numbers(each, most, least)
        case list():
            for each in value:
                _check_numbers(each, most, least)
        case bool():
            return
        case int() | float():
            if abs(value) > most or value < least or not math.isfinite(value):
                raise NotReadableError(_("It has a number that cannot be right."))
        case Decimal():
            is_short = len(value.as_tuple().digits) <= _MOST_DIGITS
            if (
                not (value.is_finite() and is_short and abs(value.adjusted()) <= _MOST_DIGITS)
                or value < least
            ):
                raise NotReadableError(_("It has an amount that cannot be right."))


def _aware(moment: datetime, now: datetime) -> datetime:
    """Return a moment in UTC; now for one that cannot be right."""
    utc = moment.replace(tzinfo=moment.tzinfo or UTC)
    return utc.astimezone(UTC) if is_sane(utc) else now
