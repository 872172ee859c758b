"""A person's data out and in again, in a real browser, at both sizes."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages
from tests.browser.stored import store_conversation
from tests.conftest import StartApp
from tests.helpers.accessibility import findings
from tests.helpers.foreign_exports import simple_chatgpt, zipped
from tests.servers.app_process import AppProcess
from tests.servers.path_proxy import PathProxy

SIZES = [(1280, 800), (390, 844)]


@pytest.fixture
def app(app_process: StartApp, tmp_path: Path) -> AppProcess:
    """An app with one conversation, and no key."""
    data_dir = tmp_path / "tally"
    data_dir.mkdir()
    store_conversation(data_dir, "Old chat", [("Why?", "Because.")])
    return app_process(data_dir=data_dir)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of ChatGPT's with two conversations and a broken one."""
    chats = [simple_chatgpt("owls", turns=2), {"title": "Broken", "mapping": {}}, simple_chatgpt("bees")]
    path = tmp_path / "chatgpt.zip"
    path.write_bytes(zipped({"conversations.json": chats, "user.json": {"id": "user"}}))
    return path


def open_section(page: Page) -> None:
    """Open the settings at the section of one's data."""
    if not page.locator("#settings-open").is_visible():
        page.get_by_role("button", name="Open menu").click()
    page.locator("#settings-open").click()
    page.get_by_role("tab", name="Your data").click()


def take_in(page: Page, path: Path) -> None:
    """Choose a file to import; returns once its result is shown."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import…").click()
    chooser.value.set_files(path)
    expect(page.locator("#import-result h4")).to_have_text(path.name)


@pytest.mark.parametrize("size", SIZES)
def test_an_import_shows_what_came_in_and_what_failed(
    pages: Pages, app: AppProcess, export: Path, size: tuple[int, int]
) -> None:
    page = pages.open(*size, touch=size == SIZES[1])
    ChatPage(page, app).open()
    open_section(page)
    take_in(page, export)
    result = page.locator("#import-result section")
    expect(result.locator("p")).to_have_text(
        ["Imported: 2.", "Failed: 1.", "Files without chats: user.json."]
    )
    expect(result.locator("li")).to_have_text(
        ["conversations.json, chat 2 (Broken): There is nothing in it."]
    )
    expect(page.locator("#import-progress")).to_be_hidden()
    assert findings(page) == []
    expect(page.locator("#conversations")).to_contain_text("About owls")
    take_in(page, export)
    expect(result.locator("p").first).to_have_text("Already here: 2.")


def test_an_imported_conversation_opens_and_costs_nothing(app: AppProcess, page: Page, export: Path) -> None:
    chat = ChatPage(page, app).open()
    open_section(page)
    take_in(page, export)
    chat.close_settings()
    page.locator("#conversations").get_by_text("About owls").click()
    expect(chat.questions).to_have_text(["Question 0 of owls ", "Question 1 of owls "])
    expect(chat.replies).to_have_text(["Reply 0 of owls", "Reply 1 of owls"])
    expect(chat.receipts).to_have_count(0)
    assert chat.rows == []


@pytest.mark.parametrize("size", SIZES)
def test_everything_downloads_as_a_zip(
    pages: Pages, app: AppProcess, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = pages.open(*size)
    ChatPage(page, app).open()
    open_section(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything (zip)").click()
    assert download.value.suggested_filename == "tally-local.zip"
    path = tmp_path / "out.zip"
    download.value.save_as(path)
    names = zipfile.ZipFile(path).namelist()
    assert names == ["README.txt", *(f"conversations/2026-01-01 Old chat.{kind}" for kind in ("json", "md"))]


def test_an_import_that_is_cancelled_says_so_and_keeps_what_came_in(
    app: AppProcess, page: Page, tmp_path: Path
) -> None:
    ChatPage(page, app).open()
    open_section(page)
    path = tmp_path / "large.json"
    path.write_text(json.dumps([simple_chatgpt(f"chat-{n}", turns=20) for n in range(3_000)]))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import…").click()
    chooser.value.set_files(path)
    expect(page.locator("#import-progress span")).to_contain_text("Chats read: ")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#import-result p")).to_contain_text(
        "Import canceled. What was already imported is kept"
    )
    expect(page.locator("#conversations")).to_contain_text("About chat-")


def test_under_a_path_data_goes_out_and_in(
    app_process: StartApp, page: Page, export: Path, tmp_path: Path
) -> None:
    with PathProxy("/tools/tally", strips=True) as proxy:
        app = app_process(variables={"GRADIO_ROOT_PATH": "/tools/tally"})
        proxy.app_url = app.url
        page.goto(proxy.url)
        ChatPage(page, app).wait_until_ready()
        open_section(page)
        take_in(page, export)
        expect(page.locator("#import-result p").first).to_have_text("Imported: 2.")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download everything (zip)").click()
        download.value.save_as(tmp_path / "out.zip")
        assert len(zipfile.ZipFile(tmp_path / "out.zip").namelist()) == 5
        page.goto("about:blank")
        assert proxy.outside == []
