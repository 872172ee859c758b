"""Nothing that was typed is lost, and nothing keeps a person from typing."""

from playwright.sync_api import expect

from tests.browser.driving import ChatPage

LONG_TEXT = "".join(f"{number:03} a text that is typed quickly, " for number in range(8))[:200]


def test_what_is_typed_while_a_message_is_on_its_way_stays(chat: ChatPage) -> None:
    chat.message.fill("On its way")
    chat.message.press("Enter")
    chat.message.press_sequentially(" and more")
    chat.receipt()
    # A first key may still get into the message: nothing is lost, and nothing is there twice.
    typed = chat.questions.first.inner_text() + " " + chat.message.input_value()
    assert typed.split() == ["On", "its", "way", "and", "more"]


def test_what_is_typed_while_a_reply_comes_is_a_draft_that_a_reload_keeps(chat: ChatPage) -> None:
    chat.choose_model("stream-60x20ms")
    chat.send("Take your time")
    expect(chat.replies.first).to_contain_text("word3")
    chat.message.press_sequentially("Next question", delay=10)
    chat.receipt()
    expect(chat.message).to_have_value("Next question")
    chat.reload()
    expect(chat.message).to_have_value("Next question")
    chat.message.press("Enter")
    chat.receipt(1)
    expect(chat.questions).to_have_text(["Take your time", "Next question"])
    chat.reload()
    expect(chat.message).to_have_value("")


def test_a_message_that_is_refused_stays_in_the_box(chat: ChatPage) -> None:
    chat.set_up(API_key="sk-ключ")
    chat.send("Keep me")
    expect(chat.notice).to_have_text(
        "Your API key cannot be used: the key has characters other than plain letters, digits and signs: "
        "copy it again."
    )
    expect(chat.message).to_have_value("Keep me")
    expect(chat.questions).to_have_count(0)
    chat.reload()
    expect(chat.message).to_have_value("Keep me")


def test_two_hundred_characters_typed_at_once_all_arrive(chat: ChatPage) -> None:
    chat.message.press_sequentially(LONG_TEXT)
    expect(chat.message).to_have_value(LONG_TEXT)
    expect(chat.estimate).to_contain_text("tokens")
    expect(chat.message).to_have_value(LONG_TEXT)


def test_the_same_message_may_be_sent_twice(chat: ChatPage) -> None:
    for position in (0, 1):
        chat.send("Again")
        chat.receipt(position)
        expect(chat.message).to_have_value("")
    expect(chat.questions).to_have_text(["Again", "Again"])


def test_an_empty_message_is_not_sent(chat: ChatPage) -> None:
    chat.send("  \n ")
    expect(chat.notice).to_have_text("Write a message first.")
    expect(chat.questions).to_have_count(0)
