"""What is shown of a text: all of it, nothing that acts, and a growing reply as the whole one."""

import re
import sys
from collections.abc import Callable
from functools import partial
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from random import Random
from types import FrameType
from typing import Any

import pytest

from chat.markup import GrowingReplies, shown_reply
from chat.markup.replies import GrowingReply

Build = Callable[[int], str]

REPLIES = [
    ("A vector<int> and a<b", '<p dir="auto">A vector&lt;int&gt; and a&lt;b</p>'),
    ("one\ntwo  \nthree\r\nfour", '<p dir="auto">one<br>two<br>three<br>four</p>'),
    (
        "```x = vector<int>()``` is code.\n\n<config>",
        '<p dir="auto"><code>x = vector&lt;int&gt;()</code> is code.</p>\n\n<p dir="auto">&lt;config&gt;</p>',
    ),
    (
        "<answer>\n**42**\n</answer>",
        '<p dir="auto">&lt;answer&gt;<br><strong>42</strong><br>&lt;/answer&gt;</p>',
    ),
    # Tags for layout work, without their attributes.
    ("H<sub>2</sub>O<br>x<br/>y<BR />z", '<p dir="auto">H<sub>2</sub>O<br>x<br>y<br>z</p>'),
    ('<kbd style="inset:0" class=b>Ctrl</kbd>', '<p dir="auto"><kbd>Ctrl</kbd></p>'),
    ("<kbd-x> <kbd style=", '<p dir="auto">&lt;kbd-x&gt; &lt;kbd style=</p>'),
    (
        'Text\n<details open class="x"><summary id="y">A *b*</summary>\n\n- c\n\n</details>',
        '<p dir="auto">Text</p>\n\n<details open><summary>A <em>b</em></summary>\n\n'
        '<ul dir="auto"><li>c</li></ul>\n\n</details>',
    ),
    # Code is shown and copied as it was written, wherever it stands.
    ("```\n\ta\n\n $A$ \\(b\\) <c> &amp;\n```", None),
    ("    $A$\n\n    b", None),
    ("- x\n\n    ~~~bash\n    $a$ <d>\n    ~~~", None),
    ("`$A$ <b> &lt; \\(c\\)`", '<p dir="auto"><code>$A$ &lt;b&gt; &amp;lt; \\(c\\)</code></p>'),
    # Bold beside scripts without blanks between words.
    ("这是**粗体。**文字", '<p dir="auto">这是<strong>粗体。</strong>文字</p>'),
    ("含**「重点」**内容", '<p dir="auto">含<strong>「重点」</strong>内容</p>'),
    ("이것은 **강조(테스트)**입니다", '<p dir="auto">이것은 <strong>강조(테스트)</strong>입니다</p>'),
    ("a ** b ** c, 2 * 3 * 4, snake_case_name", '<p dir="auto">a ** b ** c, 2 * 3 * 4, snake_case_name</p>'),
    # As written.
    ("~5 to ~10, ~~gone~~, H~2~O", '<p dir="auto">~5 to ~10, <s>gone</s>, H~2~O</p>'),
    (
        "- [ ] todo\n- [x] done\n- [y] no",
        '<ul dir="auto"><li><span class="task" role="img" title="To do">☐</span> todo</li>'
        '<li><span class="task" role="img" title="Done">☑</span> done</li><li>[y] no</li></ul>',
    ),
    (
        "| a | b | c |\n|---|:-:|--:|\n| 1 | 2 | 3 |",
        '<div class="table"><table dir="auto"><thead><tr><th>a</th><th class="center">b</th>'
        '<th class="right">c</th></tr></thead><tbody><tr><td>1</td><td class="center">2</td>'
        '<td class="right">3</td></tr></tbody></table></div>',
    ),
    ("7. a\n8. b", '<ol dir="auto" start="7"><li>a</li><li>b</li></ol>'),
    ("- a\n\n  b\n  > c", '<ul dir="auto"><li><p>a</p><p>b</p><blockquote><p>c</p></blockquote></li></ul>'),
    # Links lead to the web or to mail, and nothing is loaded.
    (
        "<https://a.example/b> <me@a.example>",
        '<p dir="auto"><a href="https://a.example/b">https://a.example/b</a> '
        '<a href="mailto:me@a.example">me@a.example</a></p>',
    ),
    (
        "See https://a.example/x_y_z(1). (www.b.example)，https://c.example，然后",
        '<p dir="auto">See <a href="https://a.example/x_y_z(1)">https://a.example/x_y_z(1)</a>. '
        '(<a href="http://www.b.example">www.b.example</a>)，<a href="https://c.example">https://c.example</a>'
        "，然后</p>",
    ),
    (
        '[https://a.example](https://b.example "t")',
        '<p dir="auto"><a href="https://b.example" title="t">https://a.example</a></p>',
    ),
    ("[a](/logout) [b](javascript:x) [c](//d.example)", '<p dir="auto"><a>a</a> <a>b</a> <a>c</a></p>'),
    (
        "![a](/logout) ![](https://b.example/c.png)",
        '<p dir="auto"><a>a</a> <a href="https://b.example/c.png">https://b.example/c.png</a></p>',
    ),
    ("![a](data:image/png;base64,AA)", '<p dir="auto"><img src="data:image/png;base64,AA" alt="a"></p>'),
    ("[a][1]\n\n[1]: https://a.example", '<p dir="auto"><a href="https://a.example">a</a></p>'),
    # What the page's own program would take for its marks.
    ("%%%LATEX_BLOCK_0", '<p dir="auto">&#37;&#37;&#37;LATEX_BLOCK_0</p>'),
    ("\ue000x\ue001", '<p dir="auto">\ufffdx\ufffd</p>'),
]


