"""The review page: records and the pictures of their pages in one file that a person checks them in.

It opens no document and asks no network: whoever calls it hands over the pictures, see `page_picture`.
"""

from vextract.report.pictures import DEFAULT_MAX_SIDE_PX, PagePicture, page_picture
from vextract.report.writing import DEFAULT_LIMIT_BYTES, DEFAULT_TITLE, Report

__all__ = [
    "DEFAULT_LIMIT_BYTES",
    "DEFAULT_MAX_SIDE_PX",
    "DEFAULT_TITLE",
    "PagePicture",
    "Report",
    "page_picture",
]
