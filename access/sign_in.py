"""Signs people in and out: a right password gets a session, wrong guesses bring longer and longer pauses."""

import asyncio
import logging
import math
import secrets
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from string import Template

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Scope

from access.forwarded import address_of, may_be_shared, path_around
from access.pauses import COOKIE, LASTS_S, Pace, Pauses, known_browser, mark_of
from access.users import UsersError
from access.visitors import Visitors
from texts import _

logger = logging.getLogger(__name__)

_SIGN_OUT = "/logout"  # Gradio's address, which signs out whoever merely loads it
_PAGE = Template(Path(__file__).with_name("sign_in_page.html").read_text(encoding="utf-8"))

_WORKERS = 2  # each keeps a core busy and 64 MB of memory
_MOST_WAITING = 16
_BUSY_S = 5

_DAY_S, _QUARTER_S = 24 * 3600.0, 900.0
_KNOWN_BROWSER = Pace(free=5, longest_s=300, forgotten_after_s=_DAY_S)
# Forgotten only long after the longest pause: whoever waited it out would get free guesses again.
_NAME_FROM_ADDRESS = Pace(free=5, longest_s=_QUARTER_S, forgotten_after_s=_DAY_S)
_ADDRESS = Pace(free=20, longest_s=300, forgotten_after_s=3600)
# An address of this machine or network may be everybody's, so its pauses stay short.
_NAME_FROM_SHARED_ADDRESS = Pace(free=5, longest_s=30, forgotten_after_s=3600)
_SHARED_ADDRESS = Pace(free=20, longest_s=10, forgotten_after_s=600)
# From everywhere together: more free guesses than one guesser gets elsewhere, and never a long pause.
_NAME = Pace(free=40, longest_s=60, forgotten_after_s=600)


class PasswordSignIn:
    """Answers the sign-in form. Passwords are checked off the event loop, a few at a time.

    `clock` gives seconds that never go back.
    """

    def __init__(self, visitors: Visitors, clock: Callable[[], float]) -> None:
        self._visitors = visitors
        self._pauses = Pauses(clock)
        self._executor = ThreadPoolExecutor(_WORKERS, thread_name_prefix="sign-in")
        self._checking = 0

    def routes(self) -> list[BaseRoute]:
        """Return what replaces Gradio's route, which checks passwords on the event loop without a pause."""
        return [Route(path, self._sign_in, methods=["POST"]) for path in ("/login", "/login/")]

    async def _sign_in(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        name, password = _text(form, "username").strip(), _text(form, "password")
        try:
            return await self._attempt(request, name, password)
        except UsersError as exc:
            logger.error("Nobody can sign in: %s", exc)  # noqa: TRY400 - the text says it all
            text = _("Signing in does not work right now. Tell whoever runs this app.")
            return _refused(request, 503, text, name)

    async def _attempt(self, request: Request, name: str, password: str) -> Response:
        proof = self._visitors.read_proofs().get(name)
        address = address_of(request.scope)
        keys = _counted_under(name, address, known_browser(request.cookies.get(COOKIE, ""), name, proof))
        # Checked first: the guest's password cannot be guessed, and no guesser may lock the guest out.
        if self._visitors.is_guest(name, password):
            return self._entered(request, name)
        if wait_s := math.ceil(self._pauses.wait_s(keys)):
            text = _("Too many attempts. Try again in {seconds} s.").format(seconds=wait_s)
            return _refused(request, 429, text, name, wait_s)
        if self._checking >= _MOST_WAITING:
            text = _("Too many people are signing in. Try again in {seconds} s.").format(seconds=_BUSY_S)
            return _refused(request, 429, text, name, _BUSY_S)
        self._pauses.failed(keys)  # before the check, so that guesses made at the same time all count
        if not await self._is_right(name, password):
            text = _("Wrong name or password.")
            return _refused(request, 400, text, name)
        self._forgive(keys)
        return self._entered(request, name)

    async def _is_right(self, name: str, password: str) -> bool:
        self._checking += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, self._visitors.may_enter, name, password)
        finally:
            self._checking -= 1

    def _forgive(self, keys: Mapping[Hashable, Pace]) -> None:
        """End this person's own count after a right password; in shared counts, take back this attempt only.

        Knowing one password must not give anybody free guesses at others.
        """
        for key, pace in keys.items():
            if pace in (_ADDRESS, _SHARED_ADDRESS, _NAME):
                self._pauses.take_back(key)
            else:
                self._pauses.forget(key)

    def _entered(self, request: Request, name: str) -> Response:
        token = secrets.token_urlsafe(24)
        request.app.tokens[token] = name
        response: Response = JSONResponse({"success": True})
        if _is_browser(request):
            query = request.url.query
            response = RedirectResponse(f"./?{query}" if query else "./", 303)
        for cookie, is_secure in self._visitors.cookies.items():
            response.set_cookie(cookie, token, httponly=True, samesite="lax", secure=is_secure)
        proof = self._visitors.read_proofs().get(name)
        if proof is not None:
            mark = mark_of(name, proof)
            response.set_cookie(COOKIE, mark, max_age=LASTS_S, httponly=True, samesite="lax")
        return response


