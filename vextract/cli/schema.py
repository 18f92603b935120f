"""`vextract schema`: what schemas there are, what one asks for, whether it can be used, and a new one from an example."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

if TYPE_CHECKING:
    from vextract.schema import FieldSpec, Schema

__all__ = ["app"]

app = typer.Typer(
    help="List, show, check and make schemas: what `-s` of other commands accepts.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_SPEC = "A ready-made name, FILE.py[:Class], FILE.json, package.module:Class, or fields such as 'vendor, total float'."
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=_SPEC, show_default=False)]


def _format(help: str, *names: str) -> Any:
    return typer.Option("--format", "-f", metavar="NAME", help=help, autocompletion=lambda: list(names))


@app.command("list")
def list_schemas(form: Annotated[str, _format("text or json.", "text", "json")] = "text") -> None:
    """List the ready-made schemas."""
    import json

    from vextract.cli._console import emit
    from vextract.schema import ready_made
    from vextract.schema.loading import ready_made_path
    from vextract.schema.python_source import one_line_about

    _known(form, "text", "json")
    rows = [{"name": name, "about": one_line_about(ready_made_path(name), name)} for name in ready_made()]
    if form == "json":
        emit(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    for row in rows:
        emit(f"{row['name']:<{width}}  {row['about']}")


@app.command(
    "show", epilog="Examples: vextract schema show invoice · vextract schema show 'vendor, total float' -f json"
)
def show(
    spec: Spec,
    form: Annotated[
        str, _format("text; json: the JSON Schema; dsl: the short notation.", "text", "json", "dsl")
    ] = "text",
) -> None:
    """Show what a schema asks for, field by field."""
    import json

    from vextract.cli._console import emit
    from vextract.schema import load_schema
    from vextract.schema.writing import short_source
    from vextract.types import printable

    _known(form, "text", "json", "dsl")
    schema = load_schema(spec)
    if form == "json":
        emit(json.dumps(schema.json_schema, indent=2, ensure_ascii=False))
    elif form == "dsl":
        emit(short_source(schema.fields))
    else:
        for line in _table(schema):
            emit(printable(line))


@app.command(
    "check", epilog="Examples: vextract schema check invoice · vextract schema check order.json --data answer.json"
)
def check(
    spec: Spec,
    data: Annotated[
        Optional[str], typer.Option("--data", metavar="FILE", help="Validate this JSON document; - is standard input.")
    ] = None,
    form: Annotated[str, _format("text or json.", "text", "json")] = "text",
) -> None:
    """Check that a schema can be used, and tell what each provider cannot be told of it.

    What a provider cannot be told is validated afterwards all the same. Ends with 8 if the document of --data does not fit.
    """
    import json

    from vextract.cli._console import emit
    from vextract.errors import AnswerError
    from vextract.schema import load_schema
    from vextract.types import printable

    _known(form, "text", "json")
    schema = load_schema(spec)
    told: dict[str, Any] = {"schema": schema.name, "dialects": _dialects(schema)}
    if data is not None:
        told |= _judged(schema, data)
    if form == "json":
        emit(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for line in _report(told):
            emit(printable(line))
    if told.get("problems"):
        count, name = len(told["problems"]), repr(schema.name)
        raise AnswerError(f"{data!r} does not fit {name}: {count} problem(s)", "mend the data, or loosen the schema")


@app.command(
    "new", epilog="Examples: vextract schema new answer.json --name Invoice · … | vextract schema new - -f dsl"
)
def new(
    examples: Annotated[
        list[str], typer.Argument(metavar="EXAMPLE...", help="JSON documents; - is standard input.", show_default=False)
    ],
    name: Annotated[
        Optional[str], typer.Option("--name", metavar="NAME", help="The class. [default: from the file's name]")
    ] = None,
    form: Annotated[str, _format("py: Pydantic; json: JSON Schema; dsl: short notation.", "py", "json", "dsl")] = "py",
) -> None:
    """Make a schema that the example documents fit, and print it."""
    import json
    import os

    from vextract.cli._console import emit
    from vextract.errors import UsageError
    from vextract.schema import describe
    from vextract.schema.inference import infer
    from vextract.schema.json_shape import camel_case
    from vextract.schema.writing import python_source, short_source

    _known(form, "py", "json", "dsl")
    if name is not None and not name.isidentifier():
        raise UsageError(f"{name!r} cannot be the name of a class", "letters, digits and _ only, such as Invoice")
    stem = "" if examples[0] == "-" else os.path.basename(examples[0]).partition(".")[0]
    title = name or camel_case(stem) or "Document"
    json_schema = infer([_read_json(example) for example in examples], title)
    if form == "json":
        emit(json.dumps(json_schema, indent=2, ensure_ascii=False))
    elif form == "dsl":
        emit(short_source(describe(json_schema)))
    else:
        emit(python_source(describe(json_schema), title).rstrip("\n"))


def _known(form: str, *names: str) -> None:
    from vextract.errors import UsageError

    if form not in names:
        raise UsageError(f"no format is called {form!r} here", f"choose one of: {', '.join(names)}")


def _read_json(path: str) -> Any:
    import sys

    from vextract.errors import InputError
    from vextract.values.json_text import parse_json

    try:
        if path == "-":
            return parse_json(sys.stdin.buffer.read())
        with open(path, "rb") as file:
            return parse_json(file.read())
    except OSError as error:
        raise InputError(f"cannot read {path!r}: {error.strerror}", "name a JSON document") from error
    except ValueError as error:
        raise InputError(f"{path!r} is not JSON: {error}", "name a JSON document") from error


def _table(schema: "Schema") -> list[str]:
    """The fields, one a line, members indented; columns as wide as they must be, the last cut at the terminal's edge."""
    import shutil
    import sys

    rows = [("FIELD", "TYPE", "LABELS", "DESCRIPTION"), *_rows(schema.fields, 0)]
    if not any(row[2] for row in rows[1:]):
        rows = [(row[0], row[1], "", row[3]) for row in rows]
    widths = [min(36, max(len(row[i]) for row in rows)) for i in range(3)]
    lines = [
        "  ".join([*(f"{_cut(row[i], width):<{width}}" for i, width in enumerate(widths) if width), row[3]]).rstrip()
        for row in rows
    ]
    edge = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return [schema.name, *(_cut(line, edge) for line in lines)]


