"""What opens over the page from the sidebar: the menu of a conversation, its deletion, and the keys."""

from html import escape

from texts import _


def dialogs_html() -> str:
    """Return what opens over the page: the menu of a conversation, its deletion, and the keys."""
    keys = (
        (_("Enter"), _("Send")),
        (_("Shift+Enter"), _("New line")),
        ("/", _("Insert a prompt, in an empty box")),
        ("↑", _("Edit the last message, from an empty box")),
        (_("Esc"), _("Stop the reply, or close what is open")),
        (_("Ctrl/⌘+Shift+O"), _("New chat")),
        (_("Ctrl/⌘+K"), _("Find a conversation")),
        (_("Ctrl/⌘+/"), _("These keys")),
    )
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{escape(what)}</dd>" for key, what in keys)
    return (
        f'<div id="conversation-menu" popover role="menu"><button type="button" role="menuitem">'
        f"{_('Delete…')}</button></div>"
        '<dialog id="delete-dialog" aria-labelledby="delete-title"><form method="dialog">'
        f'<h2 id="delete-title">{_("Delete this conversation?")}</h2><p class="title" dir="auto"></p>'
        f"<p>{_('Its messages are deleted. What it cost stays in your ledger.')}</p>"
        f'<footer><button value="cancel">{_("Cancel")}</button>'
        f'<button value="delete" class="danger">{_("Delete")}</button></footer></form></dialog>'
        '<dialog id="keys-dialog" aria-labelledby="keys-title"><form method="dialog">'
        f'<h2 id="keys-title">{_("Keys")}</h2><dl>{rows}</dl>'
        f'<footer><button value="close">{_("Close")}</button></footer></form></dialog>'
    )
