"""Settings: a flag wins over the environment and `.env`, that over `./vextract.toml`, that over the user's `config.toml`."""

import difflib
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vextract.errors import UsageError

__all__ = ["Settings", "load_settings", "settings_files"]

Positive = Annotated[int, Field(gt=0)]


def _reads(psm: int) -> int:
    if psm == 2:
        raise ValueError("mode 2 of Tesseract finds blocks but reads no text")
    return psm


class Settings(BaseSettings):
    """Every setting with its default; `VEXTRACT_` and the upper-case name is its environment variable."""

    model_config = SettingsConfigDict(
        env_prefix="VEXTRACT_",
        env_file=".env",
        extra="ignore",  # of other programs' lines in .env
        env_ignore_empty=True,
        hide_input_in_errors=True,  # a password could be among it
    )

    model: str = Field(
        "tesseract",
        description="What looks: a reader's name, PROVIDER:MODEL, or an alias; for extract several, parted by commas.",
    )
    reader: str = Field("tesseract", description="What measures where words stand, where a vision model looks.")
    lang: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(/[A-Za-z0-9_]+)?(\+[A-Za-z0-9_]+(/[A-Za-z0-9_]+)?)*$")] = Field(
        "eng", description="Languages on the page, as Tesseract names them, joined by +."
    )
    ocr: Literal["auto", "always", "never"] = Field("auto", description="When a PDF's text layer gives way to OCR.")
    psm: Annotated[int, Field(ge=1, le=13), AfterValidator(_reads)] | None = Field(
        None, description="Tesseract's page segmentation mode."
    )
    fast: bool = Field(False, description="One OCR pass, no second look.")
    second_look: bool = Field(True, description="Read likely parts of a scan once more for values that were not found.")
    rotate: bool = Field(True, description="Find out which way up a page is.")
    dpi: Annotated[int, Field(ge=36, le=2400)] = Field(200, description="Resolution at which PDF pages are drawn.")
    pdf_renderer: Literal["auto", "pdfium", "poppler"] = Field("auto", description="What draws PDF pages.")
    password: str | None = Field(None, description="Opens encrypted PDFs.", repr=False)
    box_unit: Literal["pixel", "fraction"] = Field("pixel", description="Unit of printed boxes.")
    jobs: Annotated[int, Field(gt=0, le=256)] | None = Field(
        None, description="Worker processes; by default one for each processor."
    )
    max_bytes: Positive = Field(1 << 30, description="Largest source, in bytes.")
    max_pages: Positive = Field(10_000, description="Most pages read of one source.")
    max_pixels: Positive = Field(200_000_000, description="Largest page, in pixels.")
    fetch_timeout_s: Annotated[float, Field(gt=0)] = Field(60.0, description="Longest download of a URL, in seconds.")
    page_timeout_s: Annotated[float, Field(gt=0)] = Field(120.0, description="Longest reading of one page, in seconds.")
    every: Annotated[float, Field(ge=0.01, allow_inf_nan=False)] = Field(
        1.0, description="Of a video a frame every so many seconds is a page."
    )
    scenes: bool = Field(False, description="Of a video the first frame of each scene is a page.")
    frames: Annotated[int, Field(gt=0, le=10_000)] = Field(32, description="Most frames read of one video.")
    base_url: str | None = Field(None, description="Address of the model's server.")
    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, description="How freely a model chooses its words; by default what suits its family."
    )
    max_tokens: Positive | None = Field(None, description="Longest answer of a model, in tokens.")
    seed: int | None = Field(None, description="Seed of a model's choices, where it takes one.")
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(
        120.0, description="Longest wait for a model's answer, in seconds."
    )
    retries: Annotated[int, Field(ge=0, le=50)] = Field(
        4, description="How often a request that failed is tried again."
    )
    repairs: Annotated[int, Field(ge=0, le=10)] = Field(
        1, description="How often a model may mend an answer that does not validate."
    )
    concurrency: Annotated[int, Field(gt=0, le=256)] = Field(
        8, description="Most requests to a model at the same time."
    )
    window: Positive = Field(8, description="Most pages that one request to a model looks at.")
    overlap: Annotated[int, Field(ge=0)] = Field(
        1, description="How many of the pages that one request looks at the next one looks at, too."
    )
    cache: Literal["use", "refresh", "off"] = Field(
        "use", description="Whether answers of earlier runs are used and new ones kept: use, refresh (keep only), off."
    )
    store: str | None = Field(None, description="The file where answers and runs are kept.")
    rpm: Annotated[float, Field(gt=0)] | None = Field(None, description="Most requests to a model in a minute.")
    tpm: Annotated[float, Field(gt=0)] | None = Field(None, description="Most tokens of a model in a minute.")
    max_cost: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Most that a run may spend on models, in US dollars."
    )
    max_tokens_total: Positive | None = Field(None, description="Most tokens that a run may use.")
    drain_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        10.0, description="Longest wait, once a run is interrupted, for answers that are under way, in seconds."
    )
    vote: Annotated[int, Field(gt=0, le=25)] = Field(
        1, description="How often a model is asked the same by extract; of each value what most answers say is taken."
    )
    paligemma_masks: str | None = Field(
        None, description="The file vae-oid.npz, which draws the masks that PaliGemma writes as codes."
    )
    local_only: bool = Field(False, description="Refuse every connection to another machine.")
    tracing: bool = Field(False, description="Leave LangSmith and LangChain tracing as the environment says.")
    aliases: dict[str, str] = Field(default_factory=dict, description="Short names for models.")
    profiles: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="What is known of a model or its family, where it should be otherwise."
    )
    prices: dict[str, dict[str, float]] = Field(
        default_factory=dict, description="Prices of models in USD for a million tokens."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Options for the model's client, as they are.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of precedence, first wins."""
        named = os.environ.get("VEXTRACT_CONFIG")
        files = [
            _TomlFile(settings_cls, file) for file in settings_files() if os.path.isfile(file) or str(file) == named
        ]
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, *files


class _TomlFile(PydanticBaseSettingsSource):
    """One TOML file; unlike the environment it is ours alone, so an unknown name in it is an error."""

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        super().__init__(settings_cls)
        self._file = file

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        """Unused: the file is read as a whole."""
        del field
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        try:
            values = tomllib.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read {str(self._file)!r}: {error}", "mend or remove the file") from error
        _check_names(values, f"{str(self._file)!r} sets")
        return values


def _check_names(names: Iterable[str], who: str) -> None:
    known = Settings.model_fields
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"settings are: {', '.join(known)}"
            raise UsageError(f"{who} {name!r}, which is no setting", hint)


def settings_files() -> list[Path]:
    """The TOML files that are looked at, whether they exist or not, the stronger first."""
    from platformdirs import user_config_path

    named = os.environ.get("VEXTRACT_CONFIG")
    return [Path("vextract.toml"), Path(named) if named else user_config_path("vextract") / "config.toml"]


# Settings whose flags are called otherwise.
_FLAGS = {"timeout_s": "timeout", "options": "option", "overlap": "overlap_pages"}


def load_settings(**flags: object) -> Settings:
    """The settings in force; flags that are None were not given.

    Raises:
        UsageError: a name is no setting, a value is not allowed, or a settings file cannot be read.
    """
    _check_names(flags, "the call gives")
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by pydantic itself
    except (OSError, UnicodeDecodeError) as error:  # the TOML files have errors of their own
        raise UsageError(f"cannot read '.env': {error}", "save it as UTF-8, or run elsewhere") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        shown = "" if name == "password" else f" {first.get('input')!r}"
        where = f"--{_FLAGS.get(name, name).replace('_', '-')}" if name in given else f"setting {name!r}"
        raise UsageError(f"{where} cannot be{shown}: {first['msg']}", "see docs/settings.md") from error
