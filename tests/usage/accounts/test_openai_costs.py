"""The costs API against recorded answers; nothing of the key may show up anywhere but in the request."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from usage.accounts.billed import Bill, Billed, BillError
from usage.accounts.openai_costs import MOST_DAYS, fetch_costs

KEY = "sk-admin-very-SECRET-0123"
DAY_1, DAY_2 = date(2026, 11, 1), date(2026, 11, 2)
START_1, START_2, START_3 = 1793491200, 1793577600, 1793664000


def result(line_item: str | None, value: Any, currency: str | None = "usd") -> dict[str, Any]:
    """Return a line item as the API gives it."""
    return {
        "object": "organization.costs.result",
        "amount": {"value": value, "currency": currency},
        "line_item": line_item,
        "project_id": None,
        "quantity": 9.0,
    }


def bucket(start: int, *results: dict[str, Any], days: float = 1) -> dict[str, Any]:
    """Return a time bucket."""
    return {
        "object": "bucket",
        "start_time": start,
        "end_time": int(start + days * 86400),
        "results": list(results),
    }


def page(*buckets: dict[str, Any], after: str | None = None) -> httpx2.Response:
    """One answer; `after` names the page that follows."""
    body = {"object": "page", "data": list(buckets), "has_more": after is not None, "next_page": after}
    return httpx2.Response(200, json=body)


class Endpoint:
    """Gives these answers in turn, and keeps the requests."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.requests: list[httpx2.Request] = []
        self._answers = list(answers)

    def fetch(self, first_day: date = DAY_1, last_day: date = DAY_2, key: str = KEY) -> Bill:
        """Return the bill that the answers make."""
        return fetch_costs(key, first_day, last_day, transport=httpx2.MockTransport(self._answer))

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def reason(
    *answers: httpx2.Response | Exception, days: tuple[date, date] = (DAY_1, DAY_2), key: str = KEY
) -> str:
    """Return why there is no bill."""
    with pytest.raises(BillError) as caught:
        Endpoint(*answers).fetch(*days, key)
    return str(caught.value)


FILLED = page(
    bucket(
        START_1,
        result("gpt-6-astra, input_tokens", 0.06),
        result("gpt-6-astra, output_tokens", "0.000004500000000000000000000000000000000"),
        result("gpt-6-astra, cached_input_tokens", "0E-6176"),
        result("web search tool calls", 1),
        result(None, None),
    ),
    bucket(START_2),
)
BILL = Bill(
    DAY_1,
    DAY_2,
    (Billed(DAY_1, "gpt-6-astra", Decimal("0.0600045")), Billed(DAY_1, "web search tool calls", Decimal(1))),
)


def test_costs_are_summed_exactly_by_day_and_model() -> None:
    assert Endpoint(FILLED).fetch() == BILL


def test_amounts_never_become_floats() -> None:
    text = (
        '{"data": [{"start_time": 1793491200, "end_time": 1793577600, "results": [{"line_item": "m, input", '
    )
    text += '"amount": {"value": 0.1234567890123456789012345, "currency": "usd"}}]}], "has_more": false}'
    [charge] = Endpoint(httpx2.Response(200, text=text)).fetch().charges
    assert charge.usd == Decimal("0.1234567890123456789012345")


def test_the_question_names_days_of_utc_and_goes_to_openai_with_the_key() -> None:
    endpoint = Endpoint(FILLED)
    endpoint.fetch()
    [request] = endpoint.requests
    assert str(request.url.copy_with(query=None)) == "https://api.openai.com/v1/organization/costs"
    assert dict(request.url.params) == {
        "start_time": str(START_1),
        "end_time": str(START_3),
        "bucket_width": "1d",
        "group_by[]": "line_item",
        "limit": "2",
    }
    assert request.headers["Authorization"] == f"Bearer {KEY}"


def test_white_space_around_the_key_is_not_part_of_it() -> None:
    endpoint = Endpoint(FILLED)
    endpoint.fetch(key=f" {KEY}\n")
    assert endpoint.requests[0].headers["Authorization"] == f"Bearer {KEY}"


def test_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-chats")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin-other")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-other")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-other")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer sk-of-a-proxy\nX-Of-A-Proxy: 1")
    endpoint = Endpoint(FILLED)
    endpoint.fetch()
    [request] = endpoint.requests
    assert request.url.host == "api.openai.com"
    assert request.headers.get_list("Authorization") == [f"Bearer {KEY}"]
    assert {"openai-organization", "openai-project", "x-of-a-proxy"} & set(request.headers) == set()


def test_pages_follow_each_other_to_the_last() -> None:
    first = page(bucket(START_1, result("m, input", 1)), after="page_2")
    second = page(bucket(START_2, result("m, input", 2)))
    endpoint = Endpoint(first, second)
    assert endpoint.fetch().charges == (Billed(DAY_1, "m", Decimal(1)), Billed(DAY_2, "m", Decimal(2)))
    assert [request.url.params.get("page") for request in endpoint.requests] == [None, "page_2"]


def test_a_day_whose_line_items_come_in_two_pages_is_one_sum() -> None:
    first = page(bucket(START_1, result("m, input", 1)), after="page_2")
    endpoint = Endpoint(first, page(bucket(START_1, result("m, output", 2))))
    assert endpoint.fetch().charges == (Billed(DAY_1, "m", Decimal(3)),)


def test_days_that_were_not_asked_for_are_left_out() -> None:
    endpoint = Endpoint(page(bucket(START_1, result("m", 1)), bucket(START_2, result("m", 2))))
    assert endpoint.fetch(DAY_1, DAY_1) == Bill(DAY_1, DAY_1, (Billed(DAY_1, "m", Decimal(1)),))


@pytest.mark.parametrize(("days", "limit"), [(180, "180"), (181, "180")])
def test_a_page_holds_at_most_what_the_api_gives(days: int, limit: str) -> None:
    endpoint = Endpoint(page())
    endpoint.fetch(DAY_1, date.fromordinal(DAY_1.toordinal() + days - 1))
    assert endpoint.requests[0].url.params["limit"] == limit


def test_a_year_is_asked_for_and_a_day_more_is_too_much() -> None:
    last_day = date.fromordinal(DAY_1.toordinal() + MOST_DAYS - 1)
    assert Endpoint(page()).fetch(DAY_1, last_day) == Bill(DAY_1, last_day, ())
    too_late = date.fromordinal(last_day.toordinal() + 1)
    assert reason(page(), days=(DAY_1, too_late)) == (
        "367 days are too many to ask for at once. Choose at most 366."
    )


def test_days_the_wrong_way_round_are_refused() -> None:
    assert reason(page(), days=(DAY_2, DAY_1)) == "The last day, 2026-11-01, is before the first, 2026-11-02."


@pytest.mark.slow
def test_only_asking_imports_the_client() -> None:
    asks = "'openai' in sys.modules"
    look = f"import sys, usage.accounts.openai_costs; sys.exit({asks})"
    assert (
        subprocess.run([sys.executable, "-c", look], cwd=Path(__file__).parents[3], check=False).returncode
        == 0
    )
