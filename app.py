"""Starts Tally: settings, parts, page, server. The only place that wires things together."""

import logging
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute

from access.command import run_users_command
from access.guest import Guest
from access.security_headers import SecurityHeaders
from access.users import Users, UsersError, guest_password
from chat.completion import CompletionProvider
from chat.endpoints import Endpoints
from chat.instances import Instances
from chat.openai_provider import OpenAIProvider
from chat.request_fields import Quirks
from chat.runner import TurnRunner
from chat.settlement import recover
from chat.store import ConversationStore, StoreError
from chat.ui.chat_tab import create_chat_tab
from chat.ui.services import LOCAL_USER, ChatServices, user_of
from chat.ui.sidebar import create_sidebar
from chat.ui.theme import STYLE, head, theme
from chat.ui.welcome import forgetful_space, welcome
from chat.ui.wiring import wire_chat
from server import Ending, SignIn, StartError, health_route, usable_port
from settings import DEFAULT_BASE_URL, Settings, SettingsError, load_settings
from usage.budgets import Budgets, Limit, Period
from usage.csv_ledger import CsvLedger
from usage.downloads import download_routes
from usage.ledger import LedgerError
from usage.meter import Meter
from usage.own_prices import PricesError, load_own_prices
from usage.prices import PriceBook, provider_of
from usage.reports import UsageReports
from usage.tokenizer import Tokenizer
from usage.totals import Spend
from usage.ui import USAGE_STYLE, create_usage_tab

ENDING_S = 5.0


@dataclass(frozen=True)
class Parts:
    """What a running app is made of, below the page."""

    settings: Settings
    store: ConversationStore
    instances: Instances
    prices: PriceBook
    tokenizer: Tokenizer
    meter: Meter
    reports: UsageReports
    runner: TurnRunner
    endpoints: Endpoints
    users: Users

    def get_ready(self) -> None:
        """Load what takes a moment, then account for calls that died with an earlier run."""
        self.tokenizer.warm()
        self.prices.warm()
        recover(self.store, self.meter, self.instances)

    def owner(self) -> str:
        """Who sees everybody's spend: whoever is named, else the first who was added."""
        return self.settings.owner or next(iter(self.users.names()), LOCAL_USER)

    def may_see(self, user: str) -> str | None:
        """Whose calls a person may see: None for all."""
        return None if user == self.owner() else user

    def close(self) -> None:
        """Let go of everything."""
        self.store.close()
        self.instances.close()


