"""Reading replies: what stands in them, what can be done with code and tables, and quoting."""

from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages
from tests.browser.stored import store_conversation
from tests.servers.app_process import AppProcess

CODE = '\tif a < b:\n\t\tprint("$A$")  \n\n\n# end &lt; \\(b\\)'
LONG = "\n".join(f"const a{number}: number = {number};" for number in range(60))
READING = f"""Plain <tag> and vector<int>, ~5 to ~10, **粗体。**文字, <https://example.org/a>.

- one
  - two
    - three

- [ ] todo
- [x] done

مرحبا، كيف يمكنني حل هذه المشكلة؟ Python 3.11

- عنصر أول

| Name | Cost, $ |
|:-----|-----:|
| "quoted", here | 5 |
| =1+1 | $x^2$ |

```python
{CODE}
```

```tsx
{LONG}
```

```mermaid
classDiagram
  class A {{
    <<interface>>
  }}
```

```mermaid
graph TD
  A[Start (x)] --> B
```

The end."""
CSV = 'Name,"Cost, $"\n"""quoted"", here",5\n\'=1+1,$x^2$\n'
STYLE = "(element, name) => getComputedStyle(element)[name]"
# Selects from the beginning of one element to the end of another.
SELECT = """([from, to]) => {
  const written = [...document.querySelectorAll("#chat [data-testid=bot] .md *")];
  const [first, last] = [from, to].map((text) => written
    .filter((element) => element.textContent.startsWith(text)).at(-1));
  getSelection().setBaseAndExtent(first, 0, last, last.childNodes.length);
}"""


def opened(page: Page, tally: AppProcess, title: str) -> ChatPage:
    conversation_id = store_conversation(tally.data_dir, title, [("Show me", READING)])
    return ChatPage(page, tally).open(conversation_id)


def test_everything_in_a_reply_is_as_it_was_written(pages: Pages, page: Page, tally: AppProcess) -> None:
    pages.expected += ["Parse error"]
    chat = opened(page, tally, "As written")
    reply = chat.replies.first
    expect(reply).to_contain_text("Plain <tag> and vector<int>, ~5 to ~10, 粗体。文字")
    expect(reply.locator("strong")).to_have_text("粗体。")
    expect(reply.locator("a")).to_have_attribute("href", "https://example.org/a")
    for item in reply.locator("li").all():
        assert item.evaluate(STYLE, "fontSize") == "16px"
    expect(reply.get_by_role("img", name="To do")).to_be_visible()
    expect(reply.get_by_role("img", name="Done")).to_be_visible()
    assert reply.locator("p", has_text="Python").evaluate(STYLE, "direction") == "rtl"
    assert reply.locator("li", has_text="عنصر").evaluate(STYLE, "direction") == "rtl"
    assert reply.locator("td").nth(1).evaluate(STYLE, "textAlign") == "end"

    expect(reply.locator(".mermaid svg")).to_contain_text("«interface»")
    expect(reply).to_contain_text("This diagram cannot be drawn.")
    expect(reply.locator("pre").last).to_have_text("graph TD\n  A[Start (x)] --> B\n")
    expect(page.locator(".error-icon")).to_have_count(0)

    page.evaluate(SELECT, ["Plain", "Plain"])
    page.keyboard.press("Control+C")
    copied = "Plain <tag> and vector<int>, ~5 to ~10, 粗体。文字, https://example.org/a."
    assert chat.clipboard() == copied

    chat.message.fill("مرحبا")
    assert chat.message.evaluate(STYLE, "unicodeBidi") == "plaintext"


def test_code_and_tables_have_their_tools(pages: Pages, page: Page, tally: AppProcess) -> None:
    pages.expected += ["Parse error"]
    chat = opened(page, tally, "Tools")
    blocks = chat.replies.first.locator(".code")
    code, long = blocks.nth(0), blocks.nth(1)
    expect(code.locator(".language")).to_have_text("python")
    code.get_by_role("button", name="Copy code").click()
    expect(code.get_by_role("button", name="Copied")).to_be_visible()
    assert chat.clipboard() == CODE
    code.get_by_role("button", name="Wrap lines").click()
    assert code.locator("code").evaluate(STYLE, "whiteSpace") == "pre-wrap"
    expect(code.get_by_role("button", name="Wrap lines", pressed=True)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(code.locator("pre")).to_be_focused()

    expect(long.locator("span.keyword")).to_have_count(120)
    folded = long.bounding_box()
    long.get_by_role("button", name="Show all 60 lines").click()
    whole = long.bounding_box()
    assert folded
    assert whole
    assert whole["height"] > folded["height"] + 300
    long.get_by_role("button", name="Copy code").click()
    assert chat.clipboard() == LONG

    chat.replies.first.get_by_role("button", name="Copy as CSV").click()
    assert chat.clipboard() == CSV
    for tool in chat.replies.first.locator(".tool").all():
        box = tool.bounding_box()
        assert box
        assert box["height"] >= 24


def test_what_is_selected_in_a_reply_is_quoted(pages: Pages, page: Page, tally: AppProcess) -> None:
    pages.expected += ["Parse error"]
    chat = opened(page, tally, "Quoted")
    quote = page.get_by_role("button", name="Quote", exact=True)
    chat.message.fill("As you say:")
    expect(chat.replies.first).to_contain_text("three")
    page.evaluate(SELECT, ["one", "three"])
    quote.click()
    expect(chat.message).to_have_value("As you say:\n\n> one\n> two\n> three\n\n")
    expect(chat.message).to_be_focused()
    expect(quote).to_have_count(0)

    chat.message.fill("")
    page.evaluate(SELECT, ["The end.", "The end."])
    expect(quote).to_be_visible()
    chat.message.blur()
    page.keyboard.press("Tab")
    expect(quote).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.message).to_have_value("> The end.\n\n")

    page.emulate_media(reduced_motion="reduce")
    assert chat.chat.locator(".actions").first.evaluate(STYLE, "transitionDuration") == "0s"
