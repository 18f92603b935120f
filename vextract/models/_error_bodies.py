"""Reads what the body and the header fields of a failed reply say, in all the ways in which providers write it."""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["named_error", "own_words", "parsed", "retry_after", "status_within"]

_HEAD_OF_PAGE = 10_000  # characters in which a title is looked for

# What providers call their errors in a body, where its HTTP status says nothing.
_STATUS_OF = {
    "authentication_error": 401,
    "invalid_api_key": 401,
    "unauthenticated": 401,
    "permission_error": 403,
    "permission_denied": 403,
    "not_found_error": 404,
    "not_found": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "invalid_request_error": 400,
    "invalid_argument": 400,
    "failed_precondition": 400,
    "badrequesterror": 400,
    "context_length_exceeded": 400,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "resource_exhausted": 429,
    "insufficient_quota": 429,
    "timeout_error": 504,
    "deadline_exceeded": 504,
    "overloaded_error": 529,
    "unavailable": 503,
}


def named_error(document: object) -> bool:
    """Whether a JSON document that came with a good HTTP status is an error all the same."""
    if isinstance(document, list) and document:
        document = document[0]
    return isinstance(document, dict) and bool(document.get("error")) and document.get("object") != "response"


def retry_after(headers: Mapping[str, str], document: object) -> float | None:
    """Seconds to wait before the next try, by the header fields of RFC 9110 and OpenAI, or by Google's RetryInfo.

    Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after,
    https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    told = headers.get("retry-after")
    seconds = _number(told)
    if seconds is None and told:
        seconds = _seconds_until(told, headers.get("date"))
    return seconds if seconds is not None else _retry_info(document)


def _retry_info(document: object) -> float | None:
    error = _error_in(document)
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and str(detail.get("@type", "")).endswith("google.rpc.RetryInfo"):
            return _number(str(detail.get("retryDelay", "")).removesuffix("s"))
    return None


def _seconds_until(date: str, now: str | None) -> float | None:
    """From the server's own clock if it tells it, so that a wrong clock here does no harm."""
    from datetime import UTC, datetime

    try:
        then = parsedate_to_datetime(date)
        start = parsedate_to_datetime(now) if now else datetime.now(UTC)
        return max(0.0, (then - start).total_seconds())
    except (TypeError, ValueError):
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < float("inf") else None


def parsed(body: str) -> object:
    """The JSON in a body; None if it is something else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _error_in(document: object) -> object:
    if isinstance(document, list) and document:
        document = document[0]
    return document.get("error", document) if isinstance(document, dict) else None


def own_words(document: object, body: str) -> str:
    """What the provider says in its own words, wherever it puts them."""
    error = _error_in(document)
    if isinstance(error, str):
        return error
    if isinstance(error, dict):
        for key in ("message", "detail", "error", "msg", "error_message"):
            if error.get(key):
                return error[key] if isinstance(error[key], str) else json.dumps(error[key])
    if "<html" in body[:1000].lower() or "<!doctype" in body[:1000].lower():
        title = re.search(r"<(title|h1)[^>]*>(.*?)</\1", body[:_HEAD_OF_PAGE], re.IGNORECASE | re.DOTALL)
        return f"a web page, {title[2].strip()!r}" if title else "a web page"
    return body.strip() or "nothing"


def status_within(document: object) -> int:
    """The HTTP status that an error object in a reply with a good one stands for; 500 if it does not say.

    OpenRouter puts the status in `code`, Google, Anthropic and OpenAI words in `status`, `type` and `code`.
    """
    if not named_error(document):
        return 200
    error = _error_in(document)
    for key in ("code", "status", "type"):
        said = error.get(key) if isinstance(error, dict) else None
        if re.fullmatch("[45][0-9][0-9]", str(said)):
            return int(str(said))
        if str(said).lower() in _STATUS_OF:
            return _STATUS_OF[str(said).lower()]
    return 500
