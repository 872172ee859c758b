"""Makes the parts of the app out of the settings, below the page."""

import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from access import Users, UsersError
from chat.calls import RETRY_EVERY_S, Preparation, Records, TurnRunner
from chat.connections import Connection, ConnectionFile, Endpoints, FurtherConnections, KeyStorage
from chat.files import render_pages
from chat.providers import CompletionProvider, DemoProvider, connector, shown_address
from chat.store import (
    ConversationStore,
    Instances,
    KeptFiles,
    LimitsStore,
    OnlyInstance,
    OwnKeys,
    PreferencesStore,
    Purge,
    SavedPromptsStore,
    SharedReservations,
    StoreError,
    WaitingMessages,
    database_folder,
)
from data_folder import FolderInUseError, claim, locks_exclude, make_private, release
from settings import DEFAULT_BASE_URL, Settings, read_variable
from usage.budgets import Budgets, Limit, PastCalls, Scope
from usage.forecast import Tokenizer
from usage.ledger import LOCAL_USER, CsvLedger
from usage.meter import Meter
from usage.prices import LatePrices, PriceBook, PriceFile, PriceUpdates, endpoint_of
from usage.reports import (
    Calls,
    PricedModels,
    Spend,
    Totals,
    UsualReplies,
    conversation_costs,
    spend,
    title_costs,
)
from usage.units import Period

logger = logging.getLogger("tally")


class StartError(Exception):
    """The app cannot start; the text is one line that says why and what to do."""


