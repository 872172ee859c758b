"""Which pages and events a request names, wherever it does so."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Scope

_PAGE_IN_PATH = re.compile(r"/gradio_api/(?:heartbeat/([^/]+)|stream/([^/]+)/[^/]+/.+)/?")
_EVENT_IN_PATH = re.compile(r"/gradio_api/(?:call/(?:v2/)?[^/]+/([^/]+)|stream/([^/]+)(?:/close)?)/?")
EVENT_IS_MADE = re.compile(r"/gradio_api/(?:queue/join|call/(?:v2/)?[^/]+)/?")
EVENT_IS_RUN = re.compile(r"/gradio_api/(?:run|api)/[^/]+/?")  # at once, without waiting in the queue


class NotJsonError(Exception):
    """The body is not a JSON object, as that of every event is."""


@dataclass(frozen=True, slots=True)
class Named:
    """The pages by their hashes, the events by their ids."""

    pages: frozenset[str]
    events: frozenset[str]


def named_in(scope: Scope, path: str, body: bytes) -> Named:
    """Return what a request to `path` names. Raises NotJsonError for a body that cannot be read."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    sent = _object(body)
    pages = {*query.get("session_hash", ()), *_groups(_PAGE_IN_PATH, path), sent.get("session_hash")}
    events = {*_groups(_EVENT_IN_PATH, path), sent.get("event_id")}
    return Named(_texts(pages), _texts(events))


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise NotJsonError from exc
    if not isinstance(sent, dict):
        raise NotJsonError
    return sent


def _groups(pattern: re.Pattern[str], path: str) -> list[str]:
    found = pattern.fullmatch(path)
    return [group for group in found.groups() if group] if found else []


def _texts(values: set[Any]) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value)
