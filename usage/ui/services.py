"""What the Usage tab needs from the rest of the app, handed in by app.py, and who is asking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import gradio as gr

from usage.call_table import Filter
from usage.chat_names import ChatNames
from usage.insights.alternatives import PricedModels
from usage.periods import Days, days_of
from usage.reports import UsageReports


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


@dataclass(frozen=True)
class UsageServices:
    """What the views work with.

    `person_of` says whose request it is, `may_see` whose calls that person may see, None = everybody's;
    `titles` names the conversations of one person, or for None of all; `clock` gives the time in UTC;
    `models` are those whose prices calls can be held against.
    """

    person_of: Callable[[gr.Request], str]
    may_see: Callable[[str], str | None]
    titles: Callable[[str | None], Mapping[str, str]]
    clock: Callable[[], datetime]
    reports: UsageReports
    models: PricedModels

    def asker(self, request: gr.Request) -> Asker:
        """Who asks. Each handler finds out by itself: any of them can be called from outside the page."""
        person = self.person_of(request)
        return Asker(person, self.may_see(person), self.clock().astimezone(self.reports.timezone))

    def chat_names(self, asker: Asker) -> ChatNames:
        """How this person's tables name conversations."""
        others = self.titles(None).keys() if asker.is_owner else frozenset[str]()
        return ChatNames(self.titles(asker.person), others)
