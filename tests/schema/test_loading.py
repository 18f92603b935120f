"""Every way to name a schema."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, RootModel

from vextract.errors import SchemaError
from vextract.schema import Schema, load_schema, ready_made

RECEIPT = '''"""Receipts."""
from __future__ import annotations
from pydantic import BaseModel, Field

class Line(BaseModel):
    """A line."""
    price: float

class _Hidden(BaseModel):
    x: int

class Receipt(BaseModel):
    """A receipt."""
    total: float = Field(json_schema_extra={"labels": ["Total"]})
    lines: list[Line | None] = []
'''


@pytest.fixture
def receipt(workdir: Path) -> str:
    """A file of the user's with a model and its part."""
    (workdir / "till.py").write_text(RECEIPT)
    return "till.py"


def refused(spec: Any) -> SchemaError:
    """The error that a spec ends in."""
    with pytest.raises(SchemaError) as caught:
        load_schema(spec)
    assert caught.value.exit_code == 4
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_class_of_a_file(receipt: str) -> None:
    """`file.py:Class` is that class; its fields are those of its JSON Schema."""
    schema = load_schema(f"{receipt}:Receipt")
    assert schema.name == schema.model.__name__ == "Receipt"
    assert schema.fields.fields[0].labels == ("Total",)
    assert schema.validate({"total": "1.5"})[0] == schema.model(total=1.5)
    assert load_schema(f"{receipt}:Receipt") is schema
    assert load_schema(f"{receipt}:Line").name == "Line"


def test_the_main_class_of_a_file(receipt: str) -> None:
    """Without a name it is the one public model that no other uses; nothing is left beside the file."""
    assert load_schema(f"./{receipt}").name == "Receipt"
    assert load_schema(os.path.abspath(receipt)).name == "Receipt"
    assert os.listdir() == [receipt]


def test_the_class_named_like_the_file(workdir: Path) -> None:
    """Of several the one with the file's name is meant; where there is none they are listed."""
    models = "from pydantic import BaseModel\nclass BankStatement(BaseModel): x: int\nclass Other(BaseModel): y: int\n"
    (workdir / "bank_statement.py").write_text(models)
    (workdir / "both.py").write_text(models)
    assert load_schema("bank_statement.py").name == "BankStatement"
    assert "BankStatement, Other" in refused("both.py").message
    assert "both.py:BankStatement" in refused("both.py").hint


def test_a_base_class_is_not_the_main_class(workdir: Path) -> None:
    """A model that another derives from counts as used by it."""
    (workdir / "two.py").write_text(
        "from pydantic import BaseModel\nclass A(BaseModel): x: int\nclass B(A): y: int\nclass C(B): z: 'list[C]' = []\n"
    )
    assert load_schema("two.py").name == "C"


def test_other_kinds_of_classes(workdir: Path) -> None:
    """Root models, dataclasses, typed dicts and lists of models are schemas too."""
    (workdir / "kinds.py").write_text(
        "from dataclasses import dataclass\nfrom typing_extensions import TypedDict\nfrom pydantic import BaseModel, RootModel\n"
        "class Row(BaseModel): x: int\nclass Rows(RootModel[list[Row]]): pass\nRowList = list[Row]\n"
        "@dataclass\nclass Point:\n    x: int\n    y: int = 0\nclass Pair(TypedDict):\n    a: int\n"
    )
    for name, data in (("Rows", [{"x": 1}]), ("RowList", [{"x": 1}]), ("Point", {"x": 1, "y": 0}), ("Pair", {"a": 1})):
        schema = load_schema(f"kinds.py:{name}")
        model, problems = schema.validate(data)
        assert schema.name == name
        assert problems == []
        assert isinstance(model, RootModel)
        assert model.model_dump() == data
    assert load_schema("kinds.py:Point").fields.member("x")
    assert load_schema("kinds.py:Rows").fields.kind == "list"


def test_a_class_itself() -> None:
    """A Pydantic class is its own schema; anything else is refused."""

    class Own(BaseModel):
        a: int

    assert load_schema(Own) == Schema("Own", Own)
    assert "int" in refused(int).message


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import pydantic\nx = 1 / 0\n", "'bad.py', line 2: ZeroDivisionError: division by zero"),
        ("def f(:\n", "'bad.py', line 1: "),
        ("\nfrom nowhere_at_all import x\n", "'bad.py', line 2: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("raise SystemExit(3)\n", "SystemExit"),
        ("x = 1\n", "defines no Pydantic model"),
        ("from pydantic import BaseModel\nclass A(BaseModel): x: 'Nowhere'\n", "Nowhere"),
        (
            "from pydantic import BaseModel\nfrom typing import Callable\nclass A(BaseModel): x: Callable\n",
            "JSON Schema",
        ),
        ("from pydantic import BaseModel\nclass A(BaseModel): x: object()\n", "line 2"),
        ("\0", "bad.py"),
    ],
)
def test_faults_of_the_file_are_told_with_their_line(workdir: Path, source: str, told: str) -> None:
    """Whatever the user's file raises is a SchemaError with file, line and what is wrong."""
    (workdir / "bad.py").write_text(source)
    assert told in refused("bad.py").message


def test_misspellings_are_answered_with_what_is_near(workdir: Path, receipt: str) -> None:
    """Names of files, classes and ready-made schemas that do not exist get a suggestion."""
    assert "Receipt" in refused(f"{receipt}:Reciept").hint
    assert "till.py" in refused("tll.py").hint
    (workdir / "sub").mkdir()
    assert "no file" in refused("sub/x.json").message
    assert "invoice" in refused("invoce").hint
    (workdir / "folder.py").mkdir()
    assert "directory" in refused("folder.py").message


