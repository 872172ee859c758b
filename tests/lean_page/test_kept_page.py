"""The first answer: made once for each name of the server, whole, and nobody's own."""

import asyncio
import gzip
import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from lean_page import MOST_KEPT, KeptPage, gradio_files
from lean_page.whole_page import ASSETS, whole_page

SCRIPT = "const said = 1 < 2;"
ICON = '<link rel="icon" href="data:,">'
THEME = ":root { --theme: 1 }"


@pytest.fixture
async def html() -> str:
    """Gradio's page of a chat and a text box, as it answers at http://here."""
    with gr.Blocks(title="Tests", analytics_enabled=False) as page:
        gr.Textbox(value="</script><b>", elem_id="message")
        gr.Chatbot()
    app = gr.mount_gradio_app(Starlette(), page, "", head=ICON, ssr_mode=False)
    async with _client(app) as client:
        return (await client.get("/")).text


class Behind:
    """What stands behind the kept page: it answers with the page, made for the name that it is asked by."""

    def __init__(self, html: str) -> None:
        self.asked: list[str] = []
        self.queries: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._html = html
        routes = [Route("/", self._page, methods=["GET", "HEAD"]), Route("/other", self._other)]
        self.app = _kept(Starlette(routes=routes))

    async def _page(self, request: Request) -> Response:
        self.asked.append(request.headers["host"])
        self.queries.append(request.url.query)
        await self.may_answer.wait()
        named = request.headers.get("x-forwarded-host") or request.headers["host"]
        made = self._html.replace("http://here", f"http://{named}").replace(
            '"username":null', '"username":"anna"'
        )
        return Response(made, media_type="text/html")

    async def _other(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return PlainTextResponse("something else")


def _kept(app: ASGIApp) -> KeptPage:
    themed: Any = SimpleNamespace(theme_css=THEME)
    return KeptPage(app, themed, [SCRIPT], lambda scope: str(scope["path"]))


def _client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


async def _raw(app: Any, headers: Mapping[str, str]) -> tuple[httpx.Response, bytes]:
    async with _client(app) as client, client.stream("GET", "/", headers=headers) as answer:
        return answer, b"".join([part async for part in answer.aiter_raw()])


async def test_many_who_ask_at_once_have_it_made_once(html: str) -> None:
    behind = Behind(html)
    async with _client(behind.app) as client:
        answers = await asyncio.gather(*(client.get("/", params={"c": str(each)}) for each in range(20)))
    assert behind.asked == ["here"]
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("header", ["host", "x-forwarded-host"])
async def test_nobody_gets_a_page_that_names_the_server_as_another_asked_for_it(
    html: str, header: str
) -> None:
    behind = Behind(html)
    async with _client(behind.app) as client:
        evil = await client.get("/", headers={header: "evil.example"})
        here = await client.get("/")
        again = await client.get("/", headers={header: "evil.example"})
    assert '"root":"http://evil.example"' in evil.text
    assert "evil.example" not in here.text
    assert again.text == evil.text
    assert len(behind.asked) == 2


async def test_whose_page_it_was_made_for_is_told_to_nobody(html: str) -> None:
    async with _client(Behind(html).app) as client:
        page = (await client.get("/")).text
    assert "anna" not in page
    assert '"username":null' in page


@pytest.mark.parametrize("query", ["deep_link=x", "page=other", "all_endpoints=true", "view=prices"])
async def test_no_query_makes_another_page(html: str, query: str) -> None:
    behind = Behind(html)
    async with _client(behind.app) as client:
        await client.get("/", headers={"host": "first"}, params=query)
        await client.get("/", headers={"host": "first"})
    assert behind.queries == [""]


async def test_who_asks_again_waits_for_no_page_that_is_being_made(html: str) -> None:
    behind = Behind(html)
    async with _client(behind.app) as client:
        known = (await client.get("/")).text
        behind.may_answer.clear()
        others = [asyncio.create_task(client.get("/", headers={"host": f"name-{each}"})) for each in range(3)]
        await asyncio.sleep(0)
        assert (await client.get("/")).text == known
        behind.may_answer.set()
        assert {answer.status_code for answer in await asyncio.gather(*others)} == {200}


async def test_names_without_end_take_no_memory_without_end(html: str) -> None:
    behind = Behind(html)
    names = [f"name-{number}" for number in range(MOST_KEPT + 1)]
    async with _client(behind.app) as client:
        for name in [*names, names[-1], names[0]]:
            await client.get("/", headers={"host": name})
    assert behind.asked == [*names, names[0]]


async def test_a_browser_that_has_it_is_told_so(html: str) -> None:
    behind = Behind(html)
    whole, body = await _raw(behind.app, {"accept-encoding": "br, gzip"})
    assert whole.headers["content-encoding"] == "gzip"
    plain, unpacked = await _raw(behind.app, {"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(body) == unpacked
    same, nothing = await _raw(behind.app, {"if-none-match": whole.headers["etag"]})
    assert (same.status_code, nothing) == (304, b"")
    tag = whole.headers["etag"].removeprefix("W/")
    among_others, _ = await _raw(behind.app, {"if-none-match": f'"older", {tag}'})
    assert among_others.status_code == 304
    other, _ = await _raw(behind.app, {"if-none-match": '"of an older Tally"'})
    assert other.status_code == 200
    assert whole.headers["cache-control"] == "private, no-cache"


async def test_everything_else_is_answered_behind_it(html: str) -> None:
    behind = Behind(html)
    async with _client(behind.app) as client:
        assert (await client.get("/other")).text == "something else"
        assert (await client.post("/")).status_code == 405
    assert behind.asked == ["/other"]


async def test_who_asks_for_the_headers_only_gets_those_of_the_page(html: str) -> None:
    behind = Behind(html)
    async with _client(behind.app) as client:
        head, page = await client.head("/"), await client.get("/")
    assert head.headers == page.headers
    assert behind.asked == ["here"]


@pytest.mark.parametrize(
    "answer",
    [
        Response("Sign in first.", 401),
        RedirectResponse("/login"),
        PlainTextResponse("No page."),
        HTMLResponse('<script>window.gradio_config = {"auth_required": true};</script>'),
    ],
)
async def test_what_is_no_page_is_passed_on_and_not_kept(answer: Response) -> None:
    asked: list[str] = []

    def respond(request: Request) -> Response:
        asked.append(request.url.path)
        return answer

    app = _kept(Starlette(routes=[Route("/", respond)]))
    async with _client(app) as client:
        for _ in range(2):
            got = await client.get("/")
            assert (got.status_code, got.content) == (answer.status_code, answer.body)
    assert asked == ["/", "/"]


async def test_the_page_has_its_scripts_sheets_and_icon_from_the_beginning(html: str) -> None:
    page = whole_page(html, THEME, [SCRIPT])
    head, body = page.split("</head>")
    assert ICON in head
    named = re.findall(r'<link rel="modulepreload" crossorigin href="\./assets/([^"]+)">', head)
    assert len(named) > 20
    assert all((ASSETS / name).is_file() for name in named)
    off = re.findall(r'<link rel="stylesheet" href="([^"]+)" disabled>', head)
    sheets = re.findall(r"<style>(.*?)</style>", head, re.DOTALL)[-1]
    for address in off[:-1]:
        assert (ASSETS / address.removeprefix("./assets/")).read_text("utf-8") in sheets
    assert off[-1].startswith("http://here/theme.css?v=")
    assert sheets.endswith(THEME)
    assert re.findall(r'<link rel="stylesheet"[^>]*>', page) == re.findall(r"<link [^>]* disabled>", page)
    # Before Gradio's script, which runs once the page is whole, and after the body's beginning.
    assert f"<script>{SCRIPT}</script></body>" in body
    assert "\\u003c/script>\\u003cb>" in page


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("window.gradio_config = {", "window.gradio_config = JSON.parse({"),
        ("window.gradio_config = ", "window.its_config = "),
        ('"theme_hash":', '"theme_hashes":'),
        ('"components":', '"parts":'),
        ('"head":', '"heads":'),
        ("./assets/index-", "./elsewhere/index-"),
    ],
)
async def test_a_page_that_gradio_describes_differently_works_and_is_logged(
    html: str, known: str, other: str, caplog: pytest.LogCaptureFixture
) -> None:
    strange = html.replace(known, other)
    assert strange != html
    assert whole_page(strange, THEME, [SCRIPT]) == strange.replace(
        "</body>", f"<script>{SCRIPT}</script></body>"
    )
    assert "will load more slowly" in caplog.text


@pytest.mark.parametrize(("name", "finds"), [("_LATER", "nothing at all"), ("_NUMBERED", "(import)")])
async def test_a_build_of_gradio_that_looks_different_is_logged(
    html: str, name: str, finds: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gradio_files, name, re.compile(finds))
    assert whole_page(html, THEME, [SCRIPT]) == html.replace("</body>", f"<script>{SCRIPT}</script></body>")
    assert "will load more slowly" in caplog.text
