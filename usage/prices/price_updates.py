"""A newer price list, fetched from what genai-prices publishes when the person says so and not before."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import httpx2
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices
from genai_prices.update_prices import DEFAULT_UPDATE_URL

from texts import N_, _
from usage.prices.mended import mended
from usage.prices.price_fields import PricesError, unreadable
from usage.prices.price_file import WatchedFile, replace_file
from usage.prices.published import PriceList, built_in_list

FILE_NAME = "genai-prices.json"
_TIMEOUT = httpx2.Timeout(10, connect=5)
_LONGEST_SECONDS = 60
_LARGEST_BYTES = 32_000_000
_KEPT = N_("The prices in force stay as they are.")
_FEWEST_PROVIDERS = 20
_HIGHEST_RATE = Decimal(1_000_000)
# What reading data of another form may raise.
_OTHER_FORM = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InvalidOperation,
    LookupError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
    re.error,
)


class PriceUpdates(WatchedFile[PriceList]):
    """The price list in force: the one last fetched into the folder, else the one that came with the app.

    The fetched list stays in force until it is fetched again or forgotten. While its file is damaged, the
    last good list holds. `seconds` is a clock that only runs forward.
    """

    def __init__(
        self, folder: Path, url: str = DEFAULT_UPDATE_URL, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(folder / FILE_NAME, _load, built_in_list)
        self._url = url
        self._seconds = seconds

    def fetch(self, now: datetime) -> None:
        """Fetch the list of today, keep it and put it in force.

        It may take a minute. Raises PricesError, and changes nothing, when the list cannot be had or used.
        """
        body = self._download()
        try:
            read_published_list(json.loads(body.decode()))
        except (PricesError, ValueError, RecursionError) as exc:
            text = _("What {host} sent is not a price list: {reason}.")
            raise self._refused(text, reason=_reason(exc)) from exc
        head = json.dumps({"fetched_at": now.astimezone(UTC).isoformat(), "url": self._url})
        try:
            replace_file(self.path, head[:-1].encode() + b', "providers": ' + body + b"}\n")
        except OSError as exc:
            text = _("{path} cannot be written: {reason}.")
            raise self._refused(text, path=self.path, reason=exc.strerror) from exc
        if self.problem:
            raise PricesError(self.problem)

    def forget(self) -> None:
        """Go back to the list that came with the app. Raises PricesError."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as exc:
            text = _("{path} cannot be removed: {reason}")
            raise PricesError(text.format(path=self.path, reason=exc.strerror)) from exc
        self.current()

    @property
    def _host(self) -> str:
        return httpx2.URL(self._url).host

    def _download(self) -> bytes:
        try:
            with httpx2.stream("GET", self._url, timeout=_TIMEOUT) as response:
                if response.status_code != httpx2.codes.OK:
                    text = _("{host} answered {status} and no prices.")
                    raise self._refused(text, status=response.status_code)
                return b"".join(self._limited(response.iter_bytes()))
        except httpx2.HTTPError as exc:
            raise self._refused(_("Cannot reach {host}. Check your connection, then try again.")) from exc

    def _refused(self, text: str, **words: object) -> PricesError:
        return PricesError(f"{text.format(host=self._host, **words)} {_(_KEPT)}")

    def _limited(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        size, end = 0, self._seconds() + _LONGEST_SECONDS
        for chunk in chunks:
            size += len(chunk)
            if size > _LARGEST_BYTES:
                raise self._refused(_("{host} sends far more than a price list."))
            if self._seconds() > end:
                raise self._refused(_("{host} took more than 60 seconds."))
            yield chunk


def _load(path: Path) -> PriceList:
    try:
        kept = json.loads(path.read_bytes(), parse_float=Decimal)
        day = datetime.fromisoformat(kept["fetched_at"]).date()
        return PriceList(mended(read_published_list(kept["providers"])), f"genai-prices of {day}", day)
    except FileNotFoundError:
        return built_in_list()
    except OSError as exc:
        raise unreadable(path, exc) from exc
    except (PricesError, LookupError, TypeError, ValueError, RecursionError) as exc:
        text = _("{path} is damaged ({reason}): fetch the prices again, or go back to the built-in ones")
        raise PricesError(text.format(path=path, reason=_reason(exc))) from exc


def _reason(exc: Exception) -> str:
    return str(exc) if isinstance(exc, PricesError) else _("it is not what was fetched")


def read_published_list(raw: object) -> DataSnapshot:
    """Read a list from its JSON into genai-prices' own types. Raises PricesError, beginning with "it"."""
    try:
        # There is no public way to read the published form but one that also fetches it.
        from genai_prices.types import _providers_from_raw
    except ImportError as exc:
        raise PricesError(_("it cannot be read by this version of genai-prices")) from exc
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise PricesError(_("it is not a list of providers"))
    # How usage is read from replies is of no use here, and may be of a later version.
    plain = [{key: value for key, value in each.items() if key != "extractors"} for each in raw]
    try:
        providers = _providers_from_raw(plain)
        _check(providers)
    except _OTHER_FORM as exc:
        text = _("it has another form than expected: {reason}")
        raise PricesError(text.format(reason=str(exc).partition("\n")[0])) from exc
    return DataSnapshot(providers, from_auto_update=True)


def _check(providers: list[Provider]) -> None:
    """Try what will be asked of the list, so that nothing in it can fail later."""
    if len(providers) < _FEWEST_PROVIDERS:
        text = _("it has {count} providers, expected {fewest} or more")
        raise PricesError(text.format(count=len(providers), fewest=_FEWEST_PROVIDERS))
    if not any(provider.id == "openai" and provider.models for provider in providers):
        raise PricesError(_("it has no prices for OpenAI"))
    for provider in providers:
        re.compile(provider.api_pattern)
        for model in provider.models:
            model.is_match("gpt-4o")
            for rate in _rates(model):
                if not (rate.is_finite() and 0 <= rate <= _HIGHEST_RATE):
                    text = _("it has a price of {rate} for {model}")
                    raise PricesError(text.format(rate=rate, model=model.id))


def _rates(model: ModelInfo) -> Iterator[Decimal]:
    standard = (
        [model.prices] if isinstance(model.prices, ModelPrice) else [each.prices for each in model.prices]
    )
    if not standard:
        raise PricesError(_("it has no price for {model}").format(model=model.id))
    for prices in (*standard, *(variant.prices for variant in model.price_variants or ())):
        for rate in vars(prices).values():
            if isinstance(rate, TieredPrices):
                yield from (rate.base, *(tier.price for tier in rate.tiers))
            elif rate is not None:
                yield rate
