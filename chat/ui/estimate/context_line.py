"""The line beside the estimate: what of the chat goes along, and the choices it opens to with their costs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from chat.conversation import MOST_TOKENS_ALONG, MOST_TURNS_ALONG, Context
from chat.ui.estimate.context_costs import MESSAGES_AHEAD, ChoiceCost, Lengths
from texts import _, ngettext
from usage.units import format_exact, format_tokens, format_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryOffer:
    """What a summary would cost: `likely_usd` to make it, `tokens` each time that it goes along.

    `model` makes it, one of the `models`. `is_there`: there is one already; `is_new`: another would say more.
    """

    model: str
    own_model: str
    models: tuple[str, ...]
    likely_usd: Decimal | None
    tokens: int
    is_there: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class ContextLine:
    """What there is to say: the choice, what each choice costs, and how many of the turns before go along.

    `fits` is how many tokens fit the model, None when not known. `loses_cache`: the endpoint's cache likely
    has the last prompt, but what goes along now is another.
    """

    chosen: Context
    costs: Sequence[ChoiceCost]
    along: int
    before: int
    left_out: int
    lengths: Lengths
    summary: SummaryOffer | None = None
    fits: int | None = None
    loses_cache: bool = False
    keeps_cache: bool = False


def context_html(line: ContextLine) -> str:
    """Return a quiet line that opens to a table of the choices, the chosen one marked."""
    said = escape(said_of(line))
    head = f"<tr><td></td><td>{_('tokens')}</td><td>{_('now')}</td><td>{_next_ones()}</td></tr>"
    rows = "".join(_row(cost, line) for cost in line.costs)
    title = escape(_("What is sent with your message"))
    summary = _summary_html(line.summary) if line.summary else ""
    notes = "".join(f"<p>{note}</p>" for note in _notes(line))
    return (
        f'<details data-kept="context" aria-live="off"><summary title="{title}">{said}</summary>'
        f'<div tabindex="-1" role="radiogroup" aria-label="{_("What is sent with your message")}">'
        f"<table>{head}{rows}</table>{summary}{notes}</div></details>"
    )


def said_of(line: ContextLine) -> str:
    """Return what goes along, in a few words."""
    if not line.before:
        words = {
            "everything": _("sends everything"),
            "last": _("sends the last {number}").format(number=line.chosen.turns),
            "tokens": _("sends up to {tokens} tokens").format(tokens=format_tokens(line.chosen.tokens)),
            "summary": _("sends a summary"),
        }
        return words[line.chosen.kind]
    if line.chosen.kind == "summary":
        return _("with a summary")
    if line.along == line.before:
        return _("with all earlier messages")
    if not line.along:
        return _("without earlier messages")
    text = _("with {along} of {before} earlier messages")
    return text.format(along=f"{line.along:,}", before=f"{line.before:,}")


def _row(cost: ChoiceCost, line: ContextLine) -> str:
    kind = cost.context.kind
    is_missing = kind == "summary" and not (line.summary and line.summary.is_there)
    checked = " disabled" if is_missing else " checked" if kind == line.chosen.kind else ""
    control = f'<input type="radio" name="context" id="context-{kind}" value="{kind}"{checked}>'
    before, after = _words(kind)
    name = f"<label>{control} {before}</label>"
    if kind == "last":
        name += _number(kind, cost.context.turns, 0, MOST_TURNS_ALONG, _("How many messages"))
    elif kind == "tokens":
        name += _number(kind, cost.context.tokens, 1, MOST_TOKENS_ALONG, _("How many tokens"))
    is_over = line.fits is not None and cost.tokens > line.fits
    tokens = format_tokens(cost.tokens)
    if is_over:
        tokens = f'<span class="over" title="{_("too long for the model")}">{tokens}</span>'
    ahead = "–" if line.lengths.reply is None else _amount(cost.ahead_usd)
    return (
        f'<tr><th scope="row">{name}{after}</th><td>{tokens}</td>'
        f"<td>{_amount(cost.now_usd)}</td><td>{ahead}</td></tr>"
    )


def _words(kind: str) -> tuple[str, str]:
    """Return what stands before a choice's number, or alone, and what stands after it."""
    return {
        "everything": (_("Everything"), ""),
        "last": (_("Last"), f" <span>{_('messages')}</span>"),
        "tokens": (_("Up to"), f" <span>{_('tokens')}</span>"),
        "summary": (_("A summary"), ""),
    }[kind]


def _summary_html(summary: SummaryOffer) -> str:
    """Return the button that has a summary made, with what that costs and by which model."""
    if not summary.is_new:
        return ""
    options = "".join(
        f'<option value="{escape("" if name == summary.own_model else name)}"'
        f"{' selected' if name == summary.model else ''}>{escape(name)}</option>"
        for name in dict.fromkeys([summary.own_model, *summary.models])
    )
    text = _("Summarize again") if summary.is_there else _("Summarize earlier messages")
    return (
        f'<p class="summarize"><button type="button" class="words" id="summarize-now">{text}</button> '
        f'<label for="summary-model">{_summary_cost(summary.likely_usd)}</label> '
        f'<select id="summary-model" data-kind="summary-model">{options}</select></p>'
    )


def _summary_cost(usd: Decimal | None) -> str:
    """Return what a summary costs, up to the name of the model that makes it."""
    if usd is None:
        return _("cost: unknown, model:")
    return _("cost: about {cost}, model:").format(cost=_amount(usd)) if usd else _("free, model:")


def _number(kind: str, value: int, least: int, most: int, label: str) -> str:
    return (
        f' <input type="number" id="context-{kind}-number" data-kind="{kind}" value="{value}" min="{least}" '
        f'max="{most}" step="1" inputmode="numeric" aria-label="{label}">'
    )


def _amount(usd: Decimal | None) -> str:
    if usd is None:
        return _("unknown")
    return f'<span title="{format_exact(usd)}">{format_usd(usd)}</span>'


def _next_ones() -> str:
    return _("next {number}").format(number=MESSAGES_AHEAD)


def _notes(line: ContextLine) -> Iterator[str]:
    """Give what the figures stand for, and what else there is to know."""
    reply = line.lengths.billed_reply
    if reply is None:
        yield _("Without the reply: how long it will be is not known yet.")
    else:
        text = _(
            "This assumes replies of {reply} tokens, further messages of {question}, and nothing "
            "from the endpoint’s cache."
        )
        yield text.format(reply=format_tokens(reply), question=format_tokens(line.lengths.question))
    if line.left_out:
        text = ngettext(
            "{number} message is left out by hand.", "{number} messages are left out by hand.", line.left_out
        )
        yield text.format(number=f"{line.left_out:,}")
    if line.loses_cache:
        yield _(
            "Your last message is probably still in the endpoint’s cache, but what you send now "
            "starts differently, so it gets no cache discount."
        )
    elif line.keeps_cache:
        yield _(
            "What you send now is probably in the endpoint’s cache. With another choice you may "
            "lose the cache discount."
        )
