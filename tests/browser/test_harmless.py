"""Nothing in a reply acts for the reader: no false page, style or request, no link but to the web and mail.

Each payload is put wherever text of others is shown.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.chat_page import ChatPage
from tests.browser.conftest import Pages
from tests.browser.stored import store_comparison, store_conversation
from tests.browser.usage_page import UsagePage
from tests.conftest import StartApp
from tests.helpers.fakes import ENTRY
from tests.helpers.ledger_entries import changed
from tests.servers.app_process import AppProcess
from tests.servers.scripted import ScriptedServer
from usage.ledger import CsvLedger

OWN_PICTURE = (
    "![dot](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)"
)
GOOD_LINKS = "[a](https://a.example/x) [b](http://b.example) [c](mailto:c@c.example) www.d.example"

# All that got through, whatever it is: an attribute, a custom property, a link, something laid over the page.
THROUGH = """() => {
  const named = "aria-label title alt data-testid data-kept data-open data-more data-choose data-model";
  const shows = `${named} data-title data-waiting`.split(" ");
  const found = [];
  for (const element of document.querySelectorAll("body, body *")) {
    for (const { name, value } of element.attributes) {
      if (!value.includes("FORGED") || shows.includes(name)) continue;
      found.push(`${element.tagName} ${name}=${value}`);
    }
    const isStyled = getComputedStyle(element).getPropertyValue("--FORGED");
    if (isStyled) found.push(`${element.tagName} is styled`);
  }
  for (const element of document.querySelectorAll("#chat *, #compare *")) {
    if (getComputedStyle(element).position === "fixed") found.push(`${element.tagName} is fixed`);
    const address = element.getAttribute("href") ?? element.getAttribute("xlink:href");
    const isLink = element.matches("a, area") && address !== null;
    if (isLink && !/^(https?:\\/\\/|mailto:)/.test(address)) found.push(`a link to ${address}`);
    const isPicture = element.matches("img") && !/^(data:image|blob:)/.test(element.src);
    if (isPicture) found.push(`a picture of ${element.src}`);
    const acts = element.matches("form, iframe, object, embed, link, meta, style:not(svg style)");
    if (acts) found.push(element.tagName);
  }
  return [...new Set(found)];
}"""
# What a person sees and presses, each with what is drawn in its middle.
COVERED = """() => {
  const controls = ["#new-chat", "#settings-open", "#message textarea", "#tabs [role=tab]"];
  const corners = [[3, 3], [innerWidth - 3, 3], [3, innerHeight - 3], [innerWidth - 3, innerHeight - 3]];
  const isCovered = (name) => {
    const element = document.querySelector(name);
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return !element.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  };
  const isOfReply = ([x, y]) => document.elementFromPoint(x, y)?.closest(".md, #compare");
  return [...controls.filter(isCovered), ...corners.filter(isOfReply)];
}"""


# Puts into the last reply what markup should have kept out: a false page, and pictures of these addresses.
GET_IN = """async (addresses) => {
  const reply = [...document.querySelectorAll("#chat [data-testid=bot] .md")].at(-1);
  const cover = document.createElement("div");
  cover.style.cssText = "position:fixed;inset:0;z-index:99999;background:red";
  reply.append(cover);
  const refused = [];
  const note = ({ effectiveDirective }) => refused.push(effectiveDirective);
  document.addEventListener("securitypolicyviolation", note);
  for (const address of addresses) {
    const picture = new Image();
    const failed = new Promise((done) => picture.addEventListener("error", done));
    picture.src = address;
    reply.append(picture);
    await failed;
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return refused;
}"""


@pytest.fixture
def asked(page: Page) -> Iterator[list[str]]:
    """The addresses that the page asks for; the test fails when one of them is a payload's."""
    addresses: list[str] = []

    def note(request: Request) -> None:
        addresses.append(request.url)

    page.on("request", note)
    yield addresses
    conversation = [address for address in addresses if "?c=" in address]
    assert [each for each in addresses if "FORGED" in each and each not in conversation] == []


def assert_harmless(page: Page) -> None:
    """Assert that nothing of the payloads is more than text, at the end and at the beginning of the page."""
    assert page.evaluate(THROUGH) == []
    for place in ("log.scrollHeight", "log.scrollHeight / 2", "0"):
        page.locator("#chat .bubble-wrap").evaluate(f"log => {{ log.scrollTop = {place}; }}")
        assert page.evaluate(COVERED) == []


def expect_drawn(page: Page) -> None:
    """Wait until every diagram there is drawn."""
    expect(page.locator(".mermaid:not(:has(svg))")).to_have_count(0)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("half", [0, 1])
def test_replies_questions_and_reasoning_are_only_read(
    pages: Pages, page: Page, tally: AppProcess, half: int
) -> None:
    pages.expected += ["Parse error", "Lexical error", "Syntax error", "KaTeX"]
    payloads = [*PAYLOADS.values()][half::2]
    for number, payload in enumerate(payloads):
        name = payload[:200]
        conversation_id = store_conversation(
            tally.data_dir,
            payload,
            [(payload, payload)],
            conversation_id=f"payload-{half}-{number}",
            model=name,
            reasoning=payload,
            remarks=(payload, f"x\n\n{payload}"),
            error=f"Refused.\n\n{payload}",
            entry=changed(
                ENTRY, model=payload[:200], resolved_model=payload[:200], service_tier=payload[:200]
            ),
        )
        chat = ChatPage(page, tally).open(conversation_id)
        expect(chat.replies.first).to_be_attached()
        for folded in chat.chat.locator(".thought-group .title, .receipt > summary").all():
            folded.click()
        expect(chat.chat.locator(".receipt tr", has_text="Exact cost")).to_be_visible()
        expect_drawn(page)
        assert_harmless(page)


@pytest.mark.usefixtures("asked")
def test_replies_side_by_side_are_only_read(pages: Pages, page: Page, tally: AppProcess) -> None:
    pages.expected += ["Parse error", "Lexical error", "Syntax error", "KaTeX"]
    payloads = [*PAYLOADS.values()]
    for first in range(0, len(payloads), 4):
        replies = {
            f"{payload[:80]} {number}": payload for number, payload in enumerate(payloads[first : first + 4])
        }
        title = f"Side by side {first}"
        conversation_id = store_comparison(tally.data_dir, title, replies, reasoning=DIV)
        chat = ChatPage(page, tally).open(conversation_id)
        expect(page.locator("#compare .compared").filter(visible=True)).to_have_count(len(replies))
        expect(chat.chat.get_by_text(title)).to_be_visible()
        expect_drawn(page)
        assert_harmless(page)


def test_what_got_in_all_the_same_would_cover_and_ask_for_nothing(
    pages: Pages, page: Page, tally: AppProcess, endpoint: ScriptedServer
) -> None:
    pages.expected += ["Content Security Policy"]
    conversation_id = store_conversation(tally.data_dir, "Got in", [("Hello", "Hi")])
    ChatPage(page, tally).open(conversation_id)
    addresses = ["/logout?FORGED", endpoint.url + "/FORGED"]
    assert page.evaluate(GET_IN, addresses) == ["img-src", "img-src"]
    assert [request.path for request in endpoint.requests if "FORGED" in request.path] == []
    assert page.evaluate(COVERED) == []


def test_names_in_the_usage_tab_are_only_read(page: Page, app_process: StartApp, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    now = datetime.now(UTC)
    ledger = CsvLedger(data_dir / "usage.csv")
    for number, payload in enumerate(PAYLOADS.values()):
        name, conversation_id = payload[:200], f"payload-{number}"
        call = changed(ENTRY, call_id=conversation_id, conversation_id=conversation_id, started_at=now)
        ledger.append(changed(call, user=name, model=name, resolved_model=name, endpoint=name, cost_usd=None))
        store_conversation(data_dir, payload, [("Hello", "Hi")], conversation_id=conversation_id)
    usage = UsagePage(page, app_process(data_dir=data_dir)).open()
    for grouping in ("Model", "Chat", "Person", "Endpoint"):
        usage.choose("usage-by", grouping)
        expect(usage.heading(grouping)).to_be_visible()
        expect(usage.rows()).to_have_count(len(PAYLOADS))
        assert page.evaluate(THROUGH) == []


def test_pictures_in_the_text_itself_are_shown_and_good_links_lead_somewhere(
    page: Page, tally: AppProcess
) -> None:
    conversation_id = store_conversation(
        tally.data_dir, "Good", [("Show me", f"{OWN_PICTURE}\n\n{GOOD_LINKS}")]
    )
    chat = ChatPage(page, tally).open(conversation_id)
    picture = chat.replies.first.get_by_role("img")
    expect(picture).to_have_js_property("naturalWidth", 1)
    links: list[Any] = chat.replies.first.locator("a").evaluate_all("links => links.map((link) => link.href)")
    assert links == [
        "https://a.example/x",
        "http://b.example/",
        "mailto:c@c.example",
        "http://www.d.example/",
    ]


def test_code_is_shown_and_selected_without_what_disarms_it(page: Page, tally: AppProcess) -> None:
    code = '<div class="a">\n  <!-- b -->\n  <style>c {}</style>\n</div>'
    reply = f'```html\n{code}\n```\n\nAnd `<a href="x">`.'
    conversation_id = store_conversation(tally.data_dir, "Disarmed", [("Show me", reply)])
    chat = ChatPage(page, tally).open(conversation_id)
    block = chat.replies.first.locator("pre code")
    expect(block).to_contain_text("</div>")
    assert block.evaluate("code => code.textContent").rstrip("\n") == code
    assert chat.replies.first.locator("p code").evaluate("code => code.textContent") == '<a href="x">'


COVER = 'style="--FORGED:1;position:fixed;inset:0;z-index:99999;background:red" id="FORGED" class="FORGED"'
DIV = f"<div {COVER}>A false page</div>"
SHEET = "<style>body{--FORGED:1;display:none}</style>"
STYLED = "* { --FORGED: 1 }"
PAYLOADS = {
    "tags for layout": f"<kbd {COVER}>A false page</kbd> <sub {COVER}>x</sub> <details open {COVER}>"
    f"<summary {COVER}>S</summary>body</details>",
    "tags in other spellings": f"<KBD {COVER}>x</KBD> <kbd\n{COVER}>y</kbd> <kbd/{COVER}>z</kbd> "
    f"<kbd {COVER}",
    "other tags": f"{DIV}\n\n<p {COVER}>p</p> <span {COVER}>s</span> <table {COVER}><tr><td>t</td></tr>"
    "</table>",
    "a sheet of styles": f"{SHEET}\n\n{SHEET} <svg><style>*{{--FORGED:1}}</style></svg>",
    "backticks across paragraphs": f"a ` b\n\n{DIV} ` c",
    "backticks in an address": f"[a](x`) {DIV} `",
    "backticks in a title": f"[a]: /x '\n```\n{DIV}\n```\n'\n\n[a] ` {DIV}",
    "a fence inside of tags": f"<details>\n```\n{DIV}\n```\n</details>\n\n<br>\n```\n{DIV}\n```",
    "a fence inside of a formula": f"\\[ \n```\n\\]\n\n{DIV}\n\n```\n$$\n```\n$$\n{DIV}",
    "a fence in a list": f"- x\n\n  ```\n  code\n```\n{DIV}\n  ```\n{DIV}",
    "a fence in a quotation": f"> ```\n{DIV}\n> ```\n{DIV}\n```\n{SHEET}",
    "a fence in an indented block": f"    ```\n\n{DIV}\n\n    ```",
    "a longer fence": f"````\n```\n{DIV}\n````\n{DIV}\n```\n~~~\n{DIV}",
    "a comment": f"<!-- `{DIV}` --> <!-- ` --> {DIV} `",
    "pictures": "![x](/logout?FORGED) ![y][1] ![](//127.0.0.1:9/FORGED) [![z](/FORGED)](/FORGED)\n\n"
    "[1]: /FORGED",
    "pictures as tags": "<img src=/FORGED> <kbd><img src='/FORGED' srcset='/FORGED 2x'></kbd> "
    "<video poster=/FORGED>",
    "links": "[a](/FORGED) [b](file:///FORGED) ftp://FORGED.example/x [c](tel:1) [d](?FORGED) [e](#FORGED) "
    "[f](javascript:FORGED) [g](data:text/html,FORGED) [h][1] <ftp://FORGED.example/y> "
    "<a href=/FORGED>i</a>\n\n[1]: vbscript:FORGED",
    "formulas": r"\(\rule{2000em}{2000em} \href{/FORGED}{x} \htmlStyle{--FORGED:1}{y} \htmlClass{FORGED}{z} "
    r"\includegraphics{/FORGED} \htmlId{FORGED}{w}\) $<kbd class=FORGED>$",
    "a diagram": '```mermaid\ngraph TD\n  A["<img src=/FORGED>hi"] --> '
    "B[\"&lt;div style='--FORGED:1'&gt;x&lt;/div&gt;\"]\n"
    '  A --> C["#lt;img src=/FORGED#gt;"]\n'
    '  A --> D["&#60;img src=/FORGED&#62; &amp;lt;b class=FORGED&amp;gt;"]\n'
    '  click A "/FORGED"\n  click B "javascript:FORGED"\n```\n',
    "a diagram with settings": f'```mermaid\n%%{{init: {{"themeCSS": "{STYLED}"}}}}%%\n'
    "graph TD\n  A --> B\n```\n",
    "a diagram with settings before it": f'```mermaid\n---\nconfig:\n  themeCSS: "{STYLED}"\n---\n'
    "graph TD\n  A --> B\n```\n",
    "a diagram whose end a formula hides": '```mermaid\ngraph TD\n  A["$$\n```\nx $$"] --> '
    f'B["&lt;img src=/FORGED&gt;"]\n%%{{init: {{"themeCSS": "{STYLED}"}}}}%%\n```\n',
    "a diagram with odd line ends": f'> ```mermaid\ufeff\r> %%{{init: {{"themeCSS": "{STYLED}"}}}}%%\r'
    '> graph TD\r>   A["&lt;img src=/FORGED&gt;"] --> B\r> `````\r',
    "a diagram in a quotation": f'> ```mermaid\n> ---\n> config:\n>   themeCSS: "{STYLED}"\n> ---\n'
    "> graph TD\n>   A --> B\n> ```\n",
}
