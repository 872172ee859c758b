"""What a column of a comparison shows of one reply."""

from dataclasses import replace

import gradio as gr
import pytest

from chat.conversation import Turn
from chat.ui.messages import ComparePanel
from chat.ui.messages.columns import head_html
from tests.helpers.fakes import ENTRY, TURN

ENDED = replace(TURN, status="completed", reply="Because.", entry=ENTRY)
FAILED = replace(TURN, status="failed", error="No such model.", remarks=("asked without seed.",))
OTHER = replace(ENDED, id="turn-2", model="other")


@pytest.fixture
async def panel() -> ComparePanel:
    """Gradio would make an event loop, which nobody closes, where none is running."""
    with gr.Blocks(analytics_enabled=False):
        return ComparePanel()


@pytest.mark.parametrize(
    ("turn", "is_chosen", "shown"),
    [
        (ENDED, False, "<h3>priced</h3>"),
        (ENDED, False, '<summary class="receipt">$0.0002 · 100 in + 10 out · 0.9 s</summary>'),
        (ENDED, False, "<tr><td>Exact cost</td><td>$0.0002</td></tr>"),
        (
            replace(ENDED, entry=replace(ENTRY, resolved_model="priced-2026-01-01")),
            False,
            "100 in + 10 out · priced-2026-01-01 · 0.9 s",
        ),
        (TURN, True, '<p class="receipt">…</p>'),
        (TURN, True, 'aria-label="Waiting for the reply"'),
        (ENDED, True, '<span class="chosen">✓ Going on with this</span>'),
        (ENDED, False, '<button type="button" data-choose="turn-1" aria-label="Go on with priced">'),
        (FAILED, False, '<div class="failure">No such model.</div>'),
        (FAILED, False, '<div class="remark">asked without seed.</div>'),
        (
            replace(ENDED, reasoning="<b>Hm.</b>"),
            False,
            "<summary>Reasoning</summary><div>&lt;b&gt;Hm.&lt;/b&gt;</div>",
        ),
    ],
)
def test_column_says_who_replied_at_what_cost_and_whether_it_is_chosen(
    turn: Turn, is_chosen: bool, shown: str
) -> None:
    html = head_html(turn, is_chosen=is_chosen)
    assert shown in html
    assert is_chosen == ("data-choose" not in html) or turn is FAILED


@pytest.mark.parametrize(
    ("status", "reply", "can_be_chosen"),
    [("running", "", True), ("stopped", "Be", True), ("stopped", "", False), ("failed", "", False)],
)
def test_a_reply_that_is_not_there_and_will_not_come_cannot_be_gone_on_with(
    status: str, reply: str, can_be_chosen: bool
) -> None:
    turn = replace(TURN, status=status, reply=reply)  # type: ignore[arg-type]
    assert ("data-choose" in head_html(turn, is_chosen=False)) == can_be_chosen


def test_nothing_of_a_name_or_an_error_is_markup() -> None:
    turn = replace(TURN, id='"><i>', model="<i>", status="failed", reply="Be", error="<i>", reasoning="<i>")
    assert "<i>" not in head_html(turn, is_chosen=False)


async def test_only_columns_that_changed_are_sent(panel: ComparePanel) -> None:
    grown = replace(TURN, reply="Be")
    assert panel.show([grown, OTHER], [TURN, OTHER], TURN.id) == {
        panel.heads[0]: head_html(grown, is_chosen=True),
        panel.replies[0]: '<p dir="auto">Be</p>',
    }


async def test_the_mark_moves_to_a_reply_that_has_not_changed_when_the_chosen_one_fails(
    panel: ComparePanel,
) -> None:
    failed = replace(TURN, status="failed")
    assert panel.show([failed, OTHER], [TURN, OTHER], TURN.id) == {
        panel.heads[0]: head_html(failed, is_chosen=False),
        panel.heads[1]: head_html(OTHER, is_chosen=True),
        panel.replies[0]: "",
    }


async def test_the_mark_stays_with_a_running_reply_when_a_later_one_is_there_first(
    panel: ComparePanel,
) -> None:
    failed, later = replace(TURN, status="failed"), replace(OTHER, id="turn-3", model="later")
    running = replace(OTHER, status="running", reply="", entry=None)
    waiting = replace(later, status="running", reply="", entry=None)
    assert panel.show([failed, running, later], [failed, running, waiting], TURN.id) == {
        panel.heads[2]: head_html(later, is_chosen=False),
        panel.replies[2]: '<p dir="auto">Because.</p>',
    }
    shown = panel.show([failed, running, later], [], TURN.id)
    assert ["chosen" in shown[head] for head in panel.heads[:3]] == [False, True, False]
