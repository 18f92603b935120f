"""Reading replies: what vendors really send beside the plain case, and streams that add up to the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.protocols import Anthropic, Finish, Gemini, Ollama, OpenAI, Protocol, Said
from vextract.models import _openai_reply, anthropic, google_genai, ollama
from vextract.models._error_bodies import parsed
from vextract.requests import Response

READERS = {Gemini: google_genai, OpenAI: _openai_reply, Ollama: ollama, Anthropic: anthropic}


def openai_message(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> Response:
    """A chat completion with this message, read."""
    return _openai_reply.read({"choices": [{"message": message, "finish_reason": finish, **more}]})


@pytest.mark.parametrize(
    ("message", "text", "thinking"),
    [
        ({"content": "yes", "reasoning_content": "hm"}, "yes", "hm"),
        ({"content": "yes", "reasoning": "hm"}, "yes", "hm"),
        ({"content": "<think>hm</think>\n\nyes"}, "<think>hm</think>\n\nyes", ""),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "yes"},
                ]
            },
            "yes",
            "hm",
        ),
        ({"content": None}, "", ""),
        ({}, "", ""),
        ({"content": "", "tool_calls": [{"function": {"name": "answer", "arguments": '{"a": 1}'}}]}, '{"a": 1}', ""),
        ({"content": "yes", "tool_calls": [{"function": {"name": "answer", "arguments": "{}"}}]}, "yes", ""),
    ],
)
def test_where_openais_likes_put_text_and_thinking(message, text, thinking) -> None:
    """Text and thinking are told apart wherever a vendor puts them; marks inside the text itself are left to the caller."""
    response = openai_message(message)
    assert (response.text, response.thinking, response.finish) == (text, thinking, "stop")


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("stop", "stop"),
        ("eos_token", "stop"),
        ("tool_calls", "stop"),
        ("length", "length"),
        ("model_length", "length"),
        ("content_filter", "refusal"),
        ("sensitive", "refusal"),
        ("insufficient_system_resource", "error"),
        ("a new word", "error"),
        (None, "error"),
    ],
)
def test_only_known_words_are_a_good_end(word, finish) -> None:
    """Vendors' words for the end of an answer are known, and an unknown one is never taken for success."""
    response = openai_message({"content": "half an ans"}, word)
    assert (response.finish, response.reason) == (finish, word)


def test_a_refusal_beats_a_good_end() -> None:
    """OpenAI says "stop" of a refusal; it is one all the same, in the model's own words."""
    response = openai_message({"content": None, "refusal": "I can't help with that."})
    assert (response.finish, response.reason, response.text) == ("refusal", "I can't help with that.", "")


def test_an_error_inside_a_choice() -> None:
    """OpenRouter hides an upstream failure inside a choice; what had come until then is not an answer."""
    response = openai_message({"content": "half an ans"}, "stop", error={"code": 502, "message": "upstream broke"})
    assert (response.finish, response.reason) == ("error", "upstream broke")


def test_cached_tokens_by_deepseeks_name() -> None:
    """A vendor's own name for what it had read before is understood."""
    reply = {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "prompt_cache_hit_tokens": 4}
    assert _openai_reply.read({**reply, "usage": usage}).usage.cached_tokens == 4


@pytest.mark.parametrize(
    ("status", "details", "finish", "reason"),
    [
        ("completed", None, "stop", "completed"),
        ("incomplete", {"reason": "max_output_tokens"}, "length", "max_output_tokens"),
        ("incomplete", {"reason": "content_filter"}, "refusal", "content_filter"),
        ("failed", None, "error", "failed"),
        ("in_progress", None, "error", "in_progress"),
    ],
)
def test_a_gateway_that_answers_in_the_form_of_responses(status, details, finish, reason) -> None:
    """OpenAI's other protocol is read too, its reasoning apart from its text."""
    reply = {
        "object": "response",
        "status": status,
        "incomplete_details": details,
        "output": [
            {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "6 x 7"}]},
            {"type": "message", "content": [{"type": "output_text", "text": "42"}]},
        ],
        "usage": {"input_tokens": 7, "output_tokens": 3, "input_tokens_details": {"cached_tokens": 2}},
    }
    response = _openai_reply.read(reply)
    assert (response.text, response.thinking, response.finish, response.reason) == ("42", "6 x 7", finish, reason)
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.cached_tokens) == (7, 3, 2)


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "refusal"),
        ("RECITATION", "refusal"),
        ("PROHIBITED_CONTENT", "refusal"),
        ("MALFORMED_FUNCTION_CALL", "error"),
        ("OTHER", "error"),
        ("FINISH_REASON_OF_TOMORROW", "error"),
        (None, "error"),
    ],
)
def test_geminis_words(word, finish) -> None:
    """A candidate without content parts is read for its finish reason alone."""
    response = google_genai.read({"candidates": [{"finishReason": word}]})
    assert (response.text, response.finish, response.reason) == ("", finish, word)


