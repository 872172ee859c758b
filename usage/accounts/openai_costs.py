"""Asks OpenAI's costs API what was billed, with an admin key that is used for this one question."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from texts import _
from usage.accounts.billed import Bill, BillError, LineItems, day_of_bucket
from usage.ledger import RowError

if TYPE_CHECKING:
    import httpx2
    import openai

OPENAI_URL = "https://api.openai.com/v1"
MOST_DAYS = 366
_BUCKETS_A_PAGE = 180  # the most that the API gives
_TIMEOUT_S = 60.0
_LONGEST_KEY = 1_000  # characters


def fetch_costs(
    admin_key: str,
    first_day: date,
    last_day: date,
    *,
    base_url: str = OPENAI_URL,
    transport: "httpx2.BaseTransport | None" = None,
) -> Bill:
    """Return what the organization was billed on these UTC days, both included. Waits for the network.

    Raises BillError. The key is neither kept nor logged, and no error holds it or what came back with it.
    """
    key = _checked_key(admin_key)
    _check_days(first_day, last_day)
    items = LineItems()
    with _client(key, base_url, transport) as client:
        for bucket in _buckets(client, first_day, last_day):
            _add(items, bucket, client.base_url.host)
    if items.tell_no_models:
        text = _(
            "{host} did not split the costs by line item, so they cannot be told apart by model. "
            "Export the costs from the dashboard instead, grouped by line item."
        )
        raise BillError(text.format(host=client.base_url.host))
    charges = (charge for charge in items.charges() if first_day <= charge.day <= last_day)
    return Bill(first_day, last_day, tuple(charges))


def _checked_key(text: str) -> str:
    key = text.strip()
    if not key:
        raise BillError(_("There is no admin key. Paste one; it begins with sk-admin-."))
    if len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise BillError(_("This is not an admin key: it is too long or has other characters. Copy it again."))
    return key


def _check_days(first_day: date, last_day: date) -> None:
    days = (last_day - first_day).days + 1
    if days < 1:
        text = _("The last day, {last}, is before the first, {first}.")
        raise BillError(text.format(last=last_day, first=first_day))
    if days > MOST_DAYS:
        text = _("{days} days are too many to ask for at once. Choose at most {most}.")
        raise BillError(text.format(days=days, most=MOST_DAYS))


def _client(key: str, base_url: str, transport: "httpx2.BaseTransport | None") -> "openai.OpenAI":
    """Return a client that takes nothing from the environment, which is set up for chats."""
    import httpx2
    import openai  # takes most of a second, so that only those wait for it who ask for a bill

    client = openai.OpenAI(
        api_key="",
        admin_api_key=key,
        base_url=base_url,
        webhook_secret="",
        max_retries=0,
        timeout=httpx2.Timeout(_TIMEOUT_S, connect=10.0),
        http_client=httpx2.Client(transport=transport),
    )
    client.organization = client.project = None
    client._custom_headers = {}
    return client


def _buckets(client: "openai.OpenAI", first_day: date, last_day: date) -> Iterator[Any]:
    """Yield the buckets of all pages. Raises BillError."""
    page: str | None = None
    for _number in range((last_day - first_day).days + 1):  # a page holds one day at least
        try:
            answer = json.loads(_page(client, first_day, last_day, page), parse_float=Decimal)
            buckets, page = list(answer["data"]), _next_page(answer)
        except (ValueError, TypeError, KeyError):
            raise _unreadable(client.base_url.host) from None
        yield from buckets
        if page is None:
            return
    text = _("{host} sent more pages of costs than there are days. Try again later.")
    raise BillError(text.format(host=client.base_url.host))


def _next_page(answer: Any) -> str | None:
    """Return the name of the next page, None after the last."""
    if not answer["has_more"]:
        return None
    if not answer["next_page"]:
        raise ValueError("there is more, but not where")
    return str(answer["next_page"])


def _page(client: "openai.OpenAI", first_day: date, last_day: date, page: str | None) -> str:
    """Return the text of one answer: the client would make floats of its amounts. Raises BillError."""
    import openai

    try:
        answer = client.admin.organization.usage.with_raw_response.costs(
            start_time=_midnight(first_day),
            end_time=_midnight(last_day + timedelta(days=1)),
            bucket_width="1d",
            group_by=["line_item"],
            limit=min((last_day - first_day).days + 1, _BUCKETS_A_PAGE),
            page=page or openai.omit,
        )
    # An answer may repeat the key, and a traceback would show it: so no error goes on as a cause.
    except openai.APIStatusError as exc:
        raise BillError(_refusal(exc.status_code, client.base_url.host)) from None
    except openai.APITimeoutError:
        text = _("{host} did not answer in time. Try again.")
        raise BillError(text.format(host=client.base_url.host)) from None
    except openai.APIConnectionError:
        text = _("Cannot reach {host}. Check your connection, then try again.")
        raise BillError(text.format(host=client.base_url.host)) from None
    return answer.http_response.text


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _refusal(status: int, host: str) -> str:
    text = _("{host} did not give the costs (status {status}). Export them from the dashboard instead.")
    if status in (401, 403):
        text = _(
            "{host} does not accept this key for costs. It takes an admin key, which begins with sk-admin- "
            "and which an owner of the organization makes in its settings; the usual API keys will not do."
        )
    elif status == 429:
        text = _("{host} is rate-limiting you. Wait a minute, then try again.")
    elif status >= 500:
        text = _("{host} failed ({status}). Try again in a while.")
    return text.format(host=host, status=status)


def _unreadable(host: str) -> BillError:
    text = _("{host} sent something that is not a list of costs. Export them from the dashboard instead.")
    return BillError(text.format(host=host))


def _add(items: LineItems, bucket: Any, host: str) -> None:
    """Add all line items of one bucket. Raises BillError."""
    try:
        start = datetime.fromtimestamp(bucket["start_time"], UTC)
        day = day_of_bucket(start, datetime.fromtimestamp(bucket["end_time"], UTC))
        for result in bucket["results"]:
            amount = result["amount"] or {}
            parts = (result["line_item"], amount.get("value"), amount.get("currency"))
            items.add(day, *("" if part is None else str(part) for part in parts))
    except RowError as exc:
        text = _("A line of the bill from {host} cannot be used: {reason}.")
        raise BillError(text.format(host=host, reason=exc)) from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        raise _unreadable(host) from None
