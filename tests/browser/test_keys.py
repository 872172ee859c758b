"""The keyboard: every control has a name and can be reached, and the keys do what people expect."""

from playwright.sync_api import Page, expect

from tests.browser.driving import ChatPage

NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, select, a[href], [role=button]")]
  .filter((element) => element.checkVisibility({ opacityProperty: false }) && element.getClientRects().length)
  .filter((element) => {
    const labels = [...(element.labels || [])].map((label) => label.textContent);
    const name = [element.getAttribute("aria-label"), element.title, element.textContent, ...labels];
    return !name.some((text) => text && text.trim());
  })
  .map((element) => element.outerHTML.slice(0, 200))"""


def names_reached_by_tab(page: Page, presses: int) -> list[str]:
    """Return what has the focus after each press of Tab, by its name."""
    name = """() => {
      const element = document.activeElement;
      const label = element.labels && element.labels[0] && element.labels[0].textContent;
      return (element.getAttribute("aria-label") || label || element.textContent || element.id).trim();
    }"""
    names = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        names.append(str(page.evaluate(name)))
    return names


def test_enter_sends_and_shift_enter_breaks_the_line(chat: ChatPage) -> None:
    chat.message.press_sequentially("First line")
    chat.message.press("Shift+Enter")
    chat.message.press_sequentially("second line")
    assert chat.message.input_value() == "First line\nsecond line"
    chat.message.press("Enter")
    chat.receipt()
    expect(chat.questions).to_have_text(["First line\nsecond line"], use_inner_text=True)
    expect(chat.message).to_have_value("")


def test_arrow_up_in_the_empty_box_edits_the_last_message(chat: ChatPage) -> None:
    chat.ask("First")
    chat.ask("Second")
    expect(chat.chat.get_by_role("button", name="Edit", exact=True).last).to_be_enabled()
    chat.message.fill("not empty")
    chat.message.press("ArrowUp")
    expect(chat.chat.locator("textarea")).to_have_count(0)
    chat.message.fill("")
    chat.message.press("ArrowUp")
    expect(chat.chat.locator("textarea")).to_have_value("Second")


def test_new_chat_has_a_shortcut_and_the_box_is_ready_to_type_in(chat: ChatPage) -> None:
    chat.ask("Old")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.questions).to_have_count(0)
    expect(chat.message).to_be_focused()
    assert chat.conversation_id == ""


def test_every_control_has_a_name_and_is_reached_by_tab(chat: ChatPage) -> None:
    chat.ask("Name everything")
    chat.set_up(System_prompt="Be brief.")
    assert chat.page.evaluate(NAMELESS) == []
    chat.page.locator("#sidebar .toggle-button").focus()
    reached = names_reached_by_tab(chat.page, 8)
    chat.page.locator("#settings button").first.focus()  # past the other conversations of the list
    reached += names_reached_by_tab(chat.page, 30)
    wanted = [
        "Switch between light and dark", "New chat", "Model", "Name everything", "Delete “Name everything”",
        "System prompt", "Temperature", "Top p", "Presence penalty", "Frequency penalty", "Longest reply",
        "Seed", "Reasoning effort", "Verbosity", "Stop sequences", "Chat", "Copy message", "Edit", "Retry",
        "Message", "Send",
    ]  # fmt: skip
    assert [name for name in wanted if name not in reached] == []
