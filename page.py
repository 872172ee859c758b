"""Builds the page from the parts, and serves it until the app is asked to end."""

import sys
import threading
import time
from collections.abc import Mapping

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute

from access import (
    Gate,
    Guest,
    KnownHosts,
    LaxCookies,
    PasswordSignIn,
    SameSite,
    SecurityHeaders,
    Visitors,
    keep_no_statistics,
    keep_tracebacks_short,
    sign_out_route,
)
from chat.store import StoreError
from chat.ui import (
    ChatServices,
    SignInKind,
    create_chat_tab,
    create_sidebar,
    forgetful_space,
    message_route,
    one_copy_only,
    welcome,
    wire_chat,
)
from chat.ui.look import STYLE, head, theme
from parts import Parts, build_parts, new_id, now
from server import Ending, around, beginning_to_serve, health_route, host_in_url, usable_port
from settings import Settings, believe_no_forwarded_address
from usage.accounts import fetch_costs
from usage.ledger import LOCAL_USER, NOBODY
from usage.prices import host_of
from usage.ui import TitlesError, UsageServices, create_usage_tab
from usage.ui.look import STYLE as USAGE_STYLE
from usage.ui.look import usage_head
from usage.ui.routes import download_routes, statement_route

ENDING_S = 5.0
# A page that watches a reply takes one for as long as the reply grows. One process cannot draw for this
# many, so nobody ever waits for a free one; one person has at most 50 (access/bounds.py).
EVENTS_AT_ONCE = 400
PAGES_KEPT = 1_000  # at 0.3 MB each; a page that comes back after it was let go begins like a new one


def build_page(parts: Parts, visitors: Visitors) -> gr.Blocks:
    """Build the page with its two tabs."""
    settings = parts.settings

    def user_of(request: gr.Request) -> str:
        session = request.request.session if settings.space_sign_in and request.request else {}
        return visitors.person(request.username, session) or NOBODY

    services = ChatServices(
        user_of=user_of,
        store=parts.store,
        runner=parts.runner,
        endpoints=parts.endpoints,
        meter=parts.meter,
        spend=parts.spend,
        budgets=parts.budgets,
        set_limits=parts.set_limits,
        refusal=parts.preparation.refusal,
        usual_reply=parts.usual_replies.tokens,
        clock=now,
        zone=settings.timezone,
        model=settings.model,
    )

    def titles(user: str | None) -> Mapping[str, str]:
        try:
            return parts.store.titles(user)
        except StoreError as exc:
            raise TitlesError(str(exc)) from exc

    usage_services = UsageServices(
        person_of=user_of,
        may_see=parts.may_see,
        titles=titles,
        clock=now,
        calls=parts.calls,
        models=parts.models,
        ledger=parts.ledger,
        new_id=new_id,
        own_prices=parts.own_prices,
        price_updates=parts.price_updates,
        late_price=parts.late_prices.of,
        fetch_costs=fetch_costs,
    )
    page: gr.Blocks
    with gr.Blocks(title="Tally", fill_height=True, fill_width=True, analytics_enabled=False) as page:
        sidebar = create_sidebar(settings.model, sign_in=_sign_in(settings, visitors))
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", elem_id="chat-tab"):
                warning = "" if settings.persistent else forgetful_space()
                warning += "" if parts.has_locks else one_copy_only()
                tab = create_chat_tab(
                    welcome(None if parts.endpoints.is_demo else host_of(settings.base_url)), warning
                )
            with gr.Tab("Usage", elem_id="usage-tab") as usage_tab:
                usage = create_usage_tab(usage_services)
                usage_tab.select(**usage.refresh)
        page.load(**usage.restore)
        wire_chat(page, services, tab, sidebar)
    return page


def _sign_in(settings: Settings, visitors: Visitors) -> SignInKind | None:
    if settings.space_sign_in:
        return "space"
    return "password" if visitors.asks_for_password else None


def serve(settings: Settings) -> int:
    """Run the app until it is asked to end."""
    parts = build_parts(settings)
    try:
        guest = _guest(parts)
        visitors = Visitors(parts.users, guest, on_space=settings.space_sign_in, anyone=LOCAL_USER)
        page = build_page(parts, visitors)
        ending = Ending()
        port = usable_port(settings.host, settings.port)
        page.queue(default_concurrency_limit=64, max_size=1000)
        keep_no_statistics(page)
        keep_tracebacks_short()
        believe_no_forwarded_address()
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
                max_file_size=1,  # nothing is uploaded: a cost file travels inside its event, never kept
                enable_monitoring=False,
                max_threads=EVENTS_AT_ONCE,
                state_session_capacity=PAGES_KEPT,
                theme=theme(),
                css_paths=[STYLE, USAGE_STYLE],
                head=head() + usage_head(),
                app_kwargs={
                    "routes": _routes(parts, visitors),
                    "middleware": [Middleware(Gate, visitors=visitors)],
                    "lifespan": around(*_layers(settings, page)),
                    "openapi_url": None,
                },
            )
        threading.Thread(target=parts.get_ready, name="get-ready", daemon=True).start()
        _announce(settings, port, public_url, guest)
        ending.wait()
        parts.runner.shut_down(ENDING_S)
        page.close(verbose=False)
    finally:
        parts.close()
    return 0


def _routes(parts: Parts, visitors: Visitors) -> list[BaseRoute]:
    def viewer(request: Request) -> tuple[bool, str | None]:
        person = visitors.person_asking(request)
        return person is not None, parts.may_see(person or NOBODY)

    downloads = download_routes(parts.calls, parts.settings.ledger_path, viewer, now, parts.models)
    sign_in = PasswordSignIn(visitors, time.monotonic).routes() if visitors.asks_for_password else []
    return [
        health_route(),
        *sign_in,
        sign_out_route(visitors),
        message_route(parts.store, parts.runner, visitors.person_asking),
        *downloads,
        statement_route(parts.calls, viewer, now, parts.models),
    ]


def _layers(settings: Settings, page: gr.Blocks) -> list[Middleware]:
    """Return what every request passes before Gradio sees it, from the outside in."""
    hosts = KnownHosts(settings.public_hosts, [settings.host], lambda: page.share_url)
    return [
        Middleware(SecurityHeaders, on_space=settings.on_space),
        Middleware(SameSite, hosts, on_space=settings.on_space),
        Middleware(LaxCookies),
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


def _guest(parts: Parts) -> Guest | None:
    """Return a guest to sign in as when a link is shared and nobody was added."""
    if parts.settings.share and not parts.users.names():
        return Guest()
    return None
