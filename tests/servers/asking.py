"""Asks an endpoint for a completion, and takes its stream apart."""

import json
from typing import Any

import httpx2


def client(url: str) -> httpx2.Client:
    """Make a client that waits as long as it takes and goes through no proxy."""
    return httpx2.Client(base_url=url, timeout=None, trust_env=False)


def ask(url: str, model: str, key: str = "any", /, **more: Any) -> httpx2.Response:
    """Ask for a streamed reply with usage; `more` replaces or adds to the fields of the request."""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": "Hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        **more,
    }
    with client(url) as asking:
        return asking.post("/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})


def chunks(text: str) -> list[dict[str, Any]]:
    """Return the JSON of each event in a stream, without the closing [DONE]."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def text_of(chunks: list[dict[str, Any]], field: str = "content") -> str:
    """Return what the deltas of a reply say together."""
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get(field) or "" for delta in deltas)
