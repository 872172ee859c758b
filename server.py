"""Serves the page until the app is asked to end: the launch, the routes and layers, the port, the end."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

from gradio.exceptions import ServerFailedToStartError
from gradio.http_server import Server
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from access import (
    Gate,
    Guest,
    KnownHosts,
    PasswordSignIn,
    ResponseHeaders,
    SameSite,
    Visitors,
    keep_no_statistics,
    keep_tracebacks_short,
    path_within,
    sign_out_route,
)
from chat.files import read_file
from chat.store import WholeConversations
from chat.ui import Listing, archive_routes, conversations_route, file_routes, message_route
from chat.ui.look import STYLE, head, page_scripts, theme
from lean_page import KeptPage, serve_lean_pages
from page import build_page
from parts import Parts, StartError, now
from settings import Settings, believe_no_forwarded_address
from usage.ledger import LOCAL_USER, NOBODY
from usage.ui.look import STYLE as USAGE_STYLE
from usage.ui.look import usage_scripts
from usage.ui.routes import usage_routes

STARTING_S = 60.0
ENDING_S = 5.0
WAKE_EVERY_S = 0.5
# A page that watches a reply takes one for as long as the reply grows. One process cannot draw for this
# many, so nobody ever waits for a free one; one person has at most 50 (access/bounds.py).
EVENTS_AT_ONCE = 400
PAGES_KEPT = 1_000  # at some 25 KB each; a page that comes back after it was let go begins like a new one

logger = logging.getLogger(f"tally.{__name__}")


def serve(settings: Settings) -> int:
    """Run the app until it is asked to end."""
    parts = Parts(settings)
    try:
        guest = Guest() if settings.share and not parts.users.names() else None
        visitors = Visitors(
            parts.users,
            guest,
            on_space=settings.space_sign_in,
            anyone=LOCAL_USER,
            only_here=settings.is_for_this_machine,
        )
        page = build_page(parts, visitors)
        page.queue(default_concurrency_limit=64, max_size=1000)
        keep_no_statistics(page)
        serve_lean_pages()
        keep_tracebacks_short()
        believe_no_forwarded_address()
        ending = Ending()
        port = usable_port(settings.host, settings.port)
        public_url = _launch(page, port, parts, visitors)
        threading.Thread(target=parts.get_ready, name="get-ready", daemon=True).start()
        threading.Thread(target=parts.keep_search_up, name="search", daemon=True).start()
        _announce(settings, port, public_url, guest)
        ending.wait()
        parts.runner.shut_down(ENDING_S)
        page.close(verbose=False)
    finally:
        parts.close()
    return 0


def _launch(page: Any, port: int, parts: Parts, visitors: Visitors) -> str | None:
    """Have Gradio serve the page and return the public link, if there is one. Raises StartError."""
    settings = parts.settings
    scripts = [*page_scripts(), *usage_scripts()]
    hosts = KnownHosts(settings.public_hosts, [settings.host], lambda: page.share_url)
    with beginning_to_serve(settings.host, port):
        _, _, public_url = page.launch(
            server_name=host_in_url(settings.host),
            server_port=port,
            share=settings.share,
            inbrowser=settings.open_browser,
            auth=visitors.may_enter if visitors.asks_for_password else None,
            prevent_thread_lock=True,
            quiet=True,
            _frontend=False,  # otherwise Gradio asks itself for the page, and gives up after 3 s
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            max_file_size=1,  # nothing is sent to Gradio: a cost file travels in its event, imports by POST
            enable_monitoring=False,
            max_threads=EVENTS_AT_ONCE,
            state_session_capacity=PAGES_KEPT,
            theme=theme(),
            css_paths=[STYLE, USAGE_STYLE],
            head=head(),
            app_kwargs={
                "routes": _routes(parts, visitors),
                "middleware": [
                    Middleware(Gate, visitors=visitors),
                    Middleware(KeptPage, page=page, scripts=scripts, path_within=path_within),
                ],
                "lifespan": around(
                    Middleware(ResponseHeaders, on_space=settings.on_space),
                    Middleware(SameSite, hosts, on_space=settings.on_space),
                ),
                "openapi_url": None,
            },
        )
    return str(public_url) if public_url else None


def _routes(parts: Parts, visitors: Visitors) -> list[BaseRoute]:
    def viewer(request: Request) -> tuple[bool, str | None]:
        person = visitors.person_asking(request)
        return person is not None, parts.may_see(person or NOBODY)

    settings, store = parts.settings, parts.records.store
    listing = Listing(store, parts.runner, parts.conversation_costs, now, settings.timezone)
    sign_in = PasswordSignIn(visitors, time.monotonic).routes() if visitors.asks_for_password else []
    return [
        health_route(),
        *sign_in,
        sign_out_route(visitors),
        message_route(store, parts.runner, visitors.person_asking),
        conversations_route(listing, visitors.person_asking),
        *file_routes(parts.files, read_file, visitors.person_asking, visitors.may_be_many, settings.data_dir),
        *archive_routes(
            WholeConversations(store.database, store.search_upkeep.look_again),
            parts.files,
            read_file,
            visitors.person_asking,
            visitors.may_be_many,
            settings.data_dir,
            settings.timezone,
            now,
        ),
        *usage_routes(parts.calls, viewer, now, parts.models),
    ]


def _announce(settings: Settings, port: int, public_url: str | None, guest: Guest | None) -> None:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - only shown
    host = host_in_url(here)
    lines = [f"Tally runs at http://{host}:{port}"]
    if settings.share and public_url:
        lines.append(f"Public link: {public_url}")
    elif settings.share:
        lines.append(
            "No public link could be made: is there a connection to the internet? Tally runs locally."
        )
    if guest is not None:
        lines.append(f"Sign in as {guest.name} with the password {guest.password} (shown only once)")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def health_route() -> Route:
    """Return the route that answers once messages can be sent: the server listens when everything is made."""

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Route("/healthz", healthz)


def around(*layers: Middleware) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return a lifespan that wraps the whole app in layers before it answers anybody, the first outermost.

    Gradio wraps its own around those it is given, and one of its own lets other sites read the answers.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        stack = app.middleware_stack or app.build_middleware_stack()
        for layer, args, kwargs in reversed(layers):
            stack = layer(stack, *args, **kwargs)
        app.middleware_stack = stack
        yield

    return lifespan


def host_in_url(host: str) -> str:
    """Return the host as it stands in a URL, an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def usable_port(host: str, port: int) -> int:
    """Return the port to listen on, for 0 a free one. Raises StartError when it is taken."""
    try:
        found = _bound(host, port)
    except OSError as exc:
        raise _taken(host, port, exc) from exc
    try:
        _bound("127.0.0.1", found)  # which Gradio wants to be free, wherever it listens
    except OSError as exc:
        if port == 0:
            return usable_port(host, port)
        raise _taken("127.0.0.1", port, exc) from exc
    return found


