"""From settings to the job that the workers get."""

from vextract.pipeline import Job
from vextract.readers import ReadOptions, find_reader
from vextract.settings import Settings
from vextract.sources import poppler
from vextract.sources.options import Limits, OpenOptions, PageSelection

__all__ = ["job_for"]


def job_for(settings: Settings, pages: PageSelection, *, pictures: bool = False) -> Job:
    """The job, checked: what it needs is installed.

    Raises:
        UsageError: the reader's name is unknown.
        DependencyError: something that it needs is missing.
    """
    reading = ReadOptions(settings.lang, settings.psm, settings.fast, settings.rotate, settings.page_timeout_s)
    reader = find_reader(settings.model)
    if settings.ocr != "never":
        reader.check(reading)
    if settings.pdf_renderer == "poppler":
        poppler.require()
    limits = Limits(settings.max_bytes, settings.max_pages, settings.max_pixels, settings.fetch_timeout_s)
    opening = OpenOptions(pages, settings.dpi, settings.password, settings.pdf_renderer, pictures, limits)
    return Job(settings.model, settings.ocr, reading, opening, pictures)
