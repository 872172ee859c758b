"""What is shown of a text: nothing in it becomes a tag with attributes, and all of it is read once."""

import re
import sys
from collections.abc import Callable
from functools import partial
from random import Random
from types import FrameType
from typing import Any

import pytest

from chat.ui.messages import markup
from chat.ui.messages.markup import WORD_JOINER as WJ
from chat.ui.messages.markup import shown_reply, without_empty_start

Build = Callable[[int], str]

# Each makes a text of about this many characters that a careless search would go through again and again.
HARD: dict[str, Build] = {
    "one long run of backticks": lambda size: "x" + "`" * size,
    "backticks and letters": lambda size: "x" + "`a" * (size // 2),
    "runs of backticks, each longer": lambda size: "".join(
        "`" * length + "x" for length in range(1, int((2 * size) ** 0.5))
    ),
    "runs of backticks, each shorter": lambda size: "".join(
        "`" * length + "x" for length in range(int((2 * size) ** 0.5), 0, -1)
    ),
    "many fences": lambda size: "```\n" * (size // 4),
    "fences within fences": lambda size: "````\n" + "```\n" * (size // 4),
    "a fence that nothing closes": lambda size: "~~~~\n" + "~~~ \n" * (size // 5),
    "tildes and backticks": lambda size: "~~~\n```\n" * (size // 8),
    "dollars": lambda size: "$a" * (size // 2),
    "escaped dollars": lambda size: "$" + r"\$" * (size // 2),
    "dollars that open nothing": lambda size: "$a " * (size // 3),
    "lines of dollars": lambda size: "$a\n" * (size // 3),
    "opening parentheses of formulas": lambda size: r"\(" * (size // 2),
    "backslashes": lambda size: "$" + "\\" * size,
    "tags that do not end": lambda size: "<kbd " * (size // 5),
    "tags in code that do not end": lambda size: "`" + "<kbd" * (size // 4) + "`",
    "pictures that do not end": lambda size: "![" * (size // 2),
    "a picture with a long name": lambda size: "![" + "a" * size,
    "diagrams that do not end": lambda size: "```mermaid\n" * (size // 11),
    "a diagram of backticks": lambda size: "```mermaid\n" + "`` " * (size // 3),
    "a diagram of rules": lambda size: "```mermaid\n" + "---\n" * (size // 4),
    "blank lines": lambda size: "\n" * size + "x",
    "spaces": lambda size: " " * size + "`",
    "lines of spaces": lambda size: "   \n" * (size // 4) + "x",
}


def steps(act: Callable[[], Any]) -> int:
    """How many instructions of `chat.ui.messages.markup` run in this."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename != markup.__file__:
            return None
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("build", HARD.values(), ids=HARD)
def test_twice_the_text_takes_twice_the_steps(build: Build) -> None:
    once, twice = (steps(partial(shown_reply, build(size))) for size in (4_000, 8_000))
    assert twice < 2.2 * once + 200


SHOWN_REPLIES = [
    ("It costs $5 and $10, and $x^2$ is a formula.", r"It costs $5 and $10, and \(x^2\) is a formula."),
    ("$a<b$ and $c < d$", r"\(a< b\) and \(c < d\)"),
    (r"\$5 is no $a formula", r"\$5 is no $a formula"),
    ("A vector<int> and a<b", f"A vector<{WJ}int> and a<{WJ}b"),
    ("5 < 6 <- x <= y", "5 < 6 <- x <= y"),
    ("<!-- a --> <?php <!DOCTYPE html>", f"<{WJ}!-- a --> <{WJ}?php <{WJ}!DOCTYPE html>"),
    ("H<sub>2</sub>O<br>x<br/>y<br />z", "H<sub>2</sub>O<br>x<br/>y<br />z"),
    ('<kbd style="position:fixed" id=a class=b>Ctrl</kbd>', "<kbd>Ctrl</kbd>"),
    ("<kbd\nstyle='inset:0'>x", "<kbd>x"),
    ("<kbd/style=inset:0>x", "<kbd>x"),
    ('<details open class="x"><summary id="y">z</summary>', "<details open><summary>z</summary>"),
    ("<details ontoggle=open()>", "<details>"),
    ('<kbd title="a>b">x', '<kbd>b">x'),
    ("<kbd style=", f"<{WJ}kbd style="),
    ("<kbd-x style=y> <sub:x style=y>", f"<{WJ}kbd-x style=y> <{WJ}sub:x style=y>"),
    ("<KBD style=y>", f"<{WJ}KBD style=y>"),
    ("![a](/logout) ![b][1] ![](x)", f"!{WJ}[a](/logout) !{WJ}[b][1] !{WJ}[](x)"),
    ("![a](data:image/png;base64,AA)", "![a](data:image/png;base64,AA)"),
    ("![a](blob:http://x/1)", "![a](blob:http://x/1)"),
    ("![a](data:text/html,x)", f"!{WJ}[a](data:text/html,x)"),
    ("![![a](data:image/png,A)](/logout)", f"!{WJ}[![a](data:image/png,A)](/logout)"),
    # Code: what could have attributes is disarmed, all else is left.
    ("`<b>` and `vector<int>`", "`<b>` and `vector<int>`"),
    ("```cpp\n$A$ vector<int> </div>\n```\n$x$", "```cpp\n$A$ vector<int> </div>\n```\n" + r"\(x\)"),
    ('`<div class="a">`', f'`<{WJ}div class="a">`'),
    ("`<style>` </style >", f"`<{WJ}style>` <{WJ}/style >"),
    ("~~~\n<a\tb>\n~~~", f"~~~\n<{WJ}a\tb>\n~~~"),
    ("``a ` $x$ `` $y$", r"``a ` $x$ `` \(y\)"),
    ("x ```a`` $x$", r"x ```a`` \(x\)"),
    ("` $x$", r"` \(x\)"),
    ("````\n```\n$x$\n````\n$y$", "````\n```\n$x$\n````\n" + r"\(y\)"),
    ("```\n$x$", "```\n$x$"),
    # Diagrams: their text may name pictures, styles, and tags in other spellings.
    ("```mermaid\nA[x<br/>y] --> B\n```\n", "```mermaid\nA[x<br/>y] --> B\n```\n"),
    (
        "```mermaid\nA[<img src=x>&lt;b&gt;]\n%%{init: 1}%%\nstyle A fill:url(x),color:#f0f\n```\n",
        f"```mermaid\nA[<{WJ}img src=x>&{WJ}lt;b&gt;]\n%%{WJ}{{init: 1}}%%\n"
        f"style A fill:url{WJ}(x),color:#f0f\n```\n",
    ),
    ("```mermaid\n---\ntitle: A b\n---\nA\n```", "```mermaid\n---\ntitle: A b\n---\nA\n```"),
    ("```mermaid\n---\nconfig: {}\n---\nA\n```", "```mermaid\nA\n```"),
    (
        "```mermaid\n---\ntitle: x\n---\n---\nconfig: {}\n---\nA\n```",
        f"```mermaid\n-{WJ}--\nconfig: {{}}\n---\nA\n```",
    ),
    ("> ```mermaid\n> ---\n> config: {}\n> ---\n> A\n> ```", "> ```mermaid\n> A\n> ```"),
    ("```mermaid\ufeff\r%%{init: 1}%%\r```\r", f"```mermaid\ufeff\n%%{WJ}{{init: 1}}%%\n```\n"),
    (
        "```mermaid\nA[$$\n```\n$$] \\(\n&lt;\n```\n",
        f"```mermaid\nA[${WJ}$\n```\n$$] \\(\n&lt;\n```\n",
    ),
    ("````\n```mermaid\n%%{init: 1}%%\n```\n````", f"````\n```{WJ}mermaid\n%%{{init: 1}}%%\n```\n````"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN_REPLIES)
def test_a_reply_shows_what_was_written(text: str, shown: str) -> None:
    assert shown_reply(text) == shown


def test_no_tag_with_attributes_is_left_wherever_the_browser_may_see_code() -> None:
    parts = [
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        "    ",
        "$",
        "\\(",
        "\\)",
        "[",
        "](",
        ")",
        "> ",
        "- ",
        "x",
    ]
    tags = ['<div style="position:fixed">', "<kbd class=a>", "<details>\n", "<style>", "</style >", "<a/b>"]
    armed = re.compile(r"<(?:style\b|/?[a-z][^\s/<>]*[\s/]+[^\s/<>])", re.IGNORECASE)
    random = Random(11)  # noqa: S311 - the same texts each time
    for _ in range(20_000):
        text = "".join(random.choice(parts + tags) for _ in range(random.randrange(1, 12)))
        shown = shown_reply(text)
        assert not armed.search(shown.replace("<details open>", "")), text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\n \n\t\n    code\n", "    code\n"),
        ("a\n\nb", "a\n\nb"),
        ("", ""),
        (" \n\n", ""),
        ("\n" * 100_000 + "x", "x"),
    ],
)
def test_the_empty_lines_before_a_text_are_left_out(text: str, shown: str) -> None:
    assert without_empty_start(text) == shown
