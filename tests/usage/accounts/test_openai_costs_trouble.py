"""What goes wrong with the costs API is said in plain words, and the key shows up nowhere."""

import logging
import traceback
from typing import Any

import httpx2
import pytest

from tests.usage.accounts.test_openai_costs import (
    DAY_1,
    DAY_2,
    FILLED,
    KEY,
    START_1,
    Endpoint,
    bucket,
    page,
    result,
)
from usage.accounts.billed import BillError

NO_COSTS = (
    "api.openai.com sent something that is not a list of costs. Export them from the dashboard instead."
)
NOT_ADMIN = (
    "api.openai.com does not accept this key for costs. It takes an admin key, which begins with sk-admin- "
    "and which an owner of the organization makes in its settings; the usual API keys will not do."
)


def refused(*answers: httpx2.Response | Exception, key: str = KEY) -> BillError:
    """Return the error that these answers make."""
    with pytest.raises(BillError) as caught:
        Endpoint(*answers).fetch(key=key)
    return caught.value


def echo(status: int) -> httpx2.Response:
    """Return a refusal that repeats the key."""
    error = {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}
    return httpx2.Response(status, json={"error": error})


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (echo(401), NOT_ADMIN),
        (echo(403), NOT_ADMIN),
        (echo(429), "api.openai.com is rate-limiting you. Wait a minute, then try again."),
        (echo(500), "api.openai.com failed (500). Try again in a while."),
        (
            echo(400),
            "api.openai.com did not give the costs (status 400). Export them from the dashboard instead.",
        ),
        (
            httpx2.Response(307, headers={"location": "https://elsewhere.example.com/"}),
            "api.openai.com did not give the costs (status 307). Export them from the dashboard instead.",
        ),
        (
            httpx2.ConnectError(f"no route {KEY}"),
            "Cannot reach api.openai.com. Check your connection, then try again.",
        ),
        (
            httpx2.ReadError("reset"),
            "Cannot reach api.openai.com. Check your connection, then try again.",
        ),
        (httpx2.ReadTimeout(f"slow {KEY}"), "api.openai.com did not answer in time. Try again."),
        (httpx2.Response(200, text="<html>Sign in</html>"), NO_COSTS),
    ],
)
def test_what_went_wrong_is_said_without_the_key(
    answer: httpx2.Response | Exception, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = refused(answer)
    assert str(error) == why
    assert "SECRET" not in "".join(traceback.format_exception(error)) + caplog.text


def test_the_key_is_in_no_log_when_all_goes_well(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Endpoint(FILLED).fetch()
    assert "organization/costs" in caplog.text
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (["", "  \n"], "There is no admin key. Paste one; it begins with sk-admin-."),
        (
            ["sk-admin-a\nsk-admin-b", "sk-admin-ключ", "two words", "a\x00b", "x" * 1001],
            "This is not an admin key: it is too long or has other characters. Copy it again.",
        ),
    ],
)
def test_what_cannot_be_a_key_is_not_sent_and_not_repeated(keys: list[str], why: str) -> None:
    for key in keys:
        endpoint = Endpoint(page())
        with pytest.raises(BillError) as caught:
            endpoint.fetch(key=key)
        assert str(caught.value) == why
        assert endpoint.requests == []


@pytest.mark.parametrize(
    ("line_item", "why"),
    [
        (
            result("m, input", 1, "eur"),
            "the currency is 'eur', and only a bill in USD can be compared",
        ),
        (result("m, input", None), "'m, input' has no amount"),
        (result("m, input", "much"), "the amount is not a plain decimal: 'much'"),
        (result("m, input", True), "the amount is not a plain decimal: 'True'"),
        ({**result("m, input", 1), "amount": None}, "'m, input' has no amount"),
    ],
)
def test_a_line_item_that_says_too_little_stops_the_bill(line_item: dict[str, Any], why: str) -> None:
    error = refused(page(bucket(START_1, result("m", 1), line_item)))
    assert str(error) == f"A line of the bill from api.openai.com cannot be used: {why}."


def test_a_bucket_of_more_than_a_day_stops_the_bill() -> None:
    assert "is not within one UTC day" in str(refused(page(bucket(START_1, days=1.5))))


@pytest.mark.parametrize(
    "body",
    [
        7,
        None,
        [],
        {},
        {"data": None, "has_more": False},
        {"data": 7, "has_more": False},
        {"data": []},
        {"data": [], "has_more": True, "next_page": None},
        {"data": [7], "has_more": False},
        {"data": [{}], "has_more": False},
        {"data": [{"start_time": "now", "end_time": 1, "results": []}], "has_more": False},
        {"data": [{"start_time": 1e300, "end_time": 1, "results": []}], "has_more": False},
        {"data": [{**bucket(START_1), "results": None}], "has_more": False},
        {"data": [{**bucket(START_1), "results": [7]}], "has_more": False},
        {"data": [{**bucket(START_1), "results": [{"amount": 7, "line_item": "m"}]}], "has_more": False},
        {"data": [{**bucket(START_1), "results": [{"amount": {"value": 1}}]}], "has_more": False},
    ],
)
def test_an_answer_of_another_shape_is_no_bill(body: Any) -> None:
    assert str(refused(httpx2.Response(200, json=body))) == NO_COSTS


def test_costs_that_are_not_split_by_line_item_are_no_bill() -> None:
    assert str(refused(page(bucket(START_1, result(None, 1))))) == (
        "api.openai.com did not split the costs by line item, so they cannot be told apart by model. "
        "Export the costs from the dashboard instead, grouped by line item."
    )


@pytest.mark.parametrize("answer", [echo(401), echo(429), echo(503), httpx2.ConnectError("no route")])
def test_the_key_is_sent_once_and_not_again_by_itself(answer: httpx2.Response | Exception) -> None:
    endpoint = Endpoint(answer)
    with pytest.raises(BillError):
        endpoint.fetch()
    assert len(endpoint.requests) == 1


def test_pages_that_never_end_are_not_followed_for_ever() -> None:
    endpoint = Endpoint(page(bucket(START_1), after="again"))
    with pytest.raises(BillError, match="sent more pages of costs than there are days"):
        endpoint.fetch(DAY_1, DAY_2)
    assert len(endpoint.requests) == 2
