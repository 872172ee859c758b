"""Which of Gradio's own files a page loads, read from Gradio's build.

A browser learns of them step by step: the page names the first script, that one the frame of the page, and
the frame, once it runs, those of each type of component. Knowing them all in advance saves those steps.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

_FIRST = re.compile(
    r'<(?:script type="module"|link rel="stylesheet") crossorigin (?:src|href)="\./assets/([^"]+)"'
)
_LATER = re.compile(r"import\(`\./([^`]+)`\)[^`]*?,__vite__mapDeps\(\[([\d,]+)\]\)")
_NUMBERED = re.compile(r'm\.f=(\["[^\]]*"\])')  # the files that the numbers in _LATER stand for
_TYPE = re.compile(r"[{,](\w+):\{(?:[^{}]*,)?component:([^{}]*)\}")
_CORE, _SIGN_IN = "core-", "Login-"  # has the types; is for apps that have Gradio's own sign-in

_Part: TypeAlias = tuple[str, list[str]]  # a script, and all that comes with it, itself first


def files_loaded(html: str, types: Iterable[str], assets: Path) -> list[str]:
    """Return the names of the scripts and style sheets, in the order in which a browser would load them.

    `html` is Gradio's page, `types` are those of its components, and `assets` is the folder with its files.
    What another build of Gradio does not have in these places is left out.
    """

    def text(name: str) -> str:
        return (assets / name).read_text("utf-8") if (assets / name).is_file() else ""

    first = _FIRST.findall(html)
    frame = [part for name in first for part in _loaded_by(text(name))]
    core = "".join(text(name) for name, _ in frame if name.startswith(_CORE))
    within = [
        (inner, files)
        for name, _ in frame
        if not name.startswith(_CORE)
        for inner, files in _loaded_by(text(name))
        if not inner.startswith(_SIGN_IN)
    ]
    by_type, numbered = dict(_TYPE.findall(core)), _numbered(core)
    drawn = [part for each in types for part in _loaded_by(by_type.get(each, ""), numbered)]
    loaded = dict.fromkeys([*first, *(name for _, files in (*frame, *within, *drawn) for name in files)])
    return [name for name in loaded if (assets / name).is_file()]


def _loaded_by(script: str, numbered: Sequence[str] = ()) -> list[_Part]:
    """Return what a script, or a part of one in which files are `numbered`, loads once it needs it."""
    known = dict(enumerate(numbered or _numbered(script)))
    return [
        (name, [known[number] for number in map(int, numbers.split(",")) if number in known])
        for name, numbers in _LATER.findall(script)
    ]


def _numbered(script: str) -> list[str]:
    found = _NUMBERED.search(script)
    return [name.removeprefix("./") for name in json.loads(found[1])] if found else []
