"""Who is signed in, in place of Gradio's own table, and the end of their streams with their session."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Send

_MOST_EACH = 50


class Sessions(MutableMapping[str, str]):
    """People's names by the token in their cookie.

    A session ends when its person is removed or gets another password: `proofs()` gives a value for each
    person that changes with their password. It must not raise; while it gives nothing, nobody
    is signed in. Somebody's oldest session ends when they have more than `most_each`.
    """

    def __init__(self, proofs: Callable[[], Mapping[str, str]], most_each: int = _MOST_EACH) -> None:
        self._proofs = proofs
        self._most_each = most_each
        self._sessions: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def __setitem__(self, token: str, name: str) -> None:
        self._sessions[token] = (name, self._proofs().get(name, ""))
        theirs = [each for each, (owner, _) in self._sessions.items() if owner == name]
        for oldest in theirs[: -self._most_each]:
            del self._sessions[oldest]

    def __getitem__(self, token: str) -> str:
        # Looked up before the people are read, so that a stranger costs nothing.
        name, proof = self._sessions[token]
        if self._proofs().get(name) != proof:
            raise KeyError(token)
        return name

    def __delitem__(self, token: str) -> None:
        del self._sessions[token]

    def __iter__(self) -> Iterator[str]:
        proofs = self._proofs()
        return iter([each for each, (name, proof) in self._sessions.items() if proofs.get(name) == proof])

    def __len__(self) -> int:
        return len(list(iter(self)))


def while_signed_in(is_signed_in: Callable[[], bool], receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Wrap both ends of a request, so that a stream ends when its person's session does."""
    is_stream = is_over = False

    async def send_or_end(message: Message) -> None:
        nonlocal is_stream, is_over
        if message["type"] == "http.response.start":
            kind = Headers(raw=list(message.get("headers", []))).get("content-type", "")
            is_stream = kind.startswith("text/event-stream")
        elif is_stream and not is_over and not is_signed_in():
            is_over = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not is_over:
            await send(message)

    async def receive_or_end() -> Message:
        return {"type": "http.disconnect"} if is_over else await receive()

    return receive_or_end, send_or_end
