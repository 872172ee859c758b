"""What the settings show of a person's data; the page's script does the rest."""

from html import escape

from texts import _


def data_section_html() -> str:
    """Return the section: everything as a zip, an import with progress and result, the room of files."""
    return (
        f'{_export_html()}{_import_html()}<h3>{escape(_("Files"))}</h3><p class="quiet" id="files-room"></p>'
    )


def _export_html() -> str:
    title, button = escape(_("Export")), escape(_("Download everything (zip)"))
    text = escape(
        _(
            "All your chats, as JSON for importing into Tally and as Markdown for reading. "
            "Deleted chats are not included."
        )
    )
    return (
        f'<h3>{title}</h3><p class="quiet">{text}</p>'
        f'<p><a class="action" id="export-everything" href="export/everything.zip" download>{button}</a></p>'
    )


def _import_html() -> str:
    title, button, cancel = escape(_("Import")), escape(_("Import…")), escape(_("Cancel"))
    files = escape(_("Files to import"))
    text = escape(
        _(
            "Zip or JSON files exported from Tally, ChatGPT, Claude, Open WebUI or LibreChat. "
            "Nothing is overwritten, and importing a file twice creates no duplicates. Importing "
            "costs nothing."
        )
    )
    return (
        f'<h3>{title}</h3><p class="quiet">{text}</p>'
        f'<p><button type="button" class="action" id="import-choose">{button}</button>'
        f'<input type="file" id="import-files" multiple hidden accept=".zip,.json,.jsonl" '
        f'aria-label="{files}"></p>'
        f'<div id="import-progress" hidden><progress max="1" value="0" aria-label="{title}"></progress>'
        f'<span class="quiet"></span>'
        f'<button type="button" class="action" id="import-cancel">{cancel}</button></div>'
        f'<div id="import-result" role="status"></div>'
    )