@pytest.mark.parametrize(("text", "html"), [each for each in REPLIES if each[1]])
def test_a_reply_shows_what_was_written(text: str, html: str) -> None:
    assert shown_reply(text) == html


@pytest.mark.parametrize(
    ("text", "code", "language"),
    [
        ("```\n\ta\n\n $A$ \\(b\\) <c> &amp;\n```", "\ta\n\n $A$ \\(b\\) <c> &amp;\n", ""),
        (
            "```python title=x\n\tif a < b:  \n\n\n# end &lt;\n```",
            "\tif a < b:  \n\n\n# end &lt;\n",
            "python",
        ),
        ("    $A$\n\n    b", "$A$\n\nb\n", ""),
        ("- x\n\n    ~~~bash\n    echo $a$ <d> `e`\n    ~~~", "echo $a$ <d> `e`\n", "bash"),
        ("> ```\n> a\n>\n> \tb\n> ```", "a\n\n\tb\n", ""),
        ("````markdown\n```sh\n$x$\n```\n````", "```sh\n$x$\n```\n", "markdown"),
        ("```tsx\nconst a = <b>{1}</b>", "const a = <b>{1}</b>\n", "tsx"),
        ("```no-such-language\na\n```", "a\n", "no-such-language"),
        ("```mermaid\ngraph TD\n  A", "graph TD\n  A\n", "mermaid"),
        ("```console\n$ ls\nx\x0b\n```", "$ ls\nx\x0b\n", "console"),
    ],
)
def test_code_is_shown_byte_for_byte_with_its_language(text: str, code: str, language: str) -> None:
    html = shown_reply(text)
    block = re.search(r'<div class="language">(.*?)</div><pre[^>]*><code>(.*?)</code></pre>', html)
    assert block
    assert unescape(re.sub(r"<[^<>]*>", "", block[2])) == code
    assert unescape(block[1]) == language


@pytest.mark.parametrize(
    ("language", "code", "coloured"),
    [
        ("ts", "const a = 1", '<span class="keyword">const</span> a = <span class="number">1</span>&#10;'),
        ("Python", "f() # x", 'f() <span class="comment"># x</span>&#10;'),
        ("json", '["<"]', '[<span class="string">&quot;&lt;&quot;</span>]&#10;'),
    ],
)
def test_code_has_colours(language: str, code: str, coloured: str) -> None:
    assert f"<code>{coloured}</code>" in shown_reply(f"```{language}\n{code}\n```")


@pytest.mark.parametrize("nested", [">" * 200 + " x", "- " * 200 + "x", "[" * 200 + "x", "*a " * 200 + "x"])
def test_nothing_is_left_out_however_deep_it_is(nested: str) -> None:
    text = unescape(re.sub("<[^>]*>", "", shown_reply(nested)))
    assert "x" in text


@pytest.mark.parametrize(("lines", "kind"), [(40, "code"), (41, "code long")])
def test_long_code_says_so(lines: int, kind: str) -> None:
    assert f'<div class="{kind}">' in shown_reply("```\n" + "a\n" * lines + "```")


WJ = "\u2060"


