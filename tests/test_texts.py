"""Texts of the page pass one seam: all of them can be collected, and a catalogue changes what is shown."""

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from gettext import NullTranslations
from html import unescape
from pathlib import Path
from string import Formatter

import gradio as gr
import pytest

import texts
from access.sign_in import sign_in_page
from chat.markup.receipts import receipt_html, receipt_line
from chat.providers import NotSent
from chat.ui import ChatTab, Sidebar
from chat.ui.estimate.estimate_line import Estimate, estimate_html
from chat.ui.settings_panel.parameters import number_fields
from tests.helpers.fakes import ENTRY
from tests.helpers.ledger_entries import PLAIN, an_entry, cells, written
from tests.helpers.usage_tab import VIEWS, Tab, services
from tests.test_architecture import ROOT, SOURCES
from texts import catalogue_of_this_machine, speak
from usage.forecast import Forecast, TokenCount
from usage.ledger import LedgerEntry
from usage.reports import ChatNames, Totals, aligned_table, sheet_csv, usage_html
from usage.reports.questions.usage_by import usage_sheet
from usage.ui import create_usage_tab

FUNCTIONS = {"_": 1, "N_": 1, "ngettext": 2}  # each with how many texts it takes
SPOKEN = ("label", "placeholder", "info", "title")
LAYOUTS = [path for path in SOURCES if "ui" in path.parts or path.name == "page.py"]
NAMES = ("USD", "Tally", "sk-admin-…")  # the same in every language
# What stands in ledgers and price lists, and names that are the same in every language.
DATA = (
    r"gpt-[\w.-]+|[\w.]+\.(?:csv|toml|com)|sk-admin-…|\b(?:CSV|GitHub|OpenAI|Tally|USD|genai-prices)\b"
    r"|\b(?:local|ann|nobodys)\b"
)
ENTRIES = [PLAIN, an_entry(call_id="2", user="ann"), an_entry(call_id="3", cost_usd=None, model="nobodys")]
FORECAST = Forecast(
    model="priced",
    tokens=TokenCount(1200, exact=False),
    context_window=4000,
    prompt_usd=Decimal("0.00012"),
    likely_usd=None,
    most_usd=Decimal("0.00152"),
    usual_tokens=None,
    longest_tokens=2800,
)


class Marking(NullTranslations):
    """A language in which everything that is said stands between brackets, so that anything else shows."""

    def gettext(self, message: str) -> str:
        assert message in collected(), f"no catalogue has {message!r}: mark it with N_ where it is written"
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def marking() -> Iterator[None]:
    """Say everything between brackets."""
    speak(Marking())
    yield
    speak(NullTranslations())


def text_calls(tree: ast.AST) -> Iterator[tuple[ast.Call, list[ast.expr]]]:
    """Yield the calls that ask for a text, each with the texts it asks for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            yield node, node.args[: FUNCTIONS[node.func.id]]


def literal(text: ast.expr) -> str | None:
    """Return what a text says where it is written out, else None."""
    return text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else None


def names_in(text: str) -> set[str | None]:
    """Return the names in braces of a text."""
    return {name for _before, name, _format, _conversion in Formatter().parse(text) if name is not None}


@cache
def collected() -> frozenset[str | None]:
    """Return every text that stands in a call for one, as the programs that make a catalogue find it."""
    calls = [call for path in SOURCES for call in text_calls(ast.parse(path.read_text()))]
    return frozenset(literal(text) for _call, asked in calls for text in asked)


def is_told_later(text: ast.expr) -> bool:
    """Return whether a text is kept in a constant or a field: it is marked there, where it is written."""
    if isinstance(text, ast.Subscript):
        return is_told_later(text.value)
    return isinstance(text, ast.Attribute) or (isinstance(text, ast.Name) and text.id.isupper())


def wrong_texts(source: str) -> list[int]:
    """Return the lines with a text that no catalogue could hold, or that is asked for at import."""
    tree = ast.parse(source)
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    within = {call for function in functions for step in function.body for call, _texts in text_calls(step)}
    wrong = []
    for call, asked in text_calls(tree):
        is_mark = call.func.id == "N_"  # type: ignore[attr-defined]
        if is_told_later(asked[0]) and not is_mark:
            continue
        said = [literal(text) for text in asked]
        names = [names_in(text) for text in said if text]
        has_all = len(names) == FUNCTIONS[call.func.id]  # type: ignore[attr-defined]
        are_same = has_all and all(each == names[0] and "" not in each for each in names)
        if not are_same or (call in within) == is_mark:
            wrong.append(call.lineno)
    return wrong


def unspoken_labels(source: str) -> list[str]:
    """Return the texts that visible controls are given past the seam."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("gr.")):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "visible" in given:
            continue
        shown = [given[name] for name in SPOKEN if name in given]
        if ast.unparse(node.func) in ("gr.Button", "gr.Accordion", "gr.Tab"):
            shown += node.args[:1]
        found += [text for text in map(literal, shown) if text and text not in NAMES]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_is_written_out_and_asked_for_when_it_is_shown(path: Path) -> None:
    assert wrong_texts(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(n):\n    return _(f'{n} models')",
        "def f(text):\n    return _(text)",
        "def f():\n    return _('{} models').format(2)",
        "def f(n):\n    return ngettext('{n} call', 'calls', n)",
        "LABEL = _('Daily budget')",
        "def f():\n    return _(text())",
        "def f():\n    return N_('Daily budget')",
        "def f(label=_('Daily budget')):\n    return label",
    ],
)
def test_a_text_that_cannot_be_translated_is_found(source: str) -> None:
    assert wrong_texts(source) != []


