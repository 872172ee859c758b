"""The app under a path behind a proxy, in a real browser: it works there as it does at the root."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from access import Users
from tests.browser.chat_page import PASSWORD, ChatPage
from tests.browser.conftest import Pages
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import AppProcess
from tests.servers.path_proxy import PathProxy
from tests.servers.scripted import ScriptedServer

PATH = "/tools/tally"


@pytest.fixture(params=[True, False], ids=["stripped", "kept"])
def proxy(request: pytest.FixtureRequest) -> Iterator[PathProxy]:
    """A proxy with Tally under a path; it takes the path off, or leaves it."""
    with PathProxy(PATH, strips=request.param) as made:
        yield made
        assert made.outside == []


@pytest.fixture
def app(app_process: StartApp, scripted: ScriptedServer, proxy: PathProxy) -> AppProcess:
    app = app_process(variables={**scripted.variables, "GRADIO_ROOT_PATH": PATH})
    proxy.app_url = app.url
    return app


def test_under_a_path_a_message_streams_and_the_ledger_can_be_downloaded(
    app: AppProcess, scripted: ScriptedServer, proxy: PathProxy, page: Page
) -> None:
    page.goto(proxy.url)
    chat = ChatPage(page, app)
    chat.wait_until_ready()
    chat.choose_model("held-6")
    chat.send("Count for me")
    expect(chat.replies).to_have_text("word1 word2 word3")
    scripted.release()
    chat.receipt()
    expect(chat.replies).to_have_text("word1 word2 word3 word4 word5 word6")
    assert page.url == f"{proxy.url}?c={chat.conversation_id}"
    chat.reload()
    expect(chat.questions).to_have_text("Count for me")
    chat.press_copy()

    page.get_by_role("tab", name="Usage").click()
    with page.expect_download() as begun:
        page.get_by_role("link", name="All calls (usage.csv)").click()
    assert Path(begun.value.path()).read_bytes() == (app.data_dir / "usage.csv").read_bytes()
    [row] = ledger(app.data_dir)
    assert (row["status"], row["output_tokens"]) == ("completed", "6")


@pytest.mark.parametrize("proxy", [True], indirect=True)
def test_under_a_path_people_sign_in_and_out_also_without_the_slash(
    app_process: StartApp, scripted: ScriptedServer, proxy: PathProxy, pages: Pages, tmp_path: Path
) -> None:
    Users(tmp_path / "users.json").add("ann", PASSWORD)
    app = app_process(variables={**scripted.variables, "GRADIO_ROOT_PATH": PATH}, data_dir=tmp_path)
    proxy.app_url = app.url
    page = pages.open()
    pages.expected.append("status of 401")
    page.goto(proxy.url.removesuffix("/"))
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    chat = ChatPage(page, app, "ann")
    chat.wait_until_ready()
    assert chat.ask("Hello").startswith("free · 1,234 in + 40 out")
    page.get_by_role("tab", name="Usage").click()
    with page.expect_download() as begun:
        page.get_by_role("link", name="All calls (usage.csv)").click()
    assert Path(begun.value.path()).read_bytes() == (app.data_dir / "usage.csv").read_bytes()
    page.locator("#sign-out").click()
    expect(page.get_by_label("username")).to_be_visible()
