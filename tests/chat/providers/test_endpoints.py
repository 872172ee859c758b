from concurrent.futures import ThreadPoolExecutor

import pytest

from chat.providers.demo import DemoProvider
from chat.providers.endpoints import MODELS_KEPT_S, MOST_KEYS, Endpoints
from chat.providers.seam import CompletionProvider, NotSent, RequestRefused
from tests.helpers.fakes import FakeProvider


class Keyed(FakeProvider):
    """A provider for one key, which counts how often it is asked for its models."""

    def __init__(self, key: str | None) -> None:
        super().__init__()
        self.key = key
        self.times_asked = 0

    async def models(self) -> tuple[str, ...]:
        self.times_asked += 1
        if self.key == "wrong":
            raise RequestRefused("This key is not accepted.")
        return (f"model-of-{self.key}",)


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def key_of(provider: CompletionProvider) -> str | None:
    assert isinstance(provider, Keyed)
    return provider.key


def test_without_any_key_the_demo_model_answers() -> None:
    endpoints = Endpoints(Keyed, None, needs_key=True)
    for no_key in ("", " "):
        provider, owner = endpoints.provider(no_key)
        assert (type(provider), owner, endpoints.is_demo) == (DemoProvider, "app", True)


@pytest.mark.parametrize(("app_key", "needs_key"), [("app", True), ("app", False), (None, False)])
def test_the_endpoint_answers_with_the_apps_key_or_with_none_where_none_is_needed(
    app_key: str | None, needs_key: bool
) -> None:
    endpoints = Endpoints(Keyed, app_key, needs_key=needs_key)
    provider, owner = endpoints.provider("")
    assert (key_of(provider), owner, endpoints.is_demo) == (app_key, "app", False)


@pytest.mark.parametrize("app_key", ["app", None])
def test_a_persons_own_key_goes_before_all_others(app_key: str | None) -> None:
    endpoints = Endpoints(Keyed, app_key, needs_key=True)
    provider, owner = endpoints.provider(' "own"\n')
    assert (key_of(provider), owner) == ("own", "user")
    assert endpoints.provider("own")[0] is provider


def test_a_malformed_key_is_refused_with_a_reason_that_does_not_hold_it() -> None:
    endpoints = Endpoints(Keyed, "app", needs_key=True)
    with pytest.raises(NotSent) as caught:
        endpoints.provider("sk-secret sk-secret")
    assert str(caught.value) == (
        "Your API key cannot be used: the key has white space inside it: copy it again, in one piece."
    )


def test_so_many_keys_are_kept_and_then_the_longest_unused_is_forgotten() -> None:
    endpoints = Endpoints(Keyed, "app", needs_key=True)
    first, second = endpoints.provider("key-0")[0], endpoints.provider("key-1")[0]
    for number in range(2, MOST_KEYS):
        endpoints.provider(f"key-{number}")
    assert endpoints.provider("key-0")[0] is first
    endpoints.provider("one-more")
    assert endpoints.provider("key-0")[0] is first
    assert endpoints.provider("key-1")[0] is not second


def test_people_who_come_at_once_share_one_provider() -> None:
    endpoints = Endpoints(Keyed, "app", needs_key=True)
    with ThreadPoolExecutor(8) as people:
        providers = list(people.map(lambda _: endpoints.provider("")[0], range(64)))
    assert len(set(providers)) == 1


async def test_models_are_asked_for_again_when_they_have_been_kept_long_enough() -> None:
    clock = Clock()
    endpoints = Endpoints(Keyed, "app", needs_key=True, now_s=clock)
    provider = endpoints.provider("")[0]
    assert isinstance(provider, Keyed)
    asked = []
    for clock.now in (0.0, MODELS_KEPT_S, MODELS_KEPT_S + 0.1):
        assert await endpoints.models("") == ("model-of-app",)
        asked.append(provider.times_asked)
    assert asked == [1, 1, 2]


async def test_each_key_has_models_of_its_own() -> None:
    endpoints = Endpoints(Keyed, "app", needs_key=True)
    assert await endpoints.models("") == ("model-of-app",)
    assert await endpoints.models("own") == ("model-of-own",)


async def test_an_error_is_not_kept() -> None:
    endpoints = Endpoints(Keyed, "wrong", needs_key=True)
    provider = endpoints.provider("")[0]
    for _ in range(2):
        with pytest.raises(RequestRefused):
            await endpoints.models("")
    assert isinstance(provider, Keyed)
    assert provider.times_asked == 2


async def test_what_is_known_of_the_models_is_said_without_asking_again() -> None:
    clock = Clock()
    endpoints = Endpoints(Keyed, "app", needs_key=True, now_s=clock)
    assert endpoints.known_models("") == ()
    await endpoints.models("")
    clock.now = MODELS_KEPT_S + 1
    assert (endpoints.known_models(""), endpoints.known_models("own")) == (("model-of-app",), ())
    provider, _ = endpoints.provider("")
    assert isinstance(provider, Keyed)
    assert provider.times_asked == 1