class Parts:
    """What a running app is made of, below the page.

    Raises StartError, LedgerError, PricesError or ConnectionsError when something cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.has_locks = _has_locks(settings)
        self.ledger = CsvLedger(settings.ledger_path, has_locks=self.has_locks)
        self.ledger.check_writable()
        store = _store(settings, has_locks=self.has_locks)
        self.own_prices = PriceFile(settings.prices_path)
        self.price_updates = PriceUpdates(settings.data_dir)
        self.prices = PriceBook(self.own_prices.current, self.price_updates.current)
        self.models = PricedModels(self.prices, endpoint_of(settings.base_url, settings.provider))
        self.tokenizer = Tokenizer()
        self.endpoints = _endpoints(settings, DemoProvider(self.tokenizer))
        self.late_prices = LatePrices(
            self.prices, settings.base_url, settings.provider, self.endpoints.further.endpoints
        )
        self.calls = Calls(self.ledger, settings.timezone)
        self.usual_replies = UsualReplies(self.calls)
        self.instances: Instances | OnlyInstance = (
            Instances(settings.data_dir / "running", new_id()) if self.has_locks else OnlyInstance(new_id())
        )
        self.files = KeptFiles(store.database, settings.data_dir / "attachments", render_pages, now)
        self.purge = Purge(store, self.files.sweep, now)
        self.set_limits = LimitsStore(store.database)
        self.preferences = PreferencesStore(store.database)
        self.saved_prompts = SavedPromptsStore(store.database)
        self.own_keys = OwnKeys()
        self.waiting = WaitingMessages(store.database)
        self.reservations = SharedReservations(store.database, self.instances.own_id)
        past_calls = PastCalls(self.calls)
        budgets = Budgets(
            _given_limits(settings),
            past_calls.spent,
            settings.timezone,
            self.set_limits.limits,
            self.reservations,
            past_calls.is_corrected,
        )
        self.records = Records(store, Meter(self.ledger, self.prices, self.tokenizer), budgets)
        self.preparation = Preparation(
            self.records,
            self.instances.own_id,
            now,
            new_id,
            past_calls.stand_ins,
            past_calls.was_charged,
        )
        self.runner = TurnRunner(self.records, self.preparation)
        self.users = Users(settings.data_dir / "users.json")
        self.is_ending = threading.Event()

    def get_ready(self) -> None:
        """Load what takes a moment, then see to what an earlier run left: deleted chats, calls that died."""
        self._tidy_files()
        self.purge.start()
        self.endpoints.provider("")
        self.tokenizer.warm()
        self.prices.warm()
        level = logging.WARNING
        while not self.end_earlier_runs(level):
            level = logging.DEBUG  # what is wrong has been said
            if self.is_ending.wait(RETRY_EVERY_S):
                return

    def _tidy_files(self) -> None:
        try:
            self.files.tidy()
        except StoreError as exc:
            logger.warning("Files left behind by an earlier run stay for now. %s", exc)

    def keep_search_up(self) -> None:
        """Index what is not indexed yet and forget what is deleted, until the end."""
        self.records.store.search_upkeep.run()

    def end_earlier_runs(self, log_level: int = logging.WARNING) -> bool:
        """Write down the calls of copies of the app that died; return False if that has to be tried again."""
        try:
            self.records.recover(self.instances, log_level)
            unrecorded = {each.instance for each in self.records.store.pending_calls()}
            self.reservations.remove_dead(self.instances.is_alive, unrecorded)
            return all(map(self.instances.is_alive, unrecorded))
        except StoreError as exc:
            logger.log(log_level, "Calls of an earlier run cannot be accounted for yet. %s", exc)
            return False

    def owner(self) -> str:
        """Return who sees everybody's spend: whoever is named, else the first person who was added."""
        try:
            return self.settings.owner or next(iter(self.users.names()), LOCAL_USER)
        except UsersError as exc:
            logger.error("The owner cannot be determined. %s", exc)  # noqa: TRY400 - the text says it all
            return LOCAL_USER

    def may_see(self, user: str) -> str | None:
        """Return whose calls a person may see, None for everybody's."""
        return None if user == self.owner() else user

    def spend(self, user: str, conversation_id: str | None, turn_ids: Sequence[str] | None) -> Spend:
        """Return what a person's conversation, day and month have cost, and to the owner everybody's day.

        `turn_ids` are those of the conversation's turns that can be seen, None for all.
        """
        today, may_see_all = now().astimezone(self.settings.timezone).date(), user == self.owner()
        return spend(self.calls, today, user, conversation_id, turn_ids=turn_ids, may_see_all=may_see_all)

    def conversation_costs(self, user: str, ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return what those of a person's conversations have cost that have had a call."""
        return conversation_costs(self.calls, user, ids)

    def title_costs(self, user: str) -> Totals:
        """Return what the titles of a person's chats have cost."""
        return title_costs(self.calls, user)

    def close(self) -> None:
        """Let go of everything."""
        self.is_ending.set()
        self.purge.close()
        self.records.store.close()
        self.instances.close()
        if not self.has_locks:
            release(self.settings.data_dir)


def _has_locks(settings: Settings) -> bool:
    """Make the data folder and return whether it has file locks; if not, claim it for this process."""
    try:
        make_private(settings.data_dir)
    except OSError as exc:
        raise StartError(f"The data folder {settings.data_dir} cannot be made: {exc.strerror}.") from exc
    folders = {settings.data_dir, *([folder] if (folder := database_folder(settings.database_url)) else [])}
    if all(map(locks_exclude, folders)):
        return True
    try:
        claim(settings.data_dir)
    except FolderInUseError as exc:
        raise StartError(str(exc)) from exc
    logger.warning(
        "The storage under %s has no file locks: let only one copy of Tally use it.", settings.data_dir
    )
    return False


def _store(settings: Settings, *, has_locks: bool) -> ConversationStore:
    path = settings.data_dir / "tally.db"
    try:
        return ConversationStore(settings.database_url or f"sqlite:///{path}", has_locks=has_locks)
    except StoreError as exc:
        which = "TALLY_DATABASE_URL" if settings.database_url else path
        raise StartError(f"Chats ({which}) cannot be opened: {exc}") from exc


def _endpoints(settings: Settings, demo: CompletionProvider) -> Endpoints:
    def connect(connection: Connection, key: str | None) -> CompletionProvider:
        return connector(connection.address, connection.endpoint.billed_by)(key)

    further = FurtherConnections(
        ConnectionFile(settings.connections_path), KeyStorage(read_variable), connect
    )
    billed_by = endpoint_of(settings.base_url, settings.provider).billed_by
    key = settings.api_key.get_secret_value() if settings.api_key else None
    needs_key = settings.base_url == DEFAULT_BASE_URL
    first = connector(settings.base_url, billed_by)
    address = shown_address(settings.base_url)
    return Endpoints(first, key, address=address, needs_key=needs_key, further=further, demo=demo)


def _given_limits(settings: Settings) -> list[Limit]:
    given: tuple[tuple[Decimal | None, Period, Scope], ...] = (
        (settings.daily_budget_usd, "day", "all"),
        (settings.monthly_budget_usd, "month", "all"),
        (settings.user_daily_budget_usd, "day", "person"),
        (settings.user_monthly_budget_usd, "month", "person"),
    )
    return [Limit(usd, period, scope) for usd, period, scope in given if usd is not None]


def now() -> datetime:
    """Return the time in UTC: the clock of the app."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a new unique id."""
    return uuid.uuid4().hex
