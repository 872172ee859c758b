"""Who answers: the endpoint with the app's key or a person's own, or the demo model when there is neither."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from chat.providers.demo import DemoProvider
from chat.providers.request_fields import Quirks
from chat.providers.seam import CompletionProvider, NotSent
from settings import clean_key
from texts import _
from usage.ledger import KeyOwner

MOST_KEYS = 32
MODELS_KEPT_S = 600.0


def connector(base_url: str, billed_by: str, quirks: Quirks) -> Callable[[str | None], CompletionProvider]:
    """Return what makes the provider of an endpoint for a key."""

    def connect(key: str | None) -> CompletionProvider:
        # Importing openai takes half a second: it is done once the page is up.
        from chat.providers.openai_provider import OpenAIProvider

        return OpenAIProvider(base_url, key, billed_by, quirks)

    return connect


class Endpoints:
    """The providers of one endpoint. `connect` makes one for a key, which takes a moment the first time.

    Keys stay in memory.
    `app_key` None with `needs_key` means that only people's own keys reach a model.
    """

    def __init__(
        self,
        connect: Callable[[str | None], CompletionProvider],
        app_key: str | None,
        *,
        needs_key: bool,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._app_key = app_key
        self._needs_key = needs_key
        self._demo = DemoProvider()
        self._now_s = now_s
        self._lock = Lock()
        self._by_key: OrderedDict[str | None, CompletionProvider] = OrderedDict()
        self._models: dict[CompletionProvider, tuple[float, tuple[str, ...]]] = {}

    @property
    def is_demo(self) -> bool:
        """Whether the demo model answers those who bring no key."""
        return self._app_key is None and self._needs_key

    def provider(self, own_key: str) -> tuple[CompletionProvider, KeyOwner]:
        """Return who answers a person with this key ("" for none). Raises NotSent for a malformed one."""
        if own_key.strip():
            try:
                return self._for_key(clean_key(own_key)), "user"
            except ValueError as exc:
                raise NotSent(_("Your API key cannot be used: {reason}.").format(reason=exc)) from exc
        if self.is_demo:
            return self._demo, "app"
        return self._for_key(self._app_key), "app"

    async def models(self, own_key: str) -> tuple[str, ...]:
        """Return the names of the models on offer, kept for ten minutes. Raises ChatError."""
        provider, _ = await asyncio.to_thread(self.provider, own_key)
        kept = self._models.get(provider)
        if kept is None or self._now_s() - kept[0] > MODELS_KEPT_S:
            kept = (self._now_s(), await provider.models())
            self._models[provider] = kept
        return kept[1]

    def known_models(self, own_key: str) -> tuple[str, ...]:
        """Return the models that were on offer when the endpoint was last asked. Raises NotSent."""
        kept = self._models.get(self.provider(own_key)[0])
        return kept[1] if kept else ()

    def _for_key(self, key: str | None) -> CompletionProvider:
        with self._lock:
            if key not in self._by_key:
                self._by_key[key] = self._connect(key)
            self._by_key.move_to_end(key)
            while len(self._by_key) > MOST_KEYS:
                _, forgotten = self._by_key.popitem(last=False)
                self._models.pop(forgotten, None)
            return self._by_key[key]
