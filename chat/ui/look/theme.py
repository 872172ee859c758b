"""How the page looks: a quiet theme with one accent colour, and the little CSS and script beyond it."""

import json
from pathlib import Path

import gradio as gr

from texts import _

HERE = Path(__file__).parent
STYLE = HERE / "page.css"
SCRIPTS = [
    HERE / "scripts" / f"{name}.js"
    for name in (
        *("page", "sidebar", "conversations", "conversation_menu", "drafts", "queue"),
        *("menus", "files", "sending"),
        *("messages", "versions", "replies", "quote", "accessible"),
        *("settings", "your_data", "model_menu", "prompt_menu", "search", "context"),
    )
]
FAVICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' "
    "height='16' rx='4' fill='%230f766e'/%3E%3Cpath d='M4 4v8M6.7 4v8M9.3 4v8M12 4v8M2.5 11l11-6' "
    "stroke='white' stroke-width='1.2' stroke-linecap='round'/%3E%3C/svg%3E"
)
SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def theme() -> gr.themes.Base:
    """Return teal on neutral greys, with the fonts that the machine has: nothing is loaded from elsewhere."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.zinc,
        font=SANS,
        font_mono=MONO,
        radius_size=gr.themes.sizes.radius_md,
    ).set(
        body_background_fill="white",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_border_width="0px",
        block_shadow="none",
        block_label_text_color="*neutral_600",
        block_label_text_color_dark="*neutral_300",
        block_title_text_color="*neutral_600",
        block_title_text_color_dark="*neutral_300",
        color_accent="*primary_700",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        button_primary_border_color="transparent",
        button_primary_border_color_dark="transparent",
        input_border_color="*neutral_400",
        input_border_color_dark="*neutral_600",
        input_border_color_focus="*primary_700",
        input_border_color_focus_dark="*primary_400",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_400",
        link_text_color_hover="*primary_800",
        link_text_color_hover_dark="*primary_300",
        link_text_color_active="*primary_700",
        link_text_color_active_dark="*primary_400",
        link_text_color_visited="*primary_700",
        link_text_color_visited_dark="*primary_400",
    )


def head() -> str:
    """Return what the page's head has beyond Gradio's: its icon."""
    return f'<link rel="icon" href="{FAVICON}">'


def page_scripts() -> list[str]:
    """Return the texts of the page's scripts in their order; they run before Gradio builds the page."""
    said = json.dumps(_script_texts()).replace("<", "\\u003c")
    return [f"const tallyTexts = {said};", *(script.read_text("utf-8") for script in SCRIPTS)]


def _script_texts() -> dict[str, str]:
    """Return what the scripts say, by the names they know it by."""
    return {
        "searchFailed": _("Tally did not answer the search. Try again in a moment."),
        "skip": _("Skip to the message box"),
        "waiting": _("Will be sent when this reply ends"),
        "held": _("Not sent yet"),
        "sendNow": _("Send now"),
        "edit": _("Edit"),
        "remove": _("Remove"),
        "openMenu": _("Open menu"),
        "closeMenu": _("Close menu"),
        "conversations": _("Chats"),
        "archived": _("Archived ({number})"),
        "archiveEmpty": _("No archived chats."),
        "newTitle": _("New title"),
        "titleNeeded": _("A title cannot be empty."),
        "notCopied": _("The message could not be copied."),
        "notOpened": _("The message could not be opened."),
        "notInserted": _("This file could not be inserted. Try again."),
        "reload": _("Reload the page and try again."),
        "copyingNotAllowed": _("The browser does not allow copying here."),
        "copied": _("Copied"),
        "send": _("Send"),
        "sendToMany": _("Send to {number}"),
        "cancel": _("Cancel"),
        "quote": _("Quote"),
        "notDrawn": _("This diagram cannot be drawn."),
        "copyCode": _("Copy code"),
        "copyTable": _("Copy as CSV"),
        "wrap": _("Wrap lines"),
        "showLines": _("Show all {lines} lines"),
        "low": _("Small: {pixels}"),
        "high": _("Large: {pixels}"),
        "original": _("Original: {pixels}"),
        "detail": _("Size that is sent"),
        "as_text": _("As text"),
        "as_images": _("As pictures"),
        "as_file": _("As a PDF file"),
        "sentAs": _("How it is sent"),
        "pages": _("Pages "),
        "firstPage": _("First page"),
        "lastPage": _("Last page"),
        "insertAsText": _("Insert as text"),
        "onTheWay": _("Uploading: {percent}%"),
        "beingRead": _("Reading…"),
        "removeFile": _("Remove {name}"),
        "removeFailed": _("Remove the file that could not be attached, then send again."),
        "waitsForFiles": _("Your message will be sent when the files are ready."),
        "fileFailed": _("This file did not reach Tally. Remove it and try again."),
        "fileAttached": _("{name} is attached."),
        "fileGone": _("This file is no longer on the server."),
        "pastedText": _("Pasted text.txt"),
        "pastedPicture": _("Pasted picture"),
        "dropHere": _("Drop files to attach them"),
        "leaveFileOut": _("Leave out"),
        "takeFileAlong": _("Include again"),
        "close": _("Close"),
        "download": _("Download"),
        "uploading": _("Uploading {name}: {percent}%"),
        "importing": _("Importing {name}. Chats read: {count}"),
        "importEnded": _(
            "The import ended early: Tally stopped answering. What was already imported is kept; import "
            "the file again for the rest. Chats read: {count}."
        ),
        "importCancelled": _("Import canceled. What was already imported is kept. Chats read: {count}."),
    }
