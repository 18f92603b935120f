"""What every worker process needs, done once in the process that the workers are forked from, and only there.

Importing this module silences standard error: C libraries write warnings about damaged files to it, and a worker that is just
being forked when the run ends would leave a traceback. What goes wrong in a worker comes back as the outcome of its task.
"""

import os

import numpy as np  # noqa: F401
import PIL.Image as _image
import pypdfium2 as _pdfium  # noqa: F401
import pytesseract as _pytesseract  # noqa: F401

import vextract.pipeline as _pipeline  # noqa: F401

_image.init()
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