def _counted_under(name: str, address: str, browser: str | None) -> dict[Hashable, Pace]:
    """Return the keys that an attempt counts under; a browser that the person has used counts by itself."""
    if browser is not None:
        return {("browser", name, browser): _KNOWN_BROWSER}
    is_shared = may_be_shared(address)
    return {
        ("name", name[:64]): _NAME,
        ("address", address): _SHARED_ADDRESS if is_shared else _ADDRESS,
        ("name from", name[:64], address): _NAME_FROM_SHARED_ADDRESS if is_shared else _NAME_FROM_ADDRESS,
    }


def _text(form: FormData, field: str) -> str:
    value = form.get(field)
    return value if isinstance(value, str) else ""


def _is_browser(request: Request) -> bool:
    """Return whether to answer with a page, as for a form; a script gets JSON, as from Gradio."""
    return "text/html" in request.headers.get("accept", "")


def _refused(request: Request, status: int, text: str, name: str, wait_s: int = 0) -> Response:
    headers = {"Retry-After": str(wait_s)} if wait_s else {}
    if _is_browser(request):
        return HTMLResponse(sign_in_page(request.scope, text, name), status, headers)
    return JSONResponse({"detail": text}, status, headers)


def sign_out_route(visitors: Visitors) -> Route:
    """Make POST /logout end all of a person's sessions, or with ?all_session=false only the one that asks."""

    def sign_out(request: Request) -> Response:
        if request.method != "POST":
            text = _("To sign out, press “Sign out” in Tally's sidebar.")
            return PlainTextResponse(f"{text}\n", 405, {"Allow": "POST"})
        everywhere = request.query_params.get("all_session", "true").lower() not in {"false", "0"}
        visitors.sign_out(request, everywhere=everywhere)
        answer = RedirectResponse("./", 303)
        for name in visitors.cookies:
            answer.delete_cookie(name)
        return answer

    return Route(_SIGN_OUT, sign_out, methods=["GET", "POST"])


def sign_in_page(scope: Scope, trouble: str = "", name: str = "") -> str:
    """Return the only page that a stranger sees, a form without any script.

    `trouble` says what went wrong last time. What the request asked for is opened afterwards.
    """
    query = scope["query_string"].decode("latin-1")
    action = f"{path_around(scope)}login"
    return _PAGE.substitute(
        trouble=f'<p role="alert" id="trouble">{escape(trouble)}</p>\n' if trouble else "",
        described=' aria-describedby="trouble"' if trouble else "",
        title=escape(_("Sign in to Tally")),
        purpose=escape(_("Chat with language models, and see what every reply costs.")),
        username_label=escape(_("Username")),
        username_focus="" if name else " autofocus",
        password_label=escape(_("Password")),
        password_focus=" autofocus" if name else "",
        sign_in=escape(_("Sign in")),
        name=escape(name),
        action=escape(f"{action}?{query}" if query else action),
    )
