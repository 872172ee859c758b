"""A model names new chats: off until a person chooses one, its cost beside the choice, one row if killed."""

import re

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import WHEN_KILLED, Pages
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.app_process import wait_for
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

QUESTION = "How do heat pumps work in winter?"
TITLE = "word1 word2 word3 word4 word5 word6 word7 word8"
NAMER = "gpt-6-luna"


def choose_namer(chat: ChatPage, model: str) -> None:
    """Have new chats named by this model."""
    field = chat.open_setting("Chat titles")
    field.fill(model)
    field.press("Enter")
    expect(chat.page.locator("#title-model.set")).to_be_visible()
    chat.close_settings()


def test_a_chat_gets_its_title_from_the_model_that_was_chosen_and_settings_say_what_it_cost(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    app = app_process(variables=scripted.variables | {"TALLY_PROVIDER": "openai"})
    chat = ChatPage(pages.open(), app).open()
    chat.choose_model(NAMER)
    chat.ask("Nobody names this one")
    assert [row["purpose"] for row in chat.rows] == ["reply"]
    chat.new_chat()

    choose_namer(chat, NAMER)
    chat.choose_model(NAMER)
    chat.message.fill(QUESTION)
    chat.page.locator("#estimate summary").click()
    expect(chat.page.locator("#estimate")).to_contain_text(
        re.compile(rf"The title by {NAMER} costs extra: \$[0-9.]+ at most\.")
    )
    chat.message.press("Enter")
    chat.receipt()
    expect(chat.conversations.get_by_role("link", name=TITLE)).to_be_visible()
    expect(chat.page).to_have_title(f"{TITLE} – Tally")
    reply, title = chat.rows
    assert (reply["purpose"], title["purpose"], title["model"]) == ("reply", "title", NAMER)
    chat.ask("And in summer?")
    assert [row["purpose"] for row in chat.rows] == ["reply", "title", "reply"]

    field = chat.open_setting("Chat titles")
    expect(field).to_have_value(re.compile(NAMER))
    expect(chat.page.locator("#titles-cost")).to_have_text(re.compile(r"1 title so far: \$[0-9.]+"))
    chat.reload()
    expect(chat.open_setting("Chat titles")).to_have_value(re.compile(NAMER))
    chat.close_settings()

    chat.new_chat()
    chat.page.get_by_role("checkbox", name="Temporary").check()
    chat.choose_model(NAMER)
    chat.message.fill("Just between us")
    chat.page.locator("#estimate summary").click()
    expect(chat.page.locator("#estimate")).to_contain_text("Likely")
    expect(chat.page.locator("#estimate")).not_to_contain_text("The title by")
    chat.message.press("Enter")
    chat.receipt()
    assert [row["purpose"] for row in chat.rows] == ["reply"]


def test_a_title_under_way_when_tally_is_killed_has_one_row(
    pages: Pages, app_process: StartApp, scripted: ScriptedServer
) -> None:
    pages.expected += WHEN_KILLED
    app = app_process(variables=scripted.variables)
    chat = ChatPage(pages.open(), app).open()
    choose_namer(chat, "held-6")
    chat.choose_model(PRICED_MODEL)
    chat.ask(QUESTION)
    address = chat.conversation_id
    wait_for(lambda: len(scripted.chats) == 2)
    app.kill()
    scripted.release()
    chat.page.close()
    again = app_process(variables=scripted.variables, data_dir=app.data_dir)
    wait_for(lambda: len(ledger(app.data_dir)) == 2)
    chat = ChatPage(pages.open(), again).open(address)
    expect(chat.conversations.get_by_role("link", name=QUESTION)).to_be_visible()
    _reply, title = ledger(app.data_dir, address)
    assert (title["purpose"], title["status"]) == ("title", "interrupted")
    assert title["note"] == "fate unknown: Tally ended before the reply did"
    assert (int(title["input_tokens"]) > 0, title["usage_source"]) == (True, "estimated")
