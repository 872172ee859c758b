"""Makes providers without importing openai, which takes half a second, before one is needed."""

from collections.abc import Callable

from chat.providers.seam import CompletionProvider
from chat.providers.sending import Quirks

Connect = Callable[[str | None], CompletionProvider]


def connector(base_url: str, billed_by: str) -> Connect:
    """Return what makes the provider of an endpoint for a key; all of them share what its models refuse."""
    quirks = Quirks()

    def connect(key: str | None) -> CompletionProvider:
        from chat.providers.openai_provider import OpenAIProvider

        return OpenAIProvider(base_url, key, billed_by, quirks)

    return connect
