"""What a column of a comparison shows of one reply."""

from dataclasses import replace
from decimal import Decimal

import gradio as gr
import pytest

from chat.conversation import Turn, TurnStatus
from chat.markup.receipts import receipt_html
from chat.providers import Parameters
from chat.ui.messages import ComparePanel
from chat.ui.messages.columns import head_html, merits_of, total_html
from tests.helpers.fakes import ENTRY, TURN
from usage.units import Currency

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
        (ENDED, False, '<h3 title="priced">priced</h3>'),
        (ENDED, False, receipt_html(ENTRY, names_model=False, kept="receipt-turn-1")),
        (
            replace(ENDED, parameters=Parameters(service_tier="flex")),
            False,
            receipt_html(ENTRY, names_model=False, kept="receipt-turn-1", asked_tier="flex"),
        ),
        (ENDED, False, '<button type="button" name="copy-reply" value="turn-1" title="Copy reply">'),
        (ENDED, False, '<button type="button" name="copy-reply-with-cost" value="turn-1"'),
        (
            replace(ENDED, entry=replace(ENTRY, resolved_model="priced-2026-01-01")),
            False,
            "<span>100 in + 10 out</span> · <span>priced-2026-01-01</span> · <span>0.9 s</span>",
        ),
        (TURN, True, '<p class="receipt">…</p>'),
        (TURN, True, 'title="Waiting for the reply"'),
        (ENDED, True, '<span class="chosen">✓ Continuing with this</span>'),
        (ENDED, False, 'data-choose="turn-1" aria-label="Continue with priced">Continue with this</button>'),
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


def test_a_receipt_beside_others_has_the_readers_currency(panel: ComparePanel) -> None:
    shown = panel.show([ENDED, OTHER], [], None, currency=Currency("EUR", Decimal("0.9")))
    assert "<td>EUR 0.00018</td>" in shown[panel.heads[0]]


def ended(*replies: tuple[str | None, int], status: TurnStatus = "completed") -> list[Turn]:
    """Replies that ended, each with its cost and its time in milliseconds."""
    return [
        replace(
            ENDED,
            id=str(number),
            status=status,
            entry=replace(ENTRY, cost_usd=None if cost is None else Decimal(cost), duration_ms=duration_ms),
        )
        for number, (cost, duration_ms) in enumerate(replies)
    ]


@pytest.mark.parametrize(
    ("turns", "merits"),
    [
        (ended(("0.2", 900), ("0.1", 1000)), {"0": "fastest", "1": "cheapest"}),
        (ended(("0.2", 1000), ("0.1", 900)), {"1": "cheapest · fastest"}),
        # All are the same, or look it.
        (ended(("0.1", 910), ("0.1", 940)), {}),
        (ended(("0", 900), ("0", 900)), {}),
        (
            ended(("0.1", 900), ("0.1", 900), ("0.2", 1000)),
            {"0": "cheapest · fastest", "1": "cheapest · fastest"},
        ),
        # A reply of unknown price may be the cheapest.
        (ended((None, 900), ("0.1", 1000), ("0.2", 1000)), {"0": "fastest", "1": "cheapest known price"}),
        (ended((None, 900), ("0.1", 900)), {}),
        # Only whole replies compare, and only once none is missing.
        ([*ended(("0.2", 1000), ("0.3", 1000)), *ended(("0", 1), status="failed")], {"0": "cheapest"}),
        ([*ended(("0.2", 1000), ("0.3", 900)), TURN], {}),
        ([], {}),
    ],
)
def test_the_cheapest_and_the_fastest_are_said_where_there_are_such(
    turns: list[Turn], merits: dict[str, str]
) -> None:
    assert merits_of(turns) == merits


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (ended(("0.2", 1), ("0.1", 1)), "<p>This comparison cost $0.30.</p>"),
        (ended(("0.2", 1), (None, 1)), "<p>This comparison cost $0.20. 1 reply has no known price.</p>"),
        (ended((None, 1), (None, 1)), "<p>2 replies have no known price.</p>"),
        (ended(("0", 1), ("0", 1)), "<p>This comparison was free.</p>"),
        (
            [replace(turn, reply="") for turn in ended(("0", 1), ("0", 1), status="failed")],
            "<p>This comparison was free. Not answered, so it won’t be sent with the next message.</p>",
        ),
        ([*ended(("0.2", 1)), TURN], ""),
        ([], ""),
    ],
)
def test_the_sum_of_a_comparison_is_said_once_all_have_ended(turns: list[Turn], said: str) -> None:
    assert total_html(turns) == said


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


async def test_the_merits_and_the_sum_are_shown_once_the_last_reply_has_ended(panel: ComparePanel) -> None:
    cheap, dear = ended(("0.1", 900), ("0.2", 900))
    running = replace(dear, status="running", entry=None)
    assert panel.show([cheap, dear], [cheap, running], cheap.id) == {
        panel.total: "<p>This comparison cost $0.30.</p>",
        panel.heads[0]: head_html(cheap, "cheapest", is_chosen=True),
        panel.heads[1]: head_html(dear, is_chosen=False),
        panel.replies[1]: '<p dir="auto">Because.</p>',
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
    assert shown[panel.total] == ""
    assert ["chosen" in shown[head] for head in panel.heads[:3]] == [False, True, False]


def test_a_connections_model_is_named_with_its_connection() -> None:
    html = head_html(replace(ENDED, connection="Azure"), is_chosen=False)
    assert '<h3 title="Azure: priced">Azure: priced</h3>' in html
    assert 'aria-label="Continue with Azure: priced"' in html


def test_a_reply_that_others_follow_leads_to_them(panel: ComparePanel) -> None:
    shown = panel.show([ENDED, OTHER], [], None, followed=[OTHER.id])
    leads = f'<button type="button" name="show-version" value="{OTHER.id}" class="words">Show what follows<'
    assert [leads in shown[head] for head in panel.heads[:2]] == [False, True]
