"""Models, parameters and one's own key: what is set is sent, and nothing else."""

from playwright.sync_api import expect

from tests.browser.chat_page import ChatPage, Columns, HeldEvent
from tests.browser.conftest import Newcomer, Pages
from tests.servers.app_process import AppProcess
from tests.servers.scripted import APP_KEY, PRICED_MODEL, ScriptedServer

OWN_KEY = "sk-own-1234567890"
KEY_IS_SET = "A key is set. Paste another to replace it."


def test_only_what_is_set_is_sent_and_it_comes_back_when_reopened(
    pages: Pages, chat: ChatPage, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    messages = [{"role": "user", "content": "Plain"}]
    plain = {"model": PRICED_MODEL, "stream": True, "stream_options": {"include_usage": True}}
    chat.open_setting("Temperature")  # and left alone
    chat.close_settings()
    chat.ask("Plain")
    assert endpoint.chats[-1].body == {**plain, "messages": messages}

    chat.new_chat()
    chat.set_up(System_prompt="Be brief.", Temperature="0.7", Max_tokens="50", Seed="7")
    chat.set_up(Top_p="0,5", Stop_sequences="END\nSTOP")
    chat.choose("Reasoning effort", "low")
    chat.ask("With settings")
    sent = {"temperature": 0.7, "max_tokens": 50, "seed": 7, "top_p": 0.5, "stop": ["END", "STOP"]}
    prompted = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "With settings"}]
    assert endpoint.chats[-1].body == {**plain, **sent, "reasoning_effort": "low", "messages": prompted}

    reopened = ChatPage(pages.open(), tally).open(chat.conversation_id)
    expect(reopened.setting("System prompt")).to_have_value("Be brief.")
    shown = {"Temperature": "0.7", "Max tokens": "50", "Seed": "7", "Stop sequences": "END\nSTOP"}
    assert {label: reopened.setting(label).input_value() for label in shown} == shown
    expect(reopened.setting("Presence penalty")).to_have_value("")


def test_what_a_person_sets_is_kept_for_new_chats_and_an_old_chat_brings_its_own(newcomer: Newcomer) -> None:
    chat = newcomer()
    chat.choose_model("usage-details")
    chat.set_up(Temperature="0.3")
    chat.ask("With little heat")
    chat.open_setting("Temperature").fill("warm")
    chat.page.keyboard.press("Tab")
    expect(chat.page.locator(".wrong")).to_contain_text("Enter 0 to 2, or leave this empty.")
    chat.set_up(Temperature="1.5", Seed="7")
    expect(chat.page.locator(".wrong")).to_have_count(0)
    chat.choose("Model for new chats", "gpt-6-astra · $10.00 in / $50.00 out per 1M")
    expect(chat.model).to_have_text("gpt-6-astra · $10.00 in / $50.00 out per 1M")
    expect(chat.page.locator("#default-model.set")).to_have_count(1)

    chat.new_chat()
    chat.choose_model("gpt-6-luna")  # for this chat only
    chat.conversations.get_by_role("link", name="With little heat").click()
    expect(chat.model.locator(".name")).to_have_text("usage-details")
    expect(chat.setting("Temperature")).to_have_value("0.3")
    expect(chat.setting("Seed")).to_have_value("")
    chat.open_setting("Seed")
    expect(chat.page.locator("#chat-model")).to_contain_text("This chat uses usage-details. ")
    for label, own in (("Temperature", "1.5"), ("Seed", "7")):
        field = chat.page.locator("#settings-model .block", has=chat.page.get_by_label(label))
        expect(field).to_contain_text(f"New chats: {own}")
    chat.close_settings()
    chat.new_chat()
    expect(chat.page.locator("#settings-model")).not_to_contain_text("New chats:")
    expect(chat.model.locator(".name")).to_have_text("gpt-6-astra")
    chat.reload()
    expect(chat.model.locator(".name")).to_have_text("gpt-6-astra")
    expect(chat.setting("Temperature")).to_have_value("1.5")
    chat.open_setting("Seed")
    chat.page.get_by_role("button", name="Reset parameters").click()
    expect(chat.setting("Seed")).to_have_value("")
    expect(chat.page.locator("#settings-model .set:not(#default-model)")).to_have_count(0)


