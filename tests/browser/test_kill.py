"""An app that is killed under an open page: the page says so, and after the next start all is there once."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage, endpoint_variables, ledger
from tests.conftest import StartApp
from tests.servers.scripted import ScriptedServer


def test_killed_reply_is_on_the_page_and_in_the_usage_tab_after_the_next_start(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    pages.expected += [r"ERR_CONNECTION_REFUSED", r"ERR_INCOMPLETE_CHUNKED_ENCODING", r"ERR_CONNECTION_RESET"]
    pages.expected += [r"Failed to fetch", r"network error", r"Could not resolve app config"]
    variables = endpoint_variables(scripted)
    app = app_process(variables=variables)
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model("endless-20ms")
    chat.send("Count for me")
    expect(chat.replies.last).to_contain_text("word90 ")  # more than a second's: some of it is stored
    conversation_id = chat.conversation_id
    app.kill()
    chat.page.close()

    again = app_process(variables=variables, data_dir=app.data_dir)
    chat = ChatPage(pages.open(), again).open(conversation_id)

    receipt = chat.receipt()
    assert re.fullmatch(r"free · [\d,]+ in \+ [\d,]+ out · endless-20ms", receipt.removeprefix("≈ "))
    assert chat.replies.first.inner_text().startswith("word1 word2 word3 ")
    expect(chat.chat).to_contain_text("Tally ended before this reply did. What had arrived is kept.")
    expect(chat.conversations).to_contain_text("Count for me")
    [row] = ledger(app.data_dir)
    assert (row["status"], row["usage_source"], row["conversation_id"]) == (
        "interrupted",
        "estimated",
        conversation_id,
    )
    chat.page.get_by_role("tab", name="Usage").click()
    expect(chat.page.locator("#usage-table tfoot tr").first.locator("td").first).to_have_text("1")
