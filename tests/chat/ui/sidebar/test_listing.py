"""What is read of the list while replies end and titles come."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from chat.ui.sidebar import Listing, conversations_route
from tests.helpers.chats import services_of
from tests.helpers.fakes import CALL, ENTRY, TURN, Rig, begin_turn
from usage.reports import Totals


async def test_what_ends_while_the_list_is_read_is_still_marked_so_that_the_page_looks_again(
    rig: Rig,
) -> None:
    begin_turn(rig.store, TURN, CALL, user="ada", title="Why?")
    rig.store.finish_turn(replace(TURN, status="completed", reply="Because.", entry=ENTRY))
    services, under_way = services_of(rig, "ada"), {TURN.conversation_id}
    runner: Any = SimpleNamespace(running_in=lambda _: set(under_way), naming_in=lambda _: set(under_way))

    def costs(*_: object) -> dict[str, Totals]:
        under_way.clear()
        return {}

    listing = Listing(rig.store, runner, costs, services.clock, services.zone)
    page = TestClient(Starlette(routes=[conversations_route(listing, lambda _: "ada")]))
    started, _ = await listing.start_html("ada")
    under_way.add(TURN.conversation_id)
    loaded = (await asyncio.to_thread(page.get, "/conversations")).json()["html"]
    for html in (started, loaded):
        assert " data-naming>" in html
        assert 'class="running"' in html
    assert not under_way
