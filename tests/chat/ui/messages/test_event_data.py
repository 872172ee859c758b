"""What a page sends with an event may be anything."""

import gradio as gr
import pytest

from chat.ui.messages import data_of, texts_of


@pytest.mark.parametrize("sent", [None, 0, 7.5, True, "", "text", [], ["text"], [["do", "pin"]], {}])
def test_what_has_no_names_says_nothing(sent: object) -> None:
    event = gr.EventData(None, sent)
    assert data_of(event) == texts_of(event) == {}


def test_only_texts_are_texts() -> None:
    event = gr.EventData(None, {"do": "pin", "id": ["x"], "number": 7, "on": None, 3: "three"})
    assert texts_of(event) == {"do": "pin"}
    assert data_of(event)["number"] == 7
