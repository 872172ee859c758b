"""Talks to an OpenAI-compatible endpoint: requests out, events in, its errors in our words."""

import asyncio
import contextlib
import html
import itertools
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import httpx2
import openai

from chat.providers.account_balance import BALANCE_SOURCES, BalanceSource, balance_in
from chat.providers.http_client import AnswerTooLong, Departure, EndpointClient
from chat.providers.reading import (
    Event,
    ReplyReader,
    charge_of_generation,
    error_in,
    events_of,
    inputs_by_name,
    models_listed,
)
from chat.providers.refusals import Refusal, Trouble
from chat.providers.seam import (
    NOT_REPEATED,
    CompletionEvent,
    CompletionRequest,
    ModelInputs,
    Remark,
    ReplyBroken,
    RequestRefused,
    Retrying,
    Sending,
)
from chat.providers.secrets import (
    Secrets,
    basic_credentials,
    masked_reply,
    shown_address,
    without_credentials,
)
from chat.providers.sending import Quirks, RequestFields, SentMessage, sent_messages
from texts import _
from usage.units import OPENROUTER, Endpoint

ATTEMPTS = 3
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 60.0
FLEX_TIMEOUT_S = 1200.0  # OpenAI takes up to 15 minutes for it
_NO_SUCH_PATH = ("invalid url", "file not found", "unexpected endpoint")  # OpenAI, llama.cpp, LM Studio
NO_KEY = "no-key"  # the client insists on a key; a local server ignores it


