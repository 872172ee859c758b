"""Builds the page: the sidebar, the Chat tab, the Usage tab, and what each of them works with."""

from collections.abc import Callable, Mapping
from functools import partial

import gradio as gr

from access import Visitors
from chat.providers import ChatError
from chat.store import StoreError
from chat.ui import (
    ChatServices,
    ChatTab,
    Sidebar,
    SignInKind,
    forgetful_space,
    one_copy_only,
    wire_chat,
)
from lean_page import LeanPage
from parts import Parts, new_id, now
from texts import _
from usage.accounts import fetch_costs
from usage.ledger import NOBODY
from usage.prices import endpoint_of
from usage.ui import Account, AccountError, TitlesError, UsageServices, create_usage_tab

UserOf = Callable[[gr.Request], str]


def build_page(parts: Parts, visitors: Visitors) -> gr.Blocks:
    """Build the page with its two tabs."""

    def user_of(request: gr.Request) -> str:
        session = request.request.session if parts.settings.space_sign_in and request.request else {}
        return visitors.person(request.username, session) or NOBODY

    host = parts.endpoints.first_host("")
    chat_services = _chat_services(parts, user_of, visitors)
    page: gr.Blocks
    with LeanPage(title="Tally", fill_height=True, fill_width=True, analytics_enabled=False) as page:
        sidebar = Sidebar(sign_in=_sign_in(parts, visitors))
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(_("Chat"), elem_id="chat-tab") as chat_tab:
                chat = ChatTab(host, _warnings(parts), parts.settings.model)
            with gr.Tab(_("Usage"), elem_id="usage-tab") as usage_tab:
                usage = create_usage_tab(_usage_services(parts, chat_services))
        usage_tab.select(None, None, None, js="() => tallyAddress.opened()")
        chat_tab.select(None, None, None, js="() => tallyAddress.left()")
        page.load(**usage.restore)
        wire_chat(page, chat_services, chat, sidebar)
    return page


def _sign_in(parts: Parts, visitors: Visitors) -> SignInKind | None:
    if parts.settings.space_sign_in:
        return "space"
    return "password" if visitors.asks_for_password else None


def _warnings(parts: Parts) -> str:
    forgetful = "" if parts.settings.persistent else forgetful_space()
    return forgetful + ("" if parts.has_locks else one_copy_only())


def _chat_services(parts: Parts, user_of: UserOf, visitors: Visitors) -> ChatServices:
    def connecting_refused(user: str) -> str:
        if user != parts.owner():
            return _("Only the owner of this app can change connections.")
        if visitors.is_open:
            return _(
                "Other machines can open this page without signing in, so connections can only be "
                "changed in connections.toml."
            )
        return ""

    return ChatServices(
        user_of=user_of,
        store=parts.records.store,
        runner=parts.runner,
        endpoints=parts.endpoints,
        shares_name=visitors.may_be_many,
        connecting_refused=connecting_refused,
        may_price=lambda user: user == parts.owner(),
        meter=parts.records.meter,
        spend=parts.spend,
        conversation_costs=parts.conversation_costs,
        title_costs=parts.title_costs,
        budgets=parts.records.budgets,
        set_limits=parts.set_limits,
        preferences=parts.preferences,
        saved_prompts=parts.saved_prompts,
        own_keys=parts.own_keys,
        waiting=parts.waiting,
        files=parts.files,
        given_currency=parts.settings.currency,
        purge_soon=parts.purge.look_again,
        refusal=parts.preparation.refusal,
        usual_reply=parts.usual_replies.tokens,
        clock=now,
        new_id=new_id,
        zone=parts.settings.timezone,
        model=parts.settings.model,
    )


def _usage_services(parts: Parts, chat_services: ChatServices) -> UsageServices:
    def titles(user: str | None) -> Mapping[str, str]:
        try:
            return parts.records.store.titles(user)
        except StoreError as exc:
            raise TitlesError(str(exc)) from exc

    async def balance(connection: str) -> str:
        try:
            return await parts.endpoints.balance(connection)
        except ChatError as exc:
            raise AccountError(str(exc)) from exc

    def accounts() -> list[Account]:
        return [Account(name, partial(balance, each)) for each, name in parts.endpoints.accounts().items()]

    billed_by = endpoint_of(parts.settings.base_url, parts.settings.provider).billed_by
    return UsageServices(
        person_of=chat_services.user_of,
        may_see=parts.may_see,
        currency_of=chat_services.currency,
        titles=titles,
        clock=now,
        calls=parts.calls,
        models=parts.models,
        new_id=new_id,
        own_prices=parts.own_prices,
        price_updates=parts.price_updates,
        late_prices=parts.late_prices,
        is_openai=not parts.endpoints.is_demo and billed_by == "openai",
        fetch_costs=fetch_costs,
        accounts=accounts,
    )
