"""The page itself: its HTML around the documents, with style and script inside and the policy that lets nothing else run."""

import base64
import hashlib
import html
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["END", "document_block", "foot", "head", "picture_block"]

END = b"</body>\n</html>\n"
"""What ends the page, behind the pictures."""

# In this order they make one style sheet and one script. The scripts share one scope: what a file names, later ones may use.
_STYLES = ("colours.css", "layout.css", "fields.css", "stage.css", "narrow.css")
_SCRIPTS = (
    "elements.js",
    "documents.js",
    "corrections.js",
    "judging.js",
    "filters.js",
    "list.js",
    "stage.js",
    "boxes.js",
    "drawing.js",
    "editor.js",
    "fields.js",
    "exporting.js",
    "keys.js",
    "start.js",
)


def head(title: str) -> bytes:
    """The page up to where the documents begin: the policy first, then the style, then what is seen."""
    policy = "; ".join(
        (
            "default-src 'none'",
            "img-src data: blob:",
            f"style-src '{_digest(_joined(_STYLES))}'",
            f"script-src '{_digest(_script())}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    # The title comes last: it is the one part that somebody else has written, and may hold a placeholder's name.
    page = (
        _text("page.html")
        .replace("{{policy}}", html.escape(policy))
        .replace("{{style}}", _joined(_STYLES))
        .replace("{{title}}", html.escape(_sound(title)))
    )
    return page.encode()


def document_block(number: int, view: dict[str, Any]) -> bytes:
    """A document as inert JSON; `number` counts from 0 within the file."""
    return _block("application/json", f"document-{number}", _inert_json(view))


def picture_block(number: int, page: int, media_type: str, data: bytes) -> bytes:
    """A page's picture as inert base64 text, which becomes a picture only when it is shown."""
    name = f"picture-{number}-{page}"
    start = f'<script type="text/plain" id="{name}" data-media="{html.escape(media_type)}">'
    return start.encode() + base64.b64encode(data) + b"</script>\n"


def foot(index: Iterable[dict[str, Any]], files_: list[str], at: int) -> bytes:
    """What follows the documents: the list of them, the names of all files of the report, and the script; pictures come next.

    Args:
        index: of this file's documents, in order.
        files_: the names of all files of the report.
        at: which of them this is, from 0.
    """
    blocks = _block("application/json", "index", _inert_json({"documents": list(index), "files": files_, "file": at}))
    return blocks + f"<script>{_script()}</script>\n".encode()


def _block(media_type: str, name: str, content: str) -> bytes:
    return f'<script type="{media_type}" id="{name}">{content}</script>\n'.encode("ascii")


def _inert_json(value: Any) -> str:
    """JSON in ASCII that no HTML parser sees an end tag or a comment in."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _sound(text: str) -> str:
    """The text without what UTF-8 cannot say: undecodable bytes of file names are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _script() -> str:
    return f'"use strict";\n(() => {{\n{_joined(_SCRIPTS)}\n}})();'


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _joined(names: tuple[str, ...]) -> str:
    return "\n".join(_text(name) for name in names)


def _text(name: str) -> str:
    # Line ends are put right: browsers do so before they take the digest.
    text = files("vextract.report").joinpath("page", name).read_text("utf-8")
    return text.replace("\r\n", "\n")
