"""A running app takes in files larger than other requests may be, from those who are signed in."""

import json

import pytest

from access.gate import LARGEST_BODY
from tests.helpers.foreign_exports import simple_chatgpt
from tests.whole.house import ADAS_QUESTION, House

KINDS = ("md", "json", "html")


def test_an_import_may_be_larger_than_other_requests(house: House) -> None:
    chats = [simple_chatgpt(f"chat-{n}", text="x" * 100_000) for n in range(50)]
    body = json.dumps(chats).encode()
    assert len(body) > LARGEST_BODY
    before = house.turns()
    answer = house.bob.client.post("/import?name=large.json", content=body)
    [*steps, last] = [json.loads(line) for line in answer.text.splitlines()]
    assert last == {"result": {"lines": ["Imported: 50."], "failures": []}}
    assert steps[-1]["progress"] == 1.0
    assert set(before) < set(house.turns())
    assert [path.name for path in house.app.data_dir.iterdir() if "tmp" in path.name] == []


@pytest.mark.parametrize("kind", KINDS)
def test_only_its_person_can_export_a_conversation(house: House, kind: str) -> None:
    address = f"/export/{house.adas}.{kind}"
    answer = house.ada.client.get(address)
    assert (answer.status_code, ADAS_QUESTION in answer.text) == (200, True)
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert house.bob.client.get(address).status_code == 404
    assert ADAS_QUESTION.encode() not in house.bob.client.get("/export/everything.zip").content


def test_anothers_export_cannot_change_what_is_theirs(house: House) -> None:
    adas = house.ada.client.get(f"/export/{house.adas}.json")
    forged = json.loads(adas.text)
    forged["turns"][0]["reply"] = "Forged."
    before = [turn for turn in house.turns() if turn[1] == "ada"]
    answer = house.bob.client.post("/import", content=json.dumps(forged))
    assert answer.text.splitlines()[-1].count("Imported: 1.") == 1
    assert [turn for turn in house.turns() if turn[1] == "ada"] == before
