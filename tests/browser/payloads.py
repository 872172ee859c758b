"""Replies that try to act on the page that shows them.

Each carries the mark FORGED in what it would have the browser do, so that one look finds it wherever it
got through.
"""

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
