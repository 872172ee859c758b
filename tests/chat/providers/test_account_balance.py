"""What is left in an account: what is asked, and what comes of every answer."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from chat.providers import ChatError, DemoProvider
from chat.providers.openai_provider import OpenAIProvider
from chat.providers.sending.request_fields import Quirks
from tests.helpers.provider_calls import URL, refused
from usage.forecast import Tokenizer

HOST, KEY = "api.example.com", "sk-or-v1-0123456789abcdef"
NO_BALANCE = f"{HOST} does not say how much is left in the account."
WRONG_KEY = (
    f"{HOST} refused the key (401). Check that it is complete, still valid, and belongs to this endpoint. "
    f"{HOST} says: “{{}}”"
)
CREDITS = '{"data": {"total_credits": 25.0, "total_usage": 12.34}}'
OF_KEY = '{"data": {"limit": 10, "limit_remaining": 7.66, "usage": 2.34, "label": "sk-or-v1-012...def"}}'
DEEPSEEK = """{"is_available": true, "balance_infos": [
    {"currency": "CNY", "total_balance": "110.00", "granted_balance": "10.00", "topped_up_balance": "100.00"}
]}"""
MANAGEMENT = {"error": {"message": "Only management keys can perform this operation", "code": 403}}

Answers = Mapping[str, httpx2.Response | Exception]


async def told(billed_by: str, answers: Answers, url: str = URL) -> tuple[str, list[str]]:
    """Return what is said of an account at an endpoint with these answers by path, and the paths asked."""
    asked: list[str] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        asked.append(request.url.path)
        answer = answers[request.url.path]
        if isinstance(answer, Exception):
            raise answer
        return answer

    provider = OpenAIProvider(url, KEY, billed_by, Quirks(), transport=httpx2.MockTransport(handle))
    try:
        return await provider.account_balance(), asked
    except ChatError as exc:
        return str(exc), asked
    finally:
        await provider._client.close()


def plain(text: str | bytes, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, content=text)


def deepseek(*told: Any) -> str:
    return json.dumps(
        {"balance_infos": [dict(zip(("currency", "total_balance"), each, strict=True)) for each in told]}
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (CREDITS, "$12.66 left of $25.00"),
        ('{"data": {"total_credits": 0.3, "total_usage": 0.1}}', "$0.20 left of $0.30"),
        ('{"data": {"total_credits": 5, "total_usage": 5.0049}}', "−$0.0049 left of $5.00"),
        ('{"data": {"total_credits": 0, "total_usage": 1.25e-7}}', "−$0.00000013 left of $0.00"),
    ],
)
async def test_of_an_openrouter_account_it_is_said_what_is_left_of_what(answer: str, says: str) -> None:
    assert await told("openrouter", {"/v1/credits": plain(answer)}) == (says, ["/v1/credits"])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (DEEPSEEK, "110.00 CNY left"),
        (deepseek(("CNY", "1110.5"), ("USD", "-0.25")), "1,110.50 CNY, −0.25 USD left"),
    ],
)
async def test_of_a_deepseek_account_each_currency_is_said_by_itself(answer: str, says: str) -> None:
    assert await told("deepseek", {"/user/balance": plain(answer)}) == (says, ["/user/balance"])


@pytest.mark.parametrize(
    "url", ["https://api.deepseek.com", "https://api.deepseek.com/v1", "https://api.deepseek.com/beta/"]
)
async def test_the_address_of_a_deepseek_account_is_above_that_of_the_models(url: str) -> None:
    asked = await told("deepseek", {"/user/balance": plain(DEEPSEEK)}, url)
    assert asked == ("110.00 CNY left", ["/user/balance"])


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("of_key", "says"),
    [
        (OF_KEY, "$7.66 of $10.00 left for this key"),
        (
            '{"data": {"limit": null, "limit_remaining": null, "usage": 2.34}}',
            "$2.34 used by this key, which has no limit of its own",
        ),
    ],
)
async def test_a_key_that_may_not_see_the_account_is_asked_about_itself(
    of_key: str, says: str, status: int
) -> None:
    answers = {"/v1/credits": refused(status, MANAGEMENT), "/v1/key": plain(of_key)}
    assert await told("openrouter", answers) == (says, ["/v1/credits", "/v1/key"])


async def test_a_refusal_is_told_in_the_endpoints_words_without_the_key() -> None:
    refusal = refused(401, {"error": {"message": f"No such user: {KEY}", "code": 401}})
    answers = {"/v1/credits": refused(403, MANAGEMENT), "/v1/key": refusal}
    assert (await told("openrouter", answers))[0] == WRONG_KEY.format("No such user: ***")
    answers = {"/user/balance": refused(401, {"error": {"message": "Authentication Fails"}})}
    assert (await told("deepseek", answers))[0] == WRONG_KEY.format("Authentication Fails")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx2.ConnectError("dead"), f"Cannot reach {HOST}. Check your connection, and the address: {URL}"),
        (httpx2.ReadTimeout("slow"), f"{HOST} did not answer in time."),
        (plain("<html>", 404), NO_BALANCE),
        (refused(404, {"error": {"message": "Invalid URL"}}), NO_BALANCE),
        (plain("<html><title>Bad gateway</title>", 502), f"{HOST} failed (502). Try again in a while."),
    ],
)
async def test_an_account_that_cannot_be_asked_about_is_a_sentence(
    answer: httpx2.Response | Exception, says: str
) -> None:
    said, asked = await told("openrouter", {"/v1/credits": answer})
    assert (said.removesuffix(f" {HOST} says: “Bad gateway”"), asked) == (says, ["/v1/credits"])


NO_AMOUNTS = (
    *("NaN", "-Infinity", "true", "null", "[25]", '"25 dollars"', '"NaN"', '"１"'),
    *("1e15", "1e400", "1e999999999999999999999", "9" * 5_000, f'"{"9" * 5_000}"'),
)
NO_CREDITS = (
    *("", "It works!", b"\xff\xfe", "null", "[]", '"data"', "[" * 50_000, CREDITS + " " * 70_000),
    *("{}", '{"data": []}', '{"data": {"total_credits": 25}}'),
    *(f'{{"data": {{"total_credits": {each}, "total_usage": 1}}}}' for each in NO_AMOUNTS),
)
NO_BALANCE_INFOS = (
    *("{}", '{"balance_infos": null}', '{"balance_infos": {"CNY": "110.00"}}'),
    *(deepseek(), deepseek(*[("CNY", "1.00")] * 6)),
    *(deepseek(("<b>", "1.00")), deepseek((["CNY"], "1.00"))),
)


@pytest.mark.parametrize(
    ("billed_by", "path", "answer"),
    [
        *(("openrouter", "/v1/credits", each) for each in NO_CREDITS),
        *(("deepseek", "/user/balance", each) for each in NO_BALANCE_INFOS),
    ],
    ids=lambda each: str(each)[:60],
)
async def test_an_answer_that_is_no_balance_is_a_sentence(
    billed_by: str, path: str, answer: str | bytes
) -> None:
    assert await told(billed_by, {path: plain(answer)}) == (NO_BALANCE, [path])


async def test_other_endpoints_are_not_asked() -> None:
    assert await told("openai", {}) == (NO_BALANCE, [])
    with pytest.raises(ChatError) as caught:
        await DemoProvider(Tokenizer()).account_balance()
    assert str(caught.value) == "The demo model costs nothing."
