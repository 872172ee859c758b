"""Gradio's page, with all that a browser loads for it named at its beginning, or in it."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from lean_page.gradio_files import files_loaded

ASSETS = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
DESCRIPTION = "window.gradio_config = "  # what the page consists of follows, as JSON

_BASE = re.compile(r"<base [^>]*>")
_SHEET = re.compile(r'<link rel="stylesheet" crossorigin href="\./assets/[^"]+">')
# Gradio's script reads all events for each component, twice. Svelte, which it is written with, takes note of
# every read of a plain object or array, and of no other.
_PLAIN_NO_MORE = """
{
  const { dependencies: events } = window.gradio_config;
  class Events extends Array {}
  class Event {}
  for (const event of events) Object.setPrototypeOf(event, Event.prototype);
  Object.setPrototypeOf(events, Events.prototype);
}
"""


def whole_page(html: str, theme: str, scripts: Sequence[str]) -> str:
    """Return the page with its scripts named at the beginning, its style sheets in it, and nobody's name.

    `theme` is the theme's sheet. `scripts` are the app's, and run before Gradio's own. What the app has for
    the head of the page is there at once, where Gradio has a script put it there.
    """
    begin = html.index(DESCRIPTION) + len(DESCRIPTION)
    description, end = json.JSONDecoder().raw_decode(html, begin)
    head = description.pop("head") or ""
    description["username"] = None  # of the person it happened to be made for
    types = dict.fromkeys(component["type"] for component in description["components"])
    files = files_loaded(html, types, ASSETS)
    modules = [f"./assets/{name}" for name in files if name.endswith(".js")]
    sheets = {f"./assets/{name}": _text(name) for name in files if name.endswith(".css")}
    sheets[f"{description['root']}/theme.css?v={description['theme_hash']}"] = theme

    html = f"{html[:begin]}{_in_script(description)}{html[end:]}"
    html = _BASE.sub(lambda base: f"{base[0]}{_preloads(modules)}", html, count=1)
    html = _SHEET.sub("", html).replace("</head>", f"{_styles(sheets)}{head}</head>", 1)
    own = "".join(f"<script>{script}</script>" for script in (_PLAIN_NO_MORE, *scripts))
    return html.replace("</body>", f"{own}</body>", 1)


def _text(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _in_script(description: Mapping[str, Any]) -> str:
    """Return JSON that ends no script element."""
    return json.dumps(description, separators=(",", ":")).replace("<", "\\u003c")


def _preloads(modules: Sequence[str]) -> str:
    return "".join(f'<link rel="modulepreload" crossorigin href="{each}">' for each in modules)


def _styles(sheets: Mapping[str, str]) -> str:
    """Return the sheets by their addresses. Gradio's script loads none that has a link, though it be off."""
    links = "".join(f'<link rel="stylesheet" href="{address}" disabled>' for address in sheets)
    return f"<style>{''.join(sheets.values())}</style>{links}"
