"""The real app before an endpoint that answers with what real ones were seen to send, byte for byte."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest

from chat.conversation import Turn
from chat.store import ConversationStore
from tests.helpers.data_files import ledger
from tests.helpers.fakes import database_in
from tests.servers.answers import ODD_ANSWERS
from tests.servers.app_process import AppProcess
from tests.servers.bodies import DONE, chunk, event, usage_chunk
from tests.servers.http_page import HttpPage
from tests.servers.scripted import ScriptedServer
from tests.servers.wire import Answer, Reply, Stream
from usage.ledger import LOCAL_USER

MODEL = "odd-1"
COUNTS = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
EVENT_STREAM = "text/event-stream"
HELLO = "Hello odd world."


@dataclass(frozen=True)
class Answered:
    """The app with the endpoint behind it, and one page of it."""

    app: AppProcess
    endpoint: ScriptedServer
    page: HttpPage

    def ask(self, answer: Reply | None, model: str = MODEL, **values: Any) -> tuple[Turn, str]:
        """Send a message that is answered so; returns the turn as it is kept, and what a page shows then."""
        self.endpoint.recorded = answer
        conversation_id = self.page.begin("Hello", model, **values)
        self.page.follow(conversation_id)
        shown = unescape(self.page.follow(conversation_id))
        store = ConversationStore(database_in(self.app.data_dir))
        conversation = store.conversation(LOCAL_USER, conversation_id)
        store.close()
        assert conversation is not None
        return conversation.turns[-1], shown

    def row(self, turn: Turn) -> dict[str, str]:
        """Return the only row about this turn."""
        [row] = [row for row in ledger(self.app.data_dir) if row["turn_id"] == turn.id]
        return row


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    home = tmp_path_factory.mktemp("home")
    with ScriptedServer() as endpoint:
        app = AppProcess(home / "data", home, endpoint.variables)
        with HttpPage(app.url) as page:
            yield Answered(app, endpoint, page)
        assert app.stop() == 0
        assert app.blocked == []
        assert "Traceback" not in app.stderr


def part(kind: str, **said: Any) -> dict[str, Any]:
    return {"type": kind, **said}


def thinking(text: str) -> dict[str, Any]:
    return part("thinking", thinking=[part("text", text=text)])


def saying(
    *deltas: dict[str, Any], end: str | None = "stop", counts: dict[str, Any] | None = COUNTS
) -> bytes:
    """Return a stream of these deltas, an end and counts."""
    chunks = [chunk(MODEL, delta) for delta in deltas]
    chunks += [chunk(MODEL, {}, finish_reason=end)] if end else []
    chunks += [usage_chunk(MODEL, counts)] if counts else []
    return b"".join(map(event, chunks)) + DONE


def texts(*pieces: str) -> list[dict[str, Any]]:
    return [{"content": piece} for piece in pieces]


HELLO_STREAM = saying(*texts("Hello ", "odd ", "world."))
AS_MESSAGES = HELLO_STREAM.replace(b'"delta": {"content"', b'"message": {"content"')
USAGE_FIRST = event({**chunk(MODEL, {"content": HELLO}), "usage": COUNTS})


def streamed(body: bytes, **headers: str) -> Answer:
    return Answer(body, content_type=EVENT_STREAM, headers=headers)


@pytest.mark.parametrize("model", ODD_ANSWERS)
def test_an_odd_answer_is_a_whole_reply_and_billed_by_its_counts(answered: Answered, model: str) -> None:
    turn, shown = answered.ask(None, model)
    row = answered.row(turn)
    assert (turn.status, turn.error, turn.remarks) == ("completed", None, ())
    assert turn.reply == "".join(f"word{number} " for number in range(1, 9))
    assert "word8" in shown
    assert (row["usage_source"], row["input_tokens"], row["output_tokens"]) == ("reported", "1234", "8")


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (streamed(saying(*texts("Latin caf@ byte.")).replace(b"@", b"\xe9")), "Latin caf\ufffd byte."),
        (streamed(gzip.compress(HELLO_STREAM), **{"Content-Encoding": "gzip"}), HELLO),
        (Stream([(0, bytes([byte])) for byte in saying(*texts("Grüße, 世界 🌍."))]), "Grüße, 世界 🌍."),
        (streamed(HELLO_STREAM.removesuffix(DONE)), HELLO),
        (streamed(AS_MESSAGES), HELLO),
        (streamed(event({"choices": None}) + event(chunk(MODEL, {"content": None})) + HELLO_STREAM), HELLO),
        (streamed(b": OPENROUTER PROCESSING\n\n" * 100 + HELLO_STREAM), HELLO),
        (streamed(saying(*texts("word " * 200_000))), "word " * 200_000),
        (streamed(saying(*texts(*["line\n"] * 5_000))), "line\n" * 5_000),
    ],
    ids=[
        *("a byte that is no UTF-8", "gzip", "byte by byte", "no [DONE]", "message for delta", "nulls"),
        *("comments", "a megabyte at once", "5,000 lines"),
    ],
)
def test_what_is_odd_about_an_answer_does_not_change_what_it_says(
    answered: Answered, answer: Reply, reply: str
) -> None:
    turn, _shown = answered.ask(answer)
    row = answered.row(turn)
    assert (turn.status, turn.error, turn.remarks) == ("completed", None, ())
    assert turn.reply == reply
    assert (row["usage_source"], row["input_tokens"], row["output_tokens"]) == ("reported", "11", "7")


NO_TEXT = "The model sent no text."
TOO_SHORT = "This reply reached its maximum length before its first word. Raise Max tokens."
TOOL = {"tool_calls": [{"index": 0, "id": "1", "function": {"name": "get_weather", "arguments": "{}"}}]}


@pytest.mark.parametrize(
    ("answer", "reply", "said"),
    [
        (saying({"role": "assistant", "content": ""}), "", NO_TEXT),
        (
            saying({"content": None, **TOOL}, end="tool_calls"),
            "",
            "The model wanted to call a tool (get_weather)",
        ),
        (saying({"content": ""}, end="length"), "", TOO_SHORT),
        (saying({"reasoning_content": "I think."}), "", "The model sent its reasoning and no text."),
        (saying(*texts("Hello"), end="error"), "Hello", "The endpoint ended this reply with an error"),
        (saying(*texts("Hello"), end="length"), "Hello", "because it reached its maximum length"),
        (saying(*texts("Hello"), end="content_filter"), "Hello", "The endpoint’s content filter ended"),
    ],
    ids=["empty", "tool", "length, empty", "only reasoning", "error", "length", "filter"],
)
def test_an_end_that_is_none_is_told_in_a_sentence_and_counted_as_reported(
    answered: Answered, answer: bytes, reply: str, said: str
) -> None:
    turn, shown = answered.ask(streamed(answer))
    row = answered.row(turn)
    assert (turn.reply, row["usage_source"], row["output_tokens"]) == (reply, "reported", "7")
    assert said in shown
    assert [said in remark for remark in turn.remarks] == [True]


@pytest.mark.parametrize(
    ("deltas", "reasoning"),
    [
        ([{"content": [thinking("They ")]}, {"content": [thinking("greet.")]}], "They greet."),
        (
            [{"content": ""}, {"content": [thinking("A greeting.")]}, {"content": [thinking("")]}],
            "A greeting.",
        ),
        (
            [
                {"content": "", "reasoning_details": [part("reasoning.text", text=text)]}
                for text in ("A ", "b.")
            ],
            "A b.",
        ),
        (
            texts("<think>\n", "They ", "greet me.\n\nI greet.", "\n</think>\n\n"),
            "They greet me.\n\nI greet.",
        ),
        ([{"reasoning_content": "Hm."}], "Hm."),
    ],
    ids=["parts", "parts, then text", "reasoning_details", "tags", "reasoning_content"],
)
def test_reasoning_is_folded_away_and_not_sent_again(
    answered: Answered, deltas: list[dict[str, Any]], reasoning: str
) -> None:
    answer = streamed(saying(*deltas, {"content": [part("text", text="Hello ")]}, *texts("odd world.")))
    turn, shown = answered.ask(answer)
    assert (turn.reply, turn.reasoning, turn.remarks) == (HELLO, reasoning, ())
    assert "Reasoning" in shown
    answered.ask(answer, **{"conversation-id": turn.conversation_id})
    assert answered.endpoint.chats[-1].body["messages"] == [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": HELLO},
        {"role": "user", "content": "Hello"},
    ]


def as_json(said: Any, status: int = 200, content_type: str = "application/json") -> Answer:
    return Answer(json.dumps(said).encode(), status, content_type)


UPSTREAM = {"error": {"code": 429, "message": "Provider returned error: too many requests upstream"}}
VLLM = {"object": "error", "message": "EngineDeadError", "type": "InternalServerError", "code": 500}
ERROR_EVENT = b'event: error\ndata: {"message": "quota used up", "code": 429}\n\n'
HELLO_BEGUN = b"".join(event(chunk(MODEL, {"content": text})) for text in ("Hello ", "odd ", "world."))
BROKE_OFF = "127.0.0.1 broke off with an error: “{}”"


@pytest.mark.parametrize(
    ("answer", "reply", "words"),
    [
        (as_json(UPSTREAM), "", "Provider returned error: too many requests upstream"),
        (
            as_json(UPSTREAM, content_type=EVENT_STREAM),
            "",
            "Provider returned error: too many requests upstream",
        ),
        (streamed(event(VLLM) + DONE), "", "EngineDeadError"),
        (streamed(event({"error": "model crashed"}) + DONE), "", "model crashed"),
        (streamed(HELLO_BEGUN + ERROR_EVENT), HELLO, "quota used up"),
    ],
    ids=["JSON", "JSON as a stream", "vLLM", "a string", "an event"],
)
def test_an_error_with_status_200_is_told_in_the_endpoints_words_and_may_have_been_billed(
    answered: Answered, answer: Answer, reply: str, words: str
) -> None:
    turn, shown = answered.ask(answer)
    assert (turn.status, turn.reply, turn.error) == ("failed", reply, BROKE_OFF.format(words))
    assert BROKE_OFF.format(words) in shown
    assert answered.row(turn)["usage_source"] == "estimated"


COUNTRY = "Country, region, or territory not supported"
NO_MEMORY = "model requires more system memory (9.1 GiB) than is available (4.0 GiB)"
NGINX = b"<html><head><title>413 Request Entity Too Large</title></head><body><h1>413</h1></body></html>"


@pytest.mark.parametrize(
    ("answer", "ours", "theirs"),
    [
        (
            as_json({"error": {"code": 403, "message": "Your input was flagged"}}, 403),
            "refused the request",
            None,
        ),
        (
            as_json({"error": {"code": "unsupported_country_region_territory", "message": COUNTRY}}, 403),
            "refused the request (status 403)",
            COUNTRY,
        ),
        (
            as_json(
                {"error": {"code": 404, "message": "No endpoints found matching your data policy."}}, 404
            ),
            "refused the request (status 404)",
            "No endpoints found matching your data policy.",
        ),
        (as_json({"detail": "Input too long"}, 422), "refused the request (status 422)", "Input too long"),
        (
            Answer(b"a forbidden word", 400, "text/plain"),
            "refused the request (status 400)",
            "a forbidden word",
        ),
        (
            as_json({"object": "error", "message": "System role not supported", "code": 400}, 400),
            "refused the request (status 400)",
            "System role not supported",
        ),
        (Answer(NGINX, 413, "text/html"), "This chat is too large", "413 Request Entity Too Large"),
        (as_json({"error": NO_MEMORY}, 500), "failed (500)", NO_MEMORY),
    ],
    ids=["moderation", "country", "policy", "detail", "plain text", "vLLM", "too large", "server"],
)
def test_a_refusal_is_told_in_our_words_and_the_endpoints_and_costs_nothing(
    answered: Answered, answer: Answer, ours: str, theirs: str | None
) -> None:
    turn, shown = answered.ask(answer)
    row = answered.row(turn)
    assert turn.error is not None
    assert ours in turn.error
    assert f"127.0.0.1 says: “{theirs or 'Your input was flagged'}”" in turn.error
    assert turn.error in shown
    assert (turn.status, row["usage_source"], row["cost_usd"]) == ("failed", "none", "0")


MANY = [f"model-{number}" for number in range(901)]
NO_LIST = "127.0.0.1 does not list its models. Type a model’s name."
NO_NAMES = ["", " ", "x" * 400, "odd-1 \n"]
ODD_NAMES = ["模型-一", "a b/c:d@e#1 <x>&\"'"]
OTHER_KINDS = [
    *({"id": name} for name in ("nomic-embed-text", "whisper-1", "tts-1-hd", "dall-e-3", "BAAI/bge-m3")),
    {"id": "voice", "mode": "audio_speech"},
    {"id": "vectors", "type": "embedding"},
    {"id": "picture", "architecture": {"output_modalities": ["image"]}},
]


@pytest.mark.parametrize(
    ("listed", "names", "said"),
    [
        ([{"id": "odd-1"}, {"id": "odd-2"}], ["odd-1", "odd-2"], ""),
        ({"data": [{"id": name} for name in (*NO_NAMES, *ODD_NAMES)]}, ODD_NAMES, ""),
        ({"object": "list", "data": [{"id": name} for name in MANY]}, MANY, ""),
        ({"data": [*OTHER_KINDS, {"id": "odd-1"}]}, ["odd-1"], ""),
        ({"object": "list", "data": None}, [], NO_LIST),
        ({"object": "list", "data": []}, [], NO_LIST),
        (UPSTREAM, [], BROKE_OFF.format(UPSTREAM["error"]["message"])),
    ],
    ids=["a bare array", "names that are none", "901 models", "other kinds", "null", "empty", "an error"],
)
def test_a_list_of_models_is_read_or_said_to_be_missing(
    answered: Answered, listed: Any, names: list[str], said: str
) -> None:
    answered.endpoint.listed = as_json(listed)
    answered.page.fire("take_key", {"key": f"sk-{len(str(listed))}"})  # each key has a list of its own
    fired = answered.page.fire("models")
    answered.page.fire("remove_key")
    rows = re.findall(r'data-model="([^"]+)"[^>]*><span>[^<]*</span>(<em>)?', fired.outputs["models"])
    assert {unescape(name) for name, unlisted in rows if not unlisted} == set(names)
    assert said in unescape(fired.text)
