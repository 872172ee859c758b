"""What the page does with an event's inputs and outputs, without Gradio's work for nothing."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio import state_holder
from gradio.blocks import Block
from gradio.state_holder import SessionState, StateHolder

from lean_page import LeanPage, LeanSession, serve_lean_pages


@pytest.fixture
async def page() -> Any:
    """A page with an event that changes one of two outputs, takes in a choice, and has a file besides."""
    with LeanPage(analytics_enabled=False) as page:
        said, other = gr.Textbox("before"), gr.Textbox("other")
        choice, file = gr.Dropdown(["small", "large"], value="small"), gr.File()

        def change(chosen: str) -> dict[Block, Any]:
            return {said: f"{chosen}!"}

        gr.Button().click(change, choice, [said, other], api_name="change")
        gr.Button().click(lambda *given: str(given[1]), [choice, file], said, api_name="take_file")
        gr.Button().click(lambda: (gr.skip(), "as a tuple"), None, [said, other], api_name="tuple")
        gr.Button().click(lambda: {other: gr.update(visible=False)}, None, [said, other], api_name="hide")
        gr.Button().click(lambda: {other: "lost"}, None, [said], api_name="unknown")
        offer = {choice: gr.update(choices=["large", "enormous"])}
        gr.Button().click(lambda: offer, None, [said, choice], api_name="offer")
    return page


@pytest.fixture
def session(page: LeanPage, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionState]:
    """What is kept for an open page once lean pages are served."""
    monkeypatch.setattr(state_holder, "SessionState", SessionState)
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    serve_lean_pages()
    pages: Any = StateHolder()  # type: ignore[no-untyped-call]
    pages.set_blocks(page)
    yield pages["a page"]
    sys.modules.pop("matplotlib", None)


async def outputs(page: LeanPage, session: SessionState, event: str, *inputs: Any) -> list[Any]:
    """Return what an event sends to a page."""
    [fn] = [each for each in page.fns.values() if each.api_name == event]
    answer = await page.process_api(fn, list(inputs), session)
    data: list[Any] = answer["data"]
    return data


async def test_an_output_that_is_left_out_stays_and_is_not_built_anew(
    page: LeanPage, session: SessionState, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr(gr.Textbox, "__init__", lambda *given, **_named: made.append(given))
    assert await outputs(page, session, "change", "large") == ["large!", gr.skip()]
    assert made == []


async def test_other_answers_are_sent_as_gradio_sends_them(page: LeanPage, session: SessionState) -> None:
    _, said = await outputs(page, session, "tuple")
    assert said == "as a tuple"
    left_out, hidden = await outputs(page, session, "hide")
    assert left_out == gr.skip()
    assert hidden["visible"] is False


async def test_what_is_none_of_an_events_outputs_is_an_error(page: LeanPage, session: SessionState) -> None:
    with pytest.raises(ValueError, match="unknown returned what is none of its outputs"):
        await outputs(page, session, "unknown")


async def test_what_a_page_cannot_send_is_refused(page: LeanPage, session: SessionState) -> None:
    with pytest.raises(gr.Error, match="not in the list of choices"):
        await outputs(page, session, "change", "enormous")


async def test_a_file_is_taken_in_as_gradio_does(
    page: LeanPage, session: SessionState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "GRADIO_CACHE", str(tmp_path / "cache"))
    sent = tmp_path / "sent.txt"
    sent.write_text("What was sent")
    given = {"path": str(sent), "meta": {"_type": "gradio.FileData"}}
    [path] = await outputs(page, session, "take_file", "small", given)
    assert Path(path).name == "sent.txt"


async def test_of_a_page_only_that_is_kept_which_its_events_need(
    page: LeanPage, session: SessionState
) -> None:
    await outputs(page, session, "change", "large")
    await outputs(page, session, "hide")
    await outputs(page, session, "offer")
    assert isinstance(session, LeanSession)
    assert session.config_values == {}
    [own] = session._own.values()
    assert isinstance(own, gr.Dropdown)
    assert await outputs(page, session, "change", "enormous") == ["enormous!", gr.skip()]
    with pytest.raises(gr.Error, match="not in the list of choices"):
        await outputs(page, session, "change", "small")
    assert session.blocks_config.fns is page.default_config.fns
