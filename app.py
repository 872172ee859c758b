"""Starts Tally: settings, parts, page, server. The only place that wires things together."""

import logging
import sys
import threading
from collections.abc import Mapping, Sequence

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute

from access.command import run_users_command
from access.guest import Guest
from access.security_headers import SecurityHeaders
from access.users import Users, UsersError, guest_password
from access.visitors import Visitors
from chat.store import StoreError
from chat.ui.chat_tab import create_chat_tab
from chat.ui.services import ChatServices
from chat.ui.sidebar import create_sidebar
from chat.ui.theme import STYLE, head, theme
from chat.ui.welcome import forgetful_space, one_copy_only, welcome
from chat.ui.wiring import wire_chat
from data_folder import close_to_others, keep_private
from parts import Parts, build_parts, new_id, now
from server import Ending, StartError, health_route, usable_port
from settings import Settings, SettingsError, load_settings
from usage.downloads import download_routes
from usage.hosts import host_of
from usage.ledger import LOCAL_USER, NOBODY, LedgerError
from usage.openai_costs import fetch_costs
from usage.own_prices import PricesError
from usage.statement_page import statement_route
from usage.ui.look import STYLE as USAGE_STYLE
from usage.ui.look import usage_head
from usage.ui.services import TitlesError, UsageServices
from usage.ui.usage_tab import create_usage_tab

ENDING_S = 5.0


def build_page(parts: Parts, visitors: Visitors) -> gr.Blocks:
    """The page with its two tabs."""
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
        reports=parts.reports,
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
        sidebar = create_sidebar(settings.model, space_sign_in=settings.space_sign_in)
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


def serve(settings: Settings) -> int:
    """Run the app until it is asked to end."""
    parts = build_parts(settings)
    try:
        guest = _guest(parts)
        visitors = Visitors(parts.users, guest, on_space=settings.space_sign_in, anyone=LOCAL_USER)
        page = build_page(parts, visitors)
        ending = Ending()
        port = usable_port(settings.host, settings.port)
        visitors.app, _, public_url = page.queue(default_concurrency_limit=64, max_size=1000).launch(
            server_name=settings.host,
            server_port=port,
            share=settings.share,
            inbrowser=settings.open_browser,
            auth=visitors.may_enter if visitors.asks_for_password else None,
            auth_message="Sign in to Tally",
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            max_file_size=1,  # nothing is uploaded: a cost file travels inside its event, and is never kept
            enable_monitoring=False,
            theme=theme(),
            css_paths=[STYLE, USAGE_STYLE],
            head=head() + usage_head(),
            app_kwargs={"routes": _routes(parts, visitors), "middleware": [Middleware(SecurityHeaders)]},
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

    downloads = download_routes(parts.reports, parts.settings.ledger_path, viewer, now, parts.models)
    return [health_route(), *downloads, statement_route(parts.reports, viewer, now, parts.models)]


def _announce(settings: Settings, port: int, public_url: str | None, guest: Guest | None) -> None:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - only shown
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
    """Somebody to sign in with where a link is shared and nobody was added."""
    if parts.settings.share and not parts.users.names():
        return Guest(guest_password())
    return None


def _log_at(level: str) -> None:
    """Our own modules log at this level; libraries only warn, for their details hold keys and messages."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for package in ("tally", "access", "chat", "usage"):
        logging.getLogger(package).setLevel(level)


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks; returns the exit code."""
    try:
        settings = load_settings(argv)
        _log_at(settings.log_level)
        keep_private()
        if settings.users_command is not None:
            command = settings.users_command
            close_to_others(settings.data_dir)
            users = Users(settings.data_dir / "users.json")
            return run_users_command(users, command.action, command.name, command.password_stdin)
        return serve(settings)
    except (SettingsError, StartError, PricesError, LedgerError, StoreError, UsersError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
