"""The line items of a bill: whose they are, how much, and of which day."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext

import pytest

from usage.accounts.billed import (
    NO_LINE_ITEM,
    Billed,
    LineItems,
    day_of_bucket,
    exact_sum,
    model_of,
    parse_billed_amount,
)
from usage.ledger import RowError

DAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line_item", "model"),
    [
        ("gpt-6-astra, input_tokens", "gpt-6-astra"),
        ("gpt-4o-mini-2024-07-18, cached input", "gpt-4o-mini-2024-07-18"),
        ("flex | gpt-5-mini, output", "gpt-5-mini"),
        ("priority | gpt-6.1-sol, output, long context", "gpt-6.1-sol"),
        ("ft:gpt-4.1-mini-2025-04-14:acme::Ab1, input", "ft:gpt-4.1-mini-2025-04-14:acme::Ab1"),
        (" gpt-6-astra , input_tokens ", "gpt-6-astra"),
        ("gpt-image-2, output_image_tokens", "gpt-image-2"),
        ("  ", NO_LINE_ITEM),
        *(
            (name, name)  # of anything else
            for name in (
                "Web search",
                "web search tool calls",
                "Code interpreter",
                "assistants api | code interpreter",
                "file search, storage by the day",
                ", input",
            )
        ),
    ],
)
def test_a_line_item_goes_to_its_model_or_keeps_its_whole_name(line_item: str, model: str) -> None:
    assert model_of(line_item) == model


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0.06", "0.06"),
        (" 12 ", "12"),
        ("-0.5", "-0.5"),
        (".5", "0.5"),
        ("0.003835980000000000000000000000", "0.00383598"),
        ("0.000004500000000000000000000000000000000", "0.0000045"),
        ("4.5E-6", "0.0000045"),
        ("0E-6176", "0"),
        ("999999999999", "999999999999"),
        ("0." + "0" * 59 + "1", "1E-60"),
    ],
)
def test_an_amount_is_read_to_its_last_digit(text: str, amount: str) -> None:
    assert parse_billed_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (
            ["", "abc", "$0.06", "0,06", "1,234.50", "1 234", "nan", "inf", "0x1", "٣", "1_0"],
            "the amount is not a plain decimal",
        ),
        (
            ["1000000000000", "-1000000000000", "1E99", "0." + "0" * 60 + "1", "1E-6176"],
            "the amount is not one that a bill can have",
        ),
    ],
)
def test_what_no_bill_can_hold_is_no_amount(texts: list[str], reason: str) -> None:
    for text in texts:
        with pytest.raises(RowError) as caught:
            parse_billed_amount(text)
        assert str(caught.value) == f"{reason}: {text[:40]!r}"


def test_sums_keep_every_digit_whatever_precision_is_set() -> None:
    with localcontext(prec=3):
        assert exact_sum([Decimal(123456789012), Decimal("1E-60"), Decimal("-0.5")]) == Decimal(
            "123456789011.5" + "0" * 58 + "1"
        )


@pytest.mark.parametrize(
    ("amounts", "text"), [(["0.10", "0.20"], "0.3"), (["60", "40"], "100"), (["1", "-1"], "0"), ([], "0")]
)
def test_a_sum_is_written_plainly(amounts: list[str], text: str) -> None:
    assert str(exact_sum(map(Decimal, amounts))) == text


@pytest.mark.parametrize(
    ("start", "hours"),
    [(MIDNIGHT, 24), (MIDNIGHT, 1), (datetime(2026, 11, 21, 19, tzinfo=timezone(timedelta(hours=-5))), 24)],
)
def test_a_bucket_within_a_day_of_utc_belongs_to_it(start: datetime, hours: int) -> None:
    assert day_of_bucket(start, start + timedelta(hours=hours)) == day_of_bucket(start, None) == DAY


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (MIDNIGHT, MIDNIGHT + timedelta(days=1, microseconds=1)),
        (MIDNIGHT, MIDNIGHT + timedelta(days=7)),
        (MIDNIGHT + timedelta(hours=5), MIDNIGHT + timedelta(hours=29)),
        (MIDNIGHT, MIDNIGHT),
        (MIDNIGHT, MIDNIGHT - timedelta(days=1)),
    ],
)
def test_a_bucket_that_is_not_within_one_day_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(RowError, match="is not within one UTC day"):
        day_of_bucket(start, end)


def test_line_items_of_a_model_and_a_day_are_one_charge() -> None:
    items = LineItems()
    items.add(DAY, "gpt-6-astra, output_tokens", "0.2", "usd")
    items.add(DAY, "gpt-6-astra, input_tokens", "0.1", "USD ")
    items.add(DAY, "Web search", "-0.01", "usd")
    items.add(date(2026, 11, 21), "gpt-6-astra, input_tokens", "3", "usd")
    items.add(date(2026, 11, 23), "", "", "")
    assert items.charges() == (
        Billed(date(2026, 11, 21), "gpt-6-astra", Decimal(3)),
        Billed(DAY, "Web search", Decimal("-0.01")),
        Billed(DAY, "gpt-6-astra", Decimal("0.3")),
    )
    assert items.days == {date(2026, 11, 21), DAY, date(2026, 11, 23)}


def test_an_amount_without_a_name_is_kept_and_a_nothing_without_a_name_is_not() -> None:
    items = LineItems()
    items.add(DAY, "gpt-6-astra, input_tokens", "0.1", "usd")
    items.add(DAY, "", "0.2", "usd")
    items.add(date(2026, 11, 23), "", "0E-6176", "usd")
    assert items.charges() == (
        Billed(DAY, NO_LINE_ITEM, Decimal("0.2")),
        Billed(DAY, "gpt-6-astra", Decimal("0.1")),
    )
    assert not items.tell_no_models


@pytest.mark.parametrize(("amount", "tells_none"), [("0.2", True), ("", False)])
def test_amounts_of_which_none_has_a_name_tell_no_models(amount: str, tells_none: bool) -> None:
    items = LineItems()
    items.add(DAY, "", amount, "usd")
    assert items.tell_no_models is tells_none
    assert len(items.charges()) == tells_none


@pytest.mark.parametrize(("amount", "currency"), [("", "usd"), ("0.5", "EUR"), ("0.5", "")])
def test_what_is_not_known_of_a_line_item_is_not_guessed(amount: str, currency: str) -> None:
    reason = "'gpt-6-astra, input' has no amount"
    if amount:
        reason = f"the currency is {currency!r}, and only a bill in USD can be compared"
    with pytest.raises(RowError) as caught:
        LineItems().add(DAY, "gpt-6-astra, input", amount, currency)
    assert str(caught.value) == reason
