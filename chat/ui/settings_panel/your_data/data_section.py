"""What the settings show of a person's data; the page's script does the rest."""

from html import escape

from texts import _


def data_section_html() -> str:
    """Return the section: everything as a zip, and an import with its progress and its result."""
    return f"{_export_html()}{_import_html()}"


def _export_html() -> str:
    title, button = escape(_("Export")), escape(_("Download everything (zip)"))
    text = escape(
        _(
            "All your conversations: as JSON, which Tally reads again, and as Markdown, to read. Deleted "
            "ones are not in it."
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
            "What Tally, ChatGPT, Claude, Open WebUI and LibreChat export: a zip or JSON. What is here "
            "already stays as it is, and the same file twice doubles nothing. Importing costs nothing."
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
