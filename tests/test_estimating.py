"""Estimates that overtake each other: the page shows that of what stands in the box now."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr

from chat.ui.estimating import Estimating, Values


class SlowEstimating(Estimating):
    """Says what it was asked, once it is let go."""

    def __init__(self) -> None:
        nothing = cast(Any, SimpleNamespace(user_of=lambda _: "ada"))
        super().__init__(nothing, nothing, nothing)
        self.let_go = {text: threading.Event() for text in ("", "Hello")}

    def _estimate(self, values: Values, user: str) -> str:
        self.let_go[values["text"]].wait()
        return f"{values['text']} for {user}"


def asked_by(page: str) -> gr.Request:
    return cast(gr.Request, SimpleNamespace(session_hash=page))


async def test_an_estimate_that_a_newer_one_has_overtaken_is_not_shown() -> None:
    estimating = SlowEstimating()
    older = asyncio.create_task(estimating.estimate({"text": ""}, asked_by("page")))
    await asyncio.sleep(0)
    newer = asyncio.create_task(estimating.estimate({"text": "Hello"}, asked_by("page")))
    await asyncio.sleep(0)
    estimating.let_go["Hello"].set()
    assert await newer == "Hello for ada"
    estimating.let_go[""].set()
    assert await older == gr.skip()


async def test_pages_do_not_overtake_each_other() -> None:
    estimating = SlowEstimating()
    here = asyncio.create_task(estimating.estimate({"text": ""}, asked_by("here")))
    await asyncio.sleep(0)
    there = asyncio.create_task(estimating.estimate({"text": "Hello"}, asked_by("there")))
    for released in estimating.let_go.values():
        released.set()
    assert (await here, await there) == (" for ada", "Hello for ada")
