"""Flags of all commands that can ask a vision model. A flag that is not given is None, so that settings decide."""

from typing import Annotated, Optional

import typer

__all__ = [
    "BaseUrl",
    "Concurrency",
    "LocalOnly",
    "MaxTokens",
    "Model",
    "Options",
    "PromptFile",
    "RecordTo",
    "Retries",
    "Seed",
    "ShowRequest",
    "Temperature",
    "Timeout",
    "Vote",
    "providers",
]


def providers() -> list[str]:
    """Beginnings of what -m accepts, for shell completion."""
    from vextract.plugins import names

    return [f"{name}:" for name in names("vextract.models")]


Model = Annotated[
    Optional[str],
    typer.Option(
        "--model",
        "-m",
        metavar="PROVIDER:MODEL",
        help="The vision model that looks, such as google_genai:…, openai:…, anthropic:…, ollama:…, hf:…; see `vextract models`.",
        autocompletion=providers,
    ),
]
BaseUrl = Annotated[
    Optional[str], typer.Option(metavar="URL", help="Address of the model's server, such as http://127.0.0.1:8000/v1.")
]
Temperature = Annotated[
    Optional[float],
    typer.Option(metavar="X", help="How freely the model chooses its words, 0 to 2. [default: by model]"),
]
MaxTokens = Annotated[Optional[int], typer.Option(metavar="N", help="Longest answer, in tokens.")]
Timeout = Annotated[
    Optional[float], typer.Option(metavar="S", help="Longest wait for one answer, in seconds. [default: 120]")
]
Retries = Annotated[
    Optional[int], typer.Option(metavar="N", help="How often a failed request is tried again. [default: 4]")
]
Seed = Annotated[Optional[int], typer.Option(metavar="N", help="Seed of the model's choices, where it takes one.")]
Vote = Annotated[
    Optional[int],
    typer.Option(metavar="N", help="Ask the same N times, of all models in turn, and take what most answers say."),
]
Concurrency = Annotated[Optional[int], typer.Option(metavar="N", help="Most requests at the same time. [default: 8]")]
Options = Annotated[
    Optional[list[str]],
    typer.Option("--option", "-O", metavar="KEY=VALUE", help="An option of the provider's client; may be repeated."),
]
LocalOnly = Annotated[
    Optional[bool],
    typer.Option("--local-only", help="Refuse every connection to another machine.", show_default=False),
]
PromptFile = Annotated[
    Optional[str],
    typer.Option(metavar="FILE", help="Ask the model in the words of this file instead; see docs/models.md."),
]
ShowRequest = Annotated[
    bool,
    typer.Option("--show-request", help="Send nothing: show what would be sent, its size, and what it would cost."),
]
RecordTo = Annotated[
    Optional[str], typer.Option("--record", metavar="DIR", help="Keep the model's answers there, for -m replay:DIR.")
]
