from typing import Any

import pytest

from chat.providers.refusals import Refusal
from chat.providers.seam import CompletionRequest, Parameters, Remark
from chat.providers.sending.request_fields import Quirks, RequestFields
from usage.forecast import Prompt
from usage.units import Endpoint

EVERYTHING = Parameters(
    system_prompt="Be short.",
    temperature=0.0,
    top_p=0.5,
    presence_penalty=0.1,
    frequency_penalty=-0.1,
    max_output_tokens=100,
    reasoning_effort="low",
    verbosity="high",
    seed=0,
    stop=("END",),
    service_tier="flex",
)
USAGE = {"stream_options": {"include_usage": True}}
OPENAI = Endpoint("api.openai.com", "openai")
OPENROUTER = Endpoint("openrouter.ai", "openrouter")
CLAUDE = "anthropic/claude-sonnet-4.5"


def fields(quirks: Quirks | None = None, billed_by: str = "openai", **set_by_person: Any) -> RequestFields:
    """Return the fields of a request with these parameters."""
    request = CompletionRequest("m", Prompt.of_texts(("user", "Why?")), Parameters(**set_by_person))
    return RequestFields(request, Endpoint("api.example.com", billed_by), quirks or Quirks())


def unknown(name: str) -> Refusal:
    return Refusal(400, code="unsupported_parameter", param=name)


def limited(quirks: Quirks, tokens: int) -> RequestFields:
    """Return the fields of a request whose maximum a budget set."""
    parameters = Parameters(max_output_tokens=tokens)
    request = CompletionRequest("m", Prompt(()), parameters, must_be_limited=True)
    return RequestFields(request, Endpoint("api.example.com", "openai"), quirks)


def sent_after(refused: RequestFields, *messages: str) -> list[int]:
    """Return the maximum that is sent after each of these refusals, but for one that ends the call."""
    return [
        refused.as_body()["max_completion_tokens"]
        for message in messages
        if refused.leave_out(Refusal(400, code="invalid_value", message=message))
    ]


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: 128000. This model supports at most 16384 completion tokens, whereas you "
        "provided 128000.",
        "max_tokens: 128000 > 16384, which is the maximum allowed number of output tokens for model-3-5",
        "Invalid max_tokens value, the valid range of max_tokens is [1, 16384]",
        "Invalid max_tokens value, the valid range of max_tokens is [1,16384]",
        "`max_completion_tokens` must be less than or equal to `16384`, the maximum value for this model",
        "This model's maximum context length is 16,384 tokens. However, you requested 128,012 tokens (12 in "
        "the messages, 128,000 in the completion).",
    ],
)
def test_a_maximum_that_a_budget_set_is_lowered_to_what_the_model_takes(message: str) -> None:
    quirks = Quirks()
    assert sent_after(limited(quirks, 128_000), message) == [16_384]
    assert limited(quirks, 128_000).as_body()["max_completion_tokens"] == 16_384
    assert limited(quirks, 500).as_body()["max_completion_tokens"] == 500


def test_a_maximum_that_is_still_too_large_is_halved_until_there_is_no_use() -> None:
    quirks = Quirks()
    too_large = "'max_tokens' is too large: your request has 12 input tokens and 32768 are too many"
    assert sent_after(limited(quirks, 128_000), *[too_large] * 20) == [
        *(32768, 16384, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16)
    ]
    assert limited(quirks, 128_000).as_body()["max_completion_tokens"] == 32768


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "Invalid value for temperature: expected at most 2.",
        "Unsupported parameter: 'max_tokens' is not supported with this model.",
    ],
)
def test_other_refusals_lower_no_maximum(message: str) -> None:
    assert limited(Quirks(), 128_000)._lowers_limit(Refusal(400, message=message)) is False


def test_a_maximum_that_the_person_set_is_not_lowered_behind_their_back() -> None:
    message = "max_tokens is too large: 128000. This model supports at most 16384 completion tokens."
    quirks = Quirks()
    assert sent_after(fields(quirks, max_output_tokens=128_000), message) == []
    sent_after(limited(quirks, 128_000), message)
    assert fields(quirks, max_output_tokens=128_000).as_body()["max_completion_tokens"] == 128_000


def test_what_is_not_set_is_not_sent() -> None:
    assert fields().as_body() == USAGE


def test_everything_that_is_set_is_sent_zeros_too() -> None:
    request = CompletionRequest("m", Prompt(()), EVERYTHING)
    assert RequestFields(request, Endpoint("h", "openai"), Quirks()).as_body() == {
        **USAGE,
        "temperature": 0.0,
        "top_p": 0.5,
        "presence_penalty": 0.1,
        "frequency_penalty": -0.1,
        "max_completion_tokens": 100,
        "reasoning_effort": "low",
        "verbosity": "high",
        "seed": 0,
        "stop": ["END"],
        "service_tier": "flex",
    }


@pytest.mark.parametrize(
    ("billed_by", "first", "second"),
    [
        ("openai", "max_completion_tokens", "max_tokens"),
        ("azure", "max_completion_tokens", "max_tokens"),
        ("local", "max_tokens", "max_completion_tokens"),
        ("unknown", "max_tokens", "max_completion_tokens"),
    ],
)
def test_the_maximum_length_has_two_names_and_the_other_is_tried_second(
    billed_by: str, first: str, second: str
) -> None:
    asked = fields(billed_by=billed_by, max_output_tokens=100)
    assert asked.as_body() == {**USAGE, first: 100}
    assert asked.leave_out(unknown(first))
    assert (asked.as_body(), asked.has_limit, asked.remark()) == ({**USAGE, second: 100}, True, None)
    assert asked.leave_out(unknown(second))
    assert (asked.as_body(), asked.has_limit) == (USAGE, False)
    assert asked.remark() == Remark("Sent without maximum reply length, which m does not accept.")


