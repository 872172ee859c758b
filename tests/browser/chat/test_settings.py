"""Models, parameters and one's own key: what is set is sent, and nothing else."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage, HeldEvent
from tests.browser.conftest import Pages
from tests.servers.app_process import AppProcess
from tests.servers.scripted import APP_KEY, PRICED_MODEL, ScriptedServer

OWN_KEY = "sk-own-1234567890"


def test_only_what_is_set_is_sent_and_it_comes_back_when_reopened(
    pages: Pages, chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    messages = [{"role": "user", "content": "Plain"}]
    plain = {"model": PRICED_MODEL, "stream": True, "stream_options": {"include_usage": True}}
    chat.set_up()  # opened and left alone
    chat.ask("Plain")
    assert endpoint.chats[-1].body == {**plain, "messages": messages}

    chat.new_chat()
    chat.set_up(System_prompt="Be brief.", Temperature="0.7", Longest_reply="50", Seed="7")
    chat.set_up(Top_p="0,5", Stop_sequences="END\nSTOP")
    chat.choose("Reasoning effort", "low")
    chat.ask("With settings")
    sent = {"temperature": 0.7, "max_tokens": 50, "seed": 7, "top_p": 0.5, "stop": ["END", "STOP"]}
    prompted = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "With settings"}]
    assert endpoint.chats[-1].body == {**plain, **sent, "reasoning_effort": "low", "messages": prompted}

    reopened = ChatPage(pages.open(), tally).open(chat.conversation_id)
    reopened.set_up()
    expect(reopened.setting("System prompt")).to_have_value("Be brief.")
    shown = {"Temperature": "0.7", "Longest reply": "50", "Seed": "7", "Stop sequences": "END\nSTOP"}
    assert {label: reopened.setting(label).input_value() for label in shown} == shown
    expect(reopened.setting("Presence penalty")).to_have_value("")


def test_models_are_listed_with_prices_and_may_be_switched(chat: ChatPage) -> None:
    chat.model.click()
    chat.model.fill("")
    options = chat.page.get_by_role("option")
    expect(options).to_contain_text(
        [
            "gpt-6-astra · free",
            "gpt-6-luna · free",
            "stream-40x5ms · $0.10/0.50",
            "text-embedding-3-small · free",
            "whisper-1 · free",
        ]
    )
    options.filter(has_text="gpt-6-astra").click()
    assert " · gpt-6-astra · " in chat.ask("First")
    chat.choose_model("any-other-name")
    assert " · any-other-name · " in chat.ask("Second")
    assert [row["model"] for row in chat.rows] == ["gpt-6-astra", "any-other-name"]


def test_own_key_reaches_the_endpoint_and_nothing_else(
    chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    bodies: list[str] = []
    chat.page.on("request", lambda request: bodies.append(f"{request.url} {request.post_data or ''}"))
    chat.set_up(API_key=f"  {OWN_KEY}\n")
    chat.ask("With my own key")
    assert endpoint.chats[-1].headers["authorization"] == f"Bearer {OWN_KEY}"
    [row] = chat.rows
    assert row["key_owner"] == "user"

    files = [path for path in tally.data_dir.rglob("*") if path.is_file()]
    assert [path.name for path in files if OWN_KEY.encode() in path.read_bytes()] == []
    assert OWN_KEY not in chat.page.content() + tally.stderr + tally.stdout
    addresses = {body.split(" ")[0].partition("?")[0] for body in bodies if OWN_KEY in body}
    assert addresses == {f"{tally.url}/gradio_api/queue/join"}
    assert all(APP_KEY not in text for text in [*bodies, chat.page.content(), tally.stderr])
    chat.reload()
    chat.set_up()
    expect(chat.setting("API key")).to_have_value("")
    chat.ask("Without it")
    assert endpoint.chats[-1].headers["authorization"] == f"Bearer {APP_KEY}"


def test_a_key_that_the_endpoint_refuses_is_told_at_once(chat: ChatPage) -> None:
    chat.set_up(API_key="wrong-key")
    expect(chat.notice).to_contain_text("127.0.0.1 refused the key (401).")


def test_a_model_that_is_chosen_while_the_list_of_models_is_loading_stays(
    chat: ChatPage, tally: AppProcess
) -> None:
    chat.ask("Hello")
    models = HeldEvent(chat.page, tally, "models")
    chat.reload()
    models.wait_for_first()
    chat.choose_model("gpt-6-luna")
    models.let_go()
    expect(chat.model).to_have_value("gpt-6-luna · free")
