"""The line of what goes along: what a summary is said to cost."""

from decimal import Decimal

import pytest

from chat.conversation import EVERYTHING
from chat.ui.estimate.context_costs import Lengths
from chat.ui.estimate.context_line import ContextLine, SummaryOffer, context_html


@pytest.mark.parametrize(
    ("usd", "said"),
    [
        (Decimal("0.0012"), 'cost: about <span title="$0.0012">$0.0012</span>, model:'),
        (Decimal(0), "free, model:"),
        (None, "cost: unknown, model:"),
    ],
)
def test_the_button_says_what_a_summary_costs_before_it_is_pressed(usd: Decimal | None, said: str) -> None:
    offer = SummaryOffer(
        model="m", own_model="m", models=(), likely_usd=usd, tokens=500, is_there=False, is_new=True
    )
    lengths = Lengths(alone=9, typed=9, question=9, reply=None)
    line = ContextLine(EVERYTHING, (), 2, 2, 0, lengths, offer)
    assert f'Summarize earlier messages</button> <label for="summary-model">{said}</label>' in context_html(
        line
    )
