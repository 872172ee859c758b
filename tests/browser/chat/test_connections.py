"""Endpoints that are down, and connections that are added, tested, used and removed on the page."""

import socket

from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.conftest import StartApp
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

KEY = "sk-of-my-box-0123456789"


def test_what_is_down_is_said_at_once_and_a_connection_is_added_and_used_without_a_reload(
    app_process: StartApp, page: Page, scripted: ScriptedServer
) -> None:
    server = ScriptedServer()
    with socket.socket() as taken:  # so that no other server gets this address meanwhile
        taken.bind(("127.0.0.1", 0))
        server.port = taken.getsockname()[1]
        app = app_process(variables={"OPENAI_BASE_URL": f"http://127.0.0.1:{server.port}/v1"})
        chat = ChatPage(page, app)
        page.goto(app.url)
        sentence = f"Cannot reach 127.0.0.1:{server.port}. Is the server running there?"
        welcome = chat.chat.locator(".welcome")
        expect(welcome.locator(".trouble")).to_have_text(sentence)
        expect(page.get_by_text(sentence)).to_have_count(1)
        chat.send("Is anybody there?")
        expect(chat.notice).to_have_text(sentence)
        expect(chat.message).to_have_value("Is anybody there?")
    with server:
        welcome.get_by_role("button", name="Try again").click()
        expect(welcome).to_contain_text("Connected to 127.0.0.1: ")
        expect(welcome.locator(".trouble")).to_have_count(0)
        add_a_connection(chat, scripted.url)
        chat.choose_model("My box: new")
        expect(chat.model).to_have_text("My box: new · not listed by My box")
        chat.choose_model(f"My box: {PRICED_MODEL}")
        chat.ask("Who answers?")
        chat.reload()
        expect(chat.model.locator(".name")).to_have_text(f"My box: {PRICED_MODEL}")
        chat.ask("And who answers now?")
        asked = [(each.model, each.headers["authorization"]) for each in scripted.chats]
        assert asked == [(PRICED_MODEL, f"Bearer {KEY}")] * 2
        assert [(row["endpoint"], row["model"], row["key_owner"]) for row in chat.rows] == [
            ("127.0.0.1", PRICED_MODEL, "app")
        ] * 2
        remove_the_connection(chat)
        chat.send("And now?")
        expect(chat.notice).to_contain_text("There is no connection named “My box” any more.")
    assert server.chats == []
    files = [path for path in app.data_dir.rglob("*") if path.is_file()]
    assert [path.name for path in files if KEY.encode() in path.read_bytes()] == []
    assert KEY not in page.content() + app.stderr + app.stdout


def add_a_connection(chat: ChatPage, url: str) -> None:
    """Add the connection "My box" with a key, after mistakes that are told where they are."""
    page, note = chat.page, chat.page.locator("#connection-note")
    name, address, key = (
        page.locator(f"#connection-{field} :is(input, textarea)") for field in ("name", "address", "key")
    )
    page.locator("#settings-open").click()
    page.locator("#connection-add").get_by_role("button", name="Ollama").click()
    expect(name).to_have_value("Ollama")
    address.fill("http://127.0.0.1:1/v1")
    page.locator("#connection-try").click()
    expect(note).to_have_text("Cannot reach 127.0.0.1:1. Is the server running there?")
    address.fill(url)
    name.fill("My: box")
    page.locator("#connection-save").click()
    expect(page.locator("#connection-name.wrong")).to_contain_text("Expected a name of 1 to 40 characters")
    name.fill("My box")
    key.fill(KEY)
    page.locator("#connection-save").click()
    expect(note).to_contain_text("My box was saved. Connected: ")
    expect(name).to_have_value("")
    expect(page.locator("#connection-name")).not_to_contain_text("Expected")
    chat.close_settings()


def remove_the_connection(chat: ChatPage) -> None:
    chat.page.locator("#settings-open").click()
    chat.page.get_by_role("button", name="Remove My box").click()
    note = chat.page.locator("#connection-note")
    expect(note).to_have_text("My box was removed. To get it back, choose Save.")
    chat.close_settings()
