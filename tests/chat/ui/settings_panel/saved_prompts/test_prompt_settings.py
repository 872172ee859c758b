"""Prompts in the settings and in the box, without a browser: what is listed, told, saved and inserted."""

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.store import Keeper, StoreError
from chat.ui.settings_panel import PromptMenu, PromptSettings
from chat.ui.settings_panel.saved_prompts import PromptFields, PromptLibrary
from chat.ui.settings_panel.saved_prompts.prompt_library import MOST_PROMPTS
from chat.ui.settings_panel.saved_prompts.prompt_menu import menu_html
from chat.ui.settings_panel.saved_prompts.saved_prompt import SavedPrompt
from tests.helpers.chats import services_of
from tests.helpers.fakes import Rig
from usage.ledger import NOBODY

RUBBISH: list[Any] = [None, 7, "x", [], {"name": {"a": []}, "do": 1}, {"name": "no such", "do": "delete"}]


class Section:
    """The section and the menu as one page of a person sees them."""

    def __init__(self, rig: Rig, user: str, page: str = "page", *, is_shared: bool = False) -> None:
        services = replace(services_of(rig, user), shares_name=lambda _who: is_shared)
        with gr.Blocks(analytics_enabled=False):
            self.fields, self.menu, self.notice = PromptFields(), PromptMenu(), gr.HTML()
        self.settings = PromptSettings(services, self.fields, self.menu, self.notice)
        self.library = PromptLibrary(services.saved_prompts)
        self.keeper = Keeper(user, page) if is_shared else Keeper(user)
        self.request: Any = SimpleNamespace(session_hash=page)

    @property
    def names(self) -> list[str]:
        return list(self.library.all(self.keeper))

    async def save(self, instead_of: str = "", **typed: Any) -> dict[Any, Any]:
        """Press Save with this in the form."""
        values = {control: typed.get(name, "") for name, control in self.fields.form.items()}
        return await self.settings.save_prompt(values | {self.fields.instead_of: instead_of}, self.request)

    async def click(self, data: Any) -> dict[Any, Any]:
        """Click something in the list."""
        return await self.settings.press_prompt(gr.EventData(None, data), self.request)

    async def insert(self, data: Any) -> tuple[dict[str, str], str]:
        """Ask for the text of a prompt; gives the answer and the notice."""
        shown = await self.settings.insert_prompt(gr.EventData(None, data), self.request)
        return json.loads(shown[self.menu.inserted]), shown[self.notice]

    def in_form(self, shown: dict[Any, Any]) -> dict[str, Any]:
        return {name: shown[control]["value"] for name, control in self.fields.form.items()}


SeenBy = Callable[..., Section]


@pytest.fixture
async def seen_by(rig: Rig) -> SeenBy:
    """Gradio would make an event loop, which nobody closes, where none is running."""
    return lambda user, *page, **how: Section(rig, user, *page, **how)


async def test_a_prompt_is_added_changed_and_removed_and_save_adds_it_again(seen_by: SeenBy) -> None:
    section = seen_by("ada")
    fields = section.fields
    opened = await section.click({"do": "add"})
    assert 'class="editing"' in opened[fields.listed]
    assert set(section.in_form(opened).values()) | {opened[fields.instead_of]} == {""}
    saved = await section.save(name="/My <b>", text="x")
    assert saved[fields.name]["info"].startswith("Use at most 40 letters")
    saved = await section.save(name="Haiku", text="A haiku about\n{{it}}.", temperature="1,2")
    assert saved[fields.note] == '<p role="status">Haiku was saved.</p>'
    assert "A haiku about" in saved[fields.listed]
    assert "editing" not in saved[fields.listed]
    assert 'data-name="Haiku" data-fields="[&quot;it&quot;]"' in saved[section.menu.listed]

    opened = await section.click({"do": "change", "name": "Haiku"})
    form = {"name": "Haiku", "text": "A haiku about\n{{it}}.", "temperature": "1,2"}
    assert {name: text for name, text in section.in_form(opened).items() if text} == form
    assert opened[fields.instead_of] == "Haiku"
    await section.save("Haiku", name="verse", text="A verse.")
    assert ("Haiku" in section.names, "verse" in section.names) == (False, True)

    removed = await section.click({"do": "delete", "name": "verse"})
    assert removed[fields.note] == '<p role="status">verse was deleted. To get it back, choose Save.</p>'
    assert (section.in_form(removed)["text"], removed[fields.instead_of]) == ("A verse.", "")
    assert "verse" not in section.names
    await section.save(name="verse", text="A verse.")
    assert "verse" in section.names
    closed = await section.settings.cancel_prompt(section.request)
    assert set(section.in_form(closed).values()) == {""}


