"""What a person does to a conversation in the list: give it another title, pin it, archive it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

import gradio as gr

from chat.conversation import ConversationSummary
from chat.store import RESTORABLE_FOR, StoreError
from chat.ui.chat_services import ChatServices
from chat.ui.messages import failure, texts_of
from chat.ui.sidebar.listing import Listing
from chat.ui.sidebar.sidebar_layout import Sidebar
from texts import _
from usage.ledger import NOBODY

SHORT_TITLE = 40  # characters, where a title stands in a sentence

Updates = dict[Any, Any]


@dataclass(frozen=True)
class ListChanges:
    """The handlers. Each looks up for itself who asks; a row of somebody else is none."""

    services: ChatServices
    sidebar: Sidebar
    listing: Listing

    async def change_row(self, event: gr.EventData, request: gr.Request) -> Updates:
        """Rename, pin, unpin, archive or unarchive a conversation, and show the list as it is then."""
        user, asked = self.services.user_of(request), texts_of(event)
        if user == NOBODY:
            return {self.sidebar.notices: gr.skip()}
        try:
            await asyncio.to_thread(self._change, user, asked)
            trouble = ""
        except StoreError as exc:
            trouble = str(exc)
        try:
            listed, without_costs = await self.listing.start_html(user)
        except StoreError as exc:
            return {self.sidebar.notices: await self.notices_html(user, trouble or str(exc))}
        return {
            self.sidebar.conversations: listed,
            self.sidebar.notices: await self.notices_html(user, trouble or without_costs),
        }

    async def notices_html(self, user: str, trouble: str = "") -> str:
        """Return what stands below the list: what went wrong, and what can be brought back."""
        now = self.services.clock()
        try:
            deleted = await asyncio.to_thread(self.services.store.restorable, user, now - RESTORABLE_FOR)
        except StoreError as exc:
            return failure(trouble or str(exc))
        return notices_html(deleted, now, trouble)

    def _change(self, user: str, asked: Mapping[str, str]) -> None:
        store, conversation_id = self.services.store, asked.get("id", "")
        match asked.get("do"):
            case "rename":
                store.rename(user, conversation_id, asked.get("title", ""))
            case "pin" | "unpin" as do:
                store.pin(user, conversation_id, pinned=do == "pin")
            case "archive" | "unarchive" as do:
                store.archive(user, conversation_id, archived=do == "archive")


def notices_html(
    deleted: Sequence[tuple[ConversationSummary, datetime]], now: datetime, trouble: str = ""
) -> str:
    """Return what went wrong, then each conversation that can be brought back, and for how long (ms)."""
    undone = (
        f'<p data-undo="{escape(each.id)}" data-left="{_left_ms(deleted_at, now)}">'
        f"<span>{_deleted(each.title)}</span>"
        f'<button type="button">{_("Undo")}</button></p>'
        for each, deleted_at in deleted
    )
    return (failure(trouble) if trouble else "") + "".join(undone)


def _deleted(title: str) -> str:
    short = title if len(title) <= SHORT_TITLE else f"{title[:SHORT_TITLE].rstrip()}…"
    shown = f"<bdi>{escape(short)}</bdi>"
    return escape(_("“{title}” was deleted.")).format(title=shown)


def _left_ms(deleted_at: datetime, now: datetime) -> int:
    return max(int((deleted_at + RESTORABLE_FOR - now).total_seconds() * 1000), 0)
