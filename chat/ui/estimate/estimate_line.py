"""The line below the message box: what sending would take and cost, and the table it opens to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from chat.ui.estimate.budget_alarm import BudgetAlarm
from usage.forecast import Elsewhere, Outlook, sum_of
from usage.units import format_tokens, format_usd

NEARLY_FULL = 0.8
ALARMS = ("quiet", "near", "over")


@dataclass(frozen=True, slots=True)
class Sending:
    """What would go out: an outlook for each model that is asked, and the same `without` what was said
    before, empty at the start of a conversation. `elsewhere` is there where one model is asked.
    """

    outlooks: tuple[Outlook, ...]
    without: tuple[Outlook, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def history_tokens(self) -> int:
        """How much of the first model's prompt was said before."""
        if not self.without:
            return 0
        return self.outlooks[0].tokens.tokens - self.without[0].tokens.tokens

    @property
    def history_usd(self) -> list[Decimal | None]:
        """What of each prompt's cost is for what was said before."""
        pairs = zip(self.outlooks, self.without, strict=False)
        return [_difference(whole.prompt_usd, alone.prompt_usd) for whole, alone in pairs]

    @property
    def fullest(self) -> Outlook:
        """The one whose context is fullest."""
        return max(self.outlooks, key=_share)


def estimate_html(sending: Sending, budget: BudgetAlarm | None = None) -> str:
    """One quiet line that opens; amber when the context or a budget is nearly full, red when it is over."""
    alarm, line = _alarm(sending.fullest), _line(sending)
    if budget is not None:
        alarm = max(alarm, budget.kind, key=ALARMS.index)
        line = f'{line}<span class="reason"> · {escape(budget.text)}</span>'
    if not any(outlook.prompt_usd for outlook in sending.outlooks):
        return f'<p class="{alarm}" aria-live="off">{line}</p>'
    return (
        f'<details data-kept="estimate" aria-live="off"><summary class="{alarm}">{line}</summary>'
        f"{_table(sending)}{_explanation(sending)}</details>"
    )


def _line(sending: Sending) -> str:
    tokens = f"≈ {format_tokens(sending.outlooks[0].tokens.tokens)} tokens"
    if sending.history_tokens:
        tokens += f'<span class="wide"> ({format_tokens(sending.history_tokens)} history)</span>'
    parts = [tokens]
    if len(sending.outlooks) > 1:
        parts.append(f"{len(sending.outlooks)} models")
    parts.append(_sum(outlook.prompt_usd for outlook in sending.outlooks))
    if all(outlook.likely_usd for outlook in sending.outlooks):
        parts.append(f"likely {_sum(outlook.likely_usd for outlook in sending.outlooks)} in all")
    return " · ".join([*parts, *_context(sending.fullest)])


def _context(fullest: Outlook) -> list[str]:
    if not fullest.context_window:
        return []
    share = _share(fullest)
    if share > 1:
        return [f"too long: {fullest.context_window:,} tokens fit"]
    return [f"context {max(1, round(share * 100))} %" if share >= 0.005 else "context under 1 %"]


def _alarm(fullest: Outlook) -> str:
    share = _share(fullest)
    return "over" if share > 1 else "near" if share > NEARLY_FULL else "quiet"


def _table(sending: Sending) -> str:
    """Columns with nothing known in them are left out: a guess would be taken for a figure."""
    rows = [
        _row(escape(each.model), each.prompt_usd, each.likely_usd, each.most_usd) for each in sending.outlooks
    ]
    if len(sending.outlooks) > 1:
        rows.append(_total(sending.outlooks))
    if sending.history_tokens:
        rows.append(["of it history", _sum(sending.history_usd), "", ""])
    if sending.elsewhere:
        rows.append(["<b>The same on</b>", "", "", ""])
    for each in sending.elsewhere:
        name = f"{escape(each.model)} <small>{'better' if each.is_better else 'cheaper'}</small>"
        rows.append([*_row(name, each.prompt_usd, each.likely_usd)[:3], ""])
    rows.insert(0, ["", "prompt", "likely in all", "at most"])
    if not _has_likely(sending):
        rows = [[*row[:2], *row[3:]] for row in rows]
    return f"<table>{''.join(map(_cells, rows))}</table>"


def _row(name: str, *amounts: Decimal | None) -> list[str]:
    return [name, *("unknown" if amount is None else format_usd(amount) for amount in amounts)]


def _total(outlooks: Sequence[Outlook]) -> list[str]:
    columns = zip(*((each.prompt_usd, each.likely_usd, each.most_usd) for each in outlooks), strict=True)
    return ["together", *map(_sum, columns)]


def _cells(row: list[str]) -> str:
    first, *others = row
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{text}</td>" for text in others)}</tr>'


def _explanation(sending: Sending) -> str:
    """How long the replies are that the figures stand for."""
    first = sending.outlooks[0]
    usual, longest = first.usual_tokens, format_tokens(first.longest_tokens)
    if len(sending.outlooks) > 1:
        text = "At most: with the longest replies." + (
            " Likely: with each model's usual length of reply." if _has_likely(sending) else ""
        )
    elif usual is None:
        text = (
            f"At most: with a reply of {longest} tokens. How long this model's usually are is not known yet."
        )
    else:
        text = (
            f"Likely: with a reply of {format_tokens(usual)} tokens, as is usual here. At most: of {longest}."
        )
    return f"<p>{text}</p>"


def _sum(amounts: Iterable[Decimal | None]) -> str:
    """The sum of what is known, and how many are not in it."""
    known, unknown = sum_of(amounts)
    if not known and unknown:
        return "price unknown"
    return format_usd(known) + (f" + {unknown} unknown" if unknown else "")


def _difference(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if whole is None or part is None else whole - part


def _has_likely(sending: Sending) -> bool:
    return any(each.likely_usd is not None for each in sending.outlooks)


def _share(outlook: Outlook) -> float:
    return outlook.tokens.tokens / outlook.context_window if outlook.context_window else 0
