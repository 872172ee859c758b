import pytest

from chat.providers.refusals import QUOTE_LENGTH, Refusal
from chat.providers.seam import RequestRefused

HOST, MODEL = "api.example.com", "gpt-6-luna"

KEY = (
    "api.example.com refused the key ({status}). "
    "Check that it is complete, still valid, and belongs to this endpoint."
)
CREDIT = (
    "The account at api.example.com has no credit left, or has reached its spending limit. "
    "Add credit or raise the limit there, then try again."
)
CONTENT = "api.example.com refused the content of this message. Change it and try again."
NO_MODEL = "api.example.com has no model named gpt-6-luna, or this key may not use it. Choose another model."
REFUSED = "api.example.com refused the request (status {})."
SAYS = "api.example.com says: “{}”"
TOO_FAST = "api.example.com is rate-limiting you. Wait a moment, then try again."


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refusal(401), KEY.format(status=401)),
        (Refusal(403), KEY.format(status=403)),
        (Refusal(403, code="content_policy_violation"), CONTENT),
        (Refusal(400, code="content_policy_violation"), CONTENT),
        (Refusal(400, kind="content_filter"), CONTENT),
        (
            Refusal(400, code="400", message="litellm.ContentPolicyViolationError: flagged"),
            f"{CONTENT} {SAYS.format('litellm.ContentPolicyViolationError: flagged')}",
        ),
        (Refusal(429, code="insufficient_quota"), CREDIT),
        (Refusal(429, kind="insufficient_quota"), CREDIT),
        (Refusal(402), CREDIT),
        (Refusal(404), NO_MODEL),
        (Refusal(400, code="model_not_found"), NO_MODEL),
        (Refusal(429, code="rate_limit_exceeded"), TOO_FAST),
        (Refusal(500), "api.example.com failed (500). Try again in a while."),
        (Refusal(400), "api.example.com refused the request (status 400)."),
        (
            Refusal(401, message="Bad key: sk-ab****yz."),
            f"{KEY.format(status=401)} {SAYS.format('Bad key: ….')}",
        ),
        (Refusal(401, message="Bad key: ***"), f"{KEY.format(status=401)} {SAYS.format('Bad key: ***')}"),
        (Refusal(404, message="No policy"), f"{REFUSED.format(404)} {SAYS.format('No policy')}"),
        (
            Refusal(422, message=" messages:\n must not\tbe empty "),
            "api.example.com refused the request (status 422). "
            "api.example.com says: “messages: must not be empty”",
        ),
    ],
)
def test_a_refusal_says_what_happened_and_what_to_do(refusal: Refusal, said: str) -> None:
    error = refusal.as_error(HOST, MODEL)
    assert (type(error), str(error)) == (RequestRefused, said)


NO_PICTURES = "gpt-6-luna does not take pictures here. Choose another model, or leave them out."
NO_DOCUMENTS = "gpt-6-luna does not take PDFs as files here. Send their text, or choose another model."
BAD_PICTURE = "api.example.com cannot read one of the pictures. Send it as PNG or JPEG, or leave it out."
LARGE_PICTURE = (
    "The pictures of this chat are too large or too many for gpt-6-luna. Send smaller ones or fewer."
)


# As OpenAI, OpenRouter, llama.cpp, vLLM, DeepSeek and Anthropic word it.
@pytest.mark.parametrize(
    ("status", "code", "message", "said"),
    [
        (400, "", "Invalid content type. image_url is only supported by certain models.", NO_PICTURES),
        (404, "404", "No endpoints found that support image input", NO_PICTURES),
        (500, "500", "image input is not supported - hint: you may need to provide the mmproj", NO_PICTURES),
        (500, "500", 'Failed to parse messages: Unsupported content part type: "image_url"', NO_PICTURES),
        (400, "", "llama-3 is not a multimodal model", NO_PICTURES),
        (400, "", "At most 0 image(s) may be provided in one request.", NO_PICTURES),
        (400, "invalid_request_error", "unknown variant `image_url`, expected `text`", NO_PICTURES),
        (400, "", "This model does not support image inputs.", NO_PICTURES),
        (400, "image_parse_error", "You uploaded an unsupported image.", BAD_PICTURE),
        (400, "invalid_image_format", "", BAD_PICTURE),
        (400, "", "Could not process image", BAD_PICTURE),
        (400, "image_too_large", "", LARGE_PICTURE),
        (400, "", "At most 5 image(s) may be provided in one request.", LARGE_PICTURE),
        (400, "", "requires 41334 patches after processing, exceeding the limit of 30000", LARGE_PICTURE),
        (400, "", "messages.0.content.1: image exceeds 5 MB maximum: 6 MB", LARGE_PICTURE),
        (400, "", "Invalid content type: 'file' is not supported by this model.", NO_DOCUMENTS),
        (400, "400", "unsupported content[].type", NO_DOCUMENTS),
        (400, "", "unknown variant `file`, expected `text`", NO_DOCUMENTS),
    ],
)
def test_what_an_endpoint_says_of_files_is_said_in_plain_words(
    status: int, code: str, message: str, said: str
) -> None:
    refusal = Refusal(status, code=code, message=message)
    quoted = f" {SAYS.format(message)}" if message else ""
    assert str(refusal.as_error(HOST, MODEL)) == said + quoted
    assert not refusal.is_retryable


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(400, code="context_length_exceeded", message="5040 tokens, 4096 fit"),
        Refusal(400, kind="exceed_context_size_error", message="5040 tokens, 4096 fit"),
    ],
)
def test_too_long_a_conversation_is_said_with_the_endpoints_figures(refusal: Refusal) -> None:
    assert str(refusal.as_error(HOST, MODEL)) == (
        "This chat is too long for gpt-6-luna. Start a new chat, or choose a model with a larger "
        "context. api.example.com says: “5040 tokens, 4096 fit”"
    )


