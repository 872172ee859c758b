"""The built-in model for trying the app with no key: it streams, it is free, and it says what it is."""

import asyncio
import re
from collections.abc import AsyncGenerator
from decimal import Decimal

from chat.providers.seam import (
    Completed,
    CompletionEvent,
    CompletionRequest,
    ModelInputs,
    RequestRefused,
    Sending,
    TextDelta,
)
from texts import N_, _, ngettext
from usage.forecast import Prompt, Tokenizer
from usage.units import DEMO, Endpoint, TokenUsage

DEMO_MODEL = "demo"
DELAY_S = 0.02
QUOTED_LENGTH = 200

REPLY = N_("""\
I am the **demo model** that comes with Tally. I do not think: whatever you write, this is my reply. \
It costs nothing, and everything around it is real: the reply streams, the line below it is its receipt, \
and the call is a row in `usage.csv`.

You wrote: "{question}"{files}

To talk to a real model, do one of these:

| you have | do this |
|---|---|
| an API key | paste it under **Settings**, or start Tally with `OPENAI_API_KEY` set |
| a local server such as Ollama | start Tally with `OPENAI_BASE_URL=http://localhost:11434/v1` |

Replies may hold code, tables and formulas, such as $a^2 + b^2 = c^2$:

```python
def cost_usd(tokens: int, usd_per_million: float) -> float:
    return tokens * usd_per_million / 1_000_000
```
""")


class DemoProvider:
    """Answers every request with the same explanation. It counts as Tally does before a call."""

    endpoint = Endpoint(DEMO, DEMO)
    names_charges_later = False

    def __init__(self, tokenizer: Tokenizer, delay_s: float = DELAY_S) -> None:
        self._tokenizer = tokenizer
        self._delay_s = delay_s

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Stream the reply a word at a time."""
        yield Sending()
        asked = request.prompt.messages[-1]
        reply = _(REPLY).format(question=_quoted(asked.text), files=_seen(Prompt((asked,))))
        for word in _words(reply):
            await asyncio.sleep(self._delay_s)
            yield TextDelta(word)
        read = request.prompt.size(self._tokenizer, DEMO_MODEL).count.tokens
        said = self._tokenizer.count_text(reply, DEMO_MODEL).tokens
        yield Completed(TokenUsage(input=read, output=said), DEMO_MODEL)

    async def models(self) -> tuple[str, ...]:
        """Return the only one."""
        return self.listed()

    def listed(self) -> tuple[str, ...]:
        """Return the only one."""
        return (DEMO_MODEL,)

    def takes(self, model: str) -> ModelInputs:
        """Return that it takes all: it says how much of it came."""
        del model
        return ModelInputs(images=True, documents=True)

    async def charge_of(self, reply_id: str) -> Decimal | None:
        """Return nothing: no call here is charged."""
        del reply_id
        return None

    async def account_balance(self) -> str:
        """Refuse: nothing is charged here."""
        raise RequestRefused(_("The demo model costs nothing."))


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _seen(prompt: Prompt) -> str:
    """Return what is said of the pictures and documents that came along; empty where none did."""
    said = ""
    if images := len(prompt.images):
        said += ngettext(" I see {count} picture.", " I see {count} pictures.", images).format(count=images)
    if documents := len(prompt.documents):
        said += ngettext(" I got {count} PDF.", " I got {count} PDFs.", documents).format(count=documents)
    return said


def _quoted(question: str) -> str:
    line = " ".join(question.split())
    shortened = line if len(line) <= QUOTED_LENGTH else line[:QUOTED_LENGTH] + "…"
    return re.sub(r"([\\`*_<>$|\[\]#])", r"\\\1", shortened)
