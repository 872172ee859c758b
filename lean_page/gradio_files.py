"""Which of Gradio's own files a page loads, read from Gradio's build.

A browser learns of them step by step: the page names the first script, that one the frame of the page, and
the frame, once it runs, those of each type of component. Who knows them all before saves the steps.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_FIRST = re.compile(
    r'<(?:script type="module"|link rel="stylesheet") crossorigin (?:src|href)="\./assets/([^"]+)"'
)
_LATER = re.compile(r"import\(`\./([^`]+)`\)[^`]*?,__vite__mapDeps\(\[([\d,]+)\]\)")
_NUMBERED = re.compile(r'm\.f=(\["[^\]]*"\])')  # which file each number in _LATER stands for
_TYPE = re.compile(r"[{,](\w+):\{(?:[^{}]*,)?component:([^{}]*)\}")
_SIGN_IN = "Login-"  # for apps that have Gradio's own


def files_loaded(html: str, types: Iterable[str], assets: Path) -> list[str]:
    """Return the names of the scripts and style sheets, in the order in which a browser would load them.

    `html` is Gradio's page, `types` are those of its components, and `assets` is the folder with its files.
    What another build of Gradio does not have in these places is left out.
    """
    loaded = dict.fromkeys(_FIRST.findall(html))
    core = ""
    for script in [name for name in loaded if name.endswith(".js")]:
        for name, files in _later(_text(assets / script)):
            loaded |= dict.fromkeys(files)
            if name.startswith("core-"):
                core = _text(assets / name)
            else:
                frame = _later(_text(assets / name))
                loaded |= dict.fromkeys(
                    each for name, files in frame if not name.startswith(_SIGN_IN) for each in files
                )
    by_type = dict(_TYPE.findall(core))
    numbered = _numbered(core)
    for each in types:
        for _, files in _later(by_type.get(each, ""), numbered):
            loaded |= dict.fromkeys(files)
    return list(loaded)


def _later(script: str, numbered: list[str] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Give what a script loads once it needs it, and all files that come with that, itself among them."""
    known = _numbered(script) if numbered is None else numbered
    for name, numbers in _LATER.findall(script):
        yield name, [known[int(number)] for number in numbers.split(",")]


def _numbered(script: str) -> list[str]:
    found = _NUMBERED.search(script)
    return [name.removeprefix("./") for name in json.loads(found[1])] if found else []


def _text(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""