@pytest.mark.parametrize(
    "spec", ["", "  ", "https://example.org/a.json", "file:///etc/a.py", "x.json:Class", "a.b.c:D", "a.txt", "os:path"]
)
def test_what_is_no_schema(workdir: Path, spec: str) -> None:
    """Each ends with a SchemaError that has a hint; a URL is never fetched."""
    (workdir / "x.json").write_text('{"type": "object"}')
    assert refused(spec)


def test_what_a_file_prints_goes_to_stderr(workdir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is the product's: a schema file cannot write there when it is loaded."""
    (workdir / "loud.py").write_text("print('hello')\nfrom pydantic import BaseModel\nclass Loud(BaseModel): x: int\n")
    load_schema("loud.py")
    assert capsys.readouterr() == ("", "hello\n")


def _python(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-c", code], env={**clean, **env}, capture_output=True, text=True, timeout=200, check=False
    )


@pytest.mark.usefixtures("receipt")
def test_a_module_does_not_come_from_the_working_directory(workdir: Path) -> None:
    """`module:Class` finds installed modules and those on PYTHONPATH, not whatever lies in the current folder."""
    code = "from vextract.schema import load_schema; print(load_schema('till:Receipt').name)"
    refusal = _python(code)
    assert "SchemaError: no module is called 'till'" in refusal.stderr
    assert _python(code, PYTHONPATH=str(workdir)).stdout == "Receipt\n"
    command = [sys.executable, "-m", "vextract", "schema", "show", "till:Receipt"]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 4
    assert load_schema("vextract.schema.checks:Checked").name == "Checked"


def test_faults_of_a_module_are_told(workdir: Path) -> None:
    """A module that fails says where; a class that it does not have is named."""
    (workdir / "broken_module.py").write_text("import json\njson.loads('')\n")
    code = "from vextract.schema import load_schema; load_schema('broken_module:A')"
    failure = _python(code, PYTHONPATH=str(workdir)).stderr.strip().splitlines()[-1]
    assert "broken_module.py, line 2" in failure
    assert "JSONDecodeError" in failure
    assert "Checked" in refused("vextract.schema.checks:Cheked").hint


def test_ready_made_names_import_nothing() -> None:
    """The names are those of the files in schemas/, each loads, and listing them runs none."""
    folder = Path(__file__).parent.parent.parent / "schemas"
    assert ready_made() == sorted(path.stem for path in folder.glob("[!_]*.py"))
    for name in ready_made():
        schema = load_schema(name)
        assert schema.name.lower() == name.replace("_", "")
        assert schema.fields.fields or schema.fields.item
    code = "import sys; from vextract.schema import ready_made; ready_made(); print(*sys.modules)"
    assert "vextract_schema_" not in _python(code).stdout


def test_files_win_over_nothing_but_their_own_form(workdir: Path) -> None:
    """A file called like a ready-made schema is meant only with its path; one with a comma in its name is still a file."""
    (workdir / "invoice").write_text("")
    assert load_schema("invoice").model.__module__.startswith("vextract_schema_invoice")
    (workdir / "a, b.json").write_text('{"type": "object", "properties": {"z": {}}}')
    assert load_schema("a, b.json").fields.member("z")
    assert "means nothing" in refused("nothing, here.json").message  # no such file: read as fields


def test_relative_paths_follow_the_working_directory(workdir: Path) -> None:
    """The same words mean another file in another folder."""
    for folder, key in (("one", "a"), ("two", "b")):
        (workdir / folder).mkdir()
        (workdir / folder / "s.json").write_text(f'{{"type": "object", "properties": {{"{key}": {{}}}}}}')
    for folder, key in (("one", "a"), ("two", "b")):
        os.chdir(workdir / folder)
        assert load_schema("s.json").fields.member(key)


def test_problems_have_pointers() -> None:
    """Every problem says where in the data it is, without what Pydantic adds for unions; keys are escaped."""

    class Row(BaseModel):
        price: float | None
        kind: int | list[int] = 0

    class Doc(BaseModel):
        rows: list[Row]
        by_name: dict[str, int] = {}

    data = {"rows": [{"price": 1}, {"price": "x"}, {"kind": ["a"], "price": None}, {}], "by_name": {"a/b~": "c"}}
    model, problems = load_schema(Doc).validate(data)
    assert model is None
    pointers = {problem.pointer for problem in problems}
    assert pointers == {"/rows/1/price", "/rows/2/kind", "/rows/2/kind/0", "/rows/3/price", "/by_name/a~1b~0"}
    assert load_schema(Doc).validate([])[1][0].pointer == ""


def test_strict_models_read_dates_from_json() -> None:
    """Data is validated as JSON, where a date is a text, also by a strict model; Python values are validated as they are."""
    import datetime as dt

    from pydantic import ConfigDict

    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        day: dt.date

    assert load_schema(Strict).validate({"day": "2024-02-29"})[1] == []
    assert load_schema(Strict).validate({"day": dt.date(2024, 2, 29)})[1] == []
    assert load_schema(Strict).validate({"day": 5})[1]
    assert load_schema(Strict).validate({"day": "\ud800"})[1]


def test_a_validator_that_fails_is_the_schemas_fault() -> None:
    """A bug in a validator of the user's is a SchemaError and not an answer that does not validate."""
    from pydantic import field_validator

    class Faulty(BaseModel):
        a: int

        @field_validator("a")
        @classmethod
        def _look_up(cls, value: int) -> int:
            return {1: 1}[value]

    assert load_schema(Faulty).validate({"a": 1})[0]
    with pytest.raises(SchemaError, match="KeyError: 2"):
        load_schema(Faulty).validate({"a": 2})
