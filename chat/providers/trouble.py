"""What to say of an endpoint that gives no reply, or not all of it, and whether it may have billed."""

import httpx2

from chat.providers.errors import NOT_REPEATED, ChatError, ReplyBroken, RequestRefused
from texts import _

# Of all that can become of a request without an answer, only these mean that it did not go out.
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.TooManyRedirects,
)


class Trouble:
    """The errors of one endpoint, ready to be raised."""

    def __init__(self, endpoint: str, address: str) -> None:
        """`address` is shown to people, so it must not hold a key or a password."""
        self._endpoint = endpoint
        self._address = address
        self._no_protocol = _(
            "This address does not speak the OpenAI protocol: {address}. Check OPENAI_BASE_URL; it "
            "often ends in /v1."
        ).format(address=address)

    def without_answer(self, cause: BaseException | None) -> ChatError:
        """For a request whose connection gave `cause` in place of an answer."""
        if isinstance(cause, _NEVER_SENT):
            return RequestRefused(
                _(
                    "{endpoint} cannot be reached. Check the address ({address}), your connection, and that "
                    "the server is running."
                ).format(endpoint=self._endpoint, address=self._address)
            )
        if isinstance(cause, httpx2.TimeoutException):
            said = _("{endpoint} did not answer in time.").format(endpoint=self._endpoint)
            return ReplyBroken(f"{said} {_(NOT_REPEATED)}", "no answer came in time")
        said = _("The connection to {endpoint} was lost before an answer came.").format(
            endpoint=self._endpoint
        )
        return ReplyBroken(f"{said} {_(NOT_REPEATED)}", "the connection was lost after sending")

    def cut_off(self) -> ReplyBroken:
        """The connection broke in the middle of a reply."""
        said = _("The connection to {endpoint} broke off before the end.").format(endpoint=self._endpoint)
        return ReplyBroken(said, "the connection broke off before the end")

    def error_within(self, message: str) -> ReplyBroken:
        """An error came where the reply should have gone on."""
        said = _("{endpoint} broke off with an error and did not say which.")
        if message:
            said = _("{endpoint} broke off with an error: “{message}”")
        said = said.format(endpoint=self._endpoint, message=message)
        return ReplyBroken(said, "the endpoint broke off with an error")

    def unreadable(self) -> ReplyBroken:
        """What came was no chunk of a reply, after some that were."""
        said = _("{endpoint} sent something unreadable and the reply ends there.").format(
            endpoint=self._endpoint
        )
        return ReplyBroken(said, "the endpoint sent something unreadable")

    def no_end(self) -> ReplyBroken:
        """The stream ended properly, and the reply had not."""
        said = _("The connection to {endpoint} ended before the reply did.").format(endpoint=self._endpoint)
        return ReplyBroken(said, "the connection ended before the reply did")

    def nothing_came(self, content_type: str) -> ReplyBroken:
        """An answer without a single chunk: from an endpoint only if it is a stream at all."""
        if not content_type.startswith("text/event-stream"):
            return self.no_reply()
        return ReplyBroken(
            _("{endpoint} sent an empty reply. Retry in a while.").format(endpoint=self._endpoint),
            "the reply was empty",
        )

    def no_reply(self) -> ReplyBroken:
        """Return the error for an answer with status 200 that is no reply, such as a web page."""
        return ReplyBroken(self._no_protocol, "the answer was no reply")

    def too_long(self) -> ReplyBroken:
        """Return the error for a line that is too long to be read to its end."""
        said = _(
            "{endpoint} sent more in one piece than any reply takes, so Tally ended the call. What "
            "came before that is kept. Retry, or choose another model."
        ).format(endpoint=self._endpoint)
        return ReplyBroken(said, "it sent more in one piece than any reply takes")

    def not_the_protocol(self) -> RequestRefused:
        """Return the error for a refusal by a server that is no endpoint: nothing was billed."""
        return RequestRefused(self._no_protocol)
