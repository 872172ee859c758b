"""The prompts at the message box: a chip that begins a new chat with one, and the menu that "/" opens too.

The page's script opens the menu and asks for the fields; the texts stay here until one is chosen.
"""

import json
from collections.abc import Iterable
from html import escape

import gradio as gr

from chat.ui.settings_panel.saved_prompts.saved_prompt import SavedPrompt
from texts import _

TELL_PICKED = "tally.pickPrompts((what) => trigger('click', what));"
TELL_INSERTED = "tally.insertPrompts((what) => trigger('click', what));"


class PromptMenu:
    """The controls. `chip` tells which prompt to begin with, `listed` which to insert: `inserted` has it."""

    def __init__(self) -> None:
        """Lay out the chip and its menu inside the message box."""
        with gr.Column(elem_id="prompt", min_width=0):
            self.inserted = gr.Textbox("", visible="hidden", label="Inserted prompt")
            self.chip = gr.HTML(
                chip_html(""), elem_id="prompt-picked", js_on_load=TELL_PICKED, apply_default_css=False
            )
            with gr.Column(elem_id="prompt-menu", min_width=0):
                gr.HTML(_search(), js_on_load=None, apply_default_css=False)
                self.listed = gr.HTML(
                    menu_html(()), elem_id="prompts", js_on_load=TELL_INSERTED, apply_default_css=False
                )


def chip_html(name: str) -> str:
    """Return the chip: the prompt of this name that the chat has, or the offer to choose one."""
    shown = f'<span class="name">/{escape(name)}</span>' if name else f"<span>{escape(_('Prompt'))}</span>"
    title = escape(_("Start this chat with a prompt"))
    remove = escape(_("Start without {name}").format(name=f"/{name}"))
    button = f'<button type="button" id="prompt-leave" aria-label="{remove}" title="{remove}">×</button>'
    return (
        f'<button type="button" id="prompt-chip" class="chip" aria-haspopup="listbox" aria-expanded="false" '
        f'title="{title}">{shown}</button>{button if name else ""}'
    )


def menu_html(prompts: Iterable[SavedPrompt]) -> str:
    """Return the prompts in the menu, each with its fields, and the way to change them."""
    rows = "".join(
        f'<li role="option" data-name="{escape(each.name)}" data-fields="{escape(json.dumps(each.fields))}">'
        f"<span>/{escape(each.name)}</span><small>{escape(each.first_line)}</small></li>"
        for each in prompts
    )
    change = f'<button type="button" data-settings="prompts">{escape(_("Edit prompts"))}</button>'
    return (
        f'<ul role="listbox" id="prompt-list" aria-label="{escape(_("Prompts"))}">{rows}</ul><p>{change}</p>'
    )


def fields_dialog() -> str:
    """Return the dialog that asks for the fields of a prompt; the page's script puts them in."""
    return (
        '<dialog id="fields-dialog" aria-labelledby="fields-title"><form method="dialog">'
        '<h2 id="fields-title"></h2><div class="fields"></div>'
        f'<footer><button type="button" value="cancel">{escape(_("Cancel"))}</button>'
        f'<button value="use" class="main">{escape(_("Use"))}</button></footer></form></dialog>'
    )


def _search() -> str:
    return (
        f'<input id="prompt-search" role="combobox" aria-label="{escape(_("Prompt"))}" autocomplete="off" '
        f'spellcheck="false" aria-expanded="true" aria-controls="prompt-list" aria-autocomplete="list" '
        f'placeholder="{escape(_("Find a prompt"))}">'
    )