def build_parts(settings: Settings) -> Parts:
    """Make the parts. Raises StartError and its like when the data folder or a setting cannot be used."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StartError(f"The data folder {settings.data_dir} cannot be made: {exc.strerror}.") from exc
    ledger = CsvLedger(settings.ledger_path)
    ledger.check_writable()
    store = ConversationStore(settings.database_url or f"sqlite:///{settings.data_dir / 'tally.db'}")
    prices = PriceBook(load_own_prices(settings.prices_path))
    tokenizer = Tokenizer()
    meter = Meter(ledger, prices, tokenizer)
    reports = UsageReports(settings.ledger_path, settings.timezone)
    instances = Instances(settings.data_dir / "running", new_id())
    return Parts(
        settings=settings,
        store=store,
        instances=instances,
        prices=prices,
        tokenizer=tokenizer,
        meter=meter,
        reports=reports,
        runner=TurnRunner(store, meter, _budgets(settings, reports), instances.own_id, now, new_id),
        endpoints=_endpoints(settings),
        users=Users(settings.data_dir / "users.json"),
    )


def build_page(parts: Parts) -> gr.Blocks:
    """The page with its two tabs."""
    settings = parts.settings
    services = ChatServices(
        store=parts.store,
        runner=parts.runner,
        endpoints=parts.endpoints,
        meter=parts.meter,
        spend=lambda user, conversation_id: _spend(parts, user, conversation_id),
        clock=now,
        zone=settings.timezone,
        model=settings.model,
    )
    provider, _ = parts.endpoints.provider("")
    with gr.Blocks(title="Tally", fill_height=True, fill_width=True, analytics_enabled=False) as page:
        sidebar = create_sidebar(settings.model)
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", elem_id="chat-tab"):
                warning = "" if settings.persistent else forgetful_space()
                tab = create_chat_tab(welcome(provider.endpoint), warning)
            with gr.Tab("Usage", elem_id="usage-tab") as usage_tab:
                usage = create_usage_tab(
                    parts.reports, lambda request: parts.may_see(user_of(request)), parts.store.titles, now
                )
                usage_tab.select(**usage.refresh)
        wire_chat(page, services, tab, sidebar)
    return page


def serve(settings: Settings) -> int:
    """Run the app until it is asked to end."""
    parts = build_parts(settings)
    try:
        port = usable_port(settings.host, settings.port)
        guest = _guest(parts)
        sign_in = SignIn(is_required=bool(guest or parts.users.names()))
        page = build_page(parts)
        ending = Ending()
        threading.Thread(target=parts.get_ready, name="get-ready", daemon=True).start()
        sign_in.app, _, public_url = page.queue(default_concurrency_limit=64, max_size=1000).launch(
            server_name=settings.host,
            server_port=port,
            share=settings.share,
            inbrowser=settings.open_browser,
            auth=_may_sign_in(parts.users, guest) if sign_in.is_required else None,
            auth_message="Sign in to Tally",
            prevent_thread_lock=True,
            quiet=True,
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            enable_monitoring=False,
            theme=theme(),
            css_paths=[STYLE, USAGE_STYLE],
            head=head(),
            app_kwargs={"routes": _routes(parts, sign_in), "middleware": [Middleware(SecurityHeaders)]},
        )
        _announce(settings, port, public_url, guest)
        ending.wait()
        parts.runner.shut_down(ENDING_S)
        page.close(verbose=False)
    finally:
        parts.close()
    return 0


def _routes(parts: Parts, sign_in: SignIn) -> list[BaseRoute]:
    def viewer(request: Request) -> tuple[bool, str | None]:
        user = sign_in.user(request) if sign_in.is_required else LOCAL_USER
        return user is not None, parts.may_see(user or "")

    return [health_route(), *download_routes(parts.reports, parts.settings.ledger_path, viewer)]


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


def _may_sign_in(users: Users, guest: Guest | None) -> Callable[[str, str], bool]:
    def may(name: str, password: str) -> bool:
        return users.verify(name, password) or (guest is not None and guest.matches(name, password))

    return may


def _endpoints(settings: Settings) -> Endpoints:
    quirks = Quirks()
    price_list = provider_of(settings.base_url, settings.provider)

    def connect(key: str | None) -> CompletionProvider:
        return OpenAIProvider(settings.base_url, key, price_list, quirks)

    key = settings.api_key.get_secret_value() if settings.api_key else None
    return Endpoints(connect, key, needs_key=settings.base_url == DEFAULT_BASE_URL)


def _budgets(settings: Settings, reports: UsageReports) -> Budgets:
    limits = [
        Limit(usd, period, each_person)
        for usd, period, each_person in (
            (settings.daily_budget_usd, "day", False),
            (settings.monthly_budget_usd, "month", False),
            (settings.user_daily_budget_usd, "day", True),
            (settings.user_monthly_budget_usd, "month", True),
        )
        if usd is not None
    ]

    def spent(period: Period, moment: datetime, user: str | None) -> Decimal:
        spend = reports.spend(today=moment.astimezone(settings.timezone).date(), user=user)
        return (spend.today if period == "day" else spend.month).cost_usd

    return Budgets(limits, spent)


def _spend(parts: Parts, user: str, conversation_id: str | None) -> Spend:
    today = now().astimezone(parts.settings.timezone).date()
    return parts.reports.spend(today=today, user=user, conversation_id=conversation_id)


def main(argv: Sequence[str]) -> int:
    """Do what the command line asks; returns the exit code."""
    try:
        settings = load_settings(argv)
        logging.basicConfig(
            level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        if settings.users_command is not None:
            command = settings.users_command
            users = Users(settings.data_dir / "users.json")
            return run_users_command(users, command.action, command.name, command.password_stdin)
        return serve(settings)
    except (SettingsError, StartError, PricesError, LedgerError, StoreError, UsersError) as exc:
        sys.stderr.write(f"{exc}\n")
        return 1


def now() -> datetime:
    """The clock of the app: UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A new unique id."""
    return uuid.uuid4().hex


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