def test_the_model_is_changed_at_the_message_box_by_its_menu_and_by_an_at_sign(chat: ChatPage) -> None:
    page, menu = chat.page, chat.page.locator("#model-menu")
    expect(chat.model).to_have_text("stream-40x5ms · $0.10 in / $0.50 out per 1M")
    chat.model.click()
    options = menu.get_by_role("option")
    expect(options).to_contain_text(["gpt-6-astra", "gpt-6-luna", "stream-40x5ms"])
    expect(menu).not_to_contain_text("whisper")
    options.filter(has_text="gpt-6-astra").click()
    expect(menu).to_be_hidden()
    expect(chat.message).to_be_focused()
    assert " · gpt-6-astra · " in chat.ask("First")
    chat.choose_model("any-other-name")
    expect(chat.model).to_have_text("any-other-name · not listed by 127.0.0.1")
    assert " · any-other-name · " in chat.ask("Second")
    assert [row["model"] for row in chat.rows] == ["gpt-6-astra", "any-other-name"]
    chat.model.click()
    expect(menu.get_by_role("option", selected=True)).to_contain_text("any-other-name")
    page.keyboard.press("Shift+Tab")  # to the chip
    page.keyboard.press("Shift+Tab")
    expect(menu).to_be_hidden()

    chat.message.fill("")
    chat.message.press_sequentially("Mail me at a@luna or @lun")
    expect(options.filter(visible=True)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(chat.message).to_have_value("Mail me at a@luna or ")
    expect(chat.model.locator(".name")).to_have_text("gpt-6-luna")
    chat.message.press_sequentially("@as")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(chat.message).to_have_value("Mail me at a@luna or @as")
    expect(chat.questions).to_have_count(2)


def test_comparing_belongs_to_one_chat_and_says_how_many_are_asked(chat: ChatPage) -> None:
    chat.ask("One")
    Columns(chat).choose_models("gpt-6-astra", "gpt-6-luna")
    expect(chat.page.locator("#send")).to_have_text("Send to 3")
    chat.model.click()
    expect(chat.page.locator("#model-list").get_by_role("option", name=PRICED_MODEL)).to_be_hidden()
    chat.new_chat()
    expect(chat.page.locator("#send")).to_have_text("Send")
    expect(chat.model.locator(".name")).to_have_text(PRICED_MODEL)


def test_the_dialog_is_worked_by_keyboard_and_gives_the_focus_back(chat: ChatPage) -> None:
    page, dialog = chat.page, chat.page.get_by_role("dialog", name="Settings")
    opener = page.locator("#settings-open")
    opener.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("tab", name="Connection")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("tab", name="Model", selected=True)).to_be_focused()
    expect(dialog.get_by_role("tabpanel", name="Model")).to_be_visible()
    expect(dialog.get_by_role("tabpanel")).to_have_count(1)
    for _ in range(25):  # past the lists too, which open on the way and close again
        page.keyboard.press("Tab")
        left = page.locator("#settings .block:not(:focus-within) [role=listbox]")
        expect(left.filter(visible=True)).to_have_count(0)
        assert page.evaluate(
            "document.activeElement === document.body || !document.activeElement.closest('[inert]')"
        )
    dialog.get_by_role("button", name="Close settings").focus()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    dialog.get_by_role("tab", name="Appearance").click()
    dialog.get_by_label("Dark").check()
    expect(page.locator("body.dark")).to_have_count(1)
    dialog.get_by_label("System", exact=True).check()
    expect(page.locator("body.dark")).to_have_count(0)
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_own_key_stays_in_the_servers_memory_until_it_is_removed(
    newcomer: Newcomer, people: AppProcess, endpoint: ScriptedServer
) -> None:
    chat = newcomer()
    bodies: list[str] = []
    chat.page.on("request", lambda request: bodies.append(f"{request.url} {request.post_data or ''}"))
    set_key(chat, f"  {OWN_KEY}\n")
    chat.ask("With my own key")
    chat.reload()
    expect(chat.setting("API key")).to_have_attribute("placeholder", KEY_IS_SET)
    chat.ask("Still with it")
    keys = [request.headers["authorization"] for request in endpoint.chats[-2:]]
    assert keys == [f"Bearer {OWN_KEY}"] * 2
    assert [row["key_owner"] for row in chat.rows] == ["user", "user"]

    files = [path for path in people.data_dir.rglob("*") if path.is_file()]
    assert [path.name for path in files if OWN_KEY.encode() in path.read_bytes()] == []
    assert OWN_KEY not in chat.page.content() + people.stderr + people.stdout
    assert sum(OWN_KEY in body for body in bodies) <= 2  # leaving the field, and Enter in it
    assert all(APP_KEY not in text for text in [*bodies, chat.page.content(), people.stderr])
    other = newcomer()
    other.ask("Somebody else")
    assert endpoint.chats[-1].headers["authorization"] == f"Bearer {APP_KEY}"
    chat.open_setting("API key")
    chat.page.get_by_role("button", name="Remove the key").click()
    expect(chat.setting("API key")).to_have_attribute("placeholder", "Your own key")
    chat.close_settings()
    chat.ask("Without it")
    assert endpoint.chats[-1].headers["authorization"] == f"Bearer {APP_KEY}"


def test_a_key_that_cannot_be_used_is_told_at_its_field(newcomer: Newcomer) -> None:
    chat = newcomer()
    set_key(chat, "wrong-key")
    wrong = chat.page.locator("#key.wrong")
    expect(wrong).to_contain_text("127.0.0.1 refused the key (401)")
    chat.open_setting("API key")
    tested = chat.page.locator("#connections li", has=chat.page.get_by_role("button", name="Test 127.0.0.1"))
    expect(tested).to_contain_text("your own key")
    chat.page.locator("#connection-test").click()
    expect(tested.get_by_role("status")).to_contain_text("127.0.0.1 refused the key (401)")
    chat.setting("API key").fill("sk-ключ")
    chat.page.keyboard.press("Tab")
    expect(wrong).to_contain_text("This key cannot be used: the key has characters other than plain letters")
    expect(chat.notice).to_be_hidden()


def set_key(chat: ChatPage, key: str) -> None:
    """Paste a key in the settings, and wait until the server has it."""
    chat.open_setting("API key").fill(key)
    chat.page.keyboard.press("Tab")
    expect(chat.setting("API key")).to_have_attribute("placeholder", KEY_IS_SET)
    chat.close_settings()


def test_a_model_that_is_chosen_while_the_list_of_models_is_loading_stays(
    chat: ChatPage, tally: AppProcess
) -> None:
    chat.ask("Hello")
    models = HeldEvent(chat.page, tally, "models")
    chat.reload()
    models.wait_for_first()
    chat.choose_model("gpt-6-luna")
    models.let_go()
    expect(chat.model).to_have_text("gpt-6-luna · free")