def test_gemini_says_why_it_failed() -> None:
    """The finish message goes along with the reason, unless all is well."""
    candidate = {"finishReason": "SAFETY", "finishMessage": "Blocked by policy."}
    assert google_genai.read({"candidates": [candidate]}).reason == "SAFETY: Blocked by policy."


def test_gemini_without_candidates_and_without_a_block_is_no_answer() -> None:
    """An empty object is not an empty answer."""
    with pytest.raises(KeyError):
        google_genai.read({"usageMetadata": {"promptTokenCount": 3}})


def test_geminis_partial_figures() -> None:
    """Of the figures, those that were reported count, and the others are unknown."""
    usage = google_genai.read(
        {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}
    ).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (3, None, None)


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "error"),
        (None, "error"),
    ],
)
def test_anthropics_words(word, finish) -> None:
    """Each stop reason has its meaning; an unknown one is an error."""
    assert anthropic.read({"content": [], "stop_reason": word}).finish == finish


def test_an_answer_as_a_call_of_a_tool() -> None:
    """A model that answers by calling a tool nobody offered is taken at its arguments, with every client."""
    call = {"type": "tool_use", "name": "answer", "input": {"city": "Zürich"}}
    assert anthropic.read({"content": [call], "stop_reason": "tool_use"}).text == '{"city": "Zürich"}'
    part = {"functionCall": {"name": "answer", "args": {"city": "Zürich"}}}
    assert (
        google_genai.read({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}).text
        == '{"city": "Zürich"}'
    )
    message = {"content": "", "tool_calls": [{"function": {"name": "answer", "arguments": {"city": "Zürich"}}}]}
    assert ollama.read({"message": message, "done": True, "done_reason": "stop"}).text == '{"city": "Zürich"}'


@pytest.mark.parametrize(
    ("end", "finish"),
    [
        ({"done": True, "done_reason": "stop"}, "stop"),
        ({"done": True}, "stop"),  # versions of 2024
        ({"done": True, "done_reason": "length"}, "length"),
        ({"done": True, "done_reason": "load"}, "error"),
        ({"done": True, "done_reason": "unload"}, "error"),
        ({"done": False}, "error"),
    ],
)
def test_ollamas_ends(end, finish) -> None:
    """An answer is whole only if Ollama says that it is done, and not with loading."""
    assert ollama.read({"message": {"content": "a"}, **end}).finish == finish


def _events(protocol: Protocol, said: Said) -> list[dict[str, Any]]:
    lines = b"".join(protocol.stream(said, "m")).decode().splitlines()
    objects = (parsed(line.removeprefix("data: ")) for line in lines)
    return [one for one in objects if isinstance(one, dict)]


_FINISHES: st.SearchStrategy[Finish] = st.sampled_from(["stop", "length", "refusal"])


@pytest.mark.parametrize("protocol", list(READERS), ids=lambda protocol: protocol.__name__)
@given(text=st.text(), finish=_FINISHES, thinking=st.sampled_from(["", "hm"]), usage=st.booleans())
def test_a_stream_adds_up_to_the_whole(protocol, text, finish, thinking, usage) -> None:
    """However an answer is cut into pieces, joining and reading them gives what the whole reply gives."""
    said = Said(text, finish, thinking, usage)
    reader = READERS[protocol]
    joined = reader.read(reader.join(_events(protocol, said)))
    whole = reader.read(protocol.whole(said, "m"))
    if protocol is Anthropic and not usage:
        assert joined.usage.output_tokens is None
    assert joined == whole


@pytest.mark.parametrize("protocol", list(READERS), ids=lambda protocol: protocol.__name__)
@given(text=st.text(min_size=1), data=st.data())
def test_a_stream_that_is_cut_is_never_whole(protocol, text, data) -> None:
    """Wherever a stream ends before its last word, what has come is no good end."""
    reader = READERS[protocol]
    events = _events(protocol, Said(text))
    ends = {"Gemini": 1, "OpenAI": 2, "Ollama": 1, "Anthropic": 2}
    kept = data.draw(st.integers(1, len(events) - ends[protocol.__name__]))
    assert reader.read(reader.join(events[:kept])).finish == "error"
