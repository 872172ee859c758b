"""Gradio's page, with all that a browser loads for it named at its beginning, or in it."""

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from lean_page.gradio_files import files_loaded

ASSETS = Path(gr.__file__).parent / "templates" / "frontend" / "assets"

_CONFIG = "window.gradio_config = "  # what the page consists of follows, as JSON
_BASE = re.compile(r"<base [^>]*>")
_SHEET = re.compile(r'<link rel="stylesheet" crossorigin href="\./assets/[^"]+">')
# Gradio's script reads all events for each component, twice. Svelte, which it is written with, takes note of
# every read of a plain object or array, and of no other.
_UNTRACKED_EVENTS = """
{
  const { dependencies } = window.gradio_config;
  class Untracked {}
  class UntrackedList extends Array {}
  for (const each of dependencies) Object.setPrototypeOf(each, Untracked.prototype);
  Object.setPrototypeOf(dependencies, UntrackedList.prototype);
}
"""

logger = logging.getLogger(f"tally.{__name__}")


def whole_page(html: str, theme: str, scripts: Sequence[str]) -> str:
    """Return the page with its modules named at the beginning, its style sheets in it, and nobody's name.

    `theme` is the theme's sheet. `scripts` are the app's own, which run before Gradio's. What the app has for
    the head of the page is there at once, where Gradio has a script put it there. A page that looks different
    from what is known of Gradio gets the scripts and no more.
    """
    try:
        config, begin, end = _config_in(html)
        head, root, theme_hash = config.pop("head") or "", config["root"], config["theme_hash"]
        types = dict.fromkeys(component["type"] for component in config["components"])
        files = _files(html, types)
    except (ValueError, KeyError, TypeError) as exc:
        logger.warning("Gradio’s page is not the one that Tally knows, so it will load more slowly: %r", exc)
        return _with_scripts(html, scripts)
    config["username"] = None  # of whoever it happened to be made for
    modules = [f"./assets/{name}" for name in files if name.endswith(".js")]
    sheets = {f"./assets/{name}": _text(name) for name in files if name.endswith(".css")}
    sheets[f"{root}/theme.css?v={theme_hash}"] = theme
    html = f"{html[:begin]}{_in_script(config)}{html[end:]}"
    html = _BASE.sub(lambda base: f"{base[0]}{_preloads(modules)}", html, count=1)
    html = _SHEET.sub("", html).replace("</head>", f"{_styles(sheets)}{head}</head>", 1)
    return _with_scripts(html, [_UNTRACKED_EVENTS, *scripts])


def is_sign_in(html: str) -> bool:
    """Return whether this is Gradio’s own page for signing in."""
    try:
        config, _, _ = _config_in(html)
    except ValueError:
        return False
    return bool(config.get("auth_required"))


def _config_in(html: str) -> tuple[dict[str, Any], int, int]:
    """Return what the page consists of, and where that begins and ends. Raises ValueError."""
    begin = html.index(_CONFIG) + len(_CONFIG)
    config, end = json.JSONDecoder().raw_decode(html, begin)
    if not isinstance(config, dict):
        raise ValueError("its description is no object")  # noqa: TRY004 - as for every other text
    return config, begin, end


def _files(html: str, types: Iterable[str]) -> list[str]:
    """Return the files that the page loads. Raises ValueError where none is found but those that it names."""
    files = files_loaded(html, types, ASSETS)
    if all(name in html for name in files):
        raise ValueError("what it loads is not found")
    return files


def _with_scripts(html: str, scripts: Sequence[str]) -> str:
    return html.replace("</body>", f"{''.join(f'<script>{each}</script>' for each in scripts)}</body>", 1)


def _text(name: str) -> str:
    return (ASSETS / name).read_text("utf-8")


def _in_script(config: Mapping[str, Any]) -> str:
    """Return JSON that ends no script element."""
    return json.dumps(config, separators=(",", ":")).replace("<", "\\u003c")


def _preloads(modules: Sequence[str]) -> str:
    return "".join(f'<link rel="modulepreload" crossorigin href="{each}">' for each in modules)


def _styles(sheets: Mapping[str, str]) -> str:
    """Return the sheets. Gradio's script skips one whose address already has a link, even a disabled one."""
    links = "".join(f'<link rel="stylesheet" href="{address}" disabled>' for address in sheets)
    return f"<style>{''.join(sheets.values())}</style>{links}"
