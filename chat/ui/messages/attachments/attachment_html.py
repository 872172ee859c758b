"""How the files of a message look in the conversation."""

from collections.abc import Sequence

from chat.conversation import Attachment
from chat.markup import plain
from texts import _


def attachments_html(attachments: Sequence[Attachment]) -> str:
    """Return the files of a message by their names; the page's script draws pictures. A click opens each."""
    if not attachments:
        return ""
    items = "".join(f"<li>{_item(each)}</li>" for each in attachments)
    return f'<ul class="files" aria-label="{_("Files")}">{items}</ul>'


def _item(attachment: Attachment) -> str:
    name, size = plain(attachment.name), size_in_words(attachment.size)
    label = plain(_("Open {name}").format(name=attachment.name))
    words = f'<span class="name">{name}</span><span class="quiet">{size}</span>'
    return (
        f'<button type="button" class="file {attachment.kind}" name="open-file" title="{name}" '
        f'value="{plain(attachment.hash)} {attachment.kind}" aria-label="{label}">{words}</button>'
    )


def size_in_words(size: int) -> str:
    """Return a number of bytes as people read it: "12 kB", "3.4 MB"."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
