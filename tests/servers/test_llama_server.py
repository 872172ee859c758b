"""The real llama.cpp server speaks the protocol that the app is written for."""

from tests.servers.asking import ask, chunks, client, text_of
from tests.servers.llama import MODEL, running_llama


def test_llama_streams_text_and_reports_usage_in_a_chunk_without_choices(llama: str) -> None:
    *received, last = chunks(ask(llama, MODEL, max_tokens=16).text)
    assert len([chunk for chunk in received if text_of([chunk])]) == 16
    assert received[-1]["choices"][0]["finish_reason"] == "length"
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 16
    assert last["usage"]["prompt_tokens"] + 16 == last["usage"]["total_tokens"]


def test_llama_lists_its_model(llama: str) -> None:
    with client(llama) as asking:
        listed = asking.get("/models").json()
    assert [row["id"] for row in listed["data"]] == [MODEL]


def test_llama_refuses_what_is_longer_than_its_context(llama: str) -> None:
    refused = ask(llama, MODEL, messages=[{"role": "user", "content": "word " * 2048}])
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "exceed_context_size_error")


def test_llama_wants_its_key() -> None:
    with running_llama("--api-key", "right") as address:
        assert [ask(address, MODEL, key).status_code for key in ("right", "wrong")] == [200, 401]
