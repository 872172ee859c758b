"""What the chat's page needs of the rest of the app; page.py hands it in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import gradio as gr

from chat.calls import Ask, OwnFiles, TurnRunner
from chat.connections import Endpoints
from chat.conversation import Conversation
from chat.store import (
    MOST_BYTES_OF_A_PERSON,
    MOST_BYTES_OF_A_SHARED_NAME,
    ConversationStore,
    Keeper,
    KeptFiles,
    LimitsStore,
    OwnKeys,
    PreferencesStore,
    SavedPromptsStore,
    StoreError,
    WaitingMessages,
)
from usage.budgets import Budgets
from usage.forecast import Prompt
from usage.ledger import NOBODY
from usage.meter import Meter
from usage.reports import Spend, Totals
from usage.units import Currency, read_currency

CURRENCY, CURRENCY_RATE = "currency", "currency_rate"  # the names that a person's own are kept by


@dataclass(frozen=True)
class ChatServices:
    """What the handlers work with.

    `user_of` says whose request it is, NOBODY for somebody who has yet to sign in;
    `spend(user, conversation_id, turn_ids)` sums the ledger, also over those turns where they are not all,
    `conversation_costs(user, ids)` each conversation that had a call, and `title_costs(user)` all titles;
    `model` is the one at start, None for the cheapest;
    `shares_name(user)` says whether several people may have this name;
    `connecting_refused(user)` says why this person may not change connections, "" if they may;
    `may_price(user)` says whether this person may give models prices;
    `refusal(asks, prompt)` says why the budgets would refuse them;
    `purge_soon()` has what has just been deleted removed for good, once it cannot be brought back any more;
    `given_currency` is what costs are also shown in to whoever chooses none, None for USD alone;
    `usual_reply(model)` is the median length of its replies so far in tokens, None when not known.
    """

    user_of: Callable[[gr.Request], str]
    store: ConversationStore
    runner: TurnRunner
    endpoints: Endpoints
    shares_name: Callable[[str], bool]
    connecting_refused: Callable[[str], str]
    may_price: Callable[[str], bool]
    meter: Meter
    spend: Callable[[str, str | None, Sequence[str] | None], Spend]
    conversation_costs: Callable[[str, Sequence[str]], Mapping[str, Totals]]
    title_costs: Callable[[str], Totals]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    zone: tzinfo
    model: str | None
    budgets: Budgets
    set_limits: LimitsStore
    preferences: PreferencesStore
    saved_prompts: SavedPromptsStore
    own_keys: OwnKeys
    waiting: WaitingMessages
    files: KeptFiles
    given_currency: Currency | None
    purge_soon: Callable[[], None]
    refusal: Callable[[Sequence[Ask], Prompt], str]
    usual_reply: Callable[[str], int | None]

    def keeper(self, request: gr.Request) -> Keeper:
        """Return for whom a key and settings are kept: for a page alone where others share the name."""
        user = self.user_of(request)
        if not self.shares_name(user):
            return Keeper(user)
        return Keeper(user, request.session_hash) if request.session_hash else Keeper(NOBODY)

    def files_of(self, user: str) -> OwnFiles:
        """Return a person's files, as they go to a model."""
        return OwnFiles(self.files, user, self.file_room(user))

    def file_room(self, user: str) -> int:
        """Return how many bytes all files of a person may take."""
        return MOST_BYTES_OF_A_SHARED_NAME if self.shares_name(user) else MOST_BYTES_OF_A_PERSON

    def spent(self, user: str, conversation: Conversation | None) -> Spend:
        """Sum what a person's day, month and conversation cost. Raises LedgerError.

        Where the conversation has versions that are not shown, what those that are shown cost is there too.
        """
        if conversation is None:
            return self.spend(user, None, None)
        shown = [turn.id for turn in conversation.shown]
        return self.spend(user, conversation.id, shown if len(shown) < len(conversation.turns) else None)

    async def conversation(self, request: gr.Request, conversation_id: str) -> Conversation | None:
        """Read a conversation of whoever asks; None when there is none of that id. Raises StoreError."""
        return await asyncio.to_thread(self.store.conversation, self.user_of(request), conversation_id)

    def currency(self, request: gr.Request) -> Currency | None:
        """Return what whoever asks also sees costs in, None for USD alone."""
        keeper = self.keeper(request)
        try:
            own = {} if keeper.user == NOBODY else self.preferences.all(*keeper)
            code, rate = own.get(CURRENCY), own.get(CURRENCY_RATE, "")
            return read_currency(code, rate) if code else self.given_currency
        except (StoreError, ValueError):
            # A broken store is reported by its other readers; a rate that is gone, by the settings.
            return None

    def own_key(self, request: gr.Request) -> str:
        """Return the key that somebody has brought, "" for none."""
        return self.own_keys.of(*self.keeper(request))
