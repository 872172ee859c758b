"""What goes to a model of the files that are attached to messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from chat.calls.question import Ask, left_out_file, without_file
from chat.conversation import Attachment
from chat.files import UnreadableFileError
from chat.providers import NotSent, choice_of
from chat.store import MOST_BYTES_OF_A_PERSON, KeptFile, KeptFiles, KeptPicture, StoreError
from texts import _
from usage.forecast import Detail, Document, Image, Message, Part, Prompt, Text
from usage.meter import Meter
from usage.units import Price, format_price, format_tokens

MOST_PAGES_AS_PICTURES = 50
MOST_NAMED = 3  # files and models, where something cannot be sent


@dataclass(frozen=True)
class OwnFiles:
    """The files of one person, as they go to a model."""

    files: KeptFiles
    user: str
    most_bytes: int = MOST_BYTES_OF_A_PERSON  # that all of them may take

    def parts_of(self, attachment: Attachment) -> tuple[Part, ...]:
        """Return the parts that a file becomes in the message that it is attached to.

        Raises NotSent where it cannot be sent that way, and StoreError.
        """
        if attachment.is_left_out:
            return left_out_file(attachment)
        kept = self.files.one(self.user, attachment.hash)
        if kept is None:
            return without_file(attachment)
        if kept.kind == "image":
            name, picture = kept.sized(attachment.detail)
            return (self._image(kept, attachment, name, picture),)
        first, last = pages_of(attachment, kept)
        if kept.kind == "pdf" and attachment.sent_as == "file":
            read = partial(self._read, attachment.name, kept.hash, "")
            return (Document(kept.hash, attachment.name, kept.pages, read),)
        if kept.kind == "pdf" and attachment.sent_as == "images":
            return tuple(self._page_pictures(kept, attachment, first, last))
        return (Text(_as_text(kept, attachment, first, last)),)

    def _page_pictures(self, kept: KeptFile, attachment: Attachment, first: int, last: int) -> Iterator[Part]:
        if last - first >= MOST_PAGES_AS_PICTURES:
            text = _("{name}: at most {most} pages can be sent as pictures. Choose fewer pages.")
            raise NotSent(text.format(name=attachment.name, most=MOST_PAGES_AS_PICTURES))
        try:
            size: Detail = "low" if attachment.detail == "low" else "high"  # pages are drawn no larger
            pictures = self.files.page_pictures(self.user, kept, size, (first, last), self.most_bytes)
        except UnreadableFileError as exc:
            raise NotSent(f"{attachment.name}: {exc}") from exc
        for number, (name, picture) in enumerate(pictures.items(), first):
            yield Text(f"[{attachment.name}, page {number}]\n")
            yield self._image(kept, attachment, name, picture)

    def _image(self, kept: KeptFile, attachment: Attachment, name: str, picture: KeptPicture) -> Image:
        return Image(
            key=f"{kept.hash}/{name}",
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            detail=attachment.detail,
            read=partial(self._read, attachment.name, kept.hash, name),
        )

    def _read(self, shown_name: str, hash_: str, name: str) -> bytes:
        """Return what is sent of a file. Raises NotSent when it cannot be read."""
        try:
            return self.files.blob(hash_, name)
        except StoreError as exc:
            raise NotSent(f"{shown_name}: {exc}") from exc


def pages_of(attachment: Attachment, kept: KeptFile) -> tuple[int, int]:
    """Return the first and the last page that are sent, from 1: those chosen that there are."""
    there = max(len(kept.pages), 1)
    first, last = attachment.pages or (1, there)
    first = min(max(first, 1), there)
    return first, min(max(last, first), there)


def _as_text(kept: KeptFile, attachment: Attachment, first: int, last: int) -> str:
    """Return a file's text with its name around it, and the numbers of its pages where it has such."""
    name = attachment.name.replace('"', "'")
    chosen = kept.pages[first - 1 : last]
    if kept.kind == "pdf":
        chosen = tuple(f"[Page {number}]\n{text}" for number, text in enumerate(chosen, first))
    text = "\n\n".join(chosen)
    return f'<file name="{name}">\n{text}\n</file>\n\n'


def require_taken(ask: Ask, prompt: Prompt, meter: Meter, now: datetime) -> None:
    """Raise NotSent, with the way out, where a model does not take the pictures or documents of a prompt."""
    takes = ask.provider.takes(ask.model)
    if prompt.images and takes.images is False:
        said = _("{model} does not take pictures.").format(model=ask.choice)
        raise NotSent(f"{said} {_way_out(ask, 'images', meter, now)}")
    if prompt.documents and takes.documents is False:
        said = _("{model} does not take PDFs as files, only their text.").format(model=ask.choice)
        raise NotSent(f"{said} {_way_out(ask, 'documents', meter, now)}")


def _way_out(ask: Ask, kind: Literal["images", "documents"], meter: Meter, now: datetime) -> str:
    """Return what to do: models of the same endpoint that take this kind, with their prices."""
    provider = ask.provider
    taking = [name for name in provider.listed() if getattr(provider.takes(name), kind)]
    cheapest = meter.prices.cheapest_first(provider.endpoint, taking, now)[:MOST_NAMED]
    if not cheapest:
        return _("Choose another model, or leave them out.")
    prices = ((name, meter.prices.price(provider.endpoint, name, 0, now)) for name in cheapest)
    named = (f"{choice_of(ask.connection, name)} ({_shown(price)})" for name, price in prices)
    return _("These models here do: {models}.").format(models=", ".join(named))


def _shown(price: Price | None) -> str:
    if price is None:
        return format_price(None, None)
    return format_price(price.input_usd_per_mtok, price.output_usd_per_mtok)


def largest_files(ask: Ask, tokens: int, meter: Meter) -> str:
    """Return which files make most of a prompt of that many tokens, in words; empty where they do not."""
    history = ask.conversation.branch_to(ask.parent_id) if ask.conversation else ()
    earlier = (attachment for turn in history if turn.reply for attachment in turn.attachments)
    empty = meter.count(Prompt((Message("user", ()),)), ask.model).tokens
    sizes = [
        (meter.count(Prompt((Message("user", ask.parts_of(each)),)), ask.model).tokens - empty, each.name)
        for each in (*earlier, *ask.attachments)
    ]
    if sum(size for size, _name in sizes) * 2 < tokens:
        return ""
    largest = sorted(sizes, key=lambda each: -each[0])[:MOST_NAMED]
    named = (
        _("{name} ({tokens} tokens)").format(name=name, tokens=format_tokens(size)) for size, name in largest
    )
    return _("Most of it is in files: {files}.").format(files=", ".join(named))
