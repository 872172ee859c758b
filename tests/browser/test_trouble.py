"""Every way in which an endpoint can fail, and what the person is told and charged."""

import socket
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driving import ChatPage
from tests.conftest import StartApp
from tests.servers.app_process import AppProcess
from tests.servers.scripted import PRICED_MODEL, ScriptedServer

NOT_REPEATED = (
    "The call may have been billed, so Tally does not repeat it by itself. Press Retry to ask again."
)
QUESTION = "What went wrong?"
BUSY = "127.0.0.1 is limiting how fast it can be asked. Wait a moment, then retry."
NO_PROTOCOL = (
    "This address does not speak the OpenAI protocol: {url}. Check OPENAI_BASE_URL; it often ends in /v1."
)
TOO_LONG = (
    "This conversation is too long for {model}. Start a new chat, or choose a model with a larger context. "
    "127.0.0.1 says: “"
)
REFUSED = {
    "wrong-key": "127.0.0.1 does not accept this API key. "
    "Check that it is whole, still valid, and belongs to this endpoint.",
    "no-model": "127.0.0.1 has no model named no-model, or this key may not use it. Choose another model.",
    "no-quota": "The account at 127.0.0.1 has no credit left, or has reached its spending limit. "
    "Add credit or raise the limit there, then retry.",
    "rate-limit": BUSY,
    "filter-error": "127.0.0.1 refused the content of this message. Change it and try again.",
    "status-500": "127.0.0.1 has a problem of its own (status 500). Retry in a while.",
    "error-not-json": "127.0.0.1 has a problem of its own (status 502). Retry in a while.",
    "context-openai": TOO_LONG
    + "This model's maximum context length is 128000 tokens. However, your messages "
    "resulted in 130567 tokens. Please reduce the length of the messages.”",
    "context-llama": TOO_LONG
    + "request (5040 tokens) exceeds the available context size (4096 tokens), try increasing it”",
}
NO_REPLY = {
    "cut-before-answer": (
        f"The connection to 127.0.0.1 was lost before an answer came. {NOT_REPEATED}",
        "the connection was lost after sending",
    ),
    "done-only": ("127.0.0.1 sent an empty reply. Retry in a while.", "the reply was empty"),
    "html": (NO_PROTOCOL, "the answer was no reply"),
    "empty-body": (NO_PROTOCOL, "the answer was no reply"),
}
BROKEN = {
    "cut-reset": "The connection to 127.0.0.1 broke off before the end.",
    "cut-close": "The connection to 127.0.0.1 broke off before the end.",
    "cut-clean": "The connection to 127.0.0.1 ended before the reply did.",
    "error-event": "127.0.0.1 broke off with an error: “The server had an error.”",
    "broken-json": "127.0.0.1 sent something unreadable and the reply ends there.",
}


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
    """Ask in a new chat, and see the sentence in both places, the message and Retry."""
    chat.new_chat()
    expect(chat.notice).to_be_hidden()
    chat.choose_model(model)
    chat.send(QUESTION)
    expect(chat.notice).to_have_text(sentence)
    expect(chat.chat.locator(".failure")).to_have_text(sentence)
    expect(chat.questions).to_have_text([QUESTION])
    expect(chat.chat.get_by_role("button", name="Retry", exact=True)).to_have_count(1)


def retry_with_a_good_model(chat: ChatPage) -> None:
    """Set the model to one that answers, and press Retry."""
    chat.choose_model(PRICED_MODEL)
    chat.press_last("Retry")
    expect(chat.receipts).to_contain_text(["$0.000143 · 1,234 in + 40 out"])
    expect(chat.notice).to_be_hidden()
    expect(chat.questions).to_have_text([QUESTION])


def test_what_the_endpoint_refuses_costs_nothing_and_can_be_retried(
    chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    refused = Charged("failed", "none", "", "", "0")
    for model, sentence in REFUSED.items():
        fail_once(chat, model, sentence.format(url=endpoint.url, model=model))
        assert chat.receipt() == chat.receipt().replace("≈", "")
        assert chat.receipt().startswith(f"not billed · {model} · ")
        assert charged(tally, chat) == [refused], model
    retry_with_a_good_model(chat)
    assert charged(tally, chat) == [refused, Charged("completed", "reported", "1234", "40", "0.0001434")]


def test_reply_that_breaks_off_is_kept_and_its_cost_estimated(chat: ChatPage, tally: AppProcess) -> None:
    # 11 tokens of a prompt at $0.10 and 7 of three words at $0.50 per million
    broken = Charged("failed", "estimated", "11", "7", "0.0000046")
    for model, sentence in BROKEN.items():
        fail_once(chat, model, sentence)
        expect(chat.replies.first).to_have_text("word1 word2 word3")
        assert chat.receipt().startswith("≈ $0.0000046 · 11 in + 7 out"), model
        assert charged(tally, chat) == [broken], model
        chat.reload()
        expect(chat.chat.locator(".failure")).to_have_text(sentence)
    retry_with_a_good_model(chat)


def test_answer_without_a_reply_may_have_been_billed_and_the_receipt_says_so(
    chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    for model, (sentence, fate) in NO_REPLY.items():
        fail_once(chat, model, sentence.format(url=endpoint.url))
        assert chat.receipt().startswith(f"free · 11 in + 0 out · {model}")
        assert charged(tally, chat) == [Charged("failed", "estimated", "11", "0", "0")], model
        assert chat.details(0)["Note"] == f"fate unknown: {fate}"
        expect(chat.chat).to_contain_text("It is not known whether this call was billed")


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("rate-limit-twice", "127.0.0.1 answered with status 429"),
        ("status-503-once", "127.0.0.1 answered with status 503"),
    ],
)
def test_while_it_tries_again_the_page_says_so(
    chat: ChatPage, tally: AppProcess, model: str, reason: str
) -> None:
    chat.choose_model(model)
    chat.send("Be patient")
    chat.page.wait_for_function(  # looks at every frame: it may stand for half a second only
        "said => [...document.querySelectorAll('#chat .waiting')].some(each => each.textContent === said)",
        arg=f"{reason}. Trying again in 1 s …",
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
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        app = app_process(variables={**endpoint.variables, "OPENAI_BASE_URL": url})
        chat = ChatPage(page, app).open()
        sentence = (
            f"127.0.0.1 cannot be reached. Check the address ({url}), "
            "your connection, and that the server is running."
        )
        expect(chat.notice).to_have_text(sentence)
        chat.send("Is anybody there?")
        said = "127.0.0.1 cannot be reached. Trying again in 1 s …"
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
    expect(chat.chat.locator(".remark")).to_have_text(
        f"The endpoint reported impossible counts ({why}), so what this reply cost is unknown."
    )
    assert chat.details(0)["Note"] == f"impossible counts: {why}"
    assert charged(tally, chat) == [Charged("completed", "reported", "", "", "")]
    [row] = chat.rows
    assert row["note"] == f"impossible counts: {why}"
