"""What became of work that was handed to workers or to a model: its result, or the failure as a record tells it."""

import logging
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from vextract.errors import ExitCode, VextractError
from vextract.pipeline import error_info
from vextract.types import ErrorInfo

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["outcome"]

log = logging.getLogger("vextract")

_GUARD_HINT = "in a script, guard the main part: if __name__ == '__main__':"
_SLOW_HINT = "raise page_timeout_s in vextract.toml, or try --fast or a lower --dpi"


def outcome(future: "Future[Any]", page: int | None = None) -> Any:  # noqa: PLR0911  one for each way to fail
    """The future's result, or the failure as a record tells it."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except VextractError as error:
        return error_info(error, page)
    except TimeoutError:
        return ErrorInfo("timeout", "reading took too long and was stopped", _SLOW_HINT, page, ExitCode.INPUT)
    except BrokenProcessPool:
        return ErrorInfo("crash", "the worker processes cannot start", _GUARD_HINT, page, ExitCode.INPUT)
    except (ProcessExpired, MemoryError):
        message = "the process that read this died, perhaps for want of memory"
        return ErrorInfo("crash", message, "try a lower --dpi or fewer --jobs", page, ExitCode.INPUT)
    except OSError as error:
        message = f"the system refuses: {error.strerror or error}"
        return ErrorInfo(
            "input", message, "is there room in the folder for temporary files (TMPDIR)?", page, ExitCode.INPUT
        )
    except Exception as error:
        # One input must not stop the others, whatever is wrong with our code.
        log.debug("bug", exc_info=error)
        message = f"{type(error).__name__}: {error}"
        return ErrorInfo("bug", message, "please report this with the output of -vv", page, ExitCode.BUG)
