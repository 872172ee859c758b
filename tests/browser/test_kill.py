"""An app that is killed under open pages: after the next start all that had come is there, once."""

import re

from playwright.sync_api import expect

from tests.browser.comparing import Columns
from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.scripted import ScriptedServer

WHEN_KILLED = [
    *("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET"),
    *("Failed to fetch", "network error", "Could not resolve app config"),
]


def test_killed_replies_are_on_the_page_and_in_the_usage_tab_after_the_next_start(
    app_process: StartApp, scripted: ScriptedServer, pages: Pages
) -> None:
    pages.expected += WHEN_KILLED
    app = app_process(variables=scripted.variables)
    chat, comparing = (ChatPage(pages.open(), app).open() for _ in range(2))
    chat.choose_model("endless-20ms")
    chat.send("Count for me")
    columns = Columns(comparing)
    columns.choose_models("endless-20ms")
    comparing.choose_model("endless-30ms")
    comparing.send("Count, both of you")
    expect(columns.reply("endless-30ms")).to_contain_text("word90 ")  # more than a second's: some is stored
    expect(chat.replies.last).to_contain_text("word90 ")
    conversation_id, comparison_id = chat.conversation_id, comparing.conversation_id
    app.kill()
    chat.page.close()
    comparing.page.close()

    again = app_process(variables=scripted.variables, data_dir=app.data_dir)
    chat = ChatPage(pages.open(), again).open(conversation_id)
    columns = Columns(ChatPage(pages.open(), again).open(comparison_id))

    receipt = chat.receipt()
    assert re.fullmatch(r"free · [\d,]+ in \+ [\d,]+ out · endless-20ms", receipt.removeprefix("≈ "))
    assert chat.replies.first.inner_text().startswith("word1 word2 word3 ")
    expect(chat.chat).to_contain_text("Tally ended before this reply did. What had arrived is kept.")
    expect(chat.conversations).to_contain_text("Count for me")
    for model in ("endless-20ms", "endless-30ms"):
        expect(columns.reply(model)).to_contain_text("word1 word2 word3 ")
        expect(columns.column(model)).to_contain_text("Tally ended before this reply did.")
        expect(columns.receipt(model)).to_contain_text(" out")
    columns.expect_chosen("endless-30ms")
    rows = [(row["purpose"], row["status"], row["usage_source"]) for row in ledger(app.data_dir)]
    assert sorted(rows) == [("compare", "interrupted", "estimated")] * 2 + [
        ("reply", "interrupted", "estimated")
    ]
    assert [row["purpose"] for row in chat.rows] == ["reply"]
    chat.page.get_by_role("tab", name="Usage").click()
    expect(chat.page.locator("#usage-table tfoot tr").first.locator("td").first).to_have_text("3")
