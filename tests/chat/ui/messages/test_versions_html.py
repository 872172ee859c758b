"""What stands at a message that has other versions."""

import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest

from chat.conversation import Conversation, Turn
from chat.ui.messages import versions_html
from tests.helpers.fakes import ENTRY, TURN

ENDED = replace(TURN, status="completed", reply="Because.", entry=ENTRY)
UNKNOWN = replace(ENTRY, cost_usd=None)


def conversation(*turns: Turn, current: str) -> Conversation:
    return Conversation(
        id=TURN.conversation_id, user="ada", title="Why?", turns=turns, current_turn_id=current
    )


def costs(*versions: Turn, shown: Turn | None = None) -> list[str]:
    """What the tooltip says of each version."""
    html = versions_html(conversation(*versions, current=versions[0].id), shown or versions[0])
    title = re.search('name="version-costs" title="([^"]*)"', html)
    assert title
    return unescape(title[1]).split("\n")


def test_a_turn_without_other_versions_says_nothing() -> None:
    assert versions_html(conversation(ENDED, current=ENDED.id), ENDED) == ""


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (replace(ENDED, model="<b>"), "2: $0.0002 · <b>"),
        (replace(ENDED, entry=replace(ENTRY, usage_source="estimated")), "2: ≈ $0.0002 · priced"),
        (replace(ENDED, entry=replace(ENTRY, cost_usd=Decimal(0))), "2: free · priced"),
        (replace(ENDED, entry=UNKNOWN), "2: price unknown · priced"),
        (replace(ENDED, entry=replace(ENTRY, usage_source="none")), "2: not billed · priced"),
        (replace(TURN, connection="Groq"), "2: being written · Groq: priced"),
        (replace(ENDED, entry=None), "2: no cost recorded · priced"),
    ],
)
def test_each_version_has_its_cost_and_its_model(second: Turn, said: str) -> None:
    assert costs(ENDED, replace(second, id="2")) == ["1: $0.0002 · priced", said]


def test_the_reply_that_is_being_written_is_taken_as_it_is_now() -> None:
    running = replace(TURN, id="2")
    ended = replace(running, status="completed", entry=ENTRY)
    assert costs(ENDED, running, shown=ended)[1] == "2: $0.0002 · priced"


LEFT, RIGHT = (replace(ENDED, id=name, model=name, comparison_id="both") for name in ("left", "right"))
AFTER = replace(ENDED, id="after", parent_id="right")
AGAIN = replace(ENDED, id="again")


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (RIGHT, "1: $0.0004 · left, right"),
        (replace(RIGHT, entry=UNKNOWN), "1: $0.0002 + 1 unknown · left, right"),
        (replace(RIGHT, status="running", entry=None), "1: being written · left, right"),
    ],
)
def test_a_comparison_is_one_version_with_the_cost_of_all(right: Turn, said: str) -> None:
    assert costs(LEFT, right, AGAIN) == [said, "2: $0.0002 · priced"]
    assert costs(*(replace(each, entry=UNKNOWN) for each in (LEFT, RIGHT)), AGAIN)[0] == (
        "1: price unknown · left, right"
    )


def test_a_comparison_that_was_gone_on_with_can_be_shown_again_and_leads_back() -> None:
    turns = LEFT, RIGHT, AFTER, AGAIN
    gone_on = versions_html(conversation(*turns, current="after"), RIGHT)
    assert (
        '<button type="button" name="show-compared" value="right" class="words">Show all 2 replies<'
        in gone_on
    )
    side_by_side = versions_html(conversation(*turns, current="left"), LEFT)
    assert "show-compared" not in side_by_side
    assert 'name="previous-version" value="right"' in versions_html(
        conversation(*turns, current="again"), AGAIN
    )
    alone = versions_html(conversation(LEFT, RIGHT, AFTER, current="after"), RIGHT)
    assert ("show-compared" in alone, "version-costs" in alone) == (True, False)
