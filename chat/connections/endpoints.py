"""Who answers: the first connection, with the app's key or a person's own, a further one, or the demo."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from chat.connections.connection import Connection
from chat.connections.further_connections import FurtherConnections
from chat.providers import (
    BALANCE_SOURCES,
    ChatError,
    CompletionProvider,
    Connect,
    ModelInputs,
    NotSent,
    RequestRefused,
    choice_of,
)
from settings import clean_key
from texts import _
from usage.ledger import KeyOwner
from usage.prices import host_of
from usage.units import Endpoint

MOST_KEYS = 32
MODELS_KEPT_S = 600.0
LONGEST_LISTING_S = 10.0
LONGEST_BALANCE_S = 10.0
PATIENCE_S = 2.0  # with further connections, once the first has listed its models


@dataclass(frozen=True, slots=True)
class Offered:
    """A model on offer: how the page names it, its own name, and whose it is."""

    choice: str
    model: str
    connection: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models of every connection; `troubles` say by the connection's name why one lists none."""

    models: tuple[Offered, ...]
    troubles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who answers when a model is chosen on the page."""

    connection: str
    model: str
    provider: CompletionProvider
    key_owner: KeyOwner


@dataclass(frozen=True, slots=True)
class Trial:
    """How many models an endpoint lists. `is_key_proved`: it lists them with this key only; None: no key."""

    models: int
    is_key_proved: bool | None


class Endpoints:
    """The providers of all connections; the first has no name, and `connect` makes its own.

    `address` is the first one's as it may be shown. `app_key` None with `needs_key` means that only own keys
    reach a model there, and `demo` answers without one. Keys stay in memory; a person's own goes to the first
    connection and nowhere else.
    """

    def __init__(
        self,
        connect: Connect,
        app_key: str | None,
        *,
        address: str,
        needs_key: bool,
        further: FurtherConnections,
        demo: CompletionProvider,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._app_key = app_key
        self.address = address
        self._host = host_of(address)
        self._needs_key = needs_key
        self.further = further
        self._demo = demo
        self._now_s = now_s
        self._lock = Lock()
        self._by_key: OrderedDict[str | None, CompletionProvider] = OrderedDict()
        self._models: dict[CompletionProvider, tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[CompletionProvider, asyncio.Task[tuple[str, ...]]] = {}

    @property
    def is_demo(self) -> bool:
        """Whether the demo model answers those who bring no key."""
        return self._app_key is None and self._needs_key

    @property
    def has_key(self) -> bool:
        """Whether the first connection has a key of the app's."""
        return self._app_key is not None

    def first_host(self, own_key: str) -> str | None:
        """Return the host of the first connection, None where the demo model answers."""
        return None if self.is_demo and not own_key.strip() else self._host

    def provider(self, own_key: str) -> tuple[CompletionProvider, KeyOwner]:
        """Return who answers a person with this key ("" for none) at the first connection. Raises NotSent."""
        if own_key.strip():
            return self._for_key(_cleaned(own_key)), "user"
        if self.is_demo:
            return self._demo, "app"
        return self._for_key(self._app_key), "app"

    def chosen(self, choice: str, own_key: str) -> Chosen:
        """Return who answers for a model as the page names it. Raises NotSent where nobody does."""
        name, colon, model = choice.strip().partition(": ")
        if colon and (name in self.further.all() or choice.strip() not in self.known_models(own_key)):
            return Chosen(name, model, self.further.provider(name), "app")
        return Chosen("", choice.strip(), *self.provider(own_key))

    def named(self, choice: str, own_key: str) -> Offered:
        """Return a model that a person named, whether or not it is on offer. Raises NotSent."""
        name, colon, model = choice.partition(": ")
        if colon and (connection := self.further.all().get(name)):
            return Offered(choice, model, name, connection.endpoint)
        return Offered(choice, choice, "", self.provider(own_key)[0].endpoint)

    async def models(self, own_key: str) -> Catalogue:
        """Return the models on offer, kept for ten minutes.

        A further connection that takes long is waited for a moment only: its models are there the next time.
        """
        asking = {
            name: asyncio.create_task(self._offered(name, own_key)) for name in ("", *self.further.all())
        }
        await asyncio.wait([asking[""]])
        if len(asking) > 1:
            await asyncio.wait(asking.values(), timeout=PATIENCE_S)
        models: list[Offered] = []
        troubles: dict[str, str] = {}
        for name, task in asking.items():
            offered, trouble = (
                task.result() if task.done() else ((), _("{name} has not answered yet.").format(name=name))
            )
            models += offered
            if trouble:
                troubles[name] = trouble
        return Catalogue(tuple(models), troubles)

    def known_models(self, own_key: str, connection: str = "") -> tuple[str, ...]:
        """Return the models that a connection had when it was last asked. Raises NotSent."""
        kept = self._models.get(self._provider_at(connection, own_key))
        return kept[1] if kept else ()

    def takes(self, choice: str, own_key: str) -> ModelInputs:
        """Return what a model as the page names it takes beside text. Raises NotSent where nobody answers."""
        chosen = self.chosen(choice, own_key)
        return chosen.provider.takes(chosen.model)

    async def test(self, own_key: str, connection: str = "") -> Trial:
        """Ask a connection for its models now. Raises ChatError."""
        if connection:
            return await self.test_new(self.further.named(connection), "")
        if not own_key.strip() and self.is_demo:
            return Trial(1, None)
        return await _tested(self._connect, _cleaned(own_key) if own_key.strip() else self._app_key)

    async def test_new(self, connection: Connection, key: str) -> Trial:
        """Ask an endpoint, which need not be among the connections yet, for its models. Raises ChatError.

        Where no key is given, the one that is kept counts.
        """
        given = _cleaned(key) if key.strip() else await asyncio.to_thread(self.further.key, connection)
        return await _tested(lambda each: self.further.connect(connection, each), given)

    def accounts(self) -> Mapping[str, str]:
        """Return the connections that tell a balance for the app's key, and how the page calls each."""
        keyed = {name: each.endpoint for name, each in self.further.all().items() if each.key_from}
        if self._app_key is not None:
            keyed = {"": self.provider("")[0].endpoint, **keyed}
        return {name: name or each.host for name, each in keyed.items() if each.billed_by in BALANCE_SOURCES}

    async def balance(self, connection: str) -> str:
        """Ask with the app's key what is left in a connection's account, in words. Raises ChatError."""
        try:
            async with asyncio.timeout(LONGEST_BALANCE_S):
                provider = await asyncio.to_thread(self._provider_at, connection, "")
                return await provider.account_balance()
        except TimeoutError as exc:
            text = _("No answer came within {seconds} seconds.")
            raise RequestRefused(text.format(seconds=round(LONGEST_BALANCE_S))) from exc

    async def _offered(self, connection: str, own_key: str) -> tuple[tuple[Offered, ...], str]:
        """Return what a connection offers, or why nothing."""
        try:
            provider = await asyncio.to_thread(self._provider_at, connection, own_key)
            kept = self._models.get(provider)
            if kept is None or self._now_s() - kept[0] > MODELS_KEPT_S:
                kept = (self._now_s(), await self._listed_once(provider))
                self._models[provider] = kept
        except ChatError as exc:
            return (), str(exc)
        endpoint = provider.endpoint
        return tuple(Offered(choice_of(connection, each), each, connection, endpoint) for each in kept[1]), ""

    async def _listed_once(self, provider: CompletionProvider) -> tuple[str, ...]:
        """Return the models of an endpoint, which is asked once for all who want to know at the same time."""
        if provider not in self._asking:
            asking = self._asking[provider] = asyncio.create_task(_listed(provider))
            asking.add_done_callback(lambda _: self._asking.pop(provider))
        return await asyncio.shield(self._asking[provider])

    def _provider_at(self, connection: str, own_key: str) -> CompletionProvider:
        return self.further.provider(connection) if connection else self.provider(own_key)[0]

    def _for_key(self, key: str | None) -> CompletionProvider:
        with self._lock:
            if key not in self._by_key:
                self._by_key[key] = self._connect(key)
            self._by_key.move_to_end(key)
            while len(self._by_key) > MOST_KEYS:
                _, forgotten = self._by_key.popitem(last=False)
                self._models.pop(forgotten, None)
            return self._by_key[key]


async def _listed(provider: CompletionProvider) -> tuple[str, ...]:
    """Return the models that an endpoint lists. Raises ChatError, also when it takes too long."""
    try:
        async with asyncio.timeout(LONGEST_LISTING_S):
            return await provider.models()
    except TimeoutError as exc:
        text = _("{host} did not list its models within {seconds} seconds.")
        raise RequestRefused(
            text.format(host=provider.endpoint.host, seconds=round(LONGEST_LISTING_S))
        ) from exc


async def _tested(connect: Connect, key: str | None) -> Trial:
    """Ask for the models; with a key once more without it, since many endpoints list them to everybody."""
    models = await _listed(await asyncio.to_thread(connect, key))
    if key is None:
        return Trial(len(models), None)
    try:
        await _listed(await asyncio.to_thread(connect, None))
    except ChatError:
        return Trial(len(models), is_key_proved=True)
    return Trial(len(models), is_key_proved=False)


def _cleaned(own_key: str) -> str:
    try:
        return clean_key(own_key)
    except ValueError as exc:
        raise NotSent(_("This key cannot be used: {reason}.").format(reason=exc)) from exc
