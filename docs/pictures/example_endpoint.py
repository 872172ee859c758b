"""An endpoint with a few good answers, so that the pictures show a conversation worth having."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

PAUSE_S = 0.01
MODELS = ("gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol", "gpt-6-astra")
ANSWERS = {
    "How do window functions work in SQL?": """\
A **window function** computes over a set of rows that are related to the current one, \
and, unlike `GROUP BY`, keeps every row:

```sql
SELECT customer, ordered_at, amount,
       SUM(amount) OVER (PARTITION BY customer ORDER BY ordered_at) AS running_total
FROM orders;
```

- `PARTITION BY` says which rows belong together,
- `ORDER BY` in which order they are looked at,
- a frame such as `ROWS 6 PRECEDING` how far to look.
""",
    "Which ones rank rows?": """\
| function | ties | after a tie |
|---|---|---|
| `ROW_NUMBER()` | broken at will | 1, 2, 3, 4 |
| `RANK()` | same number | 1, 2, 2, 4 |
| `DENSE_RANK()` | same number | 1, 2, 2, 3 |
""",
}


@contextmanager
def example_endpoint() -> Iterator[str]:
    """Run the endpoint on a free port; yields its address, ending in /v1."""
    routes = [
        Route("/v1/models", _models),
        Route("/v1/chat/completions", _chat, methods=["POST"]),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1"
    server.should_exit = True
    thread.join()


async def _models(_request: Request) -> JSONResponse:
    return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})


async def _chat(request: Request) -> StreamingResponse:
    return StreamingResponse(_stream(await request.json()), media_type="text/event-stream")


async def _stream(body: dict[str, Any]) -> AsyncIterator[str]:
    answer = ANSWERS[body["messages"][-1]["content"]]
    pieces = answer.split(" ")
    for piece in pieces:
        await asyncio.sleep(PAUSE_S)
        yield _event(body["model"], {"choices": [{"index": 0, "delta": {"content": piece + " "}}]})
    yield _event(body["model"], {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    prompt = sum(len(message["content"]) // 4 + 4 for message in body["messages"])
    usage = {"prompt_tokens": prompt, "completion_tokens": len(answer) // 4}
    yield _event(body["model"], {"choices": [], "usage": usage | {"total_tokens": sum(usage.values())}})
    yield "data: [DONE]\n\n"


def _event(model: str, content: dict[str, Any]) -> str:
    chunk = {"id": "example", "object": "chat.completion.chunk", "created": 0, "model": model, **content}
    return f"data: {json.dumps(chunk)}\n\n"
