"""What a person sees when an endpoint fails; every way of failing is in tests/chat/providers."""

import socket
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from chat.providers.seam import NOT_REPEATED
from tests.browser.chat_page import ChatPage
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

NO_MODEL = (
    "127.0.0.1 has no model named no-model, or this key may not use it. Choose another model. "
    "127.0.0.1 says: “The model `no-model` does not exist or you do not have access to it.”"
)
QUESTION = "What went wrong?"


@dataclass(frozen=True)
class Charged:
    """What a row of the ledger says that a call cost, and on what grounds."""

    status: str
    usage_source: str
    input_tokens: str
    output_tokens: str
    cost_usd: str


def charged(tally: AppProcess, chat: ChatPage) -> list[Charged]:
    """Return what the calls of the conversation on the page cost."""
    names = Charged.__dataclass_fields__
    rows = chat.rows
    return [Charged(**{name: row[name] for name in names}) for row in rows]


def fail_once(chat: ChatPage, model: str, sentence: str) -> None:
    """Ask in a new chat, and see the sentence once, below the message, with the button to try again."""
    chat.new_chat()
    expect(chat.notice).to_be_hidden()
    chat.choose_model(model)
    chat.send(QUESTION)
    expect(chat.chat.locator(".failure")).to_have_text(sentence)
    expect(chat.questions).to_have_text([QUESTION])
    expect(chat.chat.get_by_role("button", name="Try again", exact=True)).to_have_css("opacity", "1")
    expect(chat.page.locator("#send")).to_be_visible()
    expect(chat.notice).to_be_hidden()
    expect(chat.page.get_by_text(sentence)).to_have_count(1)


def retry_with_a_good_model(chat: ChatPage) -> None:
    chat.choose_model(PRICED_MODEL)
    chat.press_last("Try again")
    expect(chat.receipts).to_contain_text(["$0.00014 · 1,234 in + 40 out"])
    expect(chat.notice).to_be_hidden()
    expect(chat.questions).to_have_text([QUESTION])


def test_what_the_endpoint_refuses_costs_nothing_and_can_be_retried(
    chat: ChatPage, tally: AppProcess
) -> None:
    refused = Charged("failed", "none", "", "", "0")
    fail_once(chat, "no-model", NO_MODEL)
    assert chat.receipt().startswith("not billed · no-model · ")
    assert charged(tally, chat) == [refused]
    retry_with_a_good_model(chat)
    assert charged(tally, chat) == [refused, Charged("completed", "reported", "1234", "40", "0.0001434")]


def test_a_question_without_an_answer_is_not_sent_with_the_next(
    chat: ChatPage, endpoint: ScriptedServer
) -> None:
    left_out = chat.chat.get_by_text("Not answered, so it won’t be sent with the next message.")
    fail_once(chat, "no-model", NO_MODEL)
    expect(left_out).to_be_visible()
    chat.choose_model(PRICED_MODEL)
    chat.send("And now?")
    chat.receipt(1)
    assert endpoint.chats[-1].body["messages"] == [{"role": "user", "content": "And now?"}]
    expect(left_out).to_have_count(1)
    expect(chat.questions).to_have_text([QUESTION, "And now?"])


def test_reply_that_breaks_off_is_kept_and_its_cost_estimated(chat: ChatPage, tally: AppProcess) -> None:
    sentence = "The connection to 127.0.0.1 ended before the reply did."
    fail_once(chat, "cut-clean", sentence)
    expect(chat.replies.first).to_have_text("word1 word2 word3")
    # 11 tokens of a prompt at $0.10 and 7 of three words at $0.50 per million
    assert chat.receipt().startswith("≈ $0.0000046 · 11 in + 7 out")
    assert charged(tally, chat) == [Charged("failed", "estimated", "11", "7", "0.0000046")]
    chat.reload()
    expect(chat.chat.locator(".failure")).to_have_text(sentence)
    retry_with_a_good_model(chat)


def test_call_without_an_answer_may_have_been_billed_and_the_receipt_says_so(
    chat: ChatPage, tally: AppProcess
) -> None:
    fail_once(
        chat,
        "cut-before-answer",
        f"The connection to 127.0.0.1 was lost before an answer came. {NOT_REPEATED}",
    )
    assert chat.receipt().startswith("free · 11 in + 0 out · cut-before-answer")
    assert charged(tally, chat) == [Charged("failed", "estimated", "11", "0", "0")]
    assert chat.details(0)["Note"] == "fate unknown: the connection was lost after sending"
    expect(chat.chat).to_contain_text("It is not known whether this call was billed")


def test_while_it_tries_again_the_page_says_so(chat: ChatPage, tally: AppProcess) -> None:
    chat.choose_model("status-503-once")
    chat.send("Be patient")
    chat.page.wait_for_function(  # looks at every frame: it may stand for half a second only
        "said => [...document.querySelectorAll('#chat .waiting')].some(each => each.textContent === said)",
        arg="127.0.0.1 answered with status 503. Trying again in 1 s …",
    )
    assert chat.receipt().startswith("free · 1,234 in + 8 out")
    expect(chat.notice).to_be_hidden()
    expect(chat.chat.locator(".waiting")).to_have_count(0)
    assert charged(tally, chat) == [Charged("completed", "reported", "1234", "8", "0")]


def test_endpoint_that_is_not_there_is_named(
    app_process: StartApp, page: Page, endpoint: ScriptedServer
) -> None:
    with socket.socket() as taken:  # so that no other server gets this address meanwhile
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        url = f"http://{place}/v1"
        app = app_process(variables={**endpoint.variables, "OPENAI_BASE_URL": url})
        chat = ChatPage(page, app).open()
        sentence = f"Cannot reach {place}. Is the server running there?"
        expect(chat.chat.locator(".welcome .trouble")).to_have_text(sentence)
        expect(chat.notice).to_be_hidden()
        chat.send("Is anybody there?")
        said = "Cannot reach 127.0.0.1. Trying again in 1 s …"
        expect(chat.chat.locator(".waiting")).to_have_text(said)
        expect(chat.chat.locator(".failure")).to_have_text(sentence)
    expect(chat.questions).to_have_text(["Is anybody there?"])
    assert charged(app, chat) == [Charged("failed", "none", "", "", "0")]


def test_counts_that_no_call_can_have_are_not_believed_and_not_priced(
    chat: ChatPage, tally: AppProcess
) -> None:
    chat.choose_model("usage-cached-too-many")
    assert chat.ask("How many?").startswith("price unknown · impossible counts · usage-cached-too-many · ")
    why = "cached input and cache write tokens (1235) cannot be more than the total (1234)"
    expect(chat.chat.locator(".remark")).to_have_text(f"The endpoint reported impossible counts ({why}).")
    assert chat.details(0)["Note"] == f"impossible counts: {why}"
    assert charged(tally, chat) == [Charged("completed", "reported", "", "", "")]
    [row] = chat.rows
    assert row["note"] == f"impossible counts: {why}"
