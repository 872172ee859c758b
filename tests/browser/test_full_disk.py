"""A disk that is full: the page says plainly that nothing can be saved, and sends nothing."""

import resource

from playwright.sync_api import expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage, endpoint_variables, ledger
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer


def limit_files(app: AppProcess, size: int) -> None:
    """Let no file of the app grow beyond this size, as on a full disk."""
    resource.prlimit(app.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_full_disk_is_said_plainly_and_loses_neither_message_nor_reply(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    app = app_process(variables=endpoint_variables(scripted))
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("endless-20ms")

    limit_files(app, 1)
    chat.send("Hello there")
    expect(chat.notice).to_contain_text("Nothing can be saved")
    expect(chat.notice).to_contain_text("The message was not sent.")
    expect(chat.message).to_have_value("Hello there")
    assert scripted.chats == []

    limit_files(app, resource.RLIM_INFINITY)
    chat.message.press("Enter")
    expect(chat.replies.last).to_contain_text("word9 ")
    expect(chat.message).to_have_value("")
    limit_files(app, 1)
    chat.page.locator("#stop").click()
    expect(chat.chat).to_contain_text("This reply could not be saved.")
    expect(chat.chat).to_contain_text("What this reply cost could not be recorded.")
    expect(chat.replies.first).to_contain_text("word9 ")
    assert ledger(app.data_dir) == []

    limit_files(app, resource.RLIM_INFINITY)
    conversation_id = chat.conversation_id
    chat.page.close()
    assert app.stop() == 0
    again = app_process(variables=endpoint_variables(scripted), data_dir=app.data_dir)
    chat = ChatPage(pages.open(), again).open(conversation_id)
    chat.receipt()
    assert len(ledger(app.data_dir)) == 1
