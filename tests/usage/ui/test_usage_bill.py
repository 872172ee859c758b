"""The bill in the Usage tab: a cost file or the costs API against the ledger, for the owner only."""

import base64
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ledger_entries import PLAIN
from tests.helpers.usage_tab import BILL, tab_of
from usage.accounts import Bill
from usage.accounts.billed import Billed
from usage.ui.views import LARGEST_SENT
from usage.units import Currency

COSTS = (
    "start_time_iso,amount_value,amount_currency,line_item\n"
    '2026-11-22T00:00:00Z,0.5,usd,"gpt-6-luna-2026-09-01, input"\n'
)
ASKED = {"usage-bill-from": "2026-11-01", "usage-bill-to": "2026-11-22", "usage-admin-key": "sk-admin-1"}


def chosen(content: bytes | str, **more: Any) -> dict[str, Any]:
    """Return what the page sends of a file."""
    data = content.encode() if isinstance(content, str) else content
    return {"content": base64.b64encode(data).decode(), **more}


async def test_a_cost_file_is_held_against_the_ledger(tmp_path: Path) -> None:
    shown = tab_of(tmp_path, PLAIN).press("usage-cost-file", event="upload", data=chosen(COSTS))
    html = shown["usage-bill-table"]
    assert '<th scope="row" data-exact="20261122">Nov 22, 2026</th><td>gpt-6-luna-2026-09-01</td>' in html
    assert 'data-exact="0.0002334"' in html
    assert 'data-exact="0.4997666"' in html
    assert "Billed more" in html
    download = html.partition('href="data:text/csv;base64,')[2].partition('"')[0]
    assert base64.b64decode(download).decode().startswith("day,model,ours_usd,theirs_usd,difference_usd,")


async def test_a_bill_is_in_a_persons_currency_too(tmp_path: Path) -> None:
    tab = tab_of(tmp_path, PLAIN, currency_of=lambda _: Currency("EUR", Decimal("0.9")))
    html = tab.press("usage-cost-file", event="upload", data=chosen(COSTS))["usage-bill-table"]
    assert 'data-exact="0.00021006" data-currency' in html
    download = html.partition('href="data:text/csv;base64,')[2].partition('"')[0]
    assert base64.b64decode(download).decode().startswith("day,model,ours_usd,ours_eur,theirs_usd,")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (chosen("a,b\n1,2\n"), "This is not a cost file of OpenAI&#x27;s dashboard"),
        (chosen(COSTS.replace("usd", "eur")), "the currency is &#x27;eur&#x27;"),
        (chosen(b"\xff\xfe"), "is not UTF-8 text"),
        (chosen("", tooLarge=True), f"larger than {LARGEST_SENT:,} bytes"),
        ({"content": "%"}, "arrived incomplete"),
        (None, "The cost file is empty"),
    ],
)
async def test_a_file_that_is_no_bill_is_refused_in_words(tmp_path: Path, data: Any, says: str) -> None:
    assert (
        says
        in tab_of(tmp_path, PLAIN).press("usage-cost-file", event="upload", data=data)["usage-bill-table"]
    )


async def test_the_admin_key_is_used_once_and_taken_out_of_the_page(tmp_path: Path) -> None:
    asked: list[tuple[str, date, date]] = []

    def costs(key: str, first: date, last: date) -> Bill:
        asked.append((key, first, last))
        return Bill(first, last, (Billed(date(2026, 11, 22), "gpt-6-luna", Decimal("0.1")),))

    values = {**ASKED, "usage-bill-to": " 2026-11-22"}
    shown = tab_of(tmp_path, PLAIN, fetch_costs=costs).press("usage-fetch-costs", values)
    assert asked == [("sk-admin-1", date(2026, 11, 1), date(2026, 11, 22))]
    assert shown["usage-admin-key"] == ""
    assert "sk-admin-1" not in str(shown)
    assert 'data-exact="0.1"' in shown["usage-bill-table"]


@pytest.mark.parametrize(
    ("first", "says"),
    [("2026-11-01", "api.openai.com cannot be reached."), ("1 November", "From is "), ("", "From is ")],
)
async def test_what_cannot_be_fetched_is_said_and_the_key_is_gone(
    tmp_path: Path, first: str, says: str
) -> None:
    shown = tab_of(tmp_path, PLAIN).press("usage-fetch-costs", {**ASKED, "usage-bill-from": first})
    assert says in shown["usage-bill-table"]
    assert shown["usage-admin-key"] == ""


async def test_the_days_are_those_of_this_month_until_others_are_typed(tmp_path: Path) -> None:
    shown = tab_of(tmp_path, PLAIN).refresh(view=BILL)
    assert (shown["usage-bill-from"], shown["usage-bill-to"]) == ("2026-11-01", "2026-11-22")
    typed = tab_of(tmp_path, PLAIN).refresh({"usage-bill-from": "2026-10-01"}, BILL)
    assert typed["usage-bill-from"] == "2026-10-01"
    assert "usage-bill-table" not in typed


async def test_nobody_but_the_owner_compares_with_a_bill(tmp_path: Path) -> None:
    def costs(*_: object) -> Bill:
        raise AssertionError("nobody may ask for costs")

    bobs = tab_of(tmp_path, PLAIN, person="bob", fetch_costs=costs)
    for shown in (
        bobs.refresh(view=BILL),
        bobs.press("usage-cost-file", event="upload", data=chosen(COSTS)),
        bobs.press("usage-fetch-costs", {"usage-admin-key": "sk-admin-1"}),
    ):
        assert "Only the owner" in shown["usage-bill-table"]
        assert "0.0002334" not in shown["usage-bill-table"]