def test_a_quotation_is_cut_only_when_it_is_longer_than_fits() -> None:
    fits = str(Refusal(400, message="x" * QUOTE_LENGTH).as_error(HOST, MODEL))
    too_long = str(Refusal(400, message="x" * (QUOTE_LENGTH + 1)).as_error(HOST, MODEL))
    assert fits.endswith("“" + "x" * QUOTE_LENGTH + "”")
    assert too_long.endswith("“" + "x" * QUOTE_LENGTH + "…”")


@pytest.mark.parametrize(
    ("refusal", "is_retryable"),
    [
        (Refusal(503, code="server_is_overloaded"), True),
        (Refusal(429, code="insufficient_quota"), False),
        (Refusal(429, kind="organization_spend_limit_exceeded"), False),
        (Refusal(408, kind="insufficient_quota"), False),
        (Refusal(400), False),
        (Refusal(401), False),
        (Refusal(404), False),
        (Refusal(499), False),
    ],
)
def test_only_what_may_pass_is_tried_again_and_none_of_this_was_billed(
    refusal: Refusal, is_retryable: bool
) -> None:
    assert (refusal.is_retryable, refusal.fate) == (is_retryable, None)
    assert isinstance(refusal.as_error(HOST, MODEL), RequestRefused)


NO_FLEX = (
    "api.example.com has no Flex capacity right now and charged nothing. "
    "Try again later, or choose Standard in the settings."
)


@pytest.mark.parametrize(
    ("refusal", "tier", "said"),
    [
        (Refusal(429, code="resource_unavailable"), "flex", NO_FLEX),
        (Refusal(429, kind="Resource_Unavailable"), "flex", NO_FLEX),
        (
            Refusal(429, message="Resource unavailable, sorry."),
            "flex",
            f"{NO_FLEX} {SAYS.format('Resource unavailable, sorry.')}",
        ),
        (Refusal(429, code="resource_unavailable"), "priority", TOO_FAST),
        (Refusal(429, code="resource_unavailable"), None, TOO_FAST),
        (Refusal(429, code="rate_limit_exceeded"), "flex", TOO_FAST),
        (Refusal(429, code="insufficient_quota"), "flex", CREDIT),
        (Refusal(400, code="resource_unavailable"), "flex", REFUSED.format(400)),
    ],
)
def test_where_flex_has_no_capacity_the_refusal_says_so(
    refusal: Refusal, tier: str | None, said: str
) -> None:
    assert str(refusal.as_error(HOST, MODEL, tier)) == said


SENT = {"temperature", "max_tokens", "max_completion_tokens", "stream_options", "service_tier"}


@pytest.mark.parametrize(
    ("refusal", "name"),
    [
        (Refusal(400, code="unsupported_parameter", param="temperature"), "temperature"),
        (Refusal(400, code="unsupported_value", param="temperature"), "temperature"),
        (Refusal(422, message="temperature: extra inputs are not permitted"), "temperature"),
        (
            Refusal(400, message="Unrecognized request argument supplied: max_completion_tokens"),
            "max_completion_tokens",
        ),
        (
            Refusal(400, code="unsupported_parameter", param="top_p", message="'temperature' is not it"),
            "temperature",
        ),
        (Refusal(400, message="Unsupported service_tier: flex"), "service_tier"),
        (Refusal(400, param="service_tier", message="Invalid service_tier argument"), "service_tier"),
        (Refusal(400, code="unsupported_parameter", param="messages"), None),
        (Refusal(400, param="temperature", message="temperature must be at most 2"), None),
        (Refusal(400, code="context_length_exceeded", message="unsupported max_tokens"), None),
        (Refusal(500, code="unsupported_parameter", param="temperature"), None),
        (Refusal(400), None),
    ],
)
def test_the_field_that_a_model_does_not_know_is_found(refusal: Refusal, name: str | None) -> None:
    assert refusal.unsupported_field(SENT) == name
