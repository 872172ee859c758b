"""What every view of the Usage tab works with: who asks, the parts of the app, what a view is, its events."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode

import gradio as gr
from gradio.components import Component

from texts import _
from usage.accounts import Bill, BillError
from usage.ledger import LedgerError
from usage.prices import LatePrices, PriceFile, PricesError, PriceUpdates
from usage.reports import (
    Asked,
    Calls,
    ChatNames,
    Filter,
    PricedModels,
    has_openai_calls,
    has_several_people,
    spend,
)
from usage.ui.snippets import Whose, figures_html, notice_html
from usage.units import Currency, days_of

# What an event brought for each of its inputs, and what it puts into controls.
Values: TypeAlias = Mapping[Component, Any]
Shown: TypeAlias = dict[Component, Any]

# How an event is listened to here: nothing flickers, and of many in a row the last one counts.
QUIETLY: dict[str, Any] = {
    "show_progress": "hidden",
    "show_progress_on": [],  # else each of its steps would have the browser copy all that the outputs hold
    "trigger_mode": "always_last",
    "api_visibility": "private",
}
# What takes a moment and is done once however often a person presses.
WAITING: dict[str, Any] = {
    **QUIETLY,
    "show_progress": "minimal",
    "show_progress_on": None,
    "trigger_mode": "once",
}


# The choice of a period that is two days.
BETWEEN = "between"


@dataclass(frozen=True)
class PeriodChoice:
    """The controls that choose a period: one of PERIODS, or for BETWEEN the two days in `between`.

    `told` stands beside them and says what is wrong with the days.
    """

    named: gr.Radio
    between: gr.Textbox
    told: gr.HTML

    @property
    def controls(self) -> list[Component]:
        """Return the inputs that `of` reads."""
        return [self.named, self.between]

    def of(self, values: Values) -> str:
        """Return the period as `days_of` and the downloads take it."""
        named: str = values[self.named]
        return (values[self.between] or "..") if named == BETWEEN else named


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, whose calls that person may see (None = everybody's), and when: `now` is local.

    With a `currency` they see what things cost in that too.
    """

    person: str
    sees: str | None
    now: datetime
    currency: Currency | None

    @property
    def today(self) -> date:
        """Return the local day."""
        return self.now.date()

    @property
    def is_owner(self) -> bool:
        """Return whether this person sees everybody's spend and may change what holds for all."""
        return self.sees is None

    def calls(self, period: str) -> Filter:
        """Return the filter for what this person may see of a period."""
        days = days_of(period, self.today)
        return Filter(days.first, days.last, self.sees)

    def download(self, name: str, **query: str) -> str:
        """Return the address of a sheet as CSV, in this person's currency too."""
        asked = query | (self.currency.query if self.currency else {})
        return f"download/{name}.csv" + (f"?{urlencode(asked)}" if asked else "")


class TitlesError(Exception):
    """The titles of conversations cannot be read; the text says why and is fit to show."""


class AccountError(Exception):
    """It is not known what is left in an account; the text says why and is fit to show."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account at an endpoint, which pays for calls; `balance` asks there what is left, in words.

    It raises AccountError.
    """

    name: str
    balance: Callable[[], Awaitable[str]]


@dataclass(frozen=True)
class UsageServices:
    """The parts of the app that the views work with, handed in by page.py.

    `person_of` says whose request it is, `may_see` whose calls that person may see, None = everybody's;
    `currency_of` says what the person also wants to see costs in, None for USD alone;
    `titles` names the conversations of one person, or for None of all, or raises TitlesError; `clock` gives
    the time in UTC; `models` are those whose prices calls can be held against; `late_prices` finds the
    price that a past call lacks; `is_openai` says whether OpenAI bills for the endpoint, and
    `fetch_costs(admin_key, first_day, last_day)` asks it what was billed on these days of UTC; `accounts` are
    those whose balance can be asked for.
    """

    person_of: Callable[[gr.Request], str]
    may_see: Callable[[str], str | None]
    currency_of: Callable[[gr.Request], Currency | None]
    titles: Callable[[str | None], Mapping[str, str]]
    clock: Callable[[], datetime]
    calls: Calls
    models: PricedModels
    new_id: Callable[[], str]
    own_prices: PriceFile
    price_updates: PriceUpdates
    late_prices: LatePrices
    is_openai: bool
    fetch_costs: Callable[[str, date, date], Bill]
    accounts: Callable[[], Sequence[Account]]

    def asker(self, request: gr.Request) -> Asker:
        """Return who asks. Each handler does so itself: any of them can be called from outside the page."""
        person = self.person_of(request)
        now = self.clock().astimezone(self.calls.timezone)
        return Asker(person, self.may_see(person), now, self.currency_of(request))

    def figures(self, asker: Asker) -> str:
        """Return the figures on top, of what this person may see. Raises LedgerError."""
        with self.calls.unchanged():
            whose: Whose = "own"
            if several := has_several_people(self.calls):
                whose = "everyone" if asker.is_owner else "yours"
            marks = {
                "usage-owner": asker.is_owner,
                "usage-several": several,
                "usage-accounts": asker.is_owner and bool(self.accounts()),
                "usage-openai": self.is_openai or has_openai_calls(self.calls),
            }
            shown = [mark for mark, holds in marks.items() if holds]
            spent = spend(self.calls, asker.today, asker.sees)
            return figures_html(spent, asker.today, whose, *shown, may_price=asker.is_owner)

    def asked(self, asker: Asker, chosen: Filter) -> Asked:
        """Return the question that this person puts to these calls."""
        return Asked(calls=self.calls, chosen=chosen, now=asker.now, models=lambda: self.models)

    def chat_names(self, asker: Asker) -> ChatNames:
        """Return how this person's tables name conversations. Raises TitlesError."""
        others = self.titles(None).keys() if asker.is_owner else frozenset[str]()
        return ChatNames(self.titles(asker.person), others)


@dataclass(frozen=True)
class View:
    """A tab of its own: `show` says what `outputs` are to hold for what `inputs` hold.

    The first output takes a notice. The view is drawn again at each of the events in `changes`, except for
    its inputs: those are what changed. The controls in `kept` stand in the page's address by their names.
    """

    tab: gr.Tab
    inputs: Sequence[Component]
    outputs: Sequence[Component]
    changes: Sequence[Any]
    show: Callable[[Values, Asker], Shown]
    kept: Mapping[str, Component] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what the address calls it."""
        return str(self.tab.id)


def owner_only(
    services: UsageServices, told: gr.HTML, act: Callable[[Values, Asker], Shown]
) -> Callable[[Values, gr.Request], Shown]:
    """Make a listener that acts for the owner and puts into `told` why something could not be done.

    Its event's inputs are a set, whose values `act` gets. LedgerError, PricesError and BillError are told.
    """

    def handle(values: Values, request: gr.Request) -> Shown:
        asker = services.asker(request)
        if not asker.is_owner:
            return {told: notice_html(_("Only the owner of this app can do this."))}
        try:
            return act(values, asker)
        except (LedgerError, PricesError, BillError) as exc:
            return {told: notice_html(str(exc))}

    return handle
