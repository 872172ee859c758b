"""A price list as genai-prices publishes it, small, and a server on loopback that sends it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GPT = {
    "id": "gpt-7",
    "match": {"or": [{"equals": "gpt-7"}, {"starts_with": "gpt-7-20"}]},
    "context_window": 500000,
    "prices": [
        {"prices": {"input_mtok": 1, "output_mtok": 4.5}},
        {
            "constraint": {"start_date": "2026-11-01"},
            "prices": {
                "input_mtok": {"base": 0.1, "tiers": [{"start": 1000, "price": 0.3}]},
                "cache_read_mtok": 0.18000000000000002,
                "output_mtok": 2,
            },
        },
        {
            "constraint": {"start_time": "01:00:00Z", "end_time": "04:00:00Z"},
            "prices": {"input_mtok": 9, "output_mtok": 9},
        },
    ],
    "price_variants": [{"when": {"service_tier": "flex"}, "prices": {"output_mtok": 1}}],
}


def published(*models: dict[str, Any], providers: int = 20) -> list[dict[str, Any]]:
    """Make a list of this many providers, the first of them OpenAI with these models (else with `GPT`)."""
    extractor = {"root": "usage", "mappings": [{"path": "x", "dest": "unit_of_tomorrow"}]}
    openai = {
        "id": "openai",
        "name": "OpenAI",
        "api_pattern": r"https://api\.openai\.com",
        "extractors": [extractor],
        "a_field_of_tomorrow": 1,
        "models": list(models or (GPT,)),
    }
    others = [
        {"id": f"p{number}", "name": "P", "api_pattern": f"https://p{number}\\.example\\.com", "models": []}
        for number in range(1, providers)
    ]
    return [openai, *others]


@dataclass
class Publisher:
    """What the server answers, which may be changed, and what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = field(default_factory=lambda: json.dumps(published()).encode())
    asked: list[str] = field(default_factory=list)


@contextmanager
def publisher() -> Iterator[Publisher]:
    """Run a server on loopback that publishes a price list."""
    state = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}/data.json"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
