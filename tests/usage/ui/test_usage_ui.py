"""The Usage tab: what it shows, to whom, with every name escaped."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import BERLIN, PLAIN, an_entry, cells
from tests.helpers.usage_tab import INSIGHTS, OVERVIEW, WHAT_IF, Tab, services, tab_of
from usage.ledger import COLUMNS, CsvLedger, LedgerProblem
from usage.reports import Calls, ChatNames, Spend, Totals, usage_html
from usage.reports.questions.usage_by import usage_sheet
from usage.ui.snippets import figures_html, notice_html, problems_html
from usage.ui.view import TitlesError


def test_the_figures_on_top_say_what_is_spent_and_to_come() -> None:
    month = Totals(calls=5, cost_usd=Decimal("4.1234"), estimated_usd=Decimal("0.1"), unknown_price_calls=1)
    spend = Spend(today=Totals(calls=1, cost_usd=Decimal("0.00111")), month=month, conversation=Totals())
    assert figures_html(spend, date(2026, 11, 15)) == (
        '<dl class="usage-figures"><div><dt>Today</dt><dd title="$0.00111">$0.0011</dd></div>'
        '<div><dt>This month</dt><dd title="$4.1234">≈ $4.12 '
        '<small><a href="?view=prices">+ 1 call without a price</a></small></dd></div>'
        "<div><dt>Projected this month</dt><dd>≈ $8.25</dd></div>"
        "<div><dt>Average per call</dt><dd>$1.03</dd></div></dl>"
    )


@pytest.mark.parametrize(
    ("person", "others", "whose"),
    [("local", [], set()), ("local", ["ann"], {"everyone"}), ("ann", ["bob"], {"you"})],
)
async def test_once_there_are_several_people_figures_say_whose_they_are(
    tmp_path: Path, person: str, others: list[str], whose: set[str]
) -> None:
    entries = [an_entry(call_id=user, user=user) for user in (person, *others)]
    shown = tab_of(tmp_path, *entries, person=person).refresh()
    assert set(re.findall("<small>(.*?)</small></dt>", shown["usage-figures"])) == whose
    assert ("usage-several" in shown["usage-figures"]) is bool(whose)
    choices = {value for _name, value in shown["usage-by"]["choices"]}
    assert ("user" in choices) is (whose == {"everyone"})


@pytest.mark.parametrize(
    ("host", "is_openai", "has_bill"),
    [("api.openai.com", False, True), ("127.0.0.1", True, True), ("127.0.0.1", False, False)],
)
async def test_the_bill_is_there_for_those_whom_openai_bills(
    tmp_path: Path, host: str, is_openai: bool, has_bill: bool
) -> None:
    shown = tab_of(tmp_path, an_entry(endpoint=host), is_openai=is_openai).refresh()
    assert ("usage-openai" in shown["usage-figures"]) is has_bill


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ("2026-11-22..2026-11-21", "“From” is after “To”."),
        ("2026-13-01..2026-11-21", "The address names days that do not exist."),
    ],
)
@pytest.mark.parametrize("view", [OVERVIEW, INSIGHTS, WHAT_IF])
async def test_wrong_days_are_said_once_and_beside_them(
    tmp_path: Path, view: str, days: str, says: str
) -> None:
    tab, between = tab_of(tmp_path, PLAIN), {"usage-period": "between", "usage-between": days}
    shown = tab.refresh(between, view)
    figures = shown.pop("usage-figures")
    assert "$0.0002" in figures
    assert [text for text in shown.values() if text and isinstance(text, str)] == [notice_html(says)]
    assert says in shown["usage-period-told"]
    right = tab.refresh(between | {"usage-between": "2026-11-22..2026-11-22"}, view)
    assert right["usage-period-told"] == ""


def test_what_is_unknown_is_not_shown_as_nothing() -> None:
    unknown = Totals(calls=2, unknown_price_calls=2)
    html = figures_html(Spend(today=unknown, month=unknown, conversation=Totals()), date(2026, 11, 15))
    assert html.count("<dd>price unknown</dd>") == 3
    assert html.endswith("<div><dt>Average per call</dt><dd>–</dd></div></dl>")


async def test_only_the_owner_is_led_to_where_calls_get_a_price(tmp_path: Path) -> None:
    calls = [
        an_entry(call_id=f"{user}{cost}", user=user, cost_usd=cost)
        for user in ("ann", "local")
        for cost in (Decimal(1), None)
    ]
    led = '<a href="?view=prices">'
    assert led in tab_of(tmp_path, *calls).refresh()["usage-figures"]
    figures = tab_of(tmp_path, *calls, person="ann").refresh()["usage-figures"]
    assert " <small>+ 1 call without a price</small>" in figures
    assert led not in figures


def test_what_is_unknown_is_not_free_beside_a_call_that_was_refused() -> None:
    unknown = Totals(calls=6, unknown_price_calls=5)
    html = usage_html(usage_sheet("model", [["m", *cells(unknown)]], cells(unknown)), ChatNames())
    assert html.count('<td class="figure">price unknown</td>') == 1
    assert "free" not in html


def test_bad_rows_are_named_quietly() -> None:
    problems = [LedgerProblem(line, "is <bad>") for line in (7, 9, 11, 13)]
    assert problems_html([]) == ""
    assert problems_html(problems) == (
        '<p class="usage-problems" role="status">4 rows of usage.csv left out: line 7 is &lt;bad&gt;; '
        "line 9 is &lt;bad&gt;; line 11 is &lt;bad&gt; …</p>"
    )


async def test_days_stand_newest_first_and_chats_by_their_titles(tmp_path: Path) -> None:
    gone = an_entry(
        call_id="2", started_at=datetime(2026, 11, 21, tzinfo=UTC), conversation_id="gone-chat-id"
    )
    tab = tab_of(tmp_path, PLAIN, gone)
    days = tab.refresh()["usage-table"]
    assert days.index("Nov 22, 2026") < days.index("Nov 21, 2026")
    by_chat = tab.refresh({"usage-by": "conversation"})
    assert '<a href="?c=chat-1">SQL &lt;img' in by_chat["usage-table"]
    assert "Deleted chat gone-cha…" in by_chat["usage-table"]
    assert by_chat["usage-most-expensive"] == ""


async def test_the_chats_that_cost_the_most_are_named_above_the_chart(tmp_path: Path) -> None:
    costs = {"chat-1": "0.3", "gone-chat-id": "0.007", "chat-3": "2.5", "chat-4": "1", "chat-5": "0"}
    entries = [an_entry(call_id=chat, conversation_id=chat, cost_usd=Decimal(costs[chat])) for chat in costs]
    html = tab_of(tmp_path, *entries).refresh()["usage-most-expensive"]
    assert re.findall(r'<span title="(.*?)">(.*?)</span>', html) == [
        ("$2.50", "$2.50"),
        ("$1.00", "$1.00"),
        ("$0.30", "$0.30"),
    ]
    assert '<a href="?c=chat-1">SQL &lt;img' in html
    assert "<li>Deleted chat chat-3 " in html
    free = tab_of(tmp_path, an_entry(cost_usd=Decimal(0)))
    assert free.refresh()["usage-most-expensive"] == ""


async def test_before_the_first_call_the_tab_says_what_will_be_here(tmp_path: Path) -> None:
    tab = tab_of(tmp_path)
    shown = tab.refresh()
    assert shown["usage-figures"].count(">$0.00</dd>") == 3
    assert "What you spend appears here as a chart and a table" in shown["usage-chart"]
    assert (shown["usage-table"], shown["usage-download"]) == ("", "")
    insight = tab.refresh(view=INSIGHTS)["usage-insight"]
    assert "Here you will see the ten calls that cost the most" in insight


async def test_the_tab_shows_a_user_only_own_calls(tmp_path: Path) -> None:
    entries = an_entry(user="ann"), an_entry(call_id="2", user="bob", model="secret")
    local, ann, eve = (
        tab_of(tmp_path, *entries, person=person).refresh({"usage-by": "model"})
        for person in ("local", "ann", "eve")
    )
    assert "secret" in local["usage-table"]
    assert "secret" not in str(ann)
    assert "What you spend appears here" in eve["usage-chart"]


async def test_a_ledger_that_cannot_be_read_is_said_in_the_tab(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").mkdir()
    shown = Tab(services(Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN), tmp_path)).refresh()
    assert "Cannot read" in shown["usage-chart"]
    assert "Is a directory" in shown["usage-chart"]
    assert shown["usage-table"] == shown["usage-figures"] == ""


async def test_a_ledger_saved_with_semicolons_is_said_in_the_tab(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_text(";".join(COLUMNS) + "\n")
    shown = Tab(services(Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN), tmp_path)).refresh()
    assert "usage.csv was saved with semicolons between the columns" in shown["usage-chart"]
    assert shown["usage-table"] == shown["usage-figures"] == ""


async def test_a_store_that_cannot_be_read_is_said_in_the_tab(tmp_path: Path) -> None:
    def titles(_: str | None) -> dict[str, str]:
        raise TitlesError("The conversations <are> gone.")

    shown = tab_of(tmp_path, PLAIN, titles=titles).refresh({"usage-by": "conversation"})
    assert "The conversations &lt;are&gt; gone." in shown["usage-chart"]
    assert shown["usage-table"] == ""


async def test_the_tab_has_its_element_ids(tmp_path: Path) -> None:
    ids = {getattr(block, "elem_id", None) for block in tab_of(tmp_path).page.blocks.values()}
    assert ids >= {"usage-table", "usage-chart", "usage-period", "usage-by", "usage-download"}
