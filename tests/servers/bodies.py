"""The JSON that an OpenAI-compatible endpoint speaks: chunks, completions, usage, errors, one rich text."""

import json
from collections.abc import Mapping
from typing import Any

from tests.servers.wire import Answer

INPUT_TOKENS = 1234
"""Input tokens that the scripted endpoint reports for any prompt."""

DONE = b"data: [DONE]\n\n"

MODELS = ("gpt-6-luna", "gpt-6-astra", "stream-40x5ms", "text-embedding-3-small", "whisper-1")

HTML_PAGE = b"<!doctype html><html><head><title>Welcome</title></head><body>It works!</body></html>"

RICH_TEXT = r"""# Rich text

| case | done |
|---|---:|
| table | yes |

```python
def area(radius: float) -> float:
    return 3.14 * radius**2
```

Inline $a_1^2$ and \(b_1^2\), on lines of their own:

$$c_1^2$$

\[d_1^2\]

```mermaid
graph TD; Ask-->Answer
```

It costs $5 today. <script>window.harmed = true</script><img src="x" onerror="window.harmed = true">
"""

JsonObject = dict[str, Any]


def words(count: int) -> list[str]:
    """Return the pieces of a scripted reply, one a chunk: `word1 `, `word2 `, …"""
    return [f"word{number} " for number in range(1, count + 1)]


def usage(output: int, **counts: Any) -> JsonObject:
    """Return usage as an endpoint reports it; `counts` replaces or adds fields."""
    given = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": output, **counts}
    return {**given, "total_tokens": given["prompt_tokens"] + given["completion_tokens"]}


def event(payload: Mapping[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


def chunk(model: str, delta: JsonObject, **more: Any) -> JsonObject:
    """Return a chunk with one choice; `finish_reason` goes into the choice, anything else beside it."""
    choice = {"index": 0, "delta": delta, "finish_reason": more.pop("finish_reason", None)}
    return {**_envelope(model, "chat.completion.chunk"), "choices": [choice], **more}


def usage_chunk(model: str, reported: JsonObject) -> JsonObject:
    """Return the last chunk, as OpenAI sends it: usage and no choices."""
    return {**_envelope(model, "chat.completion.chunk"), "choices": [], "usage": reported}


def completion(model: str, text: str, reported: JsonObject | None) -> JsonObject:
    """Return the whole answer to a request that did not ask for a stream."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {**_envelope(model, "chat.completion"), "choices": [choice], "usage": reported}


def model_list() -> JsonObject:
    """Return what `/v1/models` answers."""
    rows = [{"id": name, "object": "model", "created": 0, "owned_by": "scripted"} for name in MODELS]
    return {"object": "list", "data": rows}


def answer(payload: Mapping[str, Any], status: int = 200, **headers: str) -> Answer:
    """Return a JSON answer; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(json.dumps(payload).encode(), status, headers=named)


def error(status: int, message: str, code: str | int | None, **fields: Any) -> Answer:
    """Return an error as OpenAI words it; `fields` replaces or adds to type, param and code."""
    body = {"message": message, "type": "invalid_request_error", "param": None, "code": code, **fields}
    return answer({"error": body}, status)


def _envelope(model: str, kind: str) -> JsonObject:
    return {"id": "chatcmpl-scripted", "object": kind, "created": 1_790_000_000, "model": model}
