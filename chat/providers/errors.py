"""What can go wrong in a chat. The text of each error is fit to show to a person.

ChatError
├── NotSent            nothing left this machine: no call, no ledger row
├── RequestRefused     the endpoint said no (or was never reached): the call cost nothing
└── ReplyBroken        the call was made and its end is not known: what it cost is estimated
"""

from texts import N_

NOT_REPEATED = N_(
    "The call may have been billed, so Tally does not repeat it by itself. Press Retry to ask again."
)


class ChatError(Exception):
    """Why there is no (whole) reply, and what to do about it."""


class NotSent(ChatError):  # noqa: N818 - the names say what became of the call
    """The message was not sent."""


class RequestRefused(ChatError):  # noqa: N818
    """The call was refused outright or never got through."""


class ReplyBroken(ChatError):  # noqa: N818
    """The call was made, but its reply did not come, or not to its end.

    `fate` is for the note in the ledger: why nobody knows whether, and for what, it was billed.
    """

    def __init__(self, text: str, fate: str = "the reply broke off") -> None:
        super().__init__(text)
        self.fate = fate
