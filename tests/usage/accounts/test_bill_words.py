"""What the comparison with the bill says in words."""

import pytest

from tests.usage.accounts.test_bill import DAY_2, ELSEWHERE, bill, only, ours, theirs
from usage.accounts.bill import compare
from usage.accounts.billed import Billed
from usage.reports import OurDay


@pytest.mark.parametrize(
    ("recorded", "billed", "explanation"),
    [
        (
            ours("1"),
            theirs("2"),
            "More was billed: maybe calls made elsewhere in this organisation, or a higher price.",
        ),
        (
            ours("2"),
            theirs("1"),
            "Less was billed: maybe the bill is not complete yet, or the price was lower.",
        ),
        (
            ours("2", estimated=(2, "0.011"), unknown=1, uncertain=1),
            theirs("3"),
            "More was billed: maybe 2 calls with an estimated cost (≈ $0.011), 1 call of unknown price, "
            "1 call whose fate is unknown.",
        ),
        (
            ours("2", estimated=(1, "0.5"), unknown=1, uncertain=2),
            theirs("1"),
            "Less was billed: maybe 1 call with an estimated cost (≈ $0.50), 2 calls whose fate is unknown.",
        ),
        (
            ours("2", unknown=1),
            theirs("1"),
            "Less was billed: maybe the bill is not complete yet, or the price was lower.",
        ),
        (ours("1", calls=1), None, "Not in the bill, or not yet: 1 call."),
        (
            ours("1", calls=1000, uncertain=1),
            None,
            "Not in the bill, or not yet: 1,000 calls, among them 1 call whose fate is unknown.",
        ),
        (
            ours("0", calls=2, unknown=2),
            None,
            "Not in the bill, or not yet: 2 calls, among them 2 calls of unknown price.",
        ),
        (ours("1", unknown=1), theirs("1"), "Nothing was billed, or not yet, for 1 call of unknown price."),
        (ours("1", estimated=(1, "1"), uncertain=1), theirs("1"), ""),
        (None, theirs("1"), ELSEWHERE),
        (None, theirs("0"), ""),
        (ours("0"), None, ""),
    ],
)
def test_the_calls_that_could_explain_a_difference_are_named(
    recorded: OurDay | None, billed: Billed | None, explanation: str
) -> None:
    assert only(recorded, billed).explanation == explanation


def test_the_remark_says_which_days_and_what_is_left_out() -> None:
    late = (
        "A bill is often a day or two behind: look again before you rely on its latest days. "
        "It is that of the whole organisation."
    )
    assert (
        compare([], bill(last_day=DAY_2)).remark
        == f"Compared: 2026-11-01 to 2026-11-02, in days of UTC. {late}"
    )
    assert compare([ours("1", unknown=2)], bill()).remark == (
        f"Compared: 2026-11-01, in days of UTC. The total leaves out 2 calls of unknown price. {late}"
    )
