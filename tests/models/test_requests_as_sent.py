"""What leaves this machine: the HTTP requests that the real client libraries make of ours, compared as data."""

import base64

import pytest

from tests.models.asking import KEY, MODELS, PICTURE, PROFILE, PROVIDERS, SCHEMA, question, sent
from vextract.profiles import ModelProfile
from vextract.requests import Clip, Request, Sampling, Turn

BASE64 = base64.b64encode(PICTURE.data).decode()
DATA_URL = f"data:image/png;base64,{BASE64}"
SAMPLING = Sampling(temperature=0.25, max_tokens=77, seed=5)


def name(provider: str) -> str:
    """As the provider is told it."""
    return MODELS[provider]


def test_gemini() -> None:
    """Pictures inline, the schema raw, sampling in generationConfig."""
    request = question("Look:", PICTURE, system="Be exact.", json_schema=SCHEMA, sampling=SAMPLING)
    received = sent("google_genai", request)
    assert received.path == f"/v1beta/models/{name('google_genai')}:generateContent"
    body = received.body
    assert body["systemInstruction"]["parts"] == [{"text": "Be exact."}]
    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "Look:"}, {"inlineData": {"mime_type": "image/png", "data": BASE64}}]}
    ]
    assert body["generationConfig"] == {
        "candidateCount": 1,
        "temperature": 0.25,
        "maxOutputTokens": 77,
        "seed": 5,
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
    }


def test_openai() -> None:
    """Pictures in full detail, the schema strict, no word of the client's own on top."""
    request = question("Look:", PICTURE, system="Be exact.", json_schema=SCHEMA, schema_name="Thing", sampling=SAMPLING)
    received = sent("openai", request)
    assert received.path == "/v1/chat/completions"
    assert received.body == {
        "model": name("openai"),
        "messages": [
            {"role": "system", "content": "Be exact."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image_url", "image_url": {"url": DATA_URL, "detail": "high"}},
                ],
            },
        ],
        "temperature": 0.25,
        "seed": 5,
        "max_tokens": 77,
        "stream": False,
        "response_format": {"type": "json_schema", "json_schema": {"name": "Thing", "schema": SCHEMA, "strict": True}},
    }


def test_ollama() -> None:
    """Pictures beside the text, the schema as format, sampling among the options, and a context that is long enough."""
    request = question("Look:", PICTURE, system="Be exact.", json_schema=SCHEMA, sampling=SAMPLING)
    received = sent("ollama", request)
    assert received.path == "/api/chat"
    body = received.body
    assert body["model"] == name("ollama")
    assert body["stream"] is False
    assert body["format"] == SCHEMA
    assert body["options"] == {"num_ctx": 8192, "num_predict": 77, "seed": 5, "temperature": 0.25}
    system, user = body["messages"]
    assert (system["role"], system["content"]) == ("system", "Be exact.")
    assert (user["role"], user["content"].strip(), user["images"]) == ("user", "Look:", [BASE64])


def test_anthropic() -> None:
    """Pictures as sources, the schema as output format, a limit always, and no seed, which it does not have."""
    request = question("Look:", PICTURE, system="Be exact.", json_schema=SCHEMA, sampling=SAMPLING)
    received = sent("anthropic", request)
    assert received.path == "/v1/messages"
    assert received.body == {
        "model": name("anthropic"),
        "system": "Be exact.",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look:"},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BASE64}},
                ],
            }
        ],
        "max_tokens": 77,
        "temperature": 0.25,
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_key_is_in_a_header_and_nowhere_else(provider) -> None:
    """The key is neither in the address nor in the body."""
    received = sent(provider, question())
    assert KEY not in received.path
    assert KEY not in str(received.body)
    assert sum(KEY in value for value in received.headers.values()) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_conversation_keeps_its_order_and_roles(provider) -> None:
    """What the user and the model said before goes along, pictures too."""
    turns = (Turn("user", ("First", PICTURE)), Turn("assistant", ("It is a cat.",)), Turn("user", ("Sure?",)))
    body = sent(provider, Request(turns)).body
    said = body.get("messages") or body["contents"]
    assert [turn["role"] for turn in said] == ["user", "model" if provider == "google_genai" else "assistant", "user"]
    assert ["cat" in str(turn) for turn in said] == [False, True, False]
    assert [BASE64 in str(turn) for turn in said] == [True, False, False]
    assert "Sure?" in str(said[2])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_model_without_structured_output_is_told_the_schema(provider) -> None:
    """Where no schema can be bound, it is in the question, and only there."""
    body = sent(provider, question("Look", json_schema=SCHEMA), profile=ModelProfile("test", structured=False)).body
    last = (body.get("messages") or body["contents"])[-1]
    assert "additionalProperties" in str(last)
    rest = {key: value for key, value in body.items() if key not in {"messages", "contents"}}
    assert "additionalProperties" not in str(rest)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_nobody_set_is_not_sent(provider) -> None:
    """Without temperature in profile and request, none is sent, not even the client's own; nor a seed."""
    body = sent(provider, question(), profile=ModelProfile("test", temperature=None)).body
    assert "temperature" not in str(body)
    assert "seed" not in str(body)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_profile_speaks_where_the_user_does_not(provider) -> None:
    """The family's temperature is used unless the request has one."""
    profile = ModelProfile("test", temperature=0.5)
    assert "'temperature': 0.5" in str(sent(provider, question(), profile=profile).body)
    asked = question(sampling=Sampling(temperature=0.0))
    assert "'temperature': 0.0" in str(sent(provider, asked, profile=profile).body)


