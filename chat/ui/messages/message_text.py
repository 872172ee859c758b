"""A message's own text, as it was typed or as the model wrote it: what is copied and edited."""

import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chat.calls import TurnRunner
from chat.conversation import Turn
from chat.markup import receipt_line
from chat.store import ConversationStore, StoreError
from texts import _

LINE_END = re.compile(r"\r\n?")
ONE_CHARACTER = re.compile(r"\r\n|.", re.DOTALL)


def message_route(
    store: ConversationStore, runner: TurnRunner, person_asking: Callable[[Request], str | None]
) -> Route:
    """Make GET /message?turn=…&part=question|reply|reply-with-cost answer {"text": …}.

    It answers 401 without sign-in, and 404 when there is no such message or it is somebody else's.
    """

    async def message(request: Request) -> Response:
        person = await run_in_threadpool(person_asking, request)
        if person is None:
            return _refusal(401, _("Sign in to see this."))
        turn_id, part = request.query_params.get("turn", ""), request.query_params.get("part")
        try:
            turn = await run_in_threadpool(store.own_turn, person, turn_id)
        except StoreError as exc:
            return _refusal(500, str(exc))
        text = None if turn is None else text_of(runner.turn(turn_id) or turn, part)
        if text is None:
            return _refusal(404, _("This message does not exist, or it belongs to someone else."))
        return JSONResponse({"text": text}, headers={"Cache-Control": "no-store"})

    return Route("/message", message)


def text_of(turn: Turn, part: str | None) -> str | None:
    """Return the question, or the reply, or that with the line of its receipt; None for any other part."""
    match part:
        case "question":
            return turn.question
        case "reply":
            return turn.reply
        case "reply-with-cost":
            return turn.reply if turn.entry is None else f"{turn.reply}\n\n{receipt_line(turn.entry)}"
        case _:
            return None


def edited_text(stored: str, edited: str) -> str:
    """Return the text of an edit box, with the stored text's line ends wherever nothing was changed.

    A browser's text box turns every line end into "\\n". If the stored text has no others, the edited text is
    returned as it is.
    """
    if LINE_END.search(stored) is None:
        return edited
    characters = ONE_CHARACTER.findall(stored)
    shown = LINE_END.sub("\n", stored)
    ahead = _common_start(shown, edited)
    behind = min(_common_start(shown[::-1], edited[::-1]), len(shown) - ahead, len(edited) - ahead)
    changed = edited[ahead : len(edited) - behind]
    return "".join([*characters[:ahead], changed, *characters[len(shown) - behind :]])


def _common_start(one: str, other: str) -> int:
    """Return how many characters the two have in common at the start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _refusal(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status, headers={"Cache-Control": "no-store"})
