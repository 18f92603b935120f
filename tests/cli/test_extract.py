"""`vextract extract` as a user runs it."""

import csv
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import vextract as vextract_api
from tests.drawing import SAMPLES, draw_lines, write_tiff
from tests.models.emulator import Received
from tests.running import KEY, Server, at, gpt, texts, vextract

VEXTRACT = [sys.executable, "-m", "vextract"]
NOTE = "sender, date date, total float"
QUICK = ("--fast", "--no-rotate")
# How the sample's expectations name the fields of the ready-made schema.
NAMES = {"vat_id": "seller_vat_id", "iban": "seller_iban", "net": "subtotal", "tax": "tax_total"}
CELLS = ("description", "quantity", "unit_price", "amount")


def extract(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Runs the command to its end."""
    command = [*VEXTRACT, "extract", *map(str, args)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False, cwd=cwd)


def record(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    """The only record of a JSONL output."""
    [line] = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@cache
def sample(name: str, schema: str) -> dict[str, Any]:
    """The record of a sample, extracted once."""
    done = extract(SAMPLES / name, "-s", schema, "-f", "jsonl")
    assert done.returncode == 0, done.stderr.decode()
    return record(done)


@cache
def printed_words(name: str) -> list[list[dict[str, Any]]]:
    """The words of a sample by page, as `vextract ocr` reads them."""
    command = [*VEXTRACT, "ocr", str(SAMPLES / name), "-f", "jsonl"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
    pages = json.loads(done.stdout)["data"]["pages"]
    return [[word for line in page["lines"] for word in line["words"]] for page in pages]


def expected(name: str) -> dict[str, Any]:
    """What is printed in a sample."""
    fields: dict[str, Any] = json.loads((SAMPLES / f"{name}.expected.json").read_text())["fields"]
    return fields


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with a small letter, a receipt that adds up wrongly, and a broken picture."""
    draw_lines(["Sender: Ann Lee", "Date: 2024-03-28", "Total: 12.50"], (500, 180)).save(tmp_path / "note.png")
    wrong = ["CORNER SHOP LTD", "Subtotal 100.00", "Tax 19.00", "Total 120.00"]
    draw_lines(wrong, (500, 240)).save(tmp_path / "wrong.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    return tmp_path


@pytest.mark.parametrize("name", ["invoice.pdf", "invoice_scan.pdf"])
def test_the_fields_of_an_invoice(name: str) -> None:
    """All fields of the sample are read as printed, from a text layer and from a scan."""
    data = sample(name, "invoice")["data"]
    wanted = {NAMES.get(key, key): value for key, value in expected(name).items() if key != "items"}
    assert {key: data[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", ["invoice.pdf", "invoice_scan.pdf"])
def test_the_lines_of_an_invoice(name: str) -> None:
    """All 28 lines on two pages are read, and figures are as printed; OCR may take a letter for another in one text."""
    items = sample(name, "invoice")["data"]["items"]
    wanted = expected(name)["items"]
    assert len(items) == len(wanted) == 28
    for key in CELLS[1:]:
        assert [item[key] for item in items] == [item[key] for item in wanted]
    wrong = [item for item, own in zip(items, wanted, strict=True) if item["description"] != own["description"]]
    assert len(wrong) <= ("scan" in name)


@pytest.mark.parametrize("name", ["invoice.pdf", "invoice_scan.pdf"])
def test_each_cell_has_its_box(name: str) -> None:
    """Each cell has one box, that lies on words of the page which print what is quoted, and on no others."""
    found = sample(name, "invoice")
    cells = [e for e in found["evidence"] if e["pointer"].startswith("/items/") and e["pointer"].endswith(CELLS)]
    assert len({e["pointer"] for e in cells}) == len(cells) == 28 * len(CELLS)
    differing = 0
    for each in cells:
        words = printed_words(name)[each["page"] - 1]
        inside = [word["text"] for word in words if _middle_in(word["box"], each["box"])]
        differing += " ".join(inside) != each["quote"]
    # What a scan's second reading found may be spelled otherwise by the first.
    assert differing <= 3 * ("scan" in name)


def _middle_in(word: list[float], box: list[float]) -> bool:
    x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def test_the_fields_of_a_receipt() -> None:
    """Shop, number, time, and amounts of a scanned receipt; 14 lines with their prices."""
    data, wanted = sample("receipt.png", "receipt")["data"], expected("receipt.png")
    for key in ("merchant", "receipt_number", "date", "currency", "subtotal", "tax", "total"):
        assert data[key] == wanted[key]
    assert str(data["time"]).startswith(wanted["time"])
    assert [item["amount"] for item in data["items"]] == [item["amount"] for item in wanted["items"]]


def test_formats(tmp_path: Path) -> None:
    """JSON and JSONL hold the same record; Markdown and the table show its values."""
    invoice = SAMPLES / "invoice.pdf"
    form = {name: extract(invoice, "-s", "invoice", "-f", name).stdout for name in ("json", "jsonl", "md", "table")}
    assert form["json"].count(b"\n") > 100
    assert {**json.loads(form["json"]), "seconds": 0} == {**json.loads(form["jsonl"]), "seconds": 0}
    assert b"| 20 | Whiteboard marker, set of 4 | 12 |" in form["md"]
    for name in ("md", "table"):
        assert b"3444.96" in form[name]
        assert b"269.5" in form[name]
    done = extract(invoice, "-s", "invoice", "-f", "csv", "-o", tmp_path / "out.csv")
    assert done.returncode == 0
    [row] = _rows(tmp_path / "out.csv")
    assert (row["invoice_number"], row["total"]) == ("INV-2024-0317", "3444.96")
    items = _rows(tmp_path / "out.items.csv")
    assert len(items) == 28
    assert (items[27]["description"], items[27]["amount"]) == ("Delivery and set-up", "45.0")


def test_explode_gives_a_row_for_each_member(tmp_path: Path) -> None:
    """--explode items repeats the document's fields in a row for each of its items."""
    done = extract(
        SAMPLES / "invoice.pdf", "-s", "invoice", "-f", "csv", "--explode", "items", "-o", tmp_path / "out.csv"
    )
    assert done.returncode == 0
    rows = _rows(tmp_path / "out.csv")
    assert len(rows) == 28
    assert {row["invoice_number"] for row in rows} == {"INV-2024-0317"}
    assert rows[0]["items.amount"] == "220.8"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_only_the_data(small: Path) -> None:
    """--data prints the data alone."""
    done = extract("note.png", "-s", NOTE, "--data", "-f", "jsonl", *QUICK, cwd=small)
    assert record(done) == {"sender": "Ann Lee", "date": "2024-03-28", "total": 12.5}


def test_no_ground_gives_no_evidence(small: Path) -> None:
    """--no-ground leaves the evidence out, and the data as it is."""
    found = record(extract("note.png", "-s", NOTE, "--no-ground", "-f", "jsonl", *QUICK, cwd=small))
    assert found["evidence"] == []
    assert found["data"]["total"] == 12.5


def test_schemas_of_any_form(small: Path) -> None:
    """The short notation, a JSON Schema file and a class of a Python file ask for the same and get it."""
    properties = {
        "sender": {"type": "string"},
        "date": {"type": "string", "format": "date"},
        "total": {"type": "number"},
        "iban": {"type": "string"},
    }
    (small / "note.json").write_text(json.dumps({"title": "Note", "type": "object", "properties": properties}))
    (small / "shop.py").write_text(
        '"""Two classes."""\nimport datetime\nfrom pydantic import BaseModel\n\n'
        "class Other(BaseModel):\n    a: str\n\n"
        "class Note(BaseModel):\n    sender: str\n    date: datetime.date\n    total: float\n"
    )
    for schema in (NOTE, "note.json", "shop.py:Note"):
        done = extract("note.png", "-s", schema, "-f", "jsonl", *QUICK, cwd=small)
        assert done.returncode == 0, done.stderr.decode()
        assert record(done)["data"] == {"sender": "Ann Lee", "date": "2024-03-28", "total": 12.5}


def test_a_required_field_that_is_missing(small: Path) -> None:
    """What is there is kept, the status is partial, the error names the field, and the exit code is 8."""
    done = extract("note.png", "-s", f"{NOTE}, iban iban", "-f", "jsonl", *QUICK, cwd=small)
    assert done.returncode == 8
    found = record(done)
    assert found["status"] == "partial"
    assert found["data"] == {"sender": "Ann Lee", "date": "2024-03-28", "total": 12.5, "iban": None}
    [error] = found["errors"]
    assert error["kind"] == "validation"
    assert "/iban" in error["message"]
    assert b"hint: " in done.stderr


@pytest.mark.parametrize(("flags", "code"), [((), 0), (("--fail-on", "inconsistent"), 10)])
def test_a_document_that_contradicts_itself(small: Path, flags: tuple[str, ...], code: int) -> None:
    """What is printed wrong stays as printed and is told; only --fail-on inconsistent makes it a failure."""
    done = extract("wrong.png", "-s", "receipt", "-f", "jsonl", *flags, *QUICK, cwd=small)
    assert done.returncode == code
    found = record(done)
    assert found["status"] == "partial"
    assert [found["data"][key] for key in ("subtotal", "tax", "total")] == [100, 19, 120]
    assert {error["kind"] for error in found["errors"]} == {"inconsistent"}
    assert b"119" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["note.png"], 2, b"no schema"),
        (["note.png", "-s", "recipt"], 4, b"recipt"),
        (["note.png", "-s", "gone.json"], 4, b"gone.json"),
        (["note.png", "-s", NOTE, "--fail-on", "guess"], 2, b"guess"),
        (["note.png", "-s", NOTE, "-m", "nobody"], 2, b"nobody"),
        (["gone.png", "-s", NOTE], 3, b"gone.png"),
        (["-s", NOTE], 2, b"nothing to read"),
    ],
)
def test_a_mistake_gives_its_exit_code_and_a_hint(small: Path, args: list[str], code: int, words: bytes) -> None:
    """Each mistake ends with its code, a line that names it, a hint and no traceback."""
    done = extract(*args, cwd=small)
    assert done.returncode == code
    assert words in done.stderr
    assert b"hint: " in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_broken_file_does_not_stop_the_others(small: Path) -> None:
    """Its record is failed and in its place; the others are extracted, and the exit code is 9."""
    done = extract(
        "note.png", "broken.png", "wrong.png", "-s", "sender?, total float", "-f", "jsonl", *QUICK, cwd=small
    )
    assert done.returncode == 9
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["source"] for each in found] == ["note.png", "broken.png", "wrong.png"]
    assert [each["status"] for each in found] == ["ok", "failed", "ok"]
    assert [each["data"] and each["data"]["total"] for each in found] == [12.5, None, 120]


