"""What this machine has of what vextract can use: programs, languages, packages, settings files, keys."""

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from dotenv import dotenv_values

from vextract.errors import DependencyError
from vextract.plugins import names
from vextract.readers import ReadOptions, find_reader
from vextract.readers.tesseract import installed_languages
from vextract.settings import settings_files
from vextract.sources import poppler

__all__ = ["Check", "ReaderRow", "check_up", "readers"]

# Extra -> the module that it brings, and what for.
_EXTRAS = {
    "openai": ("langchain_openai", "models of OpenAI and of servers that speak its protocol"),
    "anthropic": ("langchain_anthropic", "models of Anthropic"),
    "ollama": ("langchain_ollama", "models of an Ollama server"),
    "local": ("transformers", "transformers models in this process"),
    "gguf": ("xllamacpp", "llama.cpp models in this process"),
    "video": ("av", "videos"),
    "heic": ("pillow_heif", "pictures of iPhones"),
    "rapidocr": ("rapidocr", "a second OCR engine, more exact and slower"),
}
_KEYS = ("GOOGLE_API_KEY", "GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked for. `mend` is what to type if it is missing."""

    name: str
    present: bool
    required: bool
    found: str | None
    mend: str = ""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader that -m accepts. `version` is None where it is not installed; `mend` then says what to type."""

    name: str
    tasks: tuple[str, ...]
    about: str
    version: str | None
    mend: str = ""

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


_MODEL_TASKS = ("ocr", "extract", "caption", "classify", "ask")
# Provider -> whose models, the module that it needs, and the extra that brings it.
_PROVIDERS = {
    "google_genai": ("Google's Gemini, hosted", "langchain_google_genai", ""),
    "openai": ("OpenAI, hosted, and every server that speaks its protocol: --base-url", "langchain_openai", "openai"),
    "anthropic": ("Anthropic's Claude, hosted", "langchain_anthropic", "anthropic"),
    "ollama": ("models of an Ollama server, by default on this machine", "langchain_ollama", "ollama"),
    "hf": ("transformers models in this process: hf:ORG/NAME or a folder", "transformers", "local"),
    "gguf": ("llama.cpp models in this process: gguf:FILE", "xllamacpp", "gguf"),
    "replay": ("answers that were kept with --record: replay:DIR", "vextract", ""),
}


def model_rows() -> list[ReaderRow]:
    """All that -m accepts: readers, then providers of vision models, installed or not."""
    return [*readers(), *map(_provider, names("vextract.models"))]


def _provider(name: str) -> ReaderRow:
    about, module, extra = _PROVIDERS.get(name, ("of a plug-in", "vextract", ""))
    there = find_spec(module) is not None
    install = f"'vextract[{extra}]'" if extra else module.replace("_", "-")
    mend = "" if there else f"pip install {install}"
    return ReaderRow(f"{name}:", _MODEL_TASKS, about, _package(module.replace("_", "-")) if there else None, mend)


def readers() -> list[ReaderRow]:
    """All readers, installed or not."""
    rows = []
    for name in names("vextract.readers"):
        reader = find_reader(name)
        try:
            reader.check(ReadOptions(languages=""))
            mend = ""
        except DependencyError as error:
            mend = error.hint
        rows.append(ReaderRow(name, ("ocr", "verify"), reader.about, None if mend else reader.version(), mend))
    about = "fields of a schema offline, by labels, types and geometry, on a reader's words"
    return [*rows, ReaderRow("layout", ("extract",), about, _package("vextract"))]


def check_up() -> list[Check]:
    """Everything looked for, the required things first."""
    return [*_required(), *_optional()]


def _required() -> list[Check]:
    engine = find_reader("tesseract").version()
    languages = installed_languages() if engine else []
    apt = "sudo apt-get install"
    return [
        Check(
            "vextract", present=True, required=True, found=f"{_package('vextract')}, Python {platform.python_version()}"
        ),
        Check("tesseract", engine is not None, required=True, found=engine, mend=f"{apt} tesseract-ocr"),
        Check(
            "tesseract language eng",
            "eng" in languages,
            required=True,
            found=f"installed languages: {', '.join(languages)}" if languages else None,
            mend=f"{apt} tesseract-ocr-eng",
        ),
        Check(
            "pypdfium2",
            bool(_package("pypdfium2")),
            required=True,
            found=_package("pypdfium2"),
            mend="pip install vextract",
        ),
    ]


def _optional() -> list[Check]:
    apt = "sudo apt-get install"
    checks = [
        Check(
            "tesseract orientation data",
            "osd" in installed_languages(),
            required=False,
            found="pages that lie on their side are turned" if "osd" in installed_languages() else None,
            mend=f"{apt} tesseract-ocr-osd",
        ),
        Check(
            "poppler",
            poppler.installed(),
            required=False,
            found="second PDF renderer" if poppler.installed() else None,
            mend=f"{apt} poppler-utils",
        ),
    ]
    for extra, (module, purpose) in _EXTRAS.items():
        there = find_spec(module) is not None
        mend = f"pip install 'vextract[{extra}]'"
        checks.append(Check(f"extra {extra}", there, required=False, found=purpose if there else None, mend=mend))
    read = [(f"settings {file}", os.path.isfile(file), "read") for file in settings_files()]
    known = set(os.environ) | set(dotenv_values(".env"))
    keys = [(f"key {key}", key in known, "set") for key in _KEYS]
    checks += [Check(name, there, required=False, found=found if there else None) for name, there, found in read + keys]
    return checks


def _package(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
