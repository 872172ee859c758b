"""How the files of a message look in the conversation."""

from chat.conversation import Attachment, Turn
from chat.markup import plain
from texts import _


def attachments_html(turn: Turn) -> str:
    """Return the files of a message by their names; the page's script draws pictures. A click opens each."""
    if not turn.attachments:
        return ""
    items = "".join(f"<li>{_item(each, turn)}</li>" for each in turn.attachments)
    return f'<ul class="files" aria-label="{_("Files")}">{items}</ul>'


def _item(attachment: Attachment, turn: Turn) -> str:
    name = plain(attachment.name)
    words = f'<span class="name">{name}</span><span class="quiet">{size_in_words(attachment.size)}</span>'
    left_out = ""
    if attachment.is_left_out:
        left_out = " left-out"
        words += f'<span class="quiet">{_("left out")}</span>'
    value = plain(f"{attachment.hash} {attachment.kind} {turn.id}")
    return (
        f'<button type="button" class="file {attachment.kind}{left_out}" name="open-file" title="{name}" '
        f'value="{value}">{words}</button>'
    )


def size_in_words(size: int) -> str:
    """Return a number of bytes as people read it: "12 kB", "3.4 MB"."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1_000_000:.1f} MB"
