"""What a report for people says, section by section, free of any format."""

from vextract.evaluation.detection.scoring import DetectionEvaluation
from vextract.evaluation.detection.sections import detection_sections
from vextract.evaluation.report.field_sections import field_sections
from vextract.evaluation.report.section import Section
from vextract.evaluation.scoring import Evaluation

__all__ = ["Section", "sections"]


def sections(evaluation: Evaluation | DetectionEvaluation, worst: int) -> list[Section]:
    """The sections that have something to say; `worst` documents and fields or labels are shown with their mistakes."""
    if isinstance(evaluation, DetectionEvaluation):
        return detection_sections(evaluation, worst)
    return field_sections(evaluation, worst)