class OpenAIProvider:
    """One endpoint with one key. `quirks` remembers what its models refuse."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        billed_by: str,
        quirks: Quirks,
        *,
        timeout_s: float = 600.0,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # In the address of each request they would show up in logs and in the client's errors.
        address, user, password = without_credentials(base_url)
        parts = urlsplit(address)
        host = parts.hostname or address
        self.endpoint = Endpoint(host, billed_by)
        self.names_charges_later = billed_by == OPENROUTER
        self._secrets = Secrets(api_key, user, password)
        self._trouble = Trouble(host, shown_address(base_url))
        self._quirks = quirks
        self._sleep = sleep
        self._listed: dict[str, ModelInputs] = {}
        # It replaces the key when the address holds a user.
        basic = {"Authorization": f"Basic {basic_credentials(user, password)}"} if user or password else {}
        self._client = openai.AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=parts._replace(query="").geturl(),
            default_query=dict(parse_qsl(parts.query, keep_blank_values=True)),  # as Azure's api-version
            default_headers=basic,
            max_retries=0,  # retries are made here, so that the page can tell of them
            timeout=_timeout(timeout_s),
            http_client=EndpointClient(
                transport, limits=openai.DEFAULT_CONNECTION_LIMITS, follow_redirects=True
            ),
        )

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Make the call, again where that may help, and pass on what comes."""
        fields = RequestFields(request, self.endpoint, self._quirks)
        messages = await sent_messages(request.prompt, request.model)
        for attempt in itertools.count():
            try:
                async with Departure(self._open(request, messages, fields)) as departure:
                    if await departure.is_near():
                        yield Sending()
                    response = await departure.answer()
                break
            except RequestRefused as exc:
                if exc.may_pass is None or attempt + 1 == ATTEMPTS:
                    raise
                backoff_s = FIRST_DELAY_S * 2**attempt
                retrying = Retrying(exc.may_pass, backoff_s if exc.delay_s is None else exc.delay_s)
            except ReplyBroken as exc:
                raise ReplyBroken(f"{exc} {_(NOT_REPEATED)}", exc.fate) from exc
            yield retrying
            await self._sleep(retrying.delay_s)
        async with contextlib.aclosing(response):
            if remark := fields.remark():
                yield remark
            reply = masked_reply(self._read(response), self._secrets)
            async with contextlib.aclosing(reply) as events:
                async for event in events:
                    yield event

    async def models(self) -> tuple[str, ...]:
        """Return the names that the endpoint's `/models` lists, without those that no message can ask."""
        with self._in_our_words("any model"):
            try:
                answer = await self._client.get("/models", cast_to=httpx2.Response)
            except openai.NotFoundError:
                raise self._trouble.no_list() from None
            listed = answer.json()
            if (error := error_in(Event("", listed))) is not None:
                raise self._trouble.error_within(self._secrets.masked(error))
            models = models_listed(listed)
            if models is None:
                raise self._trouble.not_the_protocol()
            if not models:
                raise self._trouble.no_list()
            self._listed = {self._secrets.masked(name, by_model=True): each for name, each in models.items()}
            return self.listed()

    def listed(self) -> tuple[str, ...]:
        """Return the models that the endpoint named when it was last asked."""
        return tuple(self._listed)

    def takes(self, model: str) -> ModelInputs:
        """Return what a model takes beside text, by what the endpoint said last, or else by its name."""
        said = self._listed.get(model, ModelInputs())
        return said.or_else(inputs_by_name(model, self.endpoint))

    async def charge_of(self, reply_id: str) -> Decimal | None:
        """Return what OpenRouter charged for a reply in USD; None while it does not know."""
        with self._in_our_words("any model"):
            try:
                answer = await self._client.get(
                    "/generation", options={"params": {"id": reply_id}}, cast_to=httpx2.Response
                )
            except openai.NotFoundError:
                return None
            return charge_of_generation(answer.json())

    async def account_balance(self) -> str:
        """Return in words what is left in the account, or for the key where it may not see the account.

        Raises ChatError.
        """
        sources = BALANCE_SOURCES.get(self.endpoint.billed_by, ())
        with self._in_our_words("any model"):
            for source in sources:
                try:
                    return await self._balance_at(source)
                except (openai.AuthenticationError, openai.PermissionDeniedError):
                    if source is sources[-1]:
                        raise
        raise self._trouble.no_balance()

    async def _balance_at(self, source: BalanceSource) -> str:
        address = self._client.base_url.join(source.path)
        try:
            answer = await self._client.get(str(address), cast_to=httpx2.Response)
            return balance_in(source, answer.content)
        except (openai.NotFoundError, ValueError):
            raise self._trouble.no_balance() from None

    async def _open(
        self, request: CompletionRequest, messages: list[SentMessage], fields: RequestFields
    ) -> httpx2.Response:
        """Return the answer, not read yet, to a request without the fields that the model refuses.

        Raises ChatError.
        """
        with self._in_our_words(request.model, fields):
            while True:
                if request.must_be_limited and not fields.has_limit:
                    text = _(
                        "{model} does not accept a maximum reply length, so Tally cannot keep it within the "
                        "budget. Choose another model."
                    )
                    raise RequestRefused(text.format(model=request.model))
                try:
                    return await self._create(request, messages, fields)
                except openai.APIStatusError as exc:
                    if not fields.leave_out(self._refusal(exc)):
                        raise

    @contextlib.contextmanager
    def _in_our_words(self, model: str, fields: RequestFields | None = None) -> Iterator[None]:
        """Raise ChatError for the errors of the client."""
        try:
            yield
        except openai.APIStatusError as exc:
            # "from None", since the client's own error repeats what the endpoint says, unmasked.
            if exc.status_code == 404 and not _is_of_the_protocol(exc):
                raise self._trouble.not_the_protocol() from None
            tier = fields.service_tier if fields else None
            raise self._refusal(exc).as_error(self.endpoint.host, model, tier) from None
        except openai.APIConnectionError as exc:
            raise self._trouble.without_answer(exc.__cause__) from exc
        except httpx2.TransportError as exc:  # while it said why it refuses
            raise self._trouble.without_answer(exc) from exc
        except (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError) as exc:
            raise self._trouble.not_the_protocol() from exc

    async def _create(
        self, request: CompletionRequest, messages: list[SentMessage], fields: RequestFields
    ) -> httpx2.Response:
        # As extra_body the client takes the messages as they are; looking through a thousand takes it 0.25 s.
        # Raw, since the client's own stream reader gives up at the first thing it does not expect.
        answer = await self._client.chat.completions.with_raw_response.create(
            model=request.model,
            messages=[],
            stream=True,
            extra_body={"messages": fields.as_messages(messages), **fields.as_body()},
            timeout=_timeout(FLEX_TIMEOUT_S) if fields.service_tier == "flex" else openai.not_given,
        )
        return answer.http_response

    async def _read(self, response: httpx2.Response) -> AsyncGenerator[CompletionEvent, None]:
        reader = ReplyReader(self._secrets.masked)
        try:
            async with contextlib.aclosing(events_of(response)) as each:
                async for came in each:
                    said = Event(came.name, self._secrets.masked(came.value))
                    error = error_in(said)
                    if error is not None and reader.is_whole:
                        yield Remark(self._trouble.error_afterwards(error))
                        break
                    if error is not None:
                        raise self._trouble.error_within(error)
                    for event in reader.events(said.value or {}):
                        yield event
        except AnswerTooLong as exc:
            raise self._trouble.too_long() from exc
        except httpx2.HTTPError as exc:
            if not reader.is_whole:
                raise self._trouble.cut_off() from exc
        except (ValueError, TypeError, AttributeError, LookupError) as exc:
            if not reader.began:
                raise self._trouble.no_reply() from exc
            if not reader.is_whole:
                raise self._trouble.unreadable() from exc
        if not reader.began and reader.has_gap:
            raise self._trouble.no_reply()
        if not reader.ended and reader.has_gap:
            raise self._trouble.unreadable()
        if not reader.began:
            raise self._trouble.nothing_came(response.headers.get("content-type", ""))
        if not reader.ended:
            raise self._trouble.no_end()
        for event in reader.last_events():
            yield event

    def _refusal(self, exc: openai.APIStatusError) -> Refusal:
        body = self._secrets.masked(exc.body)
        named = body if isinstance(body, dict) else {}
        return Refusal(
            status=exc.status_code,
            code=str(named.get("code") or ""),
            kind=str(named.get("type") or ""),
            param=str(named.get("param") or ""),
            message=_message(body),
            retry_after_s=_retry_after(exc),
        )


def _timeout(seconds: float) -> httpx2.Timeout:
    return httpx2.Timeout(seconds, connect=min(10.0, seconds))


def _is_of_the_protocol(exc: openai.APIStatusError) -> bool:
    """Return whether a 404 is worded as endpoints word theirs, not as servers do for an unknown path."""
    is_json = "json" in exc.response.headers.get("content-type", "")
    is_error = isinstance(exc.body, str) or (isinstance(exc.body, dict) and "message" in exc.body)
    return is_json and is_error and not _message(exc.body).lower().startswith(_NO_SUCH_PATH)


def _message(body: object) -> str:
    """Return what the endpoint says, in one of the ways in use; of a page of HTML, its title."""
    if isinstance(body, str):
        return _title(body) if body.lstrip().startswith("<") else body
    if not isinstance(body, dict):
        return ""
    return str(body.get("message") or body.get("detail") or body.get("error") or "")


def _title(page: str) -> str:
    head = page.partition("<title")[2].partition(">")[2]
    title, closed, _after = head.partition("</title>")
    return html.unescape(title) if closed else ""


def _retry_after(exc: openai.APIStatusError) -> float | None:
    """Return how long the endpoint asks to wait, in seconds, within reason."""
    try:
        seconds = float(exc.response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_DELAY_S)
