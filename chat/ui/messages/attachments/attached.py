"""Reads what the page says is attached to a message."""

from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from chat.conversation import Attachment, SentAs, one_line
from chat.providers import NotSent
from chat.store import KeptFiles
from texts import _
from usage.forecast import Detail

MOST_FILES = 20  # with one message
_LONGEST_NAME = 200  # characters
_LONGEST = 200_000  # characters of JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attached:
    hash: Annotated[str, Field(max_length=100)]
    name: Annotated[str, Field(max_length=_LONGEST_NAME)]
    sent_as: SentAs = "text"
    detail: Detail = "high"
    pages: tuple[int, int] | None = None


_lists = TypeAdapter(list[_Attached])


def read_attached(files: KeptFiles, user: str, sent: str | None) -> tuple[Attachment, ...]:
    """Return what is attached to a message, as the page sent it: files that are the user's.

    Raises NotSent for anything else, and StoreError.
    """
    if not sent:
        return ()
    try:
        attached = _lists.validate_json(sent[:_LONGEST])
    except ValidationError as exc:
        raise NotSent(_("The attached files could not be read. Reload the page, attach them again.")) from exc
    if len(attached) > MOST_FILES:
        text = _("At most {most} files can be attached to a message. Remove some, then send again.")
        raise NotSent(text.format(most=MOST_FILES))
    return tuple(_attachment(files, user, each) for each in attached)


def _attachment(files: KeptFiles, user: str, attached: _Attached) -> Attachment:
    kept = files.one(user, attached.hash)
    if kept is None:
        text = _("The file {name} is no longer on the server. Remove it, or attach it again.")
        raise NotSent(text.format(name=attached.name))
    return Attachment(
        hash=kept.hash,
        name=one_line(attached.name) or _("File"),
        kind=kept.kind,
        size=kept.size,
        sent_as=attached.sent_as,
        detail=attached.detail,
        pages=attached.pages,
    )