@pytest.mark.parametrize(
    ("provider", "field"),
    [
        ("google_genai", "'thinkingConfig': {'thinking_budget': 0}"),
        ("openai", "'chat_template_kwargs': {'enable_thinking': False}"),
        ("ollama", "'think': False"),
        ("anthropic", "'thinking': {'type': 'disabled'}"),
    ],
)
def test_thinking_is_turned_off_in_each_providers_way(provider, field) -> None:
    """A profile that says so turns thinking off; another says nothing of it."""
    assert field in str(sent(provider, question(), profile=ModelProfile("test", thinking="off")).body)
    assert "think" not in str(sent(provider, question()).body).replace("'think': None", "")


@pytest.mark.parametrize(
    ("provider", "options", "field"),
    [
        ("google_genai", {"top_k": 3}, "'topK': 3"),
        ("openai", {"top_p": 0.5}, "'top_p': 0.5"),
        ("openai", {"extra_body": {"top_k": 3}}, "'top_k': 3"),
        ("ollama", {"num_ctx": 1024}, "'num_ctx': 1024"),
        ("ollama", {"keep_alive": "10m"}, "'keep_alive': '10m'"),
        ("anthropic", {"top_k": 3}, "'top_k': 3"),
    ],
)
def test_options_go_along(provider, options, field) -> None:
    """What -O names reaches the provider, beside what we bind."""
    body = str(sent(provider, question(json_schema=SCHEMA, sampling=Sampling(options=options))).body)
    assert field in body
    assert "additionalProperties" in body


def test_a_long_request_gets_a_long_context() -> None:
    """Ollama's context grows with the request, in powers of two, since it cuts off what does not fit without a word."""
    body = sent("ollama", question("x" * 60_000, *[PICTURE] * 4)).body
    assert body["options"]["num_ctx"] == 32_768


def test_clips() -> None:
    """Videos go inline to Gemini, and as video_url to servers that speak like OpenAI."""
    clip = Clip(b"mp4 bytes", "video/mp4")
    inline = sent("google_genai", question("Look", clip)).body["contents"][0]["parts"][1]
    assert inline == {"inlineData": {"mime_type": "video/mp4", "data": base64.b64encode(clip.data).decode()}}
    block = sent("openai", question("Look", clip)).body["messages"][0]["content"][1]
    assert block["type"] == "video_url"
    assert block["video_url"]["url"].startswith("data:video/mp4;base64,")


def test_logprobs_are_asked_for_where_there_are_any() -> None:
    """The protocols that give probabilities of words are asked for five at each place."""
    assert sent("openai", question(logprobs=True)).body["top_logprobs"] == 5
    assert sent("ollama", question(logprobs=True)).body["top_logprobs"] == 5
    gives = ModelProfile("test", logprobs=True)
    assert (
        sent("google_genai", question(logprobs=True), profile=gives).body["generationConfig"]["responseLogprobs"]
        is True
    )
    assert (
        "responseLogprobs"
        not in sent("google_genai", question(logprobs=True), profile=PROFILE).body["generationConfig"]
    )
