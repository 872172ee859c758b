"""The views of the Usage tab that answer questions: insights, what if, subscription."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ledger_entries import PLAIN, an_entry
from tests.helpers.usage_tab import INSIGHTS, OVERVIEW, SETTLE_UP, SUBSCRIPTION, VIEWS, WHAT_IF, Tab, tab_of
from usage.ledger import NOBODY, LedgerEntry
from usage.ui.snippets import notice_html
from usage.units import Currency

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
# A call of ann's, and one of bob's with a model that ann has never used.
TWO_PEOPLE = (
    an_entry(user="ann", conversation_id="chat-of-ann"),
    an_entry(call_id="2", user="bob", model="gpt-6.1-sol", conversation_id="chat-of-bob"),
)


def insight(tab: Tab, question: str = "dearest", **values: Any) -> str:
    """Return the answer to a question among the insights."""
    return str(tab.refresh({"usage-question": question, **values}, INSIGHTS)["usage-insight"])


def what_if(tab: Tab, *models: str) -> dict[str, Any]:
    """Return the view with these models chosen."""
    return tab.refresh({"usage-models": list(models)}, WHAT_IF)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("dearest", "Most expensive calls"),
        ("history", "What sending earlier messages again cost"),
        ("cache", "What caching saved"),
        ("estimates", "How good the estimates were"),
        ("no such question", "Most expensive calls"),
    ],
)
async def test_each_question_has_its_table_and_download_and_nothing_of_other_people(
    tmp_path: Path, question: str, says: str
) -> None:
    html = insight(tab_of(tmp_path, *TWO_PEOPLE), question)
    assert f"<h2>{says}</h2>" in html
    name = question if question != "no such question" else "dearest"
    assert f'href="download/{name}.csv?period=30-days"' in html
    anns = insight(tab_of(tmp_path, *TWO_PEOPLE, person="ann"), question)
    rows = [text.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>") for text in (anns, html)]
    assert rows == [1, 2]
    assert "bob" not in anns
    assert "gpt-6.1-sol" not in anns


EURO = Currency("EUR", Decimal("0.9"))
IN_EURO = "data-currency>0.00021</td>"


@pytest.mark.parametrize(
    ("view", "values", "table", "link"),
    [
        (OVERVIEW, {}, "usage-table", "table.csv?by=day&amp;period=30-days&amp;currency=EUR&amp;rate=0.9"),
        (INSIGHTS, {}, "usage-insight", "dearest.csv?period=30-days&amp;currency=EUR&amp;rate=0.9"),
        (
            WHAT_IF,
            {"usage-models": ["gpt-6-luna"]},
            "usage-what-if-table",
            "what-if.csv?period=30-days&amp;models=gpt-6-luna&amp;currency=EUR&amp;rate=0.9",
        ),
        (SUBSCRIPTION, {}, "usage-months", "subscription.csv?price=20.00&amp;currency=EUR&amp;rate=0.9"),
        (SETTLE_UP, {}, "usage-balances", "settle.csv?currency=EUR&amp;rate=0.9"),
    ],
)
async def test_costs_are_in_a_persons_currency_too_in_tables_and_downloads(
    tmp_path: Path, view: str, values: dict[str, Any], table: str, link: str
) -> None:
    shown = tab_of(tmp_path, PLAIN, currency_of=lambda _: EURO).refresh(values, view)
    assert f'data-exact="0.00021006" {IN_EURO}' in shown[table]
    assert EURO.note in shown[table]
    assert f'href="download/{link}"' in "".join(each for each in shown.values() if isinstance(each, str))
    plain = tab_of(tmp_path, PLAIN).refresh(values, view)
    assert "EUR" not in str(plain)


async def test_insights_are_of_the_period(tmp_path: Path) -> None:
    tab = tab_of(tmp_path, an_entry(started_at=OCTOBER))
    assert "ten calls that cost the most" in insight(tab)
    assert "Oct 1, 2026, 02:00" in insight(tab, **{"usage-period": "all"})


async def test_the_owner_sees_no_title_of_other_peoples_chats(tmp_path: Path) -> None:
    titles = {
        None: {"chat-of-ann": "A secret of ann"},
        "ann": {"chat-of-ann": "A secret of ann"},
        "local": {},
    }
    html = insight(tab_of(tmp_path, *TWO_PEOPLE, titles=titles.__getitem__))
    assert "secret" not in html
    assert "Another person’s chat chat-of-…" in html
    assert "Deleted chat chat-of-…" in html
    anns = insight(tab_of(tmp_path, *TWO_PEOPLE, person="ann", titles=titles.__getitem__))
    assert '<a href="?c=chat-of-ann&amp;turn=turn-1">A secret of ann</a>' in anns


async def test_what_if_begins_with_the_newest_models(tmp_path: Path) -> None:
    shown = what_if(tab_of(tmp_path, PLAIN))
    paid = '<th scope="row">as paid</th><td class="figure" data-exact="0.0002334"'
    assert paid in shown["usage-what-if-table"]
    assert {"gpt-6-luna", "gpt-6.1-sol"} <= set(shown["usage-models"]["value"])
    assert "gpt-5.5" not in shown["usage-models"]["value"]


async def test_what_if_holds_the_calls_against_what_was_chosen(tmp_path: Path) -> None:
    html = what_if(tab_of(tmp_path, PLAIN), "gpt-5.5")["usage-what-if-table"]
    # 234 fresh at $5, 1,000 cached at $0.50, 400 out at $30 per million
    assert '<th scope="row">gpt-5.5</th><td class="figure" data-exact="0.01367"' in html
    assert 'href="download/what-if.csv?period=30-days&amp;models=gpt-5.5"' in html
    assert "gpt-6-luna" not in html


@pytest.mark.parametrize(
    ("entries", "model", "says"),
    [
        ([PLAIN], "nobody <b>", "No price is known for &#x27;nobody &lt;b&gt;&#x27;"),
        ([], "gpt-5.5", "After your first calls"),
    ],
)
async def test_what_if_says_why_there_is_nothing(
    tmp_path: Path, entries: list[LedgerEntry], model: str, says: str
) -> None:
    assert says in what_if(tab_of(tmp_path, *entries), model)["usage-what-if-table"]


async def test_what_if_offers_no_models_that_only_others_have_used(tmp_path: Path) -> None:
    entries = an_entry(user="ann"), an_entry(call_id="2", user="bob", model="gpt-4o-2024-08-06")
    everybodys = what_if(tab_of(tmp_path, *entries))["usage-models"]["choices"]
    anns = what_if(tab_of(tmp_path, *entries, person="ann"))["usage-models"]["choices"]
    assert ("gpt-4o-2024-08-06" in everybodys, "gpt-4o-2024-08-06" in anns) == (True, False)


async def test_the_subscription_is_held_against_each_month(tmp_path: Path) -> None:
    october = an_entry(call_id="2", started_at=OCTOBER, cost_usd=Decimal(5))
    tab = tab_of(tmp_path, an_entry(cost_usd=Decimal(25)), october)
    shown = tab.refresh(view=SUBSCRIPTION)
    assert "November 2026, day by day" in shown["usage-month"]
    assert "Subscription $20.00" in shown["usage-month"]
    assert (
        '<th scope="row" data-exact="202610">Oct 2026</th><td class="figure" data-exact="5"'
        in shown["usage-months"]
    )
    assert 'data-exact="-5" title="−$5.00">−$5.00</td>' in shown["usage-months"]
    assert 'data-exact="10" data-running title="$10.00">$10.00</td>' in shown["usage-months"]
    assert 'href="download/subscription.csv?price=20.00"' in shown["usage-months"]
    dearer = tab.refresh({"usage-subscription-price": " $30 "}, SUBSCRIPTION)
    assert "Subscription $30.00" in dearer["usage-month"]


@pytest.mark.parametrize("price", ["twenty", "-1", "1,500"])
async def test_a_price_that_is_none_is_said(tmp_path: Path, price: str) -> None:
    shown = tab_of(tmp_path, PLAIN).refresh({"usage-subscription-price": price}, SUBSCRIPTION)
    assert f"The price is “{price}”: expected " in shown["usage-month"]
    assert shown["usage-months"] == ""


async def test_the_subscription_of_a_person_has_only_that_persons_costs(tmp_path: Path) -> None:
    shown = tab_of(tmp_path, *TWO_PEOPLE, person="ann").refresh(view=SUBSCRIPTION)
    assert 'data-exact="0.0002334"' in shown["usage-months"]
    assert 'data-exact="0.0004668"' not in shown["usage-months"]
    nobody = tab_of(tmp_path, *TWO_PEOPLE, person="eve").refresh(view=SUBSCRIPTION)
    assert "After your first calls" in nobody["usage-month"]


@pytest.mark.parametrize("view", VIEWS)
async def test_who_has_not_signed_in_is_shown_nothing_of_anybody(tmp_path: Path, view: str) -> None:
    (tmp_path / "prices.toml").write_text(
        '[models."m"]\ninput_usd_per_mtok = 1\noutput_usd_per_mtok = 2\nendpoint = "inner.example.com"\n'
    )
    shown = tab_of(tmp_path, PLAIN, person=NOBODY).refresh(view=view)
    texts = [value for value in shown.values() if isinstance(value, str) and value]
    assert texts == [notice_html("Sign in to see what was used.")]
