"""What every worker process needs, imported once by the process that the workers are forked from."""

import numpy as np  # noqa: F401
import PIL.Image as _image
import pypdfium2 as _pdfium  # noqa: F401
import pytesseract as _pytesseract  # noqa: F401

import vextract.pipeline as _pipeline  # noqa: F401

_image.init()
