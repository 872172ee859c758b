"""The views of the Usage tab that answer questions: insights, what if, subscription."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ledger_entries import PLAIN, an_entry, written
from tests.helpers.usage_tab import INSIGHTS, SUBSCRIPTION, WHAT_IF, Tab, services
from usage.ledger import NOBODY
from usage.reports import Calls
from usage.ui.snippets import notice_html


def two_people(tmp_path: Path) -> Calls:
    """A call of ann's, and one of bob's with a model that ann has never used."""
    return written(
        tmp_path / "usage.csv",
        an_entry(user="ann", conversation_id="chat-of-ann"),
        an_entry(call_id="2", user="bob", model="gpt-6.1-sol", conversation_id="chat-of-bob"),
    )


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("dearest", "Dearest calls"),
        ("history", "What sending earlier messages again cost"),
        ("cache", "What caching saved"),
        ("estimates", "How good the estimates were"),
        ("no such question", "Dearest calls"),
    ],
)
async def test_each_question_has_its_table_and_download(tmp_path: Path, question: str, says: str) -> None:
    tab = Tab(services(written(tmp_path / "usage.csv", an_entry()), tmp_path))
    html = tab.refresh({"usage-question": question}, INSIGHTS)["usage-insight"]
    assert f"<h3>{says}</h3>" in html
    name = question if question != "no such question" else "dearest"
    assert f'href="download/{name}.csv?period=30-days"' in html


async def test_insights_are_of_the_period(tmp_path: Path) -> None:
    reports = written(tmp_path / "usage.csv", an_entry(started_at=datetime(2026, 10, 1, tzinfo=UTC)))
    tab = Tab(services(reports, tmp_path))
    assert "ten calls that cost the most" in tab.refresh(view=INSIGHTS)["usage-insight"]
    assert "2026-10-01 02:00" in tab.refresh({"usage-period": "all"}, INSIGHTS)["usage-insight"]


@pytest.mark.parametrize("question", ["dearest", "history", "cache", "estimates"])
async def test_insights_have_nothing_of_other_people(tmp_path: Path, question: str) -> None:
    reports = two_people(tmp_path)
    asked = {"usage-question": question}
    rows = {
        person: Tab(services(reports, tmp_path, person=person)).refresh(asked, INSIGHTS)["usage-insight"]
        for person in ("ann", "local")
    }
    assert (rows["ann"].count('<th scope="row">'), rows["local"].count('<th scope="row">')) in {
        (1, 2),
        (2, 3),
    }
    assert "bob" not in rows["ann"]
    assert "gpt-6.1-sol" not in rows["ann"]


async def test_the_owner_sees_no_title_of_other_peoples_chats(tmp_path: Path) -> None:
    titles = {"ann": {"chat-of-ann": "A secret of ann"}, "local": {}}

    def titles_of(person: str | None) -> dict[str, str]:
        return titles["ann"] if person is None else titles[person]

    reports = two_people(tmp_path)
    html = dearest(Tab(services(reports, tmp_path, titles=titles_of)))
    assert "secret" not in html
    assert "Another person’s chat chat-of-…" in html
    assert "Deleted chat chat-of-…" in html
    anns = Tab(services(reports, tmp_path, person="ann", titles=titles_of)).refresh(view=INSIGHTS)[
        "usage-insight"
    ]
    assert '<a href="?c=chat-of-ann">A secret of ann</a>' in anns


def dearest(tab: Tab) -> str:
    """The table of the dearest calls."""
    return str(tab.refresh(view=INSIGHTS)["usage-insight"])


def what_if(tab: Tab, models: list[str], **more: Any) -> dict[str, Any]:
    """The view with these models chosen."""
    return tab.refresh({"usage-models": models, **more}, WHAT_IF)


async def test_what_if_begins_with_the_newest_models(tmp_path: Path) -> None:
    shown = what_if(Tab(services(written(tmp_path / "usage.csv", an_entry()), tmp_path)), [])
    html = shown["usage-what-if-table"]
    assert '<th scope="row">as paid</th><td class="figure" data-exact="0.0002334"' in html
    assert {"gpt-6-luna", "gpt-6.1-sol"} <= set(shown["usage-models"]["value"])
    assert "gpt-5.5" not in shown["usage-models"]["value"]


async def test_what_if_holds_the_calls_against_what_was_chosen(tmp_path: Path) -> None:
    html = what_if(Tab(services(written(tmp_path / "usage.csv", an_entry()), tmp_path)), ["gpt-5.5"])[
        "usage-what-if-table"
    ]
    # 234 fresh at $5, 1,000 cached at $0.50, 400 out at $30 per million
    assert '<th scope="row">gpt-5.5</th><td class="figure" data-exact="0.01367"' in html
    assert 'href="download/what-if.csv?period=30-days&amp;models=gpt-5.5"' in html
    assert "gpt-6-luna" not in html


async def test_what_if_says_that_a_price_is_not_known(tmp_path: Path) -> None:
    shown = what_if(Tab(services(written(tmp_path / "usage.csv", an_entry()), tmp_path)), ["nobody <b>"])
    assert "No price is known for &#x27;nobody &lt;b&gt;&#x27;" in shown["usage-what-if-table"]


async def test_what_if_offers_no_models_that_only_others_have_used(tmp_path: Path) -> None:
    reports = written(
        tmp_path / "usage.csv",
        an_entry(user="ann"),
        an_entry(call_id="2", user="bob", model="gpt-4o-2024-08-06"),
    )
    offered = what_if(Tab(services(reports, tmp_path, person="ann")), [])["usage-models"]["choices"]
    assert "gpt-4o-2024-08-06" not in offered
    everybodys = what_if(Tab(services(reports, tmp_path)), [])["usage-models"]["choices"]
    assert "gpt-4o-2024-08-06" in everybodys


async def test_what_if_without_calls_says_what_will_be_here(tmp_path: Path) -> None:
    shown = what_if(Tab(services(written(tmp_path / "usage.csv"), tmp_path)), [])
    assert "once there are some" in shown["usage-what-if-table"]


async def test_the_subscription_is_held_against_each_month(tmp_path: Path) -> None:
    reports = written(
        tmp_path / "usage.csv",
        an_entry(cost_usd=Decimal(25)),
        an_entry(call_id="2", started_at=datetime(2026, 10, 1, tzinfo=UTC), cost_usd=Decimal(5)),
    )
    shown = Tab(services(reports, tmp_path)).refresh(view=SUBSCRIPTION)
    assert "November 2026, day by day" in shown["usage-month"]
    assert "Subscription $20.00" in shown["usage-month"]
    assert '<th scope="row">2026-10</th><td class="figure" data-exact="5"' in shown["usage-months"]
    assert 'data-exact="-5" title="-$5">-$5.00</td>' in shown["usage-months"]
    assert 'href="download/subscription.csv?price=20.00"' in shown["usage-months"]
    dearer = Tab(services(reports, tmp_path)).refresh({"usage-subscription-price": " $30 "}, SUBSCRIPTION)
    assert "Subscription $30.00" in dearer["usage-month"]


@pytest.mark.parametrize("price", ["twenty", "-1", "1,500"])
async def test_a_price_that_is_none_is_said(tmp_path: Path, price: str) -> None:
    reports = written(tmp_path / "usage.csv", an_entry())
    shown = Tab(services(reports, tmp_path)).refresh({"usage-subscription-price": price}, SUBSCRIPTION)
    assert f"The price is “{price}”: expected " in shown["usage-month"]
    assert shown["usage-months"] == ""


async def test_the_subscription_of_a_person_has_only_that_persons_costs(tmp_path: Path) -> None:
    shown = Tab(services(two_people(tmp_path), tmp_path, person="ann")).refresh(view=SUBSCRIPTION)
    assert 'data-exact="0.0002334"' in shown["usage-months"]
    assert 'data-exact="0.0004668"' not in shown["usage-months"]
    nobody = Tab(services(two_people(tmp_path), tmp_path, person="eve")).refresh(view=SUBSCRIPTION)
    assert "Here you will see this month’s cost" in nobody["usage-month"]


@pytest.mark.parametrize("view", range(7))
async def test_who_has_not_signed_in_is_shown_nothing_of_anybody(tmp_path: Path, view: int) -> None:
    (tmp_path / "prices.toml").write_text(
        '[models."m"]\ninput_usd_per_mtok = 1\noutput_usd_per_mtok = 2\nendpoint = "inner.example.com"\n'
    )
    reports = written(tmp_path / "usage.csv", PLAIN)
    shown = Tab(services(reports, tmp_path, person=NOBODY)).refresh(view=view)
    texts = [value for value in shown.values() if isinstance(value, str) and value]
    assert texts == [notice_html("Sign in to see what was used.")]
