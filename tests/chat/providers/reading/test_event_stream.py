"""Answers taken apart into JSON values, whatever their bytes are cut into."""

import pytest

from chat.providers.reading.event_stream import LARGEST_EVENT, UNREADABLE, Event, EventStreamDecoder
from tests.servers.answers import ODD_ANSWERS, events

ONE, TWO = Event("", {"a": 1}), Event("", {"b": [2]})


def read(answer: bytes, size: int = 2**20) -> list[Event]:
    """Return the events of an answer that comes in pieces of this size."""
    decoder = EventStreamDecoder()
    found = [event for at in range(0, len(answer), size) for event in decoder.feed(answer[at : at + size])]
    return [*found, *decoder.finish()]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"", []),
        (b'data: {"a": 1}\n\n', [ONE]),
        (b'data:{"a": 1}\n\ndata: {"b": [2]}\n\n', [ONE, TWO]),
        (b'data: {"a": 1}\r\n\r\ndata: {"b": [2]}\r\n\r\n', [ONE, TWO]),
        (b'data: {"a": 1}\r\rdata: {"b": [2]}\r\r', [ONE, TWO]),
        (b'data: {"a":\ndata: 1}\n\n', [ONE]),
        (b'data: {"a": 1}\ndata: {"b": [2]}\n\n', [ONE, TWO]),
        (b'retry: 3\n\nid: 7\n\nevent: x\n\n: said\n\ndata\n\ndata:\n\ndata: \n\ndata: {"a": 1}\n\n', [ONE]),
        (b'event: error\nid: 7\ndata: {"a": 1}\n\ndata: {"b": [2]}\n\n', [Event("error", {"a": 1}), TWO]),
        (b'\xef\xbb\xbfdata: {"a": 1}\n\n', [ONE]),
        (b'data: {"a": "caf\xe9"}\n\n', [Event("", {"a": "caf�"})]),
        (b'data: {"a": "caf\xc3\xa9"}\n\n', [Event("", {"a": "café"})]),
        (b'data: {"a": "x\xe2\x80\xa8y\x0c"}\n\n', [Event("", {"a": "x\u2028y\x0c"})]),
        (b'data: {"a": 1}\n\ndata: [DONE]\n\ndata: {"b": [2]}\n\n', [ONE]),
        (b'data: {"a": 1}\ndata: [DONE]\ndata: {"b": [2]}\n\n', [ONE]),
        (b'data: {"a": 1}', [ONE]),
        (b'data: {"a": 1}\n\ndata: {"b": [2', [ONE]),
        (b'{"a": 1}', [ONE]),
        (b'\n {\n  "a":\n\n 1\n}\n\n', [ONE]),
        (b'{"a": 1}\n{"b": [2]}\n', [ONE, TWO]),
        (b'{\n"a": 1}{"b": [2]}', [ONE, TWO]),
        (b'{"a": 1}\n[DONE]\n{"b": [2]}\n', [ONE]),
        (b'{"a": 1}\n{"b": [2', [ONE]),
        (b"<!doctype html>\n<html>{}</html>\n", []),
        (b"7\n", []),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 2**20])
def test_what_is_said_is_found_however_it_is_cut(answer: bytes, found: list[Event], size: int) -> None:
    assert read(answer, size) == found


@pytest.mark.parametrize("behaviour", ODD_ANSWERS)
def test_an_odd_answer_holds_what_an_ordinary_one_does(behaviour: str) -> None:
    _, make = ODD_ANSWERS[behaviour]
    plain = read(b"".join(events("m")))
    assert len(plain) == 10
    for size in (1, 2**20):
        found = read(make("m"), size)
        assert len(found) == 1 if behaviour.startswith("whole") else found == plain


@pytest.mark.parametrize("broken", [b"{", b'{"a": 1}}', b'{"a": ' * 100_000])
def test_broken_json_costs_no_other_event(broken: bytes) -> None:
    block = b"data: " + broken + b"\n"
    assert read(block + b"\n") == [UNREADABLE]
    assert read(block + b'\ndata: {"a": 1}\n\n') == [UNREADABLE, ONE]
    assert read(block + b'data: {"a": 1}\n\n') == [UNREADABLE, ONE]
    assert read(block) == []


@pytest.mark.parametrize("words", [b"ping", b": keep-alive", b"[PING]", b"[" * 100_000])
def test_words_in_place_of_json_are_passed_over(words: bytes) -> None:
    heartbeat = b"data: " + words + b"\n\n"
    assert read(heartbeat + b'data: {"a": 1}\n\n' + heartbeat) == [ONE]


def test_an_answer_of_words_alone_is_known_from_an_empty_one() -> None:
    decoder = EventStreamDecoder()
    assert list(decoder.feed(b"\n\n")) == []
    assert not decoder.has_only_words
    assert list(decoder.feed(b"data: Hello\n\n")) == []
    assert decoder.has_only_words
    assert list(decoder.feed(b'data: {"a": 1}\n\n')) == [ONE]
    assert not decoder.has_only_words


def test_an_event_without_end_is_an_error_and_fills_no_memory() -> None:
    decoder, piece = EventStreamDecoder(), b"x" * 2**20
    for _ in range(LARGEST_EVENT // len(piece)):
        list(decoder.feed(piece))
    with pytest.raises(ValueError, match="an event of more than"):
        list(decoder.feed(piece))


def test_a_stream_is_read_as_it_comes() -> None:
    decoder = EventStreamDecoder()
    assert list(decoder.feed(b'data: {"a": 1}\n')) == []
    assert list(decoder.feed(b"\n")) == [ONE]
    assert list(decoder.feed(b'{"b": [2]}\n')) == [TWO]