def _bound(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _taken(host: str, port: int, exc: OSError) -> StartError:
    reason = exc.strerror or exc
    return StartError(f"Cannot listen on {host}:{port}: {reason}. Choose another with --port, or --port 0.")


@contextmanager
def beginning_to_serve(host: str, port: int) -> Iterator[None]:
    """Raise StartError for whatever keeps Gradio from serving the page; its own errors may be of any kind."""
    try:
        with _patience():
            yield
    except OSError as exc:  # whatever it was, Gradio claims that no port is free
        logger.debug("The server did not start", exc_info=exc)
        raise StartError(
            f"The server did not start at {host}:{port}: something else took the port, or the machine is "
            "very busy. Try starting Tally again."
        ) from exc
    except Exception as exc:
        logger.debug("The page cannot be served", exc_info=exc)
        reason = " ".join(str(exc).split()) or type(exc).__name__
        raise StartError(f"The page cannot be served at {host}:{port}: {reason}") from exc


@contextmanager
def _patience() -> Iterator[None]:
    """Give Gradio's server a minute to start: Gradio itself gives up after five seconds."""
    start: Callable[[Server], None] = Server.run_in_thread

    def wait_longer(server: Server) -> None:
        give_up_at = time.monotonic() + STARTING_S
        try:
            start(server)
        except ServerFailedToStartError:
            while not server.started:
                if not server.thread.is_alive() or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.01)

    Server.run_in_thread = wait_longer  # type: ignore[method-assign]
    try:
        yield
    finally:
        Server.run_in_thread = start  # type: ignore[method-assign]


class Ending:
    """Waits for Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._asked.set())

    def wait(self) -> None:
        """Return when somebody asked the app to end."""
        while not self._asked.wait(WAKE_EVERY_S):  # a wait without end cannot be interrupted on Windows
            pass
