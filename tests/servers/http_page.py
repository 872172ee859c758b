"""The app's page without a browser: signs in and fires the page's events over HTTP, as a script might."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx2


@dataclass(frozen=True)
class Fired:
    """What came of an event: all that was sent to the page, and each output's first value by its name."""

    success: bool
    text: str
    outputs: dict[str, Any]


class HttpPage:
    """One browser profile: a sign-in of its own, and for each event a page of its own, as if just opened."""

    def __init__(self, url: str) -> None:
        # A connection for each request: the server drops one on which a forged request went wrong.
        once = {"Connection": "close"}
        self.client = httpx2.Client(base_url=url, headers=once, timeout=None, trust_env=False)
        self.session = ""

    def __enter__(self) -> "HttpPage":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def sign_in(self, name: str, password: str) -> int:
        """Try to sign in; gives the HTTP status."""
        form = {"username": name, "password": password}
        return self.client.post("/login", data=form).status_code

    @cached_property
    def config(self) -> dict[str, Any]:
        """What the page is made of."""
        return dict(self.client.get("/config").raise_for_status().json())

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """The events that run on the server, by their names."""
        return {each["api_name"]: each for each in self.config["dependencies"] if each["backend_fn"]}

    @cached_property
    def components(self) -> dict[int, tuple[str, Any]]:
        """For each component its name (element id or label) and what it holds at first."""
        made = {each["id"]: each["props"] for each in self.config["components"]}
        return {
            number: (str(props.get("elem_id") or props.get("label")), props.get("value"))
            for number, props in made.items()
        }

    def input_names(self, event: str) -> list[str]:
        """Return the names of an event's inputs, in their order."""
        return [self.components[number][0] for number in self.events[event]["inputs"]]

    def inputs(self, event: str, values: dict[str, Any]) -> list[Any]:
        """Return an event's inputs in their order: as on a fresh page, but for these values by name."""
        named = [self.components[number] for number in self.events[event]["inputs"]]
        unknown = values.keys() - set(self.input_names(event))
        assert not unknown, f"the event {event!r} has no input of the name {', '.join(sorted(unknown))}"
        return [values.get(name, first) for name, first in named]

    def fire(self, event: str, values: dict[str, Any] | None = None, event_data: Any = None) -> Fired:
        """Fire one of the page's events and read it to its end."""
        return self.fire_raw(event, self.inputs(event, values or {}), event_data)

    def fire_raw(self, event: str, inputs: list[Any], event_data: Any = None) -> Fired:
        """Fire an event with anything for inputs and read it to its end."""
        joined = self.join(event, inputs, event_data)
        if joined.status_code != 200:
            return Fired(False, joined.text, {})
        messages = list(self._messages())
        completed = [message for message in messages if message["msg"] == "process_completed"]
        return Fired(
            success=bool(completed) and all(message["success"] for message in completed),
            text=json.dumps(messages, ensure_ascii=False),
            outputs=next((each for each in map(self._outputs(event), messages) if each), {}),
        )

    def join(self, event: str, inputs: list[Any], event_data: Any = None) -> httpx2.Response:
        """Ask for an event and no more; `session` is then the page that will hear of it."""
        self.session = uuid.uuid4().hex
        body = {
            "data": inputs,
            "fn_index": self.events[event]["id"],
            "session_hash": self.session,
            "event_data": event_data,
        }
        return self.client.post("/gradio_api/queue/join", json=body)

    def begin(self, message: str, model: str, **values: Any) -> str:
        """Send a message and look away as soon as it is on its way; gives the conversation's id."""
        self.join("send", self.inputs("send", {"message": message, "model-chosen": model, **values}))
        for outputs in map(self._outputs("send"), self._messages()):
            if conversation_id := outputs.get("conversation-id"):
                return str(conversation_id)
        raise AssertionError("the message was not sent")

    def follow(self, conversation_id: str) -> str:
        """Follow a conversation to the end of its reply; gives all that the page was sent."""
        return self.fire("follow", {"conversation-id": conversation_id}).text

    def _messages(self) -> Iterator[dict[str, Any]]:
        asked = {"session_hash": self.session}
        with self.client.stream("GET", "/gradio_api/queue/data", params=asked) as response:
            for line in response.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    def _outputs(self, event: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """Return a reader of an event's outputs by name: whole in the first message, then what changed."""
        names = [self.components[number][0] for number in self.events[event]["outputs"]]

        def read(message: dict[str, Any]) -> dict[str, Any]:
            data = (message.get("output") or {}).get("data") or []
            return dict(zip(names, map(_plain, data), strict=False))

        return read


def _plain(output: Any) -> Any:
    """Return the value out of what may be an update."""
    is_update = isinstance(output, dict) and output.get("__type__") == "update"
    return output.get("value") if is_update else output
