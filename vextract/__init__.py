"""vextract: images and PDFs in, text and validated JSON out, every value with its place on the page.

    import vextract
    result = vextract.extract("receipt.png", "receipt")
    print(result.data.total, result.evidence)

Names are imported when first used, so that `import vextract` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vextract.api import ask, caption, classify, detect, extract, extract_many, ocr, ocr_many, verify
    from vextract.boxes import boxes_from_text
    from vextract.detection import Detection, Detections, Mask, Rle
    from vextract.errors import (
        AnswerError,
        AuthenticationError,
        BadRequestError,
        BelowError,
        ConnectionFailed,
        ContextOverflow,
        DependencyError,
        EmptyAnswer,
        EngineError,
        InputError,
        LoopingAnswer,
        ModelNotFound,
        ModelTimeout,
        OutputError,
        PrivacyError,
        ProtocolError,
        ProviderError,
        RateLimited,
        RefusedAnswer,
        SchemaError,
        ServerError,
        TruncatedAnswer,
        UnreadableAnswer,
        UsageError,
        VextractError,
    )
    from vextract.evaluation import evaluate, evaluate_detections
    from vextract.records import read_records
    from vextract.types import Box, ErrorInfo, Evidence, Line, OcrResult, PageRef, PageText, Record, Result, Usage, Word

__all__ = [
    "AnswerError",
    "AuthenticationError",
    "BadRequestError",
    "BelowError",
    "Box",
    "ConnectionFailed",
    "ContextOverflow",
    "DependencyError",
    "Detection",
    "Detections",
    "EmptyAnswer",
    "EngineError",
    "ErrorInfo",
    "Evidence",
    "InputError",
    "Line",
    "LoopingAnswer",
    "Mask",
    "ModelNotFound",
    "ModelTimeout",
    "OcrResult",
    "OutputError",
    "PageRef",
    "PageText",
    "PrivacyError",
    "ProtocolError",
    "ProviderError",
    "RateLimited",
    "Record",
    "RefusedAnswer",
    "Result",
    "Rle",
    "SchemaError",
    "ServerError",
    "TruncatedAnswer",
    "UnreadableAnswer",
    "Usage",
    "UsageError",
    "VextractError",
    "Word",
    "ask",
    "boxes_from_text",
    "caption",
    "classify",
    "detect",
    "evaluate",
    "evaluate_detections",
    "extract",
    "extract_many",
    "ocr",
    "ocr_many",
    "read_records",
    "verify",
]

_DETECTION = {"Detection", "Detections", "Mask", "Rle"}
_TYPES = {
    "Box",
    "ErrorInfo",
    "Evidence",
    "Line",
    "OcrResult",
    "PageRef",
    "PageText",
    "Record",
    "Result",
    "Usage",
    "Word",
}

_HOMES = {
    "boxes_from_text": "boxes",
    "evaluate": "evaluation",
    "evaluate_detections": "evaluation",
    "read_records": "records",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'vextract' has no attribute {name!r}")
    home = "types" if name in _TYPES else "detection" if name in _DETECTION else "errors"
    if name.islower():
        home = _HOMES.get(name, "api")
    return getattr(import_module(f"vextract.{home}"), name)


def __dir__() -> list[str]:
    return __all__
