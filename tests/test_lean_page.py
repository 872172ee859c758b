"""What the page does with an event's inputs and outputs, without Gradio's work for nothing."""

import sys
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from gradio import state_holder
from gradio.blocks import Block
from gradio.state_holder import SessionState, StateHolder

from lean_page import LeanPage, LeanSession, serve_lean_pages


class Counted(gr.Textbox):
    """Counts how often it is made."""

    made = 0

    def __init__(self, *given: Any, **named: Any) -> None:
        Counted.made += 1
        super().__init__(*given, **named)


@pytest.fixture
def page() -> LeanPage:
    """A page with an event that changes one of two outputs, takes in a choice, and has a file besides."""
    with LeanPage(analytics_enabled=False) as page:
        said, other = Counted("before"), Counted("other")
        choice, file = gr.Dropdown(["small", "large"], value="small"), gr.File()

        def change(chosen: str) -> dict[Block, Any]:
            return {said: f"{chosen}!"}

        gr.Button().click(change, choice, [said, other], api_name="change")
        gr.Button().click(lambda *given: given[1], [choice, file], said, api_name="take_file")
        gr.Button().click(lambda: (gr.skip(), "as a tuple"), None, [said, other], api_name="tuple")
        gr.Button().click(lambda: {other: gr.update(visible=False)}, None, [said, other], api_name="hide")
    return page


@pytest.fixture
def session(page: LeanPage, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionState]:
    """What is kept for an open page once lean pages are served."""
    monkeypatch.setattr(state_holder, "SessionState", SessionState)
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    serve_lean_pages()
    pages = StateHolder()
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
    page: LeanPage, session: SessionState
) -> None:
    before = Counted.made
    assert await outputs(page, session, "change", "large") == ["large!", gr.skip()]
    assert Counted.made == before


async def test_other_answers_are_sent_as_gradio_sends_them(page: LeanPage, session: SessionState) -> None:
    _, said = await outputs(page, session, "tuple")
    assert said == "as a tuple"
    left_out, hidden = await outputs(page, session, "hide")
    assert left_out == gr.skip()
    assert hidden["visible"] is False


async def test_what_a_page_cannot_send_is_refused(page: LeanPage, session: SessionState) -> None:
    with pytest.raises(gr.Error, match="not in the list of choices"):
        await outputs(page, session, "change", "enormous")


async def test_a_file_of_the_server_is_not_taken_for_one_that_was_sent(
    page: LeanPage, session: SessionState
) -> None:
    forged = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(Exception, match="/etc/passwd"):
        await outputs(page, session, "take_file", "small", forged)


async def test_little_is_kept_for_a_page(page: LeanPage, session: SessionState) -> None:
    await outputs(page, session, "change", "large")
    await outputs(page, session, "hide")
    assert isinstance(session, LeanSession)
    assert session.config_values == {}
    [other] = [each for each in page.blocks.values() if getattr(each, "value", None) == "other"]
    hidden: Any = session[other._id]
    assert hidden.visible is False
