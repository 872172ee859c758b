"""The real app before servers that nobody here wrote: LiteLLM's proxy, and llama.cpp."""

from collections.abc import Iterator
from decimal import Decimal
from html import unescape

import pytest

from tests.helpers.data_files import Row, ledger
from tests.servers import litellm as proxy
from tests.servers.app_process import AppProcess
from tests.servers.asking import ask, chunks
from tests.servers.http_page import HttpPage
from tests.servers.llama import MODEL

SAYS = "127.0.0.1 says: “{}"


@pytest.fixture(scope="module")
def litellm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, ending in /v1, of LiteLLM's proxy."""
    command = proxy.installed(request.config.cache.mkdir("servers"))
    with proxy.running_litellm(command, tmp_path_factory.mktemp("litellm")) as address:
        yield address


@pytest.fixture(scope="module")
def gateway(litellm: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app before LiteLLM's proxy, which bills by OpenAI's prices, and as `House` by none."""
    variables = {"OPENAI_BASE_URL": litellm, "OPENAI_API_KEY": proxy.KEY, "TALLY_PROVIDER": "openai"}
    house = f'[connections.House]\naddress = "{litellm}"\nkey_from = "OPENAI_API_KEY"\n'
    yield from app_in(tmp_path_factory, variables, house)


@pytest.fixture(scope="module")
def at_home(llama: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The app before llama.cpp's server, which wants no key."""
    yield from app_in(tmp_path_factory, {"OPENAI_BASE_URL": llama})


def app_in(
    folders: pytest.TempPathFactory, variables: dict[str, str], connections: str = ""
) -> Iterator[AppProcess]:
    home = folders.mktemp("home")
    (home / "data").mkdir()
    (home / "data" / "connections.toml").write_text(connections)
    app = AppProcess(home / "data", home, variables)
    yield app
    assert app.stop() == 0
    assert (app.stderr, app.blocked) == ("", [])


def sent(app: AppProcess, message: str, model: str, own_key: str = "") -> tuple[Row, str]:
    """Send a message and follow its reply; returns its only row, and what a page shows that opens it then."""
    with HttpPage(app.url) as page:
        if own_key:
            page.fire("take_key", {"key": own_key})
        conversation_id = page.begin(message, model)
        page.follow(conversation_id)
        shown = unescape(page.follow(conversation_id))
        page.fire("remove_key")
    [row] = ledger(app.data_dir, conversation_id)
    return row, shown


def counts_of(row: Row) -> tuple[str, str, str, str]:
    return row["status"], row["usage_source"], row["input_tokens"], row["output_tokens"]


def listed_by(app: AppProcess) -> str:
    with HttpPage(app.url) as page:
        return str(page.fire("models").outputs["models"])


@pytest.mark.parametrize("question", ["Hello", "word " * 200])
@pytest.mark.parametrize(
    ("model", "reply"),
    [(proxy.PLAIN, "the plain model"), (proxy.PREFIXED, "the prefixed"), (proxy.PRICED, "the priced model")],
)
def test_a_reply_through_litellm_is_shown_and_counted_and_costs_what_the_proxy_says(
    gateway: AppProcess, litellm: str, model: str, reply: str, question: str
) -> None:
    row, shown = sent(gateway, question, model)
    messages = [{"role": "user", "content": question}]
    usage = chunks(ask(litellm, model, proxy.KEY, messages=messages).text)[-1]["usage"]
    assert f"Hello from {reply}" in shown
    assert counts_of(row) == (
        *("completed", "reported"),
        *(str(usage["prompt_tokens"]), str(usage["completion_tokens"])),
    )
    assert (row["model"], row["resolved_model"]) == (model, model)
    if model == proxy.PRICED:
        amounts = [row[name] for name in ("cost_usd", "reported_cost_usd", "listed_cost_usd")]
        assert {Decimal(amount) for amount in amounts} == {Decimal(str(usage["cost"]))}
        assert row["cost_source"] == "listed"
    else:
        assert (row["cost_usd"], row["price_source"]) == ("", "unknown")
        assert "price unknown" in shown


def test_what_litellm_charges_counts_where_a_call_would_be_free_otherwise(
    gateway: AppProcess, litellm: str
) -> None:
    usage = chunks(ask(litellm, proxy.PRICED, proxy.KEY).text)[-1]["usage"]
    charged, free = (sent(gateway, "Hello", f"House: {model}")[0] for model in (proxy.PRICED, proxy.PLAIN))
    assert (Decimal(charged["cost_usd"]), charged["cost_source"]) == (Decimal(str(usage["cost"])), "reported")
    assert (free["cost_usd"], free["cost_source"]) == ("0", "free")


@pytest.mark.parametrize(
    ("model", "own_key", "ours", "theirs"),
    [
        (
            proxy.LIMITED,
            "",
            "127.0.0.1 is rate-limiting you.",
            "litellm.RateLimitError: this is a mock rate limit error",
        ),
        (
            proxy.TOO_LONG,
            "",
            f"This chat is too long for {proxy.TOO_LONG}.",
            "litellm.ContextWindowExceededError",
        ),
        (
            "unheard-of",
            "",
            "127.0.0.1 refused the request (status 400).",
            "/chat/completions: Invalid model name",
        ),
        (proxy.PLAIN, "sk-wrong-key", "127.0.0.1 refused the request (status 400).", "No connected db."),
    ],
)
def test_an_error_of_litellm_is_told_in_our_words_and_its_own_and_costs_nothing(
    gateway: AppProcess, model: str, own_key: str, ours: str, theirs: str
) -> None:
    row, shown = sent(gateway, "Hello", model, own_key)
    assert ours in shown
    assert SAYS.format(theirs) in shown
    assert (row["status"], row["usage_source"], row["cost_usd"]) == ("failed", "none", "0")


def test_the_models_of_litellm_are_listed_but_for_those_that_it_calls_no_chat_models(
    gateway: AppProcess,
) -> None:
    listed = listed_by(gateway)
    for name in (proxy.PLAIN, proxy.PREFIXED, proxy.PRICED, proxy.LIMITED, proxy.TOO_LONG):
        assert f'data-model="{name}"' in listed
    assert proxy.EMBEDDING not in listed


def test_a_reply_of_llama_is_free_and_counted_as_it_reports(at_home: AppProcess, llama: str) -> None:
    row, shown = sent(at_home, "Say something", MODEL)
    messages = [{"role": "user", "content": "Say something"}]
    usage = chunks(ask(llama, MODEL, messages=messages).text)[-1]["usage"]
    assert counts_of(row) == (
        *("completed", "reported"),
        *(str(usage["prompt_tokens"]), str(usage["completion_tokens"])),
    )
    assert (row["endpoint"], row["cost_usd"], row["price_source"]) == ("127.0.0.1", "0", "local")
    counts = f"{usage['prompt_tokens']} in + {usage['completion_tokens']} out"
    assert ">free</span>" in shown
    assert f"<span>{counts}</span> · <span>{MODEL}</span>" in shown


def test_the_model_of_llama_is_listed_and_a_new_chat_begins_with_it(at_home: AppProcess) -> None:
    assert f'data-model="{MODEL}" data-price="free"' in listed_by(at_home)
    with HttpPage(at_home.url) as page:
        page.fire("models")
        assert MODEL in page.fire("start_model").text


def test_a_prompt_that_is_too_long_for_llama_is_told_with_its_figures_and_costs_nothing(
    at_home: AppProcess,
) -> None:
    row, shown = sent(at_home, "word " * 5_000, MODEL)
    assert f"This chat is too long for {MODEL}. Start a new chat" in shown
    assert "exceeds the available context size (2048 tokens)" in shown
    assert (row["status"], row["usage_source"], row["cost_usd"]) == ("failed", "none", "0")
