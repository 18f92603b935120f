"""How good results are: compared with the truth, with intervals, places and calibration.

Fields of extracted data, and detected boxes and masks. Pure: nothing here reads a document or asks a model. docs/eval.md defines
every number.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vextract.evaluation.detection.scoring import DetectionEvaluation as DetectionEvaluation
    from vextract.evaluation.detection.scoring import evaluate_detections as evaluate_detections
    from vextract.evaluation.scoring import Evaluation as Evaluation
    from vextract.evaluation.scoring import evaluate as evaluate

__all__ = ["DetectionEvaluation", "Evaluation", "evaluate", "evaluate_detections"]


def __getattr__(name: str) -> object:
    # scipy, numpy and pydantic are loaded when something is evaluated, not when the package is named.
    if name in __all__:
        home = "detection.scoring" if "detection" in name.lower() else "scoring"
        return getattr(import_module(f"vextract.evaluation.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
