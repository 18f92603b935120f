"""Exit codes and the exceptions that carry them.

Every exception a user can meet derives from `VextractError`: it knows its exit code, a short machine-readable kind, and what to
do next. Anything else that escapes is a bug (exit 1) and is not dressed up as something else.
"""

from enum import IntEnum
from typing import ClassVar

__all__ = [
    "AnswerError",
    "AuthenticationError",
    "BadRequestError",
    "BelowError",
    "BrokenPipe",
    "BudgetReached",
    "ConnectionFailed",
    "ContextOverflow",
    "DependencyError",
    "EmptyAnswer",
    "EngineError",
    "ExitCode",
    "Halted",
    "InputError",
    "Interrupted",
    "LoopingAnswer",
    "ModelNotFound",
    "ModelTimeout",
    "NotSent",
    "OutputError",
    "PrivacyError",
    "ProtocolError",
    "ProviderError",
    "RateLimited",
    "RefusedAnswer",
    "SchemaError",
    "ServerError",
    "TruncatedAnswer",
    "UnreadableAnswer",
    "UsageError",
    "VextractError",
]


class ExitCode(IntEnum):
    """What the `vextract` command can end with; documented in docs/exit-codes.md."""

    OK = 0
    BUG = 1
    USAGE = 2
    INPUT = 3
    SCHEMA = 4
    DEPENDENCY = 5
    AUTHENTICATION = 6
    PROVIDER = 7
    ANSWER = 8
    PARTIAL = 9
    BELOW = 10
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class VextractError(Exception):
    """Something went wrong that the user can act on.

    Args:
        message: one line that says what failed, with the offending value.
        hint: one line that says what to do next; empty only where nothing can be done.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    kind: ClassVar[str] = "bug"

    def __init__(self, message: str, hint: str = "") -> None:
        # Both go to Exception.__init__ so that the error survives pickling between worker processes.
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(VextractError):
    """The command line or a setting does not make sense."""

    exit_code = ExitCode.USAGE
    kind = "usage"


class InputError(VextractError):
    """A source cannot be found, fetched, opened, decoded, or is over a limit."""

    exit_code = ExitCode.INPUT
    kind = "input"


class OutputError(InputError):
    """A result cannot be written where it was asked for."""

    kind = "output"


class SchemaError(VextractError):
    """A schema cannot be found, read or used."""

    exit_code = ExitCode.SCHEMA
    kind = "schema"


class AnswerError(VextractError):
    """What was found or answered does not validate against the schema."""

    exit_code = ExitCode.ANSWER
    kind = "validation"


class UnreadableAnswer(AnswerError):
    """A model was to answer in JSON and did not."""

    kind = "unreadable"


class TruncatedAnswer(AnswerError):
    """A model's answer was cut off: nothing of it is used."""

    kind = "truncated"


class RefusedAnswer(AnswerError):
    """A model refused to answer, or its provider blocked the question or the answer."""

    kind = "refused"


class EmptyAnswer(AnswerError):
    """A model answered with nothing."""

    kind = "empty"


class LoopingAnswer(AnswerError):
    """A model's answer repeats itself without end: nothing of it is used."""

    kind = "loop"


class AuthenticationError(VextractError):
    """A provider does not accept the key, or the key does not allow what was asked."""

    exit_code = ExitCode.AUTHENTICATION
    kind = "authentication"


class ProviderError(VextractError):
    """A model could not be asked.

    Attributes:
        retryable: whether the same request may succeed a little later.
        retry_after_s: how long the provider asks to wait before the next try; None if it does not say.
        request_id: the provider's name for the request, if it gave one.
    """

    exit_code = ExitCode.PROVIDER
    kind = "provider"
    retryable: ClassVar[bool] = False

    def __init__(
        self, message: str, hint: str = "", *, retry_after_s: float | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s
        self.request_id = request_id


class BadRequestError(ProviderError):
    """The provider does not understand or allow the request."""

    kind = "bad-request"


class ContextOverflow(ProviderError):
    """The request is longer than the model's context."""

    kind = "context"


class ModelNotFound(ProviderError):
    """The provider has no model of that name, or nothing at that address."""

    kind = "not-found"


class RateLimited(ProviderError):
    """The provider takes no more requests for now."""

    kind = "rate-limit"
    retryable = True


class ModelTimeout(ProviderError):
    """No answer came in time."""

    kind = "model-timeout"
    retryable = True


class ConnectionFailed(ProviderError):
    """The provider cannot be reached, or the connection broke."""

    kind = "connection"
    retryable = True


class ServerError(ProviderError):
    """The provider failed."""

    kind = "server"
    retryable = True


class ProtocolError(ProviderError):
    """What came back is no answer of the provider's protocol, such as a proxy's login page."""

    kind = "protocol"
    retryable = True


class PrivacyError(ProviderError):
    """Something would have left this machine although that is not allowed."""

    kind = "privacy"


class EngineError(VextractError):
    """The workers of a run on other machines cannot be had, or die again and again."""

    exit_code = ExitCode.PROVIDER
    kind = "engine"


class NotSent(VextractError):
    """A request to a model was only shown, as asked."""

    exit_code = ExitCode.OK
    kind = "not-sent"


class BelowError(VextractError):
    """Everything was done, but the result is below what was asked for."""

    exit_code = ExitCode.BELOW
    kind = "below"


class DependencyError(VextractError):
    """A program, package or language file that this run needs is not installed."""

    exit_code = ExitCode.DEPENDENCY
    kind = "dependency"


class Interrupted(VextractError):
    """The user stopped the run with Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    kind = "interrupted"


class BrokenPipe(VextractError):
    """Whoever read our standard output closed it."""

    exit_code = ExitCode.BROKEN_PIPE
    kind = "broken-pipe"


class BudgetReached(BelowError):
    """What the run may spend is spent: it stops, and can be gone on with."""

    kind = "budget"


class Halted(VextractError):
    """A request was not sent, as its run is coming to an end; its item is left for the next one."""

    exit_code = ExitCode.INTERRUPTED
    kind = "halted"