async def test_what_cannot_be_saved_is_told_where_it_is_and_nothing_changes(seen_by: SeenBy) -> None:
    section = seen_by("ada")
    before = section.names
    told = await section.save(name="Explain", text="x")
    assert told[section.fields.name] == gr.update(
        info="You already have a prompt with this name. Choose another.", elem_classes=["wrong"]
    )
    assert told[section.fields.text]["elem_classes"] == []
    told = await section.save(name="new", text="x", model=["a"], temperature="3")
    assert told[section.fields.temperature]["info"] == "Enter 0 to 2, or leave this empty."
    assert section.names == before
    many = {f"p{number}": SavedPrompt(f"p{number}", "x").kept for number in range(MOST_PROMPTS)}
    section.library.store.set("ada", many)
    told = await section.save(name="new", text="x")
    assert "You already have 200 prompts. Delete one first." in told[section.fields.note]


async def test_people_see_and_change_their_own_only(seen_by: SeenBy) -> None:
    ada, bob = seen_by("ada"), seen_by("bob")
    await ada.save(name="mine", text="Secret.")
    assert "mine" not in bob.names
    assert await bob.insert({"name": "mine", "id": "1"}) == (
        {"id": "1"},
        '<p role="alert">This prompt no longer exists. Choose another.</p>',
    )
    assert "Secret." not in str(await bob.click({"do": "change", "name": "mine"}))
    await bob.click({"do": "delete", "name": "mine"})
    assert "mine" in ada.names


async def test_pages_that_share_a_name_keep_their_prompts_to_themselves(seen_by: SeenBy) -> None:
    one, other = (seen_by("guest", page, is_shared=True) for page in ("one", "other"))
    await one.save(name="mine", text="Secret.")
    assert ("mine" in one.names, "mine" in other.names) == (True, False)
    assert "Secret." not in str(await other.click({"do": "change", "name": "mine"}))


async def test_nobody_gets_nothing(seen_by: SeenBy) -> None:
    for section in (seen_by(NOBODY), seen_by("guest", "", is_shared=True)):
        skipped = {section.fields.note: gr.skip()}
        assert await section.save(name="mine", text="x") == skipped
        assert await section.click({"do": "change", "name": "explain"}) == skipped
        assert await section.settings.cancel_prompt(section.request) == skipped
        event = gr.EventData(None, {"name": "explain", "id": "1"})
        inserted = await section.settings.insert_prompt(event, section.request)
        assert inserted == {section.notice: gr.skip()}
        assert section.library.store.all(NOBODY) == {}


async def test_a_text_comes_under_the_id_that_was_asked_with_its_fields_filled_in(seen_by: SeenBy) -> None:
    section = seen_by("ada")
    await section.save(name="haiku", text="A haiku about {{it}}, {{it}}.")
    values = {"it": "{{snow}}", "other": "x"}
    answer = await section.insert({"name": "haiku", "id": "7", "values": values})
    assert answer == ({"id": "7", "text": "A haiku about {{snow}}, {{snow}}."}, "")
    refused, notice = await section.insert({"name": "haiku", "id": "8", "values": {"it": "x" * 100_000}})
    assert refused == {"id": "8"}
    assert "With these values /haiku would be longer than 200,000 characters." in notice


@pytest.mark.parametrize("sent", RUBBISH)
async def test_rubbish_changes_nothing_and_says_so(seen_by: SeenBy, sent: Any) -> None:
    section = seen_by("ada")
    before = section.names
    assert set(section.in_form(await section.click(sent)).values()) == {""}
    assert "This prompt no longer exists. Choose another." in (await section.insert(sent))[1]
    assert section.names == before


async def test_a_broken_store_is_told(seen_by: SeenBy, monkeypatch: pytest.MonkeyPatch) -> None:
    section = seen_by("ada")

    def fail(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(type(section.library.store), "all", fail)
    assert "The disk is full." in (await section.click({"do": "add"}))[section.fields.note]
    assert "The disk is full." in (await section.insert({"name": "explain"}))[1]


def test_a_persons_text_is_no_html() -> None:
    shown = menu_html([SavedPrompt("x", '<img src=x>"{{<b>}}"')])
    assert "<img" not in shown
    assert "<b>" not in shown
