"""What opens over the page from the sidebar: the menu of a conversation, and the keys."""

from html import escape

from texts import _

LAST_COPIED = 4  # messages with their replies, into a new chat


def dialogs_html() -> str:
    """Return the HTML of these, closed; the page's scripts open them."""
    # What each one does, conversation_menu.js says; it hides what does not fit the conversation.
    menu = (
        ("rename", _("Rename")),
        ("pin", _("Pin")),
        ("unpin", _("Unpin")),
        ("archive", _("Archive")),
        ("unarchive", _("Unarchive")),
        ("export-md", _("Export as Markdown")),
        ("export-json", _("Export as JSON")),
        ("export-html", _("Export as a web page")),
        ("delete", _("Delete")),
    )
    keys = (
        (_("Enter"), _("Send")),
        (_("Shift+Enter"), _("New line")),
        ("/", _("Insert a prompt (in an empty message box)")),
        ("↑", _("Edit the last message (in an empty message box)")),
        (_("Esc"), _("Stop the reply, or close what is open")),
        (_("Ctrl/⌘+Shift+O"), _("New chat")),
        (_("Ctrl/⌘+K"), _("Search")),
        (_("F2"), _("Rename the selected chat")),
        (_("Delete"), _("Delete the selected chat")),
        (_("Ctrl/⌘+/"), _("Keyboard shortcuts")),
    )
    rows = "".join(f"<dt><kbd>{key}</kbd></dt><dd>{escape(what)}</dd>" for key, what in keys)
    name = escape(_("Chat actions"))
    items = "".join(
        f'<button type="button" role="menuitem" tabindex="-1" data-do="{do}">{escape(what)}</button>'
        for do, what in menu
    )
    forks = (
        ("fork", _("With everything")),
        ("fork-last", _("With the last {number} messages").format(number=LAST_COPIED)),
        ("fork-summary", _("With a summary: see what it costs")),
    )
    ways = "".join(
        f'<button type="button" role="menuitem" tabindex="-1" data-how="{how}">{escape(what)}</button>'
        for how, what in forks
    )
    summary = escape(_("Edit summary"))
    return (
        '<dialog id="summary-dialog" aria-labelledby="summary-title"><form method="dialog">'
        f'<h2 id="summary-title">{summary}</h2><textarea aria-labelledby="summary-title" dir="auto" required>'
        f'</textarea><footer><button type="button" value="cancel">{escape(_("Cancel"))}</button>'
        f'<button value="save" class="main">{escape(_("Save"))}</button></footer></form></dialog>'
        f'<div id="fork-menu" popover role="menu" aria-label="{escape(_("New chat from here"))}">{ways}</div>'
        f'<div id="conversation-menu" popover role="menu" aria-label="{name}">{items}</div>'
        '<dialog id="keys-dialog" aria-labelledby="keys-title"><form method="dialog">'
        f'<h2 id="keys-title">{_("Keyboard shortcuts")}</h2><dl>{rows}</dl>'
        f'<footer><button value="close">{_("Close")}</button></footer></form></dialog>'
    )
