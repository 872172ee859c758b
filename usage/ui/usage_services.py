"""What the Usage tab needs from the rest of the app, handed in by page.py, and who is asking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import gradio as gr

from usage.accounts import Bill
from usage.ledger import Ledger, LedgerEntry
from usage.prices import PriceFile, PriceUpdates
from usage.reports import Asked, Calls, ChatNames, Filter, PricedModels, spend
from usage.ui.snippets import figures_html
from usage.units import Days, Price, days_of


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, whose calls that person may see (None = everybody's), and when: `now` is local."""

    person: str
    sees: str | None
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    @property
    def is_owner(self) -> bool:
        """Whether it is the one who sees everybody's spend and may change what holds for all."""
        return self.sees is None

    def days(self, period: str) -> Days:
        """The days of a period as seen today."""
        return days_of(period, self.today)

    def calls(self, period: str) -> Filter:
        """The calls of a period that this person may see."""
        days = self.days(period)
        return Filter(days.first, days.last, self.sees)


class TitlesError(Exception):
    """What conversations are called cannot be found out; the text says why and is fit to show."""


@dataclass(frozen=True)
class UsageServices:
    """What the views work with.

    `person_of` says whose request it is, `may_see` whose calls that person may see, None = everybody's;
    `titles` names the conversations of one person, or for None of all, or raises TitlesError; `clock` gives
    the time in UTC; `models` are those whose prices calls can be held against; `late_price` finds the price
    that a past call lacks; `fetch_costs(admin_key, first_day, last_day)` asks OpenAI what was billed on these
    days of UTC.
    """

    person_of: Callable[[gr.Request], str]
    may_see: Callable[[str], str | None]
    titles: Callable[[str | None], Mapping[str, str]]
    clock: Callable[[], datetime]
    calls: Calls
    models: PricedModels
    ledger: Ledger
    new_id: Callable[[], str]
    own_prices: PriceFile
    price_updates: PriceUpdates
    late_price: Callable[[LedgerEntry], Price | None]
    fetch_costs: Callable[[str, date, date], Bill]

    def asker(self, request: gr.Request) -> Asker:
        """Who asks. Each handler finds out by itself: any of them can be called from outside the page."""
        person = self.person_of(request)
        return Asker(person, self.may_see(person), self.clock().astimezone(self.calls.timezone))

    def figures(self, asker: Asker) -> str:
        """The figures on top, of what this person may see. Raises LedgerError."""
        return figures_html(spend(self.calls, asker.today, asker.sees), asker.today, asker.is_owner)

    def asked(self, asker: Asker, chosen: Filter) -> Asked:
        """What this person asks of these calls."""
        return Asked(calls=self.calls, chosen=chosen, now=asker.now, models=lambda: self.models)

    def chat_names(self, asker: Asker) -> ChatNames:
        """How this person's tables name conversations."""
        others = self.titles(None).keys() if asker.is_owner else frozenset[str]()
        return ChatNames(self.titles(asker.person), others)
