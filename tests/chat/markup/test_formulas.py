"""Formulas are found, and money is not one."""

import re

import pytest

from chat.markup import shown_reply

MARKS = {"\ue000": "\\(", "\ue001": "\\)", "\ue002": "\\[", "\ue003": "\\]"}


def formulas(text: str) -> list[str]:
    """Return the formulas that the page draws, each between marks that say how."""
    html = shown_reply(text)
    found = re.findall("[\ue000\ue002].*?[\ue001\ue003]", html)
    return [formula.translate(str.maketrans(MARKS)).replace("&#10;", "\n") for formula in found]


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "Between $10,000 and $20,000 (about 9k). It is $5/month or $50/year.",
        "The $2k cohort and the $25-50k tier. $7 front end, $10k whales, $50k+, $5-10k.",
        "Costs $5 (5$ abroad) and $20 (US$) or A$30, R$ 5 and NT$5.",
        "The kale costs **$1.50** a bunch; she makes $1.50.",
        "From $5 to 10$ and 15$, or $5 up to 9$.",
        "1. Price: $$ – seafood.\n2. Price: $$ – market.\n3. Price: $$$$ – fine.",
        "One is $$ – cheap, the other $$ – dear, a third $$$ – too dear.",
        "$$ – moderate\n\nAnd the other is $$",
        "$$ – moderate\nand the other is $$",
        "$HOME/$USER and $PATH:$HOME",
        "$5/PR, then $/PR and $/h (US$/PR), 3$/PR or 4$/PR",
        r"\$5 is no $a formula",
        "| a | b |\n|---|---|\n| $5 | $6 |",
        "`$x$` and ```$y$```",
        "$ x $",
        "$x\ny$",
        r"\\(x\\)",
        r"\(x",
        "$$",
        r"\[\]",
    ],
)
def test_this_is_text(text: str) -> None:
    assert formulas(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$x^2 + y^2 = z^2$ and $E=mc^2$.", [r"\(x^2 + y^2 = z^2\)", r"\(E=mc^2\)"]),
        ("It costs $5, and $x$ is $5$.", [r"\(x\)", r"\(5\)"]),
        ("$n$, $2n + 1$, $f(x)$", [r"\(n\)", r"\(2n + 1\)", r"\(f(x)\)"]),
        ("$[0,1)$, $ab$", [r"\([0,1)\)", r"\(ab\)"]),
        (r"$O(n log n)$ or $\alpha$", [r"\(O(n log n)\)", r"\(\alpha\)"]),
        (r"$5 \text{ apples}$", [r"\(5 \text{ apples}\)"]),
        ("$a<b$ and $c_1 & d$", [r"\(a&lt;b\)", r"\(c_1 &amp; d\)"]),
        (r"\(x\) and \[y\] and $$z$$", [r"\(x\)", r"\[y\]", r"\[z\]"]),
        ("so $$ E = mc^2 $$ holds", [r"\[E = mc^2\]"]),
        ("$$\nx\n= y\n- z\n$$", ["\\[x\n= y\n- z\\]"]),
        ("\\[\n  x \\\\\n  y\n\\]", ["\\[x \\\\\n  y\\]"]),
        ("- a\n\n  $$\n  x\n  $$\n\n> $$y$$", [r"\[x\]", r"\[y\]"]),
        ("Text\n$$x$$\nmore", [r"\[x\]"]),
        ("| a |\n|---|\n| $x_1$ |", [r"\(x_1\)"]),
        (r"$\$5 x$", [r"\(\$5 x\)"]),
        ("[link $x^2$](https://a.example)", [r"\(x^2\)"]),
        ("这是$x^2$公式", []),
    ],
)
def test_this_is_a_formula(text: str, found: list[str]) -> None:
    assert formulas(text) == found
