"""Search: a dialog over the page that finds conversations and messages as one types."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

import gradio as gr

from chat.conversation import ConversationSummary
from chat.store import MOST_FOUND, Found, SearchQuery, StoreError, read_query
from chat.ui.chat_services import ChatServices
from chat.ui.messages import data_of, texts_of
from texts import _, ngettext, short_month_name
from usage.ledger import NOBODY

MOST_TYPED = 1000  # characters that are read at all
RECENT = 20  # conversations that are offered before anything is typed
SEARCH_BY = "tally.searchBy((what) => trigger('click', what));"


class SearchDialog:
    """The dialog, and what travels to its script. Lay out the button in the sidebar, and this beside it."""

    def __init__(self) -> None:
        """Lay out the dialog."""
        self.dialog = gr.HTML(_dialog_html(), elem_id="search-over-page", js_on_load=SEARCH_BY)
        self.answer = gr.Textbox(visible="hidden", label="Found")


@dataclass(frozen=True)
class Search:
    """The handler: whoever asks searches their own conversations."""

    services: ChatServices
    dialog: SearchDialog

    def wire(self, how: dict[str, Any]) -> None:
        """Connect the dialog. Its script asks one thing at a time, and shows answers to what is typed now."""
        place, answer = self.dialog.dialog, self.dialog.answer
        found = place.click(self.search, None, answer, trigger_mode="multiple", **how)
        found.success(None, answer, None, js="(answer) => tally.showFound(answer)")
        found.failure(None, None, None, js="() => tally.searchFailed()")

    async def search(self, event: gr.EventData, request: gr.Request) -> str:
        """Return what is found for what was typed, as JSON: HTML, and the number that the page gave it."""
        typed, number = texts_of(event).get("text", "")[:MOST_TYPED], data_of(event).get("number")
        shown = await asyncio.to_thread(self._answer, typed, self.services.user_of(request))
        return json.dumps({"number": number if isinstance(number, int) else 0, **shown})

    def _answer(self, typed: str, user: str) -> dict[str, str]:
        """Return the list, and what there is to say about it."""
        if user == NOBODY:
            return {"list": "", "said": ""}
        query = read_query(typed, self.services.zone)
        try:
            if query.is_empty and not query.notes:
                return self._recent(user)
            found = () if query.is_empty else self.services.store.search(user, query)
            is_indexing = self.services.store.is_indexing()
        except StoreError as exc:
            return {"list": "", "said": f'<p role="alert">{escape(str(exc))}</p>'}
        said = [*query.notes]
        if is_indexing:
            said.append(_("Older messages are still being indexed, so some results may be missing."))
        if not found and not query.is_empty:
            said.insert(0, _nothing_found(query))
        if len(found) >= MOST_FOUND:
            said.append(_("Only the first {number} results are shown.").format(number=MOST_FOUND))
        return {"list": _options(self._found(found)), "said": _paragraphs(said) + _count(len(found))}

    def _recent(self, user: str) -> dict[str, str]:
        summaries = self.services.store.summaries(user, limit=RECENT)
        if not summaries:
            return {"list": "", "said": _paragraphs([_("There is nothing to search yet.")])}
        options = _options(_recent(summary, self._when(summary.updated_at)) for summary in summaries)
        return {"list": options, "said": _paragraphs([_("Recent chats")])}

    def _found(self, found: Sequence[Found]) -> Iterable["_Option"]:
        for each in found:
            line, when = _marked(each), self._when(each.at)
            if each.turn_id is None:
                yield _Option(each.conversation_id, "", line, when, "")
            else:
                who = escape(_("You") if each.part == "question" else each.model)
                said = f'<span class="said"><b>{who}</b> <bdi>{line}</bdi></span>'
                yield _Option(each.conversation_id, each.turn_id, escape(each.title), when, said)

    def _when(self, moment: datetime) -> str:
        """Return the time of a moment of today, and else its day."""
        here, today = (
            moment.astimezone(self.services.zone),
            self.services.clock().astimezone(self.services.zone),
        )
        if here.date() == today.date():
            return f"{here:%H:%M}"
        month = short_month_name(here.month)
        if here.year == today.year:
            return _("{month} {day}").format(month=month, day=here.day)
        return _("{month} {day}, {year}").format(month=month, day=here.day, year=here.year)


@dataclass(frozen=True, slots=True)
class _Option:
    """A line of the list; `title` and `said` are HTML, and `turn_id` is "" for the conversation as such."""

    conversation_id: str
    turn_id: str
    title: str
    when: str
    said: str


def search_button() -> str:
    """Return the button that opens the dialog; its script names the keys as they are on this machine."""
    return (
        f'<button type="button" id="search-open" aria-haspopup="dialog"><span>{escape(_("Search"))}</span>'
        f"<kbd>{escape(_('Ctrl'))}+K</kbd></button>"
    )


def _dialog_html() -> str:
    title, close = escape(_("Search your chats")), escape(_("Close search"))
    operators = escape(_('Also: "exact phrase", model:gpt-6, after:2026-02, before:2026-03-01'))
    explained = escape(
        _("The beginning of a model’s name is enough. “after:” includes the date; “before:” does not.")
    )
    return (
        f'<dialog id="search-dialog" aria-label="{title}"><header>'
        '<input id="search" type="text" role="combobox" aria-expanded="true" aria-autocomplete="list" '
        f'aria-controls="search-results" aria-label="{title}" placeholder="{title}" autocomplete="off" '
        f'autocapitalize="off" spellcheck="false" enterkeyhint="go" maxlength="{MOST_TYPED}" dir="auto">'
        f'<button type="button" id="search-close" aria-label="{close}" title="{close}">×</button></header>'
        '<div id="search-said" role="status"></div>'
        f'<div id="search-results" role="listbox" aria-label="{escape(_("Search results"))}"></div>'
        f'<footer title="{explained}">{operators} <span class="unseen">{explained}</span></footer></dialog>'
    )


def _options(options: Iterable[_Option]) -> str:
    return "".join(_option_html(number, option) for number, option in enumerate(options))


def _option_html(number: int, option: _Option) -> str:
    link, turn = escape(option.conversation_id), escape(option.turn_id)
    address = f"?c={link}&amp;m={turn}" if turn else f"?c={link}"
    at_turn = f' data-turn="{turn}"' if turn else ""
    return (
        f'<a role="option" aria-selected="false" id="search-option-{number}" tabindex="-1" href="{address}" '
        f'data-open="{link}"{at_turn}><span class="title" dir="auto">{option.title}</span>'
        f"<small>{option.when}</small>{option.said}</a>"
    )


def _recent(summary: ConversationSummary, when: str) -> _Option:
    return _Option(summary.id, "", escape(summary.title), when, "")


def _marked(found: Found) -> str:
    """Return the line that matches, as HTML with its matches marked."""
    parts, end = [], 0
    for begin, stop in found.marks:
        parts += [escape(found.line[end:begin]), "<mark>", escape(found.line[begin:stop]), "</mark>"]
        end = stop
    return "".join(parts) + escape(found.line[end:])


def _nothing_found(query: SearchQuery) -> str:
    if query.models or query.after or query.before:
        return _("Nothing found. Try again without model:, after: or before:, or with fewer words.")
    if any(len(phrase.words) > 1 for phrase in query.phrases):
        return _("Nothing found. Try fewer words, or the words without quotes.")
    return _(
        "Nothing found. Try other words, or just the beginning of one. All of them must be in the same "
        "message."
    )


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _count(number: int) -> str:
    """Return how many are found, for those who hear the page."""
    text = ngettext("{number} result", "{number} results", number).format(number=number)
    return f'<p class="unseen">{text}</p>' if number else ""
