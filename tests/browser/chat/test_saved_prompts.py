"""Prompts that are saved: in the settings, at the beginning of a chat, and after a slash in the box."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.chat_page import ChatPage, HeldEvent
from tests.browser.conftest import Pages, Scheme, shared_app
from tests.helpers.accessibility import findings
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

PHONE = (390, 844)


@pytest.fixture(scope="module")
def library(endpoint: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app in which nobody else saves prompts."""
    yield from shared_app(tmp_path_factory.mktemp("home"), endpoint.variables)


@pytest.fixture
def clean(library: AppProcess) -> Iterator[AppProcess]:
    """The app; what is set and saved in it is forgotten afterwards."""
    yield library
    with closing(sqlite3.connect(library.data_dir / "tally.db")) as database, database:
        database.execute("DELETE FROM saved_prompts")
        database.execute("DELETE FROM preferences")


@pytest.fixture
def chat(pages: Pages, clean: AppProcess) -> ChatPage:
    return ChatPage(pages.open(), clean).open()


def listed(chat: ChatPage) -> Locator:
    return chat.page.locator("#saved-prompts li")


def options(chat: ChatPage) -> Locator:
    return chat.page.locator("#prompt-list").get_by_role("option").filter(visible=True)


def dialog(chat: ChatPage) -> Locator:
    return chat.page.locator("#fields-dialog")


def open_prompts(chat: ChatPage) -> None:
    chat.page.locator("#settings-open").click()
    chat.page.get_by_role("tab", name="Prompts").click()


def save(chat: ChatPage, **typed: str) -> None:
    """Fill in the form that is open, by its labels, and press Save."""
    form = chat.page.locator("#prompt-form")
    for label, text in typed.items():
        own = form.locator(f"#prompt-{label.lower()}").locator("textarea, input")
        control = own if label in ("Name", "Text", "Model") else form.get_by_label(label.replace("_", " "))
        control.fill(text)
    chat.page.locator("#prompt-save").click()


def add(chat: ChatPage, name: str, text: str, **typed: str) -> None:
    open_prompts(chat)
    chat.page.get_by_role("button", name="Add a prompt").click()
    save(chat, Name=name, Text=text, **typed)
    expect(chat.page.locator("#prompt-note")).to_contain_text("was saved.")
    chat.close_settings()


def pick(chat: ChatPage, name: str) -> None:
    chat.page.locator("#prompt-chip").click()
    chat.page.get_by_role("combobox", name="Prompt").fill(name)
    chat.page.keyboard.press("Enter")


def test_a_prompt_is_added_changed_and_removed_in_the_settings(chat: ChatPage) -> None:
    page, note = chat.page, chat.page.locator("#prompt-note")
    open_prompts(chat)
    expect(listed(chat)).to_have_count(6)
    page.get_by_role("button", name="Add a prompt").click()
    expect(listed(chat).first).to_be_hidden()
    save(chat, Name="Haiku!", Text="A haiku about {{it}}.")
    expect(page.locator("#prompt-form .wrong")).to_contain_text("Use at most 40 letters, digits or hyphens")
    save(chat, Name="haiku", Temperature="warm")
    expect(page.locator("#prompt-form .wrong")).to_have_count(1)
    expect(page.locator("#prompt-form .wrong")).to_contain_text("Enter 0 to 2, or leave this empty.")
    save(chat, Temperature="1.2")
    expect(note).to_have_text("haiku was saved.")
    expect(listed(chat)).to_have_count(7)
    expect(listed(chat).filter(has_text="/haiku")).to_contain_text("A haiku about {{it}}.")

    page.get_by_role("button", name="Edit /haiku").click()
    expect(page.locator("#prompt-text textarea")).to_have_value("A haiku about {{it}}.")
    save(chat, Name="verse", Text="A verse.")
    expect(note).to_have_text("verse was saved.")
    expect(listed(chat)).to_have_count(7)
    page.get_by_role("button", name="Delete /verse").click()
    expect(note).to_have_text("verse was deleted. To get it back, choose Save.")
    page.locator("#prompt-save").click()
    expect(listed(chat).filter(has_text="/verse")).to_contain_text("A verse.")
    page.get_by_role("button", name="Delete /minutes").click()
    page.locator("#prompt-cancel").click()
    expect(listed(chat)).to_have_count(6)
    chat.close_settings()
    chat.reload()
    page.locator("#prompt-chip").click()
    expect(options(chat)).to_contain_text(
        ["/explain", "/proofread", "/review", "/summarize", "/translate", "/verse"]
    )
    page.get_by_role("button", name="Edit prompts").click()
    expect(page.get_by_role("tab", name="Prompts", selected=True)).to_be_focused()
    expect(page.locator("#prompt-menu")).to_be_hidden()


