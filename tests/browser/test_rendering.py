"""How text looks: Markdown, code, formulas, diagrams, money, tags; and nothing in it runs or loads."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Pages
from tests.browser.driving import ChatPage
from tests.browser.stored import store_conversation
from tests.servers.app_process import AppProcess

TRICKY_REPLY = """A vector<int> costs $5 and $10, and $x^2$ is a formula.

![remote](http://example.org/picture.png) <img src="http://example.org/other.png">

<script>window.harmed = true</script>"""


def test_markdown_code_formulas_and_diagrams_are_rendered(chat: ChatPage) -> None:
    chat.choose_model("markdown")
    chat.ask("Show me everything")

    expect(chat.chat.get_by_role("heading", name="Rich text")).to_be_visible()
    table = chat.chat.locator("table").first
    expect(table.get_by_role("cell", name="table")).to_be_visible()
    formulas = chat.chat.locator(".katex-mathml annotation")
    expect(formulas).to_have_text(["a_1^2", "b_1^2", "c_1^2", "d_1^2"])
    expect(chat.chat.locator(".katex-display")).to_have_count(2)
    expect(chat.chat.locator(".mermaid svg")).to_contain_text("Ask")
    expect(chat.chat).to_contain_text("It costs $5 today.")
    assert chat.page.evaluate("window.harmed") is None

    code = chat.chat.locator("pre", has_text="def area")
    assert code.locator("span.token, span.hljs-keyword").count() > 3
    code.hover()
    chat.chat.locator(".copy_code_button, .copy-code, button[title='copy']").first.click()
    assert chat.clipboard() == "def area(radius: float) -> float:\n    return 3.14 * radius**2"


def test_tags_and_money_stay_readable_and_nothing_remote_is_loaded(
    pages: Pages, page: Page, tally: AppProcess
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: asked.remove(request.url))
    question = "Is vector<int> $5 or $10? <script>window.harmed = true</script>"
    conversation_id = store_conversation(tally.data_dir, "Tricky text", [(question, TRICKY_REPLY)])
    pages.expected += ["Content Security Policy", "example.org"]

    chat = ChatPage(page, tally).open(conversation_id)

    expect(chat.questions).to_contain_text(["Is vector<\u2060int> $5 or $10? <\u2060script>"])
    expect(chat.replies.first).to_contain_text("A vector<\u2060int> costs $5 and $10, and ")
    expect(chat.chat.locator(".katex-mathml annotation")).to_have_text(["x^2"])
    assert page.evaluate("window.harmed") is None
    assert [address for address in asked if "example.org" in address] == []

    chat.questions.first.hover()
    assert chat.copy_message() == question


def test_reasoning_is_folded_above_the_reply(chat: ChatPage) -> None:
    for model in ("reasoning-content", "reasoning"):
        chat.new_chat()
        chat.choose_model(model)
        chat.ask("Think first")
        folded = chat.chat.locator(".thought-group").first
        expect(folded).to_have_text("Reasoning", use_inner_text=True)
        folded.get_by_role("button", name="Reasoning").press("Enter")
        expect(folded).to_contain_text("First I think, then I answer.")
        expect(chat.replies.first).to_contain_text("word1 word2")
        above = folded.bounding_box(), chat.replies.first.bounding_box()
        assert above[0]
        assert above[1]
        assert above[0]["y"] < above[1]["y"]


def test_what_tally_adds_to_a_reply_is_said_below_it(chat: ChatPage) -> None:
    said = {
        "length": "The reply stops here because it reached its maximum length.",
        "filter-finish": "The endpoint's content filter ended this reply.",
    }
    for model, sentence in said.items():
        chat.new_chat()
        chat.choose_model(model)
        chat.ask("How does it end?")
        expect(chat.chat.locator(".remark")).to_have_text(sentence)
    chat.new_chat()
    chat.choose_model("refusal")
    chat.ask("Something bad")
    expect(chat.replies.first).to_contain_text("I cannot help with that.")