@pytest.mark.parametrize("path", LAYOUTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_label_of_a_control_goes_past_the_seam(path: Path) -> None:
    assert unspoken_labels(path.read_text()) == []


def test_a_label_that_goes_past_the_seam_is_found() -> None:
    assert unspoken_labels("gr.Textbox(label='Message')\ngr.Button('Send')") == ["Message", "Send"]
    assert unspoken_labels("gr.Textbox(label='Id', visible='hidden')\ngr.Button(_('Send'))") == []
    assert unspoken_words('<b title="Save">⟦Send ⟦it⟧⟧ now</b> gpt-5.5, usage.csv') == {"Save", "now"}


def unspoken_words(html: str) -> set[str]:
    """Return the words that a person sees of a text in HTML and that the language has not said."""
    shown = re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL)
    attributes = " ".join(re.findall(r'\b(?:title|placeholder|aria-label|alt)="([^"]*)"', shown))
    rest = unescape(f"{re.sub('<[^>]*>', ' ', shown)} {attributes}")
    while rest != (rest := re.sub("⟦[^⟦⟧]*⟧", " ", rest)):
        pass
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(DATA, " ", rest)))


def unspoken_props(page: gr.Blocks) -> dict[str, set[str]]:
    """Return the words of a layout that the language has not said, by the ids of their controls."""
    found = {}
    for part in page.get_config_file()["components"]:
        props, kind = part["props"], part["type"]
        texts = [props.get(name) for name in SPOKEN] + [
            name for name, value in props.get("choices") or () if name != value
        ]
        texts += [] if kind in ("dropdown", "radio", "checkboxgroup") else [props.get("value")]
        words = set().union(*(unspoken_words(text) for text in texts if isinstance(text, str)))
        if words and props.get("visible") is True:
            found[f"{kind} {props.get('elem_id')}"] = words
    return found


async def test_no_text_of_the_layout_goes_past_the_seam(marking: None, tmp_path: Path) -> None:
    """Gradio would make an event loop, which nobody closes, where none is running."""
    with gr.Blocks(analytics_enabled=False) as page:
        Sidebar(sign_in="password")
        ChatTab(None, "")
        create_usage_tab(services(written(tmp_path / "usage.csv"), tmp_path))
    assert unspoken_props(page) == {}


@pytest.mark.parametrize("entries", [[], ENTRIES], ids=["no calls", "calls"])
@pytest.mark.parametrize("person", ["local", "ann"])
async def test_no_text_of_a_view_goes_past_the_seam(
    marking: None, tmp_path: Path, person: str, entries: list[LedgerEntry]
) -> None:
    calls = written(tmp_path / "usage.csv", *entries)
    tab = Tab(services(calls, tmp_path, person=person, titles=lambda _: {"chat-1": "ann"}))
    shown = {
        (view, name): unspoken_words(value)
        for view in VIEWS
        for name, value in tab.refresh(view=view).items()
        if isinstance(value, str)
    }
    assert {place: words for place, words in shown.items() if words} == {}


def test_another_language_is_in_what_is_shown_later(marking: None) -> None:
    assert "<h1>⟦Sign in to Tally⟧</h1>" in sign_in_page({"query_string": b""})
    with pytest.raises(NotSent, match="⟦⟦Temperature⟧ in Settings is “warm”"):
        number_fields()["temperature"].read("warm")
    assert receipt_line(ENTRY) == "$0.0002 · ⟦100 in + 10 out⟧ · priced · ⟦0.9 s⟧"
    assert '<th scope="row">⟦Model asked for⟧</th><td>priced</td>' in receipt_html(ENTRY)
    both = (FORECAST, replace(FORECAST, model="other"))
    estimate = estimate_html(Estimate(both, both, ()))
    assert "⟦≈ 1,200 tokens⟧ · ⟦context 30% full⟧" in estimate


def test_a_catalogue_beside_the_texts_is_taken_for_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "tally.mo").write_bytes(
        compiled({"": "Content-Type: text/plain; charset=UTF-8\n", "Send": "Los"})
    )
    monkeypatch.setattr(texts, "CATALOGUES", tmp_path)
    said = {}
    for language in ("de", "fr"):
        monkeypatch.setenv("LANGUAGE", language)
        said[language] = catalogue_of_this_machine().gettext("Send")
    assert said == {"de": "Los", "fr": "Send"}


def compiled(catalogue: dict[str, str]) -> bytes:
    """Return a catalogue as gettext's programs write it: a header, two tables of places, then the texts."""
    pairs = sorted((key.encode(), text.encode()) for key, text in catalogue.items())
    keys, values = zip(*pairs, strict=True)
    tables = struct.pack("<IIIIIII", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    place, held = 28 + 16 * len(pairs), b""
    for text in (*keys, *values):
        tables += struct.pack("<II", len(text), place + len(held))
        held += text + b"\0"
    return tables + held


def test_tables_are_headed_in_the_language_of_the_page_and_downloads_as_ever(marking: None) -> None:
    sheet = usage_sheet("model", [["a", *cells(Totals(1))]], cells(Totals(1)))
    assert sheet.title == "⟦Usage by ⟦model⟧⟧"
    assert "⟦Input⟧<i " in usage_html(sheet, ChatNames())
    assert aligned_table(sheet).startswith("⟦Model⟧  ⟦Cost⟧ USD  ⟦Calls⟧  ")
    assert sheet_csv(sheet).startswith("model,calls,input_tokens,")
