"""Check balance in the Usage tab: where the button is, who may press it, what it says of each account."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.helpers.ledger_entries import BERLIN, PLAIN
from tests.helpers.usage_tab import EVIL, Tab, services, tab_of
from usage.ledger import NOBODY, CsvLedger
from usage.reports import Calls
from usage.ui import Account, AccountError
from usage.ui.snippets import done_html, notice_html


async def rich() -> str:
    return f"$12.66 left {EVIL}"


async def dead() -> str:
    raise AccountError(f"Cannot reach it {EVIL}")


async def unasked() -> str:
    raise AssertionError("nothing is to be asked")


def accounts(*given: Account) -> Callable[[], Sequence[Account]]:
    return lambda: given


async def pressed(tab: Tab) -> str:
    """Return what is told in the end when the button is pressed."""
    *_asking, told = [each async for each in tab.press("usage-check-balance")["usage-account-balances"]]
    return str(told)


@pytest.mark.parametrize(
    ("person", "given", "is_there"),
    [
        ("local", [Account("OpenRouter", unasked)], True),
        ("local", [], False),
        ("bob", [Account("OpenRouter", unasked)], False),
    ],
)
async def test_the_button_is_there_for_the_owner_of_an_account_and_asks_nothing_by_itself(
    tmp_path: Path, person: str, given: list[Account], is_there: bool
) -> None:
    shown = tab_of(tmp_path, PLAIN, person=person, accounts=accounts(*given)).refresh()
    assert ("usage-accounts" in shown["usage-figures"]) is is_there


async def test_each_account_is_a_line_also_if_another_cannot_be_asked(tmp_path: Path) -> None:
    calls = Calls(CsvLedger(tmp_path / "usage.csv"), BERLIN)
    given = accounts(Account(f"OpenRouter {EVIL}", rich), Account("DeepSeek", dead))
    assert await pressed(Tab(services(calls, tmp_path, accounts=given))) == (
        done_html(f"OpenRouter {EVIL}: $12.66 left {EVIL} (asked at 13:00)")
        + notice_html(f"DeepSeek: Cannot reach it {EVIL}")
    )


@pytest.mark.parametrize("person", ["bob", NOBODY])
async def test_nobody_but_the_owner_asks(tmp_path: Path, person: str) -> None:
    tab = tab_of(tmp_path, PLAIN, person=person, accounts=accounts(Account("OpenRouter", unasked)))
    assert await pressed(tab) == notice_html("Only the owner of this app can do this.")


async def test_accounts_that_are_gone_leave_nothing(tmp_path: Path) -> None:
    assert await pressed(tab_of(tmp_path, PLAIN)) == ""