def test_a_new_chat_begins_with_a_prompt_with_its_model_and_parameters(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    page, named = chat.page, chat.page.locator("#prompt-chip .name")
    add(
        chat, "verse", "Answer in {{form}}, {{form}}.", Temperature="1.2", Max_tokens="77", Model="gpt-6-luna"
    )
    chat.message.fill("Why is the sky blue?")
    expect(chat.estimate).to_contain_text("$0.00")
    without = chat.estimate.inner_text()
    pick(chat, "ver")
    expect(dialog(chat).get_by_role("heading")).to_have_text("/verse")
    page.keyboard.type("rhyming couplets " * 20)
    page.keyboard.press("Enter")
    expect(named).to_have_text("/verse")
    expect(chat.message).to_be_focused()
    expect(chat.model.locator(".name")).to_have_text("gpt-6-luna")
    expect(chat.estimate).not_to_have_text(without)

    page.get_by_role("button", name="Start without /verse").click()
    expect(named).to_have_count(0)
    expect(chat.setting("System prompt")).to_have_value("")
    expect(chat.setting("Temperature")).to_have_value("")
    pick(chat, "verse")
    page.keyboard.type("prose")
    page.get_by_role("button", name="Use").click()
    expect(named).to_have_text("/verse")
    chat.ask("Why is the sky blue?")
    body = endpoint.chats[-1].body
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("gpt-6-luna", 1.2, 77)
    assert body["messages"] == [
        {"role": "system", "content": "Answer in prose, prose."},
        {"role": "user", "content": "Why is the sky blue?"},
    ]
    expect(named).to_have_text("/verse")  # which the chat that has begun keeps
    expect(page.get_by_role("button", name="Start without")).to_have_count(0)
    chat.reload()
    expect(named).to_have_text("/verse")

    chat.new_chat()
    expect(named).to_have_count(0)
    chat.choose_model(PRICED_MODEL)
    chat.ask("And the sea?")
    body = endpoint.chats[-1].body
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert "temperature" not in body
    expect(page.locator("#prompt-chip")).to_be_hidden()


def test_a_slash_inserts_a_prompt_by_keyboard_alone(chat: ChatPage) -> None:
    page, menu = chat.page, chat.page.locator("#prompt-menu")
    add(chat, "two-fields", "{{b}}, then {{a}}, then {{b}}. Leave {{ }} alone.\n")
    chat.message.focus()
    page.keyboard.type("/")
    expect(options(chat)).to_have_count(7)
    page.keyboard.type("pro")
    expect(options(chat)).to_have_count(1)
    page.keyboard.press("Tab")
    expect(chat.message).to_have_value(re.compile("^Correct the spelling"))
    expect(chat.message).to_be_focused()
    expect(menu).to_be_hidden()

    chat.message.fill("")
    page.keyboard.type("/f")
    expect(options(chat)).to_have_text(["/two-fields{{b}}, then {{a}}, then {{b}}. Leave {{ }} alone."])
    page.keyboard.press("Enter")
    labels = dialog(chat).locator("label")
    expect(labels).to_have_text(["b", "a"])
    page.keyboard.press("Escape")
    expect(dialog(chat)).to_be_hidden()
    expect(chat.message).to_have_value("/f")
    expect(chat.message).to_be_focused()

    page.keyboard.type("ields")
    page.keyboard.press("Enter")
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("more")
    page.keyboard.press("Enter")
    page.keyboard.type("{{b}}")
    page.keyboard.press("Enter")
    filled = "one\nmore, then {{b}}, then one\nmore. Leave {{ }} alone.\n"
    expect(chat.message).to_have_value(filled)
    page.keyboard.type("Typed {{by hand}}.")
    page.keyboard.press("Enter")
    expect(chat.questions).to_have_text([f"{filled}Typed {{{{by hand}}}}."], use_inner_text=True)
    chat.receipt()


def test_what_names_no_prompt_and_paths_are_sent_as_they_are(chat: ChatPage) -> None:
    page, menu = chat.page, chat.page.locator("#prompt-menu")
    for number, text in enumerate(["/usr/bin", "/nothing", "see /explain", "/explain this"]):
        chat.message.focus()
        page.keyboard.type(text)
        expect(menu).to_be_hidden()
        page.keyboard.press("Enter")
        chat.receipt(number)
        expect(chat.questions.nth(number)).to_have_text(text)
    page.keyboard.type("/expl")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.keyboard.type("ain")
    page.keyboard.press("Enter")
    expect(chat.questions.last).to_have_text("/explain")
    chat.receipt(4)


def test_what_is_typed_while_a_prompt_is_on_its_way_stays_behind_it(
    chat: ChatPage, clean: AppProcess
) -> None:
    held = HeldEvent(chat.page, clean, "insert_prompt")
    chat.message.focus()
    chat.page.keyboard.type("/explain")
    chat.page.keyboard.press("Enter")
    held.wait_for_first()
    expect(chat.message).to_have_value("")
    chat.page.keyboard.type(" Whales.")
    held.let_go()
    expect(chat.message).to_have_value(re.compile(r"first use it\. Whales\.$"))


@pytest.mark.parametrize(
    ("size", "scheme"), [((1280, 800), "light"), ((1280, 800), "dark"), (PHONE, "light")]
)
def test_the_menu_the_dialog_and_the_form_can_be_used_by_everybody(
    pages: Pages, clean: AppProcess, size: tuple[int, int], scheme: Scheme
) -> None:
    chat = ChatPage(pages.open(*size, color_scheme=scheme, touch=size == PHONE), clean).open()
    page, found = chat.page, {}
    page.locator("#prompt-chip").click()
    expect(options(chat)).to_have_count(6)
    found["menu"] = findings(page)
    options(chat).filter(has_text="/translate").click()
    expect(dialog(chat)).to_be_visible()
    found["dialog"] = findings(page)
    dialog(chat).get_by_label("language").fill("Polish")
    dialog(chat).get_by_role("button", name="Use").click()
    expect(page.locator("#prompt-chip .name")).to_have_text("/translate")
    found["picked"] = findings(page)
    for part in ("#prompt-chip", "#prompt-leave", "#model-chip", "#send"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= size[0], box["height"] >= 24) == (True,) * 3
    if size == PHONE:
        page.locator("#sidebar .toggle-button").click()
    open_prompts(chat)
    page.get_by_role("button", name="Edit /translate").click()
    expect(page.locator("#prompt-text textarea")).to_be_visible()
    found["form"] = findings(page)
    save(chat, Name="")
    expect(page.locator("#prompt-form .wrong")).to_be_visible()
    found["wrong"] = findings(page)
    assert {state: there for state, there in found.items() if there} == {}
