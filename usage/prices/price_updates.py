"""A newer price list, fetched from what genai-prices publishes when the person says so and not before."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx2
from genai_prices.update_prices import DEFAULT_UPDATE_URL

from usage.prices.price_fields import PricesError
from usage.prices.price_file import WatchedFile
from usage.prices.published import PriceList, built_in_list
from usage.prices.published_list import read_published_list
from usage.prices.whole_file import replace_file

FILE_NAME = "genai-prices.json"
_TIMEOUT = httpx2.Timeout(10, connect=5)
_LONGEST_SECONDS = 60
_LARGEST_BYTES = 32_000_000
_KEPT = "The prices in force stay as they are."


class PriceUpdates:
    """The price list in force: the one last fetched into the folder, else the one that came with the app.

    The fetched list stays in force until it is fetched anew or forgotten. While its file is damaged the
    last good list holds. `seconds` is a clock that only runs forward.
    """

    def __init__(
        self, folder: Path, url: str = DEFAULT_UPDATE_URL, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = folder / FILE_NAME
        self._url = url
        self._seconds = seconds
        self._file: WatchedFile[PriceList | None] = WatchedFile(self._path, _load, None)

    def current(self) -> PriceList:
        """The list in force; the first look reads the file if there is one."""
        return self._file.current() or built_in_list()

    @property
    def problem(self) -> str | None:
        """What is wrong with the fetched list's file, or None."""
        return self._file.problem

    def fetch(self, now: datetime) -> None:
        """Fetch the list of today, keep it and put it in force.

        Takes up to a minute. Raises PricesError when it cannot be had or used; then nothing changes.
        """
        body = self._download()
        try:
            read_published_list(json.loads(body.decode()))
        except (PricesError, ValueError, RecursionError) as exc:
            raise PricesError(f"What {self._host} sent is no price list: {_reason(exc)}. {_KEPT}") from exc
        head = json.dumps({"fetched_at": now.astimezone(UTC).isoformat(), "url": self._url})
        try:
            replace_file(self._path, head[:-1].encode() + b', "providers": ' + body + b"}\n")
        except OSError as exc:
            raise PricesError(f"{self._path} cannot be written: {exc.strerror}. {_KEPT}") from exc
        if self.problem:
            raise PricesError(self.problem)

    def forget(self) -> None:
        """Go back to the list that came with the app. Raises PricesError."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as exc:
            raise PricesError(f"{self._path} cannot be removed: {exc.strerror}") from exc
        self._file.current()

    @property
    def _host(self) -> str:
        return httpx2.URL(self._url).host

    def _download(self) -> bytes:
        try:
            with httpx2.stream("GET", self._url, timeout=_TIMEOUT) as response:
                if response.status_code != httpx2.codes.OK:
                    raise PricesError(f"{self._host} answered {response.status_code} and no prices. {_KEPT}")
                return b"".join(self._limited(response.iter_bytes()))
        except httpx2.HTTPError as exc:
            raise PricesError(
                f"{self._host} cannot be reached ({exc or type(exc).__name__}). {_KEPT} "
                "Try again when there is a connection."
            ) from exc

    def _limited(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        size, end = 0, self._seconds() + _LONGEST_SECONDS
        for chunk in chunks:
            size += len(chunk)
            if size > _LARGEST_BYTES:
                raise PricesError(f"{self._host} sends far more than a price list. {_KEPT}")
            if self._seconds() > end:
                raise PricesError(f"{self._host} took more than {_LONGEST_SECONDS} seconds. {_KEPT}")
            yield chunk


def _load(path: Path) -> PriceList | None:
    try:
        kept = json.loads(path.read_bytes(), parse_float=Decimal)
        day = datetime.fromisoformat(kept["fetched_at"]).date()
        return PriceList(read_published_list(kept["providers"]), f"genai-prices of {day}", day)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise PricesError(f"{path} cannot be read: {exc.strerror}") from exc
    except (PricesError, LookupError, TypeError, ValueError, RecursionError) as exc:
        raise PricesError(
            f"{path} is damaged ({_reason(exc)}): fetch the prices again, or go back to the built-in ones"
        ) from exc


def _reason(exc: Exception) -> str:
    return str(exc) if isinstance(exc, PricesError) else "it is not what was fetched"
