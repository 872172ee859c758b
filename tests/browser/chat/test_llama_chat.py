"""The whole way with a real server: llama.cpp behind the app, a real browser before it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.conftest import StartApp
from tests.helpers.data_files import ledger
from tests.servers.asking import ask, chunks
from tests.servers.llama import MODEL, running_llama


@pytest.fixture
def roomy() -> Iterator[str]:
    """A server with a context so large that no reply ends before it is stopped."""
    with running_llama("--context", "65536") as address:
        yield address


def test_reply_of_a_real_server_streams_stops_survives_a_reload_and_is_free(
    app_process: StartApp, roomy: str, page: Page
) -> None:
    app = app_process(variables={"OPENAI_BASE_URL": roomy})
    chat = ChatPage(page, app).open()
    expect(chat.model).to_have_text(re.compile(rf"^{MODEL}"))

    receipt = chat.ask("Say something")
    reported = chunks(ask(roomy, MODEL, messages=[{"role": "user", "content": "Say something"}]).text)[-1][
        "usage"
    ]
    counts = f"{reported['prompt_tokens']} in + {reported['completion_tokens']} out"
    assert re.fullmatch(rf"free · {re.escape(counts)} · {MODEL} · \d+\.\d s", receipt)
    [row] = ledger(app.data_dir)
    assert (row["status"], row["usage_source"], row["price_source"], row["cost_usd"]) == (
        "completed",
        "reported",
        "local",
        "0",
    )
    assert [int(row[name]) for name in ("input_tokens", "output_tokens")] == [
        reported["prompt_tokens"],
        reported["completion_tokens"],
    ]
    said = chat.replies.first.inner_text()
    assert len(said.split()) > 5
    chat.reload()
    expect(chat.replies.first).to_have_text(said)

    chat.set_up(Max_tokens="60000")
    chat.send("Say more")
    expect(chat.replies).to_have_count(2)
    expect(chat.replies.nth(1)).not_to_be_empty()
    chat.stop()
    chat.receipt(1)
    expect(chat.chat).to_contain_text("You stopped this reply.")
    assert chat.replies.nth(1).inner_text().strip()
    stopped = ledger(app.data_dir)[1]
    assert (stopped["status"], stopped["usage_source"], stopped["cost_usd"]) == ("stopped", "estimated", "0")

    chat.send("word " * 20_000)
    expect(chat.chat).to_contain_text(f"This chat is too long for {MODEL}.")
    assert [row["status"] for row in ledger(app.data_dir)] == ["completed", "stopped", "failed"]
    assert ledger(app.data_dir)[2]["usage_source"] == "none"