@pytest.mark.parametrize(("least", "code"), [(0.5, 0), (1, 10)])
def test_a_least_confidence(small: Path, least: float, code: int) -> None:
    """With --min-confidence the exit code is 10 if a value is less sure; the record is written all the same."""
    done = extract("note.png", "-s", NOTE, "--min-confidence", least, "-f", "jsonl", *QUICK, cwd=small)
    assert done.returncode == code
    assert record(done)["data"]["total"] == 12.5


@pytest.fixture
def pages(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A document of three pages, in a folder of its own; a key for the model."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return write_tiff(workdir / "three.tiff", ["Corner Shop", "Tea 2", "Gold 7"])


def _of_page(received: Received) -> str:
    """What a model reads off one page of the document: by the numbers in the question."""
    [number] = re.findall(r"these pages: (\d)\.", texts(received))
    return {
        "1": '{"vendor": "Corner Shop", "items": []}',
        "2": '{"vendor": null, "items": [{"name": "Tea", "qty": 2}]}',
        "3": '{"vendor": "Else", "items": [{"name": "Myrrh", "qty": 7}]}',
    }[number]


def test_a_model_reads_windows(pages: Path) -> None:
    """With --window 1 each page is asked about alone; lists are joined in page order, and values are found on their pages."""
    with Server(_of_page) as server:
        arguments = (pages, "-s", "vendor, items[]: name, qty int", *gpt(server), "--window", "1", "-f", "json")
        done = vextract("extract", *arguments, "--fail-on", "none")
        assert len(server.requests) == 3
        again = vextract_api.extract(pages, "vendor, items[]: name, qty int", window=1, **at(server))
    assert done.code == 10, "Myrrh is on no page"
    assert done.data["data"] == {
        "vendor": "Corner Shop",
        "items": [{"name": "Tea", "qty": 2}, {"name": "Myrrh", "qty": 7}],
    }
    found = {e["pointer"]: (e["page"], e["match"]) for e in done.data["evidence"]}
    assert found["/vendor"] == (1, "exact")
    assert found["/items/0/name"] == (2, "exact")
    assert found["/items/1/qty"][0] == 3
    assert found["/items/1/name"][1] == "none"
    assert again.values == done.data["data"]
    assert {e.pointer: (e.page, e.match) for e in again.evidence} == found
    assert [call.pages for call in again.calls] == [(1,), (2,), (3,)]


def test_examples_for_a_model(pages: Path) -> None:
    """--example shows its picture and values before the document's pages; without a model it is refused."""
    Path("right.json").write_text('{"vendor": "Ä"}', "utf-8")
    draw_lines(["example"], (200, 60)).save("right.png")
    with Server('{"vendor": "Corner Shop", "total": null}') as server:
        arguments = (pages, "-s", "vendor, total? float", "--example", "right.png=right.json", "--pages", "1")
        done = vextract("extract", *arguments, "--no-ground", *gpt(server), "--data", "-f", "json")
        assert (done.code, done.data) == (0, {"vendor": "Corner Shop", "total": None})
        content = server.requests[0].body["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["image_url", "text", "text", "image_url"]
    assert content[1]["text"] == '{"vendor": "Ä"}'
    assert vextract("extract", *arguments).code == 2


def test_corrected_records_are_examples(pages: Path) -> None:
    """--example with a JSONL shows the picture and the data of each of its records."""
    draw_lines(["one"], (200, 60)).save("one.png")
    draw_lines(["two"], (200, 60)).save("two.png")
    lines = [json.dumps({"source": name, "data": {"vendor": name}}) for name in ("one.png", "two.png")]
    Path("right.jsonl").write_text("\n".join(lines), "utf-8")
    with Server('{"vendor": "Corner Shop"}') as server:
        arguments = (pages, "-s", "vendor str", "--example", "right.jsonl", "--pages", "1", "--no-ground")
        assert vextract("extract", *arguments, *gpt(server)).code == 0
        content = server.requests[0].body["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["image_url", "text"] * 2 + ["text", "image_url"]
    assert [content[1]["text"], content[3]["text"]] == ['{"vendor": "one.png"}', '{"vendor": "two.png"}']


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--window", "0"], 2),
        (["--repairs", "-1"], 2),
        (["--example", "right.png"], 2),
        (["--example", "three.tiff=gone.json"], 2),
        (["--example", "gone.png=three.json"], 3),
        (["--example", "gone.jsonl"], 3),
        (["--example", "three.json"], 3),
        (["-s", "gone.py:X"], 4),
        (["-s", "gone.json"], 4),
    ],
)
def test_nonsense_for_a_model(pages: Path, arguments: list[str], code: int) -> None:
    """What makes no sense is told before anything is sent."""
    Path("three.json").write_text("{}", "utf-8")
    with Server("{}") as server:
        done = vextract("extract", pages, "-s", "vendor, total float", *gpt(server), *arguments)
        assert (done.code, done.out, server.requests) == (code, b"", [])
