"""How the page looks: a quiet theme with one accent colour, and the little CSS and script beyond it."""

import json
from pathlib import Path

import gradio as gr

from texts import _

HERE = Path(__file__).parent
STYLE = HERE / "page.css"
SCRIPTS = tuple(
    HERE / name
    for name in ("page.js", "sidebar.js", "scrolling.js", "sending.js", "messages.js", "replies.js")
)
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
        block_border_width="0px",
        block_shadow="none",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_700",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
    )


def head() -> str:
    """Return the page's scripts, inline so that nothing has to be fetched."""
    said = json.dumps(_script_texts()).replace("<", "\\u003c")
    scripts = (script.read_text("utf-8") for script in SCRIPTS)
    icon = f'<link rel="icon" href="{FAVICON}">'
    return icon + "".join(
        f"<script>{script}</script>" for script in (f"const tallyTexts = {said};", *scripts)
    )


def _script_texts() -> dict[str, str]:
    """Return what the scripts say, by the names they know it by."""
    return {
        "backToBox": _("Back to the box"),
        "openMenu": _("Open menu"),
        "closeMenu": _("Close menu"),
        "notCopied": _("The message could not be copied."),
        "notOpened": _("The message could not be opened."),
        "reload": _("Reload the page and try again."),
        "copyingNotAllowed": _("the browser does not allow it"),
    }
