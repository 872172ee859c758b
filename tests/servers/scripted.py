"""An OpenAI-compatible endpoint that answers, or misbehaves, as the model's name asks.

`python -m tests.servers.scripted --port 0` prints its address; in a test, use the `scripted` fixture.
Any other model name gets eight words. Every reply is `word1 word2 …`, reports 1,234 input tokens and
one output token a chunk, and sends usage only when `stream_options.include_usage` asks for it.

Streams
    stream-400x5ms           400 chunks, one every 5 ms; usage in a last chunk with `choices: []`
    slow-first-2000ms        the first chunk after 2,000 ms
    held-6                   three words, and the rest of six when the test releases it
    endless-20ms             a chunk every 20 ms until the client leaves
    flood-100kb              a chunk of 100,000 characters, and the next at once, until the client leaves
    one-line                 three words, then a line that never ends
    usage-with-choices       usage in a last chunk that has choices
    usage-every-chunk        usage in every chunk, cumulative
    usage-none               no usage, asked for or not
    usage-null-details       both details are null
    usage-details            1,000 cached and 200 cache-write input tokens, 5 reasoning output tokens
    usage-negative           -1 output tokens
    usage-cached-too-many    more cached than input tokens
    reasoning-content        reasoning in `reasoning_content`, then the text
    reasoning                reasoning in `reasoning`, then the text
    resolved-other           the endpoint names the model `resolved-other-2026-01-01`
    service-tier-flex        the endpoint names the service tier `flex` with each word; any name. Without
                             this it names the one that it was asked for, if any
    length                   ends with finish_reason `length`
    full-length              as many words as the maximum allows, each a token; the prompt a token a byte
    full-length-cut          half as many, then closed in mid-body
    full-length-hangs        half as many, then nothing
    markdown                 code, table, all four LaTeX delimiters, mermaid, script tags
    filter-finish            some words, then finish_reason `content_filter`
    refusal                  a `refusal` delta and no content
Odd, with eight words and their counts all the same
    retry-blocks             blocks with only `retry:` around each event; so do id-blocks, event-blocks,
                             empty-data-blocks, comment-blocks and stray-lines
    byte-order-mark, crlf, lone-cr, no-empty-lines, data-over-lines, no-last-line-end
    stream-as-json           the stream with another content type; so do -as-text, -as-anything, -as-html
    whole-as-stream          a whole answer in JSON, labelled as a stream
    whole-over-lines, whole-as-text
    json-lines               each chunk a line of its own; so do json-lines-as-json, json-lines-as-stream
Repeats the key that it was sent
    repeats-in-error         400 with the key in its message, code and type
    repeats-in-error-event   three words, then an `error` event that names it
    repeats-in-model, repeats-in-tier, repeats-in-count, repeats-in-text
Refused
    wrong-key                401 invalid_api_key (the key `wrong-key` gets it too, everywhere)
    no-model                 404 model_not_found
    no-quota                 429 insufficient_quota
    rate-limit               429 rate_limit_exceeded, Retry-After 1
    rate-limit-twice         the same twice, then fine
    no-capacity              429 resource_unavailable, as for the tier flex
    status-500, status-503   always
    status-503-once          once, then fine
    refuses-temperature      400 unsupported_parameter when `temperature` is sent; any field, with hyphens
    refuses-value-temperature  400 unsupported_value when `temperature` is sent; any field
    refuses-sampling         400 unsupported_parameter for temperature, top_p and penalties, one at a time
    refuses-parts            400 when a message's content is not one text
    refuses-detail           422 when a picture has a detail
    no-pictures              400 for a picture, as OpenAI words it; -llama 500, -openrouter 404, -deepseek 400
    bad-picture              400 image_parse_error for a picture
    huge-picture             400 for a picture of too many patches
    no-documents             400 for a file
    longest-16384            400 "max_tokens is too large" when the maximum is above 16,384; any number
    old-server               400 "Unrecognized request argument" for `max_completion_tokens`
    old-server-strict        the same for every field that came after 2023, `stream_options` included
    context-openai           400 context_length_exceeded
    context-llama            400 exceed_context_size_error, as llama.cpp words it
    filter-error             400 content_policy_violation
    error-not-json           502 with a gateway's HTML page
Lost
    cut-before-answer        the connection is closed once the request is read, with no answer
    cut-before-answer-once   the same once, then fine; so does -twice
    gateway-timeout          504 with a gateway's HTML page
    gateway-timeout-once     the same once, then fine
Broken
    cut-reset                three words, then a connection reset
    cut-close                three words, then closed in mid-body
    cut-clean                three words, then a proper end without finish_reason and [DONE]
    error-event              three words, then an `error` event
    broken-json              three words, then half a JSON object
    html                     a web page with status 200, as every address outside /v1 answers
    empty-body               status 200 and nothing
    done-only                a stream of only [DONE]
    hangs                    no answer at all
"""

import argparse
import asyncio
import contextlib
import ssl
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from types import TracebackType
from typing import Any

from tests.servers import bodies
from tests.servers.behaviours import repeated_key, reply_to_chat
from tests.servers.wire import Answer, ReceivedRequest, Reply, read_request, send

