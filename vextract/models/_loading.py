"""Where a model of transformers lies and where it computes, and what can go wrong with that, in one line each."""

import gc
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from vextract.errors import DependencyError, ProviderError, UsageError
from vextract.models._worker import truth

__all__ = ["OPTIONS", "Place", "local_folder", "model_type", "open_config", "opened", "place_for"]

OPTIONS = frozenset({"device", "download", "dtype", "revision", "threads", "trust_remote_code"})
# Copies of the weights for other programs.
_NOT_NEEDED = ["*.gguf", "*.h5", "*.msgpack", "*.onnx", "*.onnx_data", "*.ot", "*.tflite", "original/*"]


def model_type(source: str) -> str | None:
    """The model's kind, as its config.json says, without loading anything; None if it is not here."""
    path: object = os.path.join(os.path.expanduser(source), "config.json")
    if not os.path.isfile(str(path)):
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            path = try_to_load_from_cache(source, "config.json")
        except HFValidationError:
            return None
    if not isinstance(path, str):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return str(json.load(file).get("model_type"))
    except (OSError, ValueError, AttributeError):
        return None


def local_folder(source: str, options: Mapping[str, Any]) -> str:
    """The folder of the model: the one named, or that of the cache; downloaded only if the options say so.

    Raises:
        DependencyError: it is not here.
    """
    quiet()
    folder = os.path.expanduser(source)
    if os.path.isdir(folder):
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    download, revision = truth(options.get("download", False)), options.get("revision")
    try:
        return str(
            snapshot_download(source, revision=revision, local_files_only=not download, ignore_patterns=_NOT_NEEDED)
        )
    except HFValidationError as error:
        raise DependencyError(
            f"there is no folder {source!r}, and no model can have that name", "name one like hf:ORG/NAME or hf:FOLDER"
        ) from error
    except LocalEntryNotFoundError as error:
        hint = f"`hf download {source}`, or let it be downloaded with -O download=true"
        if download:
            hint = "is there a connection to huggingface.co?"
        raise DependencyError(f"the model {source!r} is not on this machine", hint) from error
    except HfHubHTTPError as error:
        raise DependencyError(
            f"the model {source!r} cannot be downloaded: {error}", "is it spelt right, and may you have it (HF_TOKEN)?"
        ) from error


def open_config(folder: str, *, trusted: bool) -> Any:
    """The model's configuration."""
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(folder, trust_remote_code=trusted)


@contextmanager
def opened(name: str) -> Iterator[None]:
    """Says what the exceptions of transformers mean while a model is loaded."""
    try:
        with _enough_memory(name):
            yield
    except (DependencyError, ProviderError, UsageError):
        raise
    except ImportError as error:
        raise DependencyError(
            f"{name} needs a package that is not installed: {_first_line(error)}", "install it with pip"
        ) from error
    except (KeyError, ValueError) as error:
        raise DependencyError(
            f"transformers does not know how to run {name}: {_first_line(error)}",
            "pip install -U transformers; if the model brings its own code and you trust it, -O trust_remote_code=true",
        ) from error
    except OSError as error:
        raise DependencyError(
            f"files of {name} are missing or damaged: {_first_line(error)}", "download the model again"
        ) from error


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:300] if lines else type(error).__name__


@contextmanager
def _enough_memory(name: str) -> Iterator[None]:
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _too_large(name) from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "out of memory" in str(error).lower():
            raise _too_large(name) from error
        raise


def _too_large(name: str) -> ProviderError:
    return ProviderError(
        f"there is not enough memory for {name} and this request",
        "send smaller or fewer pages, use a smaller model, or -O device=cpu",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model computes ("cuda", "cpu", …; "auto": on all there is), and in which precision ("bfloat16", "float32", …)."""

    device: str
    dtype: str

    def put(self, kind: Any, folder: str, *, trusted: bool) -> Any:
        """The network, loaded, ready to answer.

        Args:
            kind: the class of transformers that finds the right one.
            folder: of the model.
            trusted: whether its own code may be run.
        """
        spread = {"device_map": "auto"} if self.device == "auto" else {}
        network = kind.from_pretrained(folder, dtype=self.dtype, trust_remote_code=trusted, **spread)
        return network.eval() if spread else network.to(self.device).eval()

    @contextmanager
    def enough_memory(self, name: str) -> Iterator[None]:
        """Says so where memory does not suffice."""
        try:
            with _enough_memory(name):
                yield
        except ProviderError:
            self.free()
            raise

    def free(self) -> None:
        """Gives unused memory back."""
        gc.collect()
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def place_for(options: Mapping[str, Any]) -> Place:
    """The graphics processor in half precision if there is one, else the processor in single precision."""
    import torch

    device = str(options.get("device") or ("cuda" if torch.cuda.is_available() else "cpu"))
    half = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    dtype = str(options.get("dtype") or ("bfloat16" if half else "float32"))
    known = getattr(torch, dtype, None)
    if not isinstance(known, torch.dtype) or not known.is_floating_point:
        raise UsageError(f"there is no precision {dtype!r}", "-O dtype=bfloat16, float16 or float32")
    if device == "auto" and find_spec("accelerate") is None:
        raise DependencyError(
            "a model is spread over several devices by the package accelerate", "pip install accelerate"
        )
    try:
        torch.empty(0, device="cpu" if device == "auto" else device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(f"there is no device {device!r} here: {_first_line(error)}", "-O device=cpu") from error
    if "threads" in options:
        try:
            torch.set_num_threads(int(options["threads"]))
        except (RuntimeError, TypeError, ValueError) as error:
            raise UsageError(f"{options['threads']!r} is no number of threads", "-O threads=4") from error
    return Place(device, dtype)


def quiet() -> None:
    """Keeps transformers from writing notes and progress bars."""
    from huggingface_hub.utils import disable_progress_bars
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    disable_progress_bars()