@pytest.mark.parametrize(
    ("text", "drawing"),
    [
        ("A[x<br/>y] --> B\n", "A[x<br/>y] --> B\n"),
        ("class A {\n  <<interface>>\n}\n", "class A {\n  <<interface>>\n}\n"),
        (
            "A[<img src=x>&lt;b&gt;]\n%%{init: 1}%%\nstyle A fill:url(x),color:#f0f\n",
            f"A[<{WJ}img src=x>&{WJ}lt;b&gt;]\n%%{WJ}{{init: 1}}%%\nstyle A fill:url{WJ}(x),color:#f0f\n",
        ),
        ("---\ntitle: A b\n---\nA\n", "---\ntitle: A b\n---\nA\n"),
        ("---\nconfig: {}\n---\nA\n", "A\n"),
        ("---\ntitle: x\n---\n---\nconfig: {}\n---\nA\n", f"-{WJ}--\nconfig: {{}}\n---\nA\n"),
        ("A[$$\n\n$$] \\(\n", "A[$$\n\n$$] \\(\n"),
    ],
)
@pytest.mark.parametrize(("before", "each"), [("", ""), ("> ", "> "), ("- ", "  ")])
def test_a_diagram_is_only_a_drawing(text: str, drawing: str, before: str, each: str) -> None:
    lines = "".join(each + line + "\n" for line in [*text.split("\n")[:-1], "```"])
    html = shown_reply(f"{before}```mermaid\n{lines}")
    found = re.search(r'<div class="mermaid">(.*?)</div>', html)
    assert found
    assert unescape(found[1]) == drawing


LONG_REPLY = (
    "# Title\n\nSome *text* with $x^2$ and\n[a link][1].\n\n- one\n\n  - two\n\n    ```python\n    def f():\n"
    "        return '<b>'\n    ```\n\n1. three\n\n| a | b |\n|---|--:|\n| `1` | 2 |\n\n$$\na\n= b\n$$\n\n"
    "<details><summary>More</summary>\n\nInside\n\n</details>\n\n> quote\n\n```ts\n"
    + "const a = 1; // one\n" * 60
    + "```\n\nThe end.\r\nReally.\n\n[1]: https://a.example\n"
)


def closed(html: str) -> str:
    """Return HTML with an end for each tag that it opens and does not close."""
    still_open: list[str] = []
    for slash, name in re.findall(r"<(/?)(\w+)", html):
        if slash:
            assert still_open.pop() == name
        elif name not in ("br", "hr", "img"):
            still_open.append(name)
    return html + "".join(f"</{name}>" for name in reversed(still_open))


def uncoloured(html: str) -> str:
    """Return HTML without what its code may get a little later: its colours, and the end of its last line."""
    return re.sub(r"</?span[^>]*>", "", html).replace("&#10;</code>", "</code>").rstrip()


def test_a_growing_reply_looks_like_the_whole_one() -> None:
    text = LONG_REPLY.replace("[a link][1]", "a link")
    growing = GrowingReply()
    for end in range(0, len(text), 7):
        html = growing.html(text[:end])
        if not text[:end].endswith("\r"):
            assert uncoloured(closed(html)) == uncoloured(closed(shown_reply(text[:end]))), end
    assert closed(growing.html(text)).rstrip() == closed(shown_reply(text))


def test_a_growing_reply_mostly_gets_longer() -> None:
    growing = GrowingReply()
    shown = [growing.html(LONG_REPLY[:end]) for end in range(0, len(LONG_REPLY), 7)]
    changed = [new for old, new in pairwise(shown) if not new.startswith(old)]
    assert len(changed) < len(shown) / 4


def test_a_diagram_is_drawn_once_when_nothing_can_change_it() -> None:
    growing, text = GrowingReply(), "```mermaid\ngraph TD\n```\n"
    assert "mermaid</div><pre" in growing.html(text)
    assert '<div class="mermaid">' in growing.html(f"{text}\nM")
    assert '<div class="mermaid">' in shown_reply(text)


def test_an_address_further_up_serves_what_grows() -> None:
    growing = GrowingReply()
    growing.html("[1]: https://a.example\n\nText\n\nMo")
    assert growing.html("[1]: https://a.example\n\nText\n\nMore [a][1]").endswith(
        '<a href="https://a.example">a'
    )


def test_replies_grow_side_by_side() -> None:
    growing = GrowingReplies()
    assert growing.html("one", "A\n\nB") == '<p dir="auto">A</p>\n\n<p dir="auto">B'
    assert growing.html("two", "C") == '<p dir="auto">C'
    assert growing.html("two", "Else") == '<p dir="auto">Else'
    assert growing.html("one", "A\n\nBD") == '<p dir="auto">A</p>\n\n<p dir="auto">BD'