APP_KEY = "sk-of-the-app"
PRICED_MODEL = "stream-40x5ms"


class ScriptedEndpoint:
    """Answers requests and keeps a record of them; `behaviour`, when set, goes before the model's name.

    `credits` is what OpenRouter's question about an account gets.
    A `recorded` answer goes before both, and `listed` before the usual list of models.
    """

    def __init__(self, behaviour: str | None = None) -> None:
        self.behaviour = behaviour
        self.credits: Reply = bodies.answer({"data": {"total_credits": 25.0, "total_usage": 12.34}})
        self.recorded: Reply | None = None
        self.listed: Reply | None = None
        self.requests: list[ReceivedRequest] = []
        self._changed = threading.Condition()
        self._released = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def chats(self) -> list[ReceivedRequest]:
        """The requests for a completion, oldest first."""
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is looked at whenever a request comes, ends or is left."""
        with self._changed:
            self._changed.wait_for(condition)

    async def serve(
        self,
        port: int,
        ready: Callable[[int], None],
        stop: asyncio.Event,
        *,
        host: str = "127.0.0.1",
        certificate: ssl.SSLContext | None = None,
    ) -> None:
        """Listen on loopback until `stop`; `ready` gets the port."""
        server = await asyncio.start_server(self._connected, host, port, ssl=certificate)
        ready(server.sockets[0].getsockname()[1])
        await stop.wait()
        # Python 3.11 leaks a connection that was accepted just before its server closes: let it come to be.
        await asyncio.sleep(0.02)
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(task)
        # Not in the task itself: one that is cancelled before its first step would never get there.
        task.add_done_callback(lambda _: writer.close())
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if request is not None:
            reply = self._reply(request)
            self._record(request)
            await _send_while_listening(send(reply, request, writer, self._released), request, reader)
            self._record(None)

    def _let_go(self) -> None:
        self._released.set()
        self._released = asyncio.Event()

    def _record(self, request: ReceivedRequest | None) -> None:
        with self._changed:
            self.requests += [request] if request else []
            self._changed.notify_all()

    def _reply(self, request: ReceivedRequest) -> Reply:
        if request.path == "/requests":
            return bodies.answer({"requests": [asdict(seen) for seen in self.requests]})
        if not request.path.startswith("/v1/"):
            return Answer(bodies.HTML_PAGE, content_type="text/html")
        if request.headers.get("authorization") == "Bearer wrong-key":
            return reply_to_chat("wrong-key", request.body, attempt=1)
        if request.path == "/v1/models":
            return self.listed or bodies.answer(bodies.model_list())
        if request.path == "/v1/credits":
            return self.credits
        if request.path == "/v1/chat/completions":
            if self.recorded is not None:
                return self.recorded
            if (behaviour := self.behaviour or request.model).startswith("repeats-"):
                return repeated_key(behaviour, request)
            attempt = 1 + sum(seen.model == request.model for seen in self.chats)
            return reply_to_chat(behaviour, request.body, attempt)
        return bodies.error(404, f"Invalid URL ({request.method} {request.path})", None)


async def _send_while_listening(
    answering: Coroutine[Any, Any, None], request: ReceivedRequest, reader: asyncio.StreamReader
) -> None:
    sending = asyncio.create_task(answering)
    leaving = asyncio.create_task(reader.read())
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not request.answered:
            request.disconnected_at = time.time()
    finally:
        sending.cancel()
        leaving.cancel()
        for outcome in await asyncio.gather(sending, leaving, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionError):
                raise outcome


class ScriptedServer(ScriptedEndpoint):
    """The endpoint in a thread of its own: `with ScriptedServer() as server: … server.url`."""

    host = "127.0.0.1"
    port = 0  # to listen on, 0 for a free one
    certificate: ssl.SSLContext | None = None  # to speak https with

    @property
    def variables(self) -> dict[str, str]:
        """The environment of an app that has this endpoint behind it."""
        return {
            "OPENAI_BASE_URL": self.url,
            "OPENAI_API_KEY": APP_KEY,
            "TALLY_MODEL": PRICED_MODEL,
            "TALLY_TIMEZONE": "UTC",
        }

    def __enter__(self) -> "ScriptedServer":
        started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(started)), daemon=True)
        self._thread.start()
        started.wait()
        return self

    def release(self) -> None:
        """Let go of the replies that are held now."""
        self._loop.call_soon_threadsafe(self._let_go)

    async def _run(self, started: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        def ready(port: int) -> None:
            host = f"[{self.host}]" if ":" in self.host else self.host
            self.url = f"{'https' if self.certificate else 'http'}://{host}:{port}/v1"
            started.set()

        await self.serve(self.port, ready, self._stop, host=self.host, certificate=self.certificate)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted; the first line printed is the address, the record is at /requests."""
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible endpoint for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--behaviour", help="how to answer, whichever model is asked for")
    chosen = parser.parse_args(arguments)
    endpoint = ScriptedEndpoint(chosen.behaviour)

    def ready(port: int) -> None:
        sys.stdout.write(f"http://127.0.0.1:{port}/v1\n")
        sys.stdout.flush()

    async def serve() -> None:
        await endpoint.serve(chosen.port, ready, asyncio.Event())

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
