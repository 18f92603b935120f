"""vextract: images and PDFs in, text and validated JSON out, every value with its place on the page.

    import vextract
    record = vextract.ocr("receipt.png")
    print(record.data.text)

Names are imported when first used, so that `import vextract` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vextract.api import ocr, ocr_many
    from vextract.errors import DependencyError, InputError, OutputError, UsageError, VextractError
    from vextract.types import Box, ErrorInfo, Evidence, Line, OcrResult, PageRef, PageText, Record, Usage, Word

__all__ = [
    "Box",
    "DependencyError",
    "ErrorInfo",
    "Evidence",
    "InputError",
    "Line",
    "OcrResult",
    "OutputError",
    "PageRef",
    "PageText",
    "Record",
    "Usage",
    "UsageError",
    "VextractError",
    "Word",
    "ocr",
    "ocr_many",
]

_ERRORS = {name for name in __all__ if name.endswith("Error")}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'vextract' has no attribute {name!r}")
    home = "vextract.errors" if name in _ERRORS else "vextract.api" if name.startswith("ocr") else "vextract.types"
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return __all__
