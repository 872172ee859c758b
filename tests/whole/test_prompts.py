"""Saved prompts over HTTP, where anybody can send anything."""

from typing import Any

import pytest

from tests.whole.house import House

EVENTS = ("press_prompt", "insert_prompt", "pick_prompt")
RUBBISH: list[Any] = [
    None,
    7,
    "explain",
    [["name", "explain"]],
    {"name": {"a": "explain"}, "do": ["delete"], "id": {}, "values": 7},
    {"name": "-explain", "do": "delete", "values": {"a": [1]}},
    {"name": "x" * 100_000, "do": "change", "id": "y" * 100_000},
]


def test_each_person_has_prompts_of_their_own(house: House) -> None:
    form = {"prompt-name": "secret", "prompt-text": "Only Ada knows this.", "prompt-model": ""}
    assert "secret was saved." in house.ada.fire("save_prompt", form).text
    asked = {"name": "secret", "do": "change", "id": "1"}
    assert "Only Ada knows this." in house.ada.fire("insert_prompt", {}, asked).text
    answers = [house.bob.fire(event, {}, asked).text for event in (*EVENTS, "open_page")]
    answers.append(house.bob.fire("press_prompt", {}, asked | {"do": "delete"}).text)
    assert not any("Only Ada knows this." in answer or "/secret" in answer for answer in answers)
    assert "Only Ada knows this." in house.ada.fire("pick_prompt", {}, asked).text
    assert "Only Ada" not in house.app.stderr


@pytest.mark.parametrize("sent", RUBBISH)
def test_rubbish_is_answered_and_changes_nothing(house: House, sent: Any) -> None:
    before = house.bob.fire("open_page").outputs["saved-prompts"]
    for event in EVENTS:
        assert house.bob.fire(event, {}, sent).success, event
    form = {"prompt-name": sent, "prompt-text": "", "prompt-model": sent}
    assert "was saved." not in house.bob.fire("save_prompt", form).text
    assert house.bob.fire("open_page").outputs["saved-prompts"] == before
