"""Every sheet, registered once: the page, the downloads and the terminal offer what stands here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from texts import N_, _
from usage.reports.calls import Calls, Filter
from usage.reports.priced_models import PricedModels
from usage.reports.questions.balances import balances, statement
from usage.reports.questions.cache import cache_savings
from usage.reports.questions.dearest import dearest_calls, dearest_conversations
from usage.reports.questions.estimates import estimate_quality
from usage.reports.questions.history import history_tax
from usage.reports.questions.subscription import DEFAULT_USD, months_against
from usage.reports.questions.surcharges import charges
from usage.reports.questions.unpriced import unpriced_calls
from usage.reports.questions.usage_by import GROUPINGS, usage_by
from usage.reports.questions.what_if import what_if
from usage.reports.sheets import Sheet
from usage.units import read_usd

_MOST_CALLS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: of which calls, when (`now` is local), and the options by name.

    `models` gives those whose prices calls can be held against, or raises PricesError.
    """

    calls: Calls
    chosen: Filter
    now: datetime
    models: Callable[[], PricedModels]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """What can be asked for beside the calls. `read` raises ValueError, whose text says what is expected."""

    name: str
    help: str
    default: Any
    read: Callable[[str], Any] = str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None

    def value(self, text: str | None) -> Any:
        """Return the value of a text, the default for none. Raises ValueError."""
        if not text:
            return self.default
        if self.choices and text not in self.choices:
            raise ValueError(_("expected one of {names}").format(names=", ".join(self.choices)))
        return self.read(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A sheet that can be asked for: by which name, with which options, and how it comes about.

    `command` says in the terminal what it is; `page_name` is its name among the insights on the page, and
    `nothing` what stands there as long as it has no rows; both are translated when drawn. One that
    `is_personal` is about one person.
    """

    name: str
    make: Callable[[Asked], Sheet]
    options: tuple[Option, ...] = ()
    command: str = ""
    page_name: str = ""
    nothing: str = ""
    is_personal: bool = False

    def answer(self, asked: Asked) -> Sheet:
        """Return the sheet, all of it out of the same entries; options not asked for have their defaults."""
        options = {option.name: option.default for option in self.options}
        with asked.calls.unchanged():
            return self.make(replace(asked, options=options | dict(asked.options)))


def _read_number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:12]) <= _MOST_CALLS:
        raise ValueError(_("expected 1 to {most}").format(most=f"{_MOST_CALLS:,}"))
    return int(text)


def _read_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _asks(question: Callable[[Calls, Filter], Sheet]) -> Callable[[Asked], Sheet]:
    """Return what puts a question that has no options."""
    return lambda asked: question(asked.calls, asked.chosen)


def _what_if(asked: Asked) -> Sheet:
    models, names = asked.models(), asked.options["models"]
    if names is None:
        alternatives = models.used(asked.calls, asked.now, asked.chosen.user)
    else:
        alternatives = models.alternatives(names, asked.now)
    return what_if(asked.calls, asked.chosen, alternatives)


_BY = Option("by", "what a line stands for (default: day)", "day", choices=GROUPINGS)
_STATEMENT_BY = Option(
    "by", "what a line of a statement stands for (default: day)", "day", choices=("day", "month")
)
_NUMBER = Option("number", "how many lines (default: 10)", 10, _read_number, "N")
_MODELS = Option(
    "models", "the models to compare with (default: those used so far)", None, _read_names, "A,B"
)
_PRICE = Option("price", "what a month of the subscription costs (default: 20)", DEFAULT_USD, read_usd, "USD")

_SHEETS = (
    Registered(
        name="table",
        make=lambda asked: usage_by(asked.calls, asked.options["by"], asked.chosen),
        options=(_BY,),
    ),
    Registered(
        name="dearest",
        make=lambda asked: dearest_calls(asked.calls, asked.chosen, asked.options["number"]),
        options=(_NUMBER,),
        command="the calls that cost the most",
        page_name=N_("Most expensive calls"),
        nothing=N_("Here you will see the ten calls that cost the most, with links to their chats."),
    ),
    Registered(
        name="dearest-conversations",
        make=lambda asked: dearest_conversations(asked.calls, asked.chosen, asked.options["number"]),
        options=(_NUMBER,),
        command="the chats that cost the most",
        page_name=N_("Most expensive chats"),
        nothing=N_("Here you will see the ten chats that cost the most, with links to them."),
    ),
    Registered(
        name="history",
        make=_asks(history_tax),
        command="what sending earlier messages again cost, by chat",
        page_name=N_("History"),
        nothing=N_("With each question the chat so far is sent again. Here you will see what that costs."),
    ),
    Registered(
        name="cache",
        make=_asks(cache_savings),
        command="what caching saved, by model",
        page_name=N_("Caching"),
        nothing=N_("Here you will see what the endpoint’s cache saved, once it reports reading from it."),
    ),
    Registered(
        name="estimates",
        make=_asks(estimate_quality),
        command="how good the estimates before sending were, by model",
        page_name=N_("Estimates"),
        nothing=N_("Here you will see how close the counts before sending came to what was billed."),
    ),
    Registered(
        name="charges",
        make=_asks(charges),
        command="what endpoints charged where it differs from the price list, by model",
        page_name=N_("Charged amounts"),
        nothing=N_(
            "Some endpoints say what they charged for a call. Here you will see where that differs from the "
            "price list."
        ),
    ),
    Registered(
        name="what-if",
        make=_what_if,
        options=(_MODELS,),
        command="the same tokens at other models' prices",
    ),
    Registered(
        name="unpriced",
        make=_asks(unpriced_calls),
        command="calls of unknown price, by endpoint and model",
    ),
    Registered(
        name="subscription",
        make=lambda asked: months_against(
            asked.calls, asked.chosen, asked.options["price"], asked.now.date()
        ),
        options=(_PRICE,),
        command="month by month against a subscription's price",
    ),
    Registered(name="settle", make=lambda asked: balances(asked.calls, asked.chosen.user)),
    Registered(
        name="statement",
        make=lambda asked: statement(asked.calls, asked.chosen.user or "", asked.options["by"]),
        options=(_STATEMENT_BY,),
        is_personal=True,
    ),
)
SHEETS: Mapping[str, Registered] = {sheet.name: sheet for sheet in _SHEETS}