# Each makes a text of about this many characters that a careless search would go through again and again.
HARD: dict[str, Build] = {
    "one long run of backticks": lambda size: "x" + "`" * size,
    "backticks and letters": lambda size: "x" + "`a" * (size // 2),
    "runs of backticks, each longer": lambda size: "".join(
        "`" * length + "x" for length in range(1, int((2 * size) ** 0.5))
    ),
    "many fences": lambda size: "```\n" * (size // 4),
    "fences within fences": lambda size: "````\n" + "```\n" * (size // 4),
    "a fence that nothing closes": lambda size: "~~~~\n" + "~~~ \n" * (size // 5),
    "dollars": lambda size: "$a" * (size // 2),
    "escaped dollars": lambda size: "$" + r"\$" * (size // 2),
    "dollars that open nothing": lambda size: "$a " * (size // 3),
    "lines of dollars": lambda size: "$a\n" * (size // 3),
    "lines of two dollars": lambda size: "$$a\n" * (size // 4),
    "opening parentheses of formulas": lambda size: r"\(" * (size // 2),
    "opening brackets of formulas": lambda size: "\\[\n" * (size // 3),
    "backslashes": lambda size: "$" + "\\" * size,
    "tags that do not end": lambda size: "<kbd " * (size // 5),
    "folds that do not end": lambda size: "<details>\n" * (size // 10),
    "pictures that do not end": lambda size: "![" * (size // 2),
    "asterisks": lambda size: "*a **b " * (size // 7),
    "addresses": lambda size: "http://" * (size // 7),
    "an address with brackets": lambda size: "http://a" + ")" * size,
    "diagrams that do not end": lambda size: "```mermaid\n" * (size // 11),
    "a diagram of rules": lambda size: "```mermaid\n" + "---\n" * (size // 4),
    "blank lines": lambda size: "\n" * size + "x",
    "spaces": lambda size: " " * size + "`",
    "quotations": lambda size: ">" * size + " x",
}


def calls(act: Callable[[], Any]) -> int:
    """How many functions are called in this, those of the interpreter too."""
    count = 0

    def note(_frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("build", HARD.values(), ids=HARD)
def test_twice_the_text_takes_twice_the_steps(build: Build) -> None:
    shown_reply.cache_clear()
    once, twice = (calls(partial(shown_reply, build(size))) for size in (2_000, 4_000))
    assert twice < 2.3 * once + 500


def test_a_growing_reply_is_not_read_again_from_its_start() -> None:
    text = "A paragraph with **some** words.\n\n" * 100
    growing = GrowingReply()
    growing.html(text)
    assert calls(partial(growing.html, text + "More")) < calls(partial(GrowingReply().html, text)) / 20


ALLOWED = {
    "a": "href title",
    "img": "src alt",
    "div": "class",
    "pre": "tabindex dir",
    "span": "class role title",
    "th": "class",
    "td": "class",
    "details": "open",
    "p": "dir class tabindex",
    "ol": "dir start",
    **dict.fromkeys(["ul", "blockquote", "table", "h1", "h2", "h3", "h4", "h5", "h6"], "dir"),
    **dict.fromkeys(
        [
            "li",
            "hr",
            "br",
            "em",
            "strong",
            "s",
            "code",
            "sub",
            "sup",
            "kbd",
            "summary",
            "thead",
            "tbody",
            "tr",
        ],
        "",
    ),
}
CLASSES = {
    *("code", "code long", "language", "table", "mermaid", "task", "right", "center", "formula"),
    *("comment", "keyword", "string", "number", "name"),
}


class Tags(HTMLParser):
    """Notes every tag and attribute that no reply may have."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        is_known = (
            tag in ALLOWED
            and set(names) <= set(ALLOWED[tag].split())
            and (names.get("class") or "code") in CLASSES
        )
        leads = re.match("https?://|mailto:", names.get("href") or "mailto:")
        shows = re.match("data:image/|blob:", names.get("src") or "blob:")
        if not (is_known and leads and shows):
            self.wrong.append((tag, attrs))

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)


def test_no_text_makes_a_tag_of_its_own() -> None:
    parts = [
        *(
            "`",
            "``",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "    ",
            "\t",
            "$",
            "$$",
            "\\(",
            "\\)",
            "[",
            "](",
            ")",
            "> ",
            "- ",
        ),
        *(
            "x",
            "![",
            "|",
            "|-|\n",
            "https://a",
            '"',
            "'",
            "```py\n",
            "```mermaid\n",
            "%%%",
            "\ue000",
            "**",
            "=",
        ),
        *(
            "[1]: ",
            "[x] ",
            '<div style="position:fixed">',
            "<kbd class=a>",
            "<details>\n",
            "<style>",
            "<a/b>",
        ),
        *(
            "</style >",
            "<br ",
            "<summary onclick=x>",
            "javascript:x",
            "<!-- ",
            "-->",
            "<?",
            "&lt;img src=x&gt;",
        ),
    ]
    random = Random(11)  # noqa: S311 - the same texts each time
    for _ in range(5_000):
        text = "".join(random.choice(parts) for _ in range(random.randrange(1, 14)))
        html = shown_reply(text)
        tags = Tags()
        tags.feed(html)
        tags.close()
        assert not tags.wrong, text
        assert all("\n" not in block for block in html.split("\n\n")), text
        assert all(block.startswith("<") for block in html.split("\n\n") if block), text
