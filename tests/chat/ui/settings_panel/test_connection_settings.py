"""Connections in the settings, without a browser: who may change them, what is told, what is kept."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from chat.connections import Connection, ConnectionsError, KeyStorage
from chat.providers import CompletionProvider, RequestRefused
from chat.ui.settings_panel.connection_settings import ConnectionFields, ConnectionSettings
from tests.helpers.chats import services_of
from tests.helpers.fakes import FakeProvider, Rig
from usage.ledger import NOBODY

KEY = "sk-0123456789abcdef"
ADDRESS = "https://api.groq.com/openai/v1"


class Strict(FakeProvider):
    """Lists two models to those who have the key."""

    def __init__(self, connection: Connection, key: str | None) -> None:
        super().__init__()
        self.endpoint = connection.endpoint
        self.key = key

    async def models(self) -> tuple[str, ...]:
        if self.key != KEY:
            raise RequestRefused("The key was refused.")
        return ("llama3", "llama4")


class Section:
    """The section as one person sees it."""

    def __init__(self, rig: Rig, folder: Path, user: str) -> None:
        asked: list[str] = []

        def connect(connection: Connection, key: str | None) -> CompletionProvider:
            asked.append(connection.address)
            return Strict(connection, key)

        self.asked = asked
        services = services_of(rig, user, folder, connect)
        self.further = services.endpoints.further
        with gr.Blocks(analytics_enabled=False):
            self.fields = ConnectionFields()
            self.settings = ConnectionSettings(services, self.fields)
        self.request: Any = SimpleNamespace(session_hash="page")

    async def press(self, button: str, **typed: str) -> dict[Any, Any]:
        """Press Save or Test with this in the form; gives what the page shows in the end."""
        values = {control: typed.get(name, "") for name, control in self.fields.form.items()}
        handler = {"save": self.settings.save_connection, "test": self.settings.test_connection}[button]
        shown: dict[Any, Any] = {}
        async for updates in handler(values, self.request):
            shown |= updates
        return shown

    async def click(self, **data: str) -> dict[Any, Any]:
        """Click a button of the list."""
        return await self.send(data)

    async def send(self, data: Any) -> dict[Any, Any]:
        """Send anything as a click."""
        shown: dict[Any, Any] = {}
        async for updates in self.settings.press_connection("", gr.EventData(None, data), self.request):
            shown |= updates
        return shown

    def field(self, shown: dict[Any, Any], name: str) -> dict[str, Any]:
        update: dict[str, Any] = shown[self.fields.form[name]]
        return update


@pytest.fixture
async def seen_by(rig: Rig, tmp_path: Path) -> Callable[[str], Section]:
    """Gradio would make an event loop, which nobody closes, where none is running."""
    return lambda user: Section(rig, tmp_path, user)


def texts_in(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.rglob("*.toml*")]


GROQ = {"name": "Groq", "address": ADDRESS, "key": KEY}


async def test_a_connection_is_added_and_its_key_is_in_no_file_and_on_no_page(
    seen_by: Callable[[str], Section], tmp_path: Path
) -> None:
    section = seen_by("ada")
    shown = await section.press("save", **GROQ)
    assert shown[section.fields.note] == '<p role="status">Groq was saved. The key works: 2 models.</p>'
    assert section.further.all() == {"Groq": Connection("Groq", ADDRESS, key_from="memory")}
    assert section.further.key(section.further.named("Groq")) == KEY
    assert f"{ADDRESS} · groq prices · key in memory" in shown[section.fields.listed]
    again = await section.click(do="change", name="Groq")
    assert (section.field(again, "address")["value"], section.field(again, "key")["value"]) == (ADDRESS, "")
    assert [text for text in [*texts_in(tmp_path), str(shown), str(again)] if KEY in text] == []


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"name": "A: B"}, "name", "Expected a name of 1 to 40 characters, without a colon"),
        ({"address": "groq"}, "address", "Expected an address such as https://api.openai.com/v1 or "),
        ({"prices": "nobody"}, "prices", "Expected one of "),
        ({"key": "", "key_from": "HOME"}, "key_from", "Expected keyring, memory, nothing, or an environment"),
        ({"key_from": "GROQ_API_KEY"}, "key", "The key comes from GROQ_API_KEY: leave this empty"),
        ({"key": "sk-one sk-two"}, "key", "This key cannot be used: the key has white space inside it"),
    ],
)
async def test_what_cannot_be_used_is_told_at_its_field_and_nothing_is_saved(
    seen_by: Callable[[str], Section], typed: dict[str, str], field: str, told: str
) -> None:
    section = seen_by("ada")
    shown = await section.press("save", **GROQ | typed)
    assert section.field(shown, field)["info"].startswith(told)
    assert section.field(shown, field)["elem_classes"] == ["wrong"]
    assert "sk-one" not in str(shown)
    assert section.further.all() == {}


async def test_a_test_tells_what_came_of_it_and_keeps_nothing(seen_by: Callable[[str], Section]) -> None:
    section = seen_by("ada")
    told = [
        (await section.press("test", **GROQ))[section.fields.note],
        (await section.press("test", **GROQ | {"key": "sk-another-key"}))[section.fields.note],
    ]
    assert told == [
        '<p role="status">The key works: 2 models.</p>',
        '<p role="status">The key was refused.</p>',
    ]
    assert section.further.all() == {}


async def test_a_removed_connection_stands_in_the_form_to_be_added_again(
    seen_by: Callable[[str], Section],
) -> None:
    section = seen_by("ada")
    await section.press("save", **GROQ)
    shown = await section.click(do="remove", name="Groq")
    assert section.further.all() == {}
    assert section.field(shown, "address")["value"] == ADDRESS
    assert shown[section.fields.note] == '<p role="status">Groq was removed. To get it back, choose Save.</p>'


async def test_a_preset_fills_the_form(seen_by: Callable[[str], Section]) -> None:
    section = seen_by("ada")
    shown = await section.click(do="preset", name="Ollama")
    assert section.field(shown, "address")["value"] == "http://127.0.0.1:11434/v1"


@pytest.mark.parametrize("user", ["eve", NOBODY])
async def test_who_may_not_change_connections_changes_none_and_has_nobody_asked(
    seen_by: Callable[[str], Section], user: str
) -> None:
    await seen_by("ada").press("save", **GROQ)
    section = seen_by(user)
    before = section.further.all()
    shown = [
        await section.press("save", name="Mine", address="http://169.254.169.254/latest"),
        await section.press("test", name="Mine", address="http://169.254.169.254/latest"),
        await section.click(do="remove", name="Groq"),
        await section.click(do="change", name="Groq"),
    ]
    assert section.further.all() == before
    assert section.asked == []
    assert ADDRESS not in str(shown)
    await section.click(do="test", name="Groq")
    assert section.asked == []
    opened = str(await section.settings.show_connections(section.request))
    assert ("data-do" in opened, "preset" in opened) == (user == "eve", False)


async def test_the_list_says_of_each_connection_where_it_is_what_it_costs_and_whose_key_it_takes(
    seen_by: Callable[[str], Section],
) -> None:
    section = seen_by("ada")
    for name, key_from in (("Free <b>", ""), ("Vaulted", "keyring"), ("Remote", "GROQ_API_KEY")):
        section.further.put(Connection(name, "http://127.0.0.1:9/v1", "", key_from), "")
    shown = await section.settings.show_connections(section.request)
    assert re.findall("<b>(.*?)</b> <small>(.*?)</small>", shown[section.fields.listed]) == [
        ("api.example.com", "https://api.example.com/v1 · prices unknown · Tally’s key"),
        ("Free &lt;b&gt;", "http://127.0.0.1:9/v1 · free · no key"),
        ("Vaulted", "http://127.0.0.1:9/v1 · free · key in the keyring"),
        ("Remote", "http://127.0.0.1:9/v1 · free · key from GROQ_API_KEY"),
    ]


async def test_what_a_test_of_the_list_says_stands_beside_the_connection(
    seen_by: Callable[[str], Section],
) -> None:
    section = seen_by("ada")
    await section.press("save", **GROQ)
    for name, said in (
        ("Groq", "The key works: 2 models."),
        (
            "",
            "Connected: 1 model. It is listed even without a key, so your first message will show "
            "whether the key works.",
        ),
    ):
        rows = (await section.click(do="test", name=name))[section.fields.listed].split("<li>")
        [row] = [row for row in rows if "role" in row]
        assert (f'data-name="{name}"' in row, said in row) == (True, True)


async def test_others_than_the_owner_have_the_first_connection_tested_and_see_no_addresses(
    seen_by: Callable[[str], Section],
) -> None:
    await seen_by("ada").press("save", **GROQ)
    section = seen_by("eve")
    shown = await section.click(do="test", name="")
    assert "Connected: 1 model." in shown[section.fields.listed]
    assert section.asked == []
    assert "Groq" in shown[section.fields.listed]
    assert "https:" not in str(shown)
    assert "api.groq.com" not in str(shown)


async def test_a_key_that_was_just_typed_is_the_one_that_is_tested(seen_by: Callable[[str], Section]) -> None:
    section = seen_by("eve")
    typed = section.settings.press_connection("sk ключ", gr.EventData(None, {"do": "test"}), section.request)
    *_, last = [updates async for updates in typed]
    assert "This key cannot be used: " in last[section.fields.listed]


@pytest.mark.parametrize("data", [None, 0, "remove", ["groq"], {"do": ["remove"], "name": ["groq"]}])
async def test_a_click_that_no_page_sends_changes_no_connection(
    data: object, seen_by: Callable[[str], Section]
) -> None:
    section = seen_by("ada")
    await section.press("save", **GROQ)
    before = section.further.all()
    assert section.field(await section.send(data), "name")["value"] == ""
    assert section.further.all() == before


async def test_a_name_with_more_spaces_is_the_same_connection(seen_by: Callable[[str], Section]) -> None:
    section = seen_by("ada")
    await section.press("save", **GROQ | {"name": "My Groq"})
    await section.press("save", **GROQ | {"name": " My  Groq", "address": "https://elsewhere.example/v1"})
    assert [each.address for each in section.further.all().values()] == ["https://elsewhere.example/v1"]


async def test_a_connection_is_off_the_list_even_where_its_key_could_not_be_forgotten(
    seen_by: Callable[[str], Section], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_args: object) -> None:
        raise ConnectionsError("locked", "key_from")

    section = seen_by("ada")
    await section.press("save", **GROQ)
    monkeypatch.setattr(KeyStorage, "forget", locked)
    shown = await section.click(do="remove", name="Groq")
    assert 'data-name="Groq"' not in shown[section.fields.listed]
