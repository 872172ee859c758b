"""When a fresh chat is advised, and what is said of the prices."""

from dataclasses import replace
from decimal import Decimal

import pytest

from chat.ui.estimate.context_advice import FreshChat, advice_html, reason_of
from usage.forecast import Forecast, PriceStep, TokenCount

ALONE = Forecast(
    model="<priced>",
    tokens=TokenCount(100, exact=True),
    context_window=None,
    prompt_usd=Decimal("0.001"),
    likely_usd=Decimal("0.002"),
    most_usd=None,
    usual_tokens=10,
    longest_tokens=1000,
)


def whole(tokens: int, usd: str, likely_usd: str, window: int | None = None) -> Forecast:
    return replace(
        ALONE,
        tokens=TokenCount(tokens, exact=True),
        prompt_usd=Decimal(usd),
        likely_usd=Decimal(likely_usd),
        context_window=window,
    )


@pytest.mark.parametrize(
    ("forecast", "reason"),
    [
        (
            whole(201, "0.0111", "0.02"),
            "50% of the cost of your next message is for sending earlier messages again.",
        ),
        (whole(201, "0.0111", "0.0202"), ""),  # just half, and no more
        (whole(201, "0.011", "0.011"), ""),  # no more than a cent
        (whole(200, "9", "9"), ""),  # no more than the message itself
        (whole(801, "0.0015", "0.002", 1000), "This chat fills 80% of <priced>’s context."),
        (whole(800, "0.0015", "0.002", 1000), ""),
        (
            replace(whole(990, "0.0015", "0.002"), step_ahead=PriceStep(1000, Decimal(2), None)),
            "This chat is close to 1,000 tokens. Above that, each token costs more.",
        ),
        (replace(whole(500, "0.0015", "0.002"), step_ahead=PriceStep(1000, Decimal(2), None)), ""),
        (replace(whole(500, "9", "9"), prompt_usd=None), ""),
    ],
)
def test_a_fresh_chat_is_advised_where_old_messages_cost_most_or_hardly_fit(
    forecast: Forecast, reason: str
) -> None:
    assert reason_of(forecast, ALONE) == reason


def test_it_says_both_prices_and_what_is_not_known() -> None:
    html = advice_html("Look <here>.", FreshChat("turn-1", Decimal("0.25"), Decimal("0.01"), None))
    assert (
        "Look &lt;here&gt;. Estimated cost of this message: $0.25 here, $0.01 in a new chat with a summary. "
        "Making the summary, once: unknown."
    ) in html
    assert 'id="advice-take" value="turn-1"' in html
