"""What goes to a model of the files that are attached to messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from chat.calls.question import without_file
from chat.conversation import Attachment
from chat.files import UnreadableFileError
from chat.providers import NotSent
from chat.store import KeptFile, KeptFiles, KeptPicture
from texts import _
from usage.forecast import Document, Image, Part, Text

MOST_PAGES_AS_PICTURES = 50


@dataclass(frozen=True)
class OwnFiles:
    """The files of one person, as they go to a model."""

    files: KeptFiles
    user: str

    def parts_of(self, attachment: Attachment) -> tuple[Part, ...]:
        """Return the parts that a file becomes in the message that it is attached to.

        Raises NotSent where it cannot be sent that way, and StoreError.
        """
        kept = self.files.one(self.user, attachment.hash)
        if kept is None:
            return without_file(attachment)
        if kept.kind == "image":
            name, picture = kept.sized(attachment.detail)
            return (self._image(kept, attachment, name, picture),)
        first, last = pages_of(attachment, kept)
        if kept.kind == "pdf" and attachment.sent_as == "file":
            read = partial(self.files.blob, kept.hash, "")
            return (Document(kept.hash, attachment.name, kept.pages, read),)
        if kept.kind == "pdf" and attachment.sent_as == "images":
            return tuple(self._page_pictures(kept, attachment, first, last))
        return (Text(_as_text(kept, attachment, first, last)),)

    def _page_pictures(self, kept: KeptFile, attachment: Attachment, first: int, last: int) -> Iterator[Part]:
        if last - first >= MOST_PAGES_AS_PICTURES:
            text = _("{name}: at most {most} pages can be sent as pictures. Choose fewer pages.")
            raise NotSent(text.format(name=attachment.name, most=MOST_PAGES_AS_PICTURES))
        try:
            pictures = self.files.page_pictures(kept, attachment.detail, (first, last))
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
            read=partial(self.files.blob, kept.hash, name),
        )


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