def _cut(text: str, width: int | None) -> str:
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"


def _rows(spec: "FieldSpec", depth: int) -> list[tuple[str, str, str, str]]:
    inner = spec
    while inner.kind in ("list", "map") and inner.item is not None:
        inner = inner.item
    rows: list[tuple[str, str, str, str]] = []
    for field in inner.fields:
        own_title = field.title if field.title.casefold() != field.name.replace("_", " ").casefold() else ""
        said = field.description or own_title
        rows.append((f"{'  ' * depth}{field.name}", _type(field), "; ".join(field.labels), " ".join(said.split())))
        rows += _rows(field, depth + 1)
    if not depth and not rows:
        rows.append(("", _type(spec), "", spec.description))
    return rows


def _type(spec: "FieldSpec", *, inside: bool = False) -> str:
    """The type in a word or two: "date?", "list of object", "one of paid, open"."""
    told: str = spec.format or spec.kind
    if spec.choices:
        told = f"one of {', '.join(spec.choices)}"
    elif spec.kind in ("list", "map") and spec.item is not None:
        told = f"{spec.kind} of {_type(spec.item, inside=True)}"
    return f"{told}?" if not inside and (not spec.required or spec.nullable) else told


def _dialects(schema: "Schema") -> dict[str, list[dict[str, str]]]:
    from dataclasses import asdict

    from vextract.schema.dialects import DIALECTS, findings

    return {
        name: [asdict(finding) for finding in findings(schema.json_schema, dialect)]
        for name, dialect in DIALECTS.items()
    }


def _judged(schema: "Schema", path: str) -> dict[str, Any]:
    """What is wrong with a document, and what in it contradicts itself."""
    from dataclasses import asdict

    from vextract.schema import Checked

    model, problems = schema.validate(_read_json(path))
    contradicting = model.inconsistencies() if isinstance(model, Checked) else ()
    return {
        "problems": [asdict(problem) for problem in problems],
        "inconsistencies": [{"message": i.message, "pointers": list(i.pointers)} for i in contradicting],
    }


def _report(told: dict[str, Any]) -> list[str]:
    lines = [f"{told['schema']}: can be used"]
    for dialect, found in told["dialects"].items():
        counts = [(e, sum(f["effect"] == e for f in found)) for e in ("refused", "lost", "changed")]
        lines.append(f"{dialect}: {', '.join(f'{n} {e}' for e, n in counts if n) or 'all of it'}")
        lines += [
            f"  {finding['effect']:<7} {finding['pointer'] or 'the whole'} {finding['keyword']}: {finding['message']}"
            for finding in found
        ]
    if "problems" in told:
        lines.append("data: " + ("does not fit" if told["problems"] else "fits"))
        lines += [f"  {problem['pointer'] or 'the whole'}: {problem['message']}" for problem in told["problems"]]
        lines += [f"  contradicts itself: {entry['message']}" for entry in told["inconsistencies"]]
    return lines