def test_without_a_maximum_length_there_is_none() -> None:
    assert not fields().has_limit


def test_what_a_model_refuses_is_left_out_and_said() -> None:
    asked = fields(temperature=1.0, seed=7, top_p=0.5)
    assert asked.leave_out(unknown("temperature"))
    assert asked.leave_out(unknown("seed"))
    assert asked.as_body() == {**USAGE, "top_p": 0.5}
    assert asked.remark() == Remark("Sent without temperature or seed, which m does not accept.")


def test_what_was_not_sent_cannot_be_left_out() -> None:
    asked = fields(temperature=1.0)
    assert not asked.leave_out(unknown("seed"))
    assert asked.leave_out(unknown("temperature"))
    assert not asked.leave_out(unknown("temperature"))


def test_a_server_that_does_not_know_how_to_report_usage_is_asked_without_and_nobody_is_told() -> None:
    asked = fields(temperature=1.0)
    assert asked.leave_out(unknown("stream_options"))
    assert (asked.as_body(), asked.remark()) == ({"temperature": 1.0}, None)


def caching(endpoint: Endpoint, model: str = "m", quirks: Quirks | None = None) -> RequestFields:
    """Return the fields of a request that is worth caching."""
    request = CompletionRequest(model, Prompt(()), cache_key="a-key", is_worth_caching=True)
    return RequestFields(request, endpoint, quirks or Quirks())


@pytest.mark.parametrize(
    ("host", "is_sent"),
    [
        *((host, True) for host in ("api.openai.com", "eu.api.openai.com", "my.openai.azure.com")),
        *((host, True) for host in ("api.mistral.ai", "api.eu.mistral.ai")),
        *(
            (host, False)
            for host in ("127.0.0.1", "openrouter.ai", "notmistral.ai", "api.openai.com.example")
        ),
    ],
)
def test_the_cache_key_is_sent_where_it_is_known_to_be_taken(host: str, is_sent: bool) -> None:
    sent = {**USAGE, "prompt_cache_key": "a-key"} if is_sent else USAGE
    assert caching(Endpoint(host, "openai")).as_body() == sent


def test_a_cache_key_that_is_refused_is_left_out_and_nobody_is_told() -> None:
    asked = caching(OPENAI)
    assert asked.leave_out(Refusal(400, message="Unrecognized request argument supplied: prompt_cache_key"))
    assert (asked.as_body(), asked.remark()) == (USAGE, None)


@pytest.mark.parametrize(
    ("billed_by", "model", "is_marked"),
    [
        ("openrouter", "anthropic/claude-sonnet-4.5", True),
        ("openrouter", "openai/gpt-6-luna", False),
        ("anthropic", "anthropic/claude-sonnet-4.5", False),
        ("unknown", "anthropic/claude-sonnet-4.5", False),
    ],
)
def test_anthropics_models_have_cache_marks_where_the_gateway_passes_them_on(
    billed_by: str, model: str, is_marked: bool
) -> None:
    assert caching(Endpoint("gateway.example.com", billed_by), model).has_cache_marks is is_marked


def test_what_is_not_worth_caching_has_no_marks() -> None:
    request = CompletionRequest(CLAUDE, Prompt(()))
    assert not RequestFields(request, OPENROUTER, Quirks()).has_cache_marks


@pytest.mark.parametrize(
    ("refusal", "are_blamed"),
    [
        (Refusal(400, message="messages.0.content.0.cache_control: Extra inputs are not permitted"), True),
        (Refusal(422, param="messages[0].content", message="Input should be a valid string"), True),
        (Refusal(400, message="'content' must be a string"), True),
        (Refusal(400, message="The content of this message is not allowed."), False),
        (Refusal(400, message="messages: must not be empty"), False),
        (Refusal(500, message="cache_control"), False),
    ],
)
def test_cache_marks_that_are_refused_are_left_out_and_nobody_is_told(
    refusal: Refusal, are_blamed: bool
) -> None:
    quirks = Quirks()
    asked = caching(OPENROUTER, CLAUDE, quirks)
    assert asked.leave_out(refusal) is are_blamed
    assert (asked.has_cache_marks, asked.remark()) == (not are_blamed, None)
    assert caching(OPENROUTER, CLAUDE, quirks).has_cache_marks is not are_blamed
    assert not asked.leave_out(refusal)


def test_what_a_model_refuses_is_remembered_for_it_at_its_endpoint_only() -> None:
    quirks = Quirks()
    assert fields(quirks, temperature=1.0).leave_out(unknown("temperature"))
    again = fields(quirks, temperature=1.0)
    assert (again.as_body(), again.remark()) == (
        USAGE,
        Remark("Sent without temperature, which m does not accept."),
    )
    assert (quirks.refused_by("api.example.com", "other"), quirks.refused_by("elsewhere", "m")) == (
        set(),
        set(),
    )


def test_a_service_tier_that_is_refused_is_no_longer_asked_for() -> None:
    asked = fields(service_tier="flex")
    assert (asked.service_tier, fields().service_tier) == ("flex", None)
    assert asked.leave_out(Refusal(400, param="service_tier", message="Invalid service_tier argument"))
    assert (asked.as_body(), asked.service_tier) == (USAGE, None)
    assert asked.remark() == Remark("Sent without service tier, which m does not accept.")
