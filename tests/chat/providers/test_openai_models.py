"""The list of models, as an endpoint gives it."""

from typing import Any

import httpx2
import pytest

from chat.providers.seam import RequestRefused
from tests.helpers.provider_calls import provider_at, transport
from tests.servers.bodies import MODELS
from tests.servers.scripted import ScriptedServer

URL = "https://api.example.com/v1"
NO_PROTOCOL = (
    "This address does not speak the OpenAI protocol: https://api.example.com/v1. "
    "Check OPENAI_BASE_URL; it often ends in /v1."
)


async def test_models_are_those_that_the_endpoint_lists(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url) as provider:
        assert await provider.models() == MODELS


async def test_models_are_not_listed_for_a_wrong_key(scripted: ScriptedServer) -> None:
    async with provider_at(scripted.url, key="wrong-key") as provider:
        with pytest.raises(RequestRefused, match="does not accept this API key"):
            await provider.models()


@pytest.mark.parametrize("body", [{"data": None}, {"data": []}, {"data": [{}, {"id": 7}]}, {}])
async def test_a_list_without_models_is_empty(body: Any) -> None:
    async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
        assert await provider.models() == ()


@pytest.mark.parametrize("body", [{"data": 7}, [], "text"])
async def test_a_list_of_models_of_another_shape_is_no_endpoint(body: Any) -> None:
    async with provider_at(URL, transport=transport(httpx2.Response(200, json=body))) as provider:
        with pytest.raises(RequestRefused) as caught:
            await provider.models()
    assert str(caught.value) == NO_PROTOCOL


async def test_an_endpoint_without_a_list_of_models_is_said() -> None:
    async with provider_at(URL, transport=transport(httpx2.Response(404, json={}))) as provider:
        with pytest.raises(RequestRefused, match=r"api.example.com does not list its models. Type a"):
            await provider.models()
