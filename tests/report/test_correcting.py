"""What a person says on the review page: values, boxes, judgements; kept, undone, exported and read back."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.report.asking import box, centre, download, row, selected
from tests.report.making import detected, failed, invoice, read
from tests.running import vextract
from vextract.detection import Detections
from vextract.evaluation import evaluate
from vextract.evaluation.examples import read_examples
from vextract.records import read_records
from vextract.wire import wire_record

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.report.conftest import Opened


def pick(page: "Page", pointer: str) -> None:
    """Selects a field by its row."""
    row(page, pointer).locator(".field-head").click()


def type_value(page: "Page", pointer: str, kind: str, text: str) -> None:
    """Edits a field's value."""
    pick(page, pointer)
    page.keyboard.press("e")
    page.select_option("#edit-kind", kind)
    if kind == "boolean":
        page.select_option("#edit-value", text)
    elif kind != "null":
        page.fill("#edit-value", text)
    page.click(".editor >> text=Save")


def drag(page: "Page", start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draws the mouse from one point of the window to another."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def on_page(page: "Page", x: float, y: float) -> tuple[float, float]:
    """The point of the window at a fraction of the page."""
    bounds = page.locator(".page >> nth=0").bounding_box()
    assert bounds is not None
    return bounds["x"] + x * bounds["width"], bounds["y"] + y * bounds["height"]


def finished(page: "Page", folder: Path) -> dict[str, Any]:
    """The one document, marked as done and exported."""
    page.click("#done")
    (line,) = download(page, folder)[1]
    return line


def places(line: dict[str, Any], pointer: str) -> list[dict[str, Any]]:
    """The evidence of a value in an exported line."""
    return [each for each in line["evidence"] if each["pointer"] == pointer]


@pytest.mark.parametrize(
    ("pointer", "edit", "value"),
    [
        ("/vendor", ("text", "Wren & Co"), "Wren & Co"),
        ("/vendor", ("text", "60"), "60"),
        ("/vendor", ("text", ""), ""),
        ("/total", ("number", "61.50"), 61.5),
        ("/total", ("null", ""), None),
        ("/note", ("number", "-3e2"), -300.0),
        ("/note", ("text", "two\nlines"), "two\nlines"),
        ("/paid", ("boolean", "false"), False),
        ("/huge", ("number", "98765432109876543210"), 98765432109876543210),
        ("/items/0/price", ("number", "4"), 4),
    ],
)
def test_values_keep_their_json_type(
    opened: "Opened", tmp_path: Path, pointer: str, edit: tuple[str, str], value: object
) -> None:
    """A value that was edited as a type of JSON is exported as that; whole numbers stay whole, long ones exact."""
    page = opened([invoice()])
    type_value(page, pointer, *edit)
    expect(row(page, pointer).locator(".judged")).to_have_text("✎")
    data = finished(page, tmp_path)["data"]
    for key in pointer.split("/")[1:]:
        data = data[int(key)] if isinstance(data, list) else data[key]
    assert (data, type(data)) == (value, type(value))


@pytest.mark.parametrize("text", ["1,5", "€ 3", "", "0x10", "NaN", "1e999", "01", "--1"])
def test_what_is_no_number_is_not_taken(opened: "Opened", tmp_path: Path, text: str) -> None:
    """What JSON has no number for is refused with words, and the value stays."""
    page = opened([invoice()])
    type_value(page, "/total", "number", text)
    expect(page.locator("#edit-problem")).to_contain_text("Write a number as JSON does")
    page.keyboard.press("Escape")
    assert finished(page, tmp_path)["data"] == invoice().data


def test_nothing_said_changes_nothing(opened: "Opened", tmp_path: Path) -> None:
    """A document that is done without a correction is exported as it was found: data, evidence, pages."""
    page = opened([invoice()])
    path = tmp_path / "out.jsonl"
    path.write_text(json.dumps(finished(page, tmp_path)))
    with path.open("rb") as file:
        (again,) = read_records(file, "out.jsonl")
    record = invoice()
    assert (again.data, again.pages) == (record.data, record.pages)
    assert json.dumps(again.data) == json.dumps(record.data)
    as_written = [sorted(map(repr, wire_record(each).evidence)) for each in (again, record)]
    assert as_written[0] == as_written[1]


def test_a_drawn_box(opened: "Opened", tmp_path: Path) -> None:
    """A box that is drawn for a field becomes its only evidence, in pixels of the page as given."""
    page = opened([invoice()])
    pick(page, "/vat")
    page.keyboard.press("b")
    drag(page, on_page(page, 0.25, 0.3), on_page(page, 0.5, 0.4))
    expect(box(page, "/vat")).to_have_count(1)
    (mark,) = places(finished(page, tmp_path), "/vat")
    assert mark["box"] == [pytest.approx(v, abs=4) for v in (200, 300, 400, 400)]
    assert (mark["page"], mark["match"], mark["quote"], mark["confidence"]) == (1, "normalized", None, None)


def test_a_second_box(opened: "Opened", tmp_path: Path) -> None:
    """With Shift, a drawn box is added to those that are there; a drag of no size is none."""
    page = opened([invoice()])
    pick(page, "/vendor")
    page.click(".details >> text=Draw box")
    drag(page, on_page(page, 0.3, 0.3), on_page(page, 0.3, 0.3))
    expect(box(page, "/vendor")).to_have_count(1)
    page.keyboard.down("Shift")
    drag(page, on_page(page, 0.25, 0.3), on_page(page, 0.5, 0.4))
    page.keyboard.up("Shift")
    expect(box(page, "/vendor")).to_have_count(2)
    assert [each["page"] for each in places(finished(page, tmp_path), "/vendor")] == [1, 1]


def test_moving_a_box(opened: "Opened", tmp_path: Path) -> None:
    """The box of the selected field follows the mouse and keeps its size, and does not leave the page."""
    page = opened([invoice()])
    pick(page, "/total")
    x, y = centre(box(page, "/total"))
    drag(page, (x, y), (x - 48, y + 60))
    (mark,) = places(finished(page, tmp_path), "/total")
    # The page is shown at 480 pixels for its 800.
    assert mark["box"] == [pytest.approx(v, abs=1) for v in (480 - 80, 500 + 100, 640 - 80, 530 + 100)]
    drag(page, centre(box(page, "/total")), on_page(page, 0, 0.6))
    (mark,) = places(download(page, tmp_path)[1][0], "/total")
    assert (mark["box"][0], mark["box"][2]) == (0, pytest.approx(160, abs=1))


def test_resizing_a_box(opened: "Opened", tmp_path: Path) -> None:
    """A corner that is drawn leaves the opposite corner where it is."""
    page = opened([invoice()])
    pick(page, "/total")
    drag(page, centre(box(page, "/total").locator(".handle.se")), on_page(page, 0.9, 0.6))
    (mark,) = places(finished(page, tmp_path), "/total")
    assert mark["box"] == [pytest.approx(v, abs=2) for v in (480, 500, 720, 600)]


def test_boxes_by_keyboard_alone(opened: "Opened", tmp_path: Path) -> None:
    """`b` and Enter put a box on the page, arrow keys move it, with Shift they resize it; Esc ends that."""
    page = opened([invoice()])
    page.keyboard.press("j")
    for key in ["b", "Enter", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Escape"]:
        page.keyboard.press(key)
    (mark,) = places(finished(page, tmp_path), "/vendor")
    left, top, right, bottom = mark["box"]
    assert (left, right) == (pytest.approx(280 + 8), pytest.approx(520 + 8 + 4))
    assert bottom - top == pytest.approx(40, abs=0.2)
    page.click("#done")
    page.keyboard.press("j")
    assert selected(page) == "/number"


def test_right_wrong_and_not_on_the_page(opened: "Opened", tmp_path: Path) -> None:
    """A right value stays as it is, a wrong one is no value, and one that is not on the page is null with "none" as its match."""
    page = opened([invoice()])
    for pointer, word in [("/vendor", "Right"), ("/date", "Wrong"), ("/paid", "Not on the page")]:
        pick(page, pointer)
        page.click(f".details button:has-text('{word}')")
    line = finished(page, tmp_path)
    assert (line["data"]["vendor"], line["data"]["date"], line["data"]["paid"]) == ("Thistle & Wren", None, None)
    assert places(line, "/vendor")[0]["match"] == "fuzzy"
    assert places(line, "/date") == []
    assert [(each["match"], each["box"]) for each in places(line, "/paid")] == [("none", None)]
    assert line["review"]["judgements"] == {"/vendor": "right", "/date": "wrong", "/paid": "absent"}


def test_a_judged_field_is_no_longer_doubtful(opened: "Opened") -> None:
    """Each key that judges goes on to the next doubtful field, and the document is done when none is left."""
    page = opened([invoice()])
    expect(page.locator("#progress-text")).to_have_text("0 of 1 document done · 5 doubtful left")
    page.keyboard.press("n")
    for left, key in [(4, "a"), (3, "o"), (2, "a"), (1, "a"), (0, "a")]:
        page.keyboard.press(key)
        expect(page.locator("#progress-text")).to_contain_text(f"{left} doubtful left")
    expect(page.locator("#progress-text")).to_have_text("1 of 1 document done · 0 doubtful left")


def test_undo(opened: "Opened", tmp_path: Path) -> None:
    """Each step can be taken back, the last one first, over documents, and done again."""
    page = opened([invoice("a.png"), invoice("b.png")])
    type_value(page, "/total", "number", "1")
    page.keyboard.press("]")
    pick(page, "/vendor")
    page.keyboard.press("x")
    expect(row(page, "/vendor").locator(".judged")).to_have_text("✗")
    page.click("#undo")
    expect(row(page, "/vendor").locator(".judged")).to_have_text("●")
    page.keyboard.press("Control+z")
    expect(page.locator("#panel-head")).to_contain_text("a.png")
    expect(row(page, "/total").locator(".value").first).to_have_text("60.3")
    expect(page.locator("#undo")).to_be_disabled()
    page.keyboard.press("Control+Shift+z")
    expect(row(page, "/total").locator(".value").first).to_have_text("1")
    assert len(download(page, tmp_path, "begun")[1]) == 1


def test_a_reload_keeps_progress(opened: "Opened", tmp_path: Path) -> None:
    """After a reload the same document is open with its corrections, and so it is in a report that is made anew."""
    page = opened([invoice("a.png"), invoice("b.png")])
    page.keyboard.press("]")
    type_value(page, "/total", "number", "61.5")
    pick(page, "/vat")
    page.keyboard.press("b")
    drag(page, on_page(page, 0.25, 0.3), on_page(page, 0.5, 0.4))
    page.reload()
    expect(page.locator("#panel-head")).to_contain_text("b.png")
    expect(row(page, "/total").locator(".value")).to_have_text("61.5")
    expect(box(page, "/vat")).to_have_count(1)
    page.goto("about:blank")
    again = opened([invoice("b.png"), read()], title="Another title")
    expect(row(again, "/total").locator(".value")).to_have_text("61.5")
    assert download(again, tmp_path, "begun")[1][0]["data"]["total"] == 61.5


def test_another_result_begins_anew(opened: "Opened") -> None:
    """Corrections of one result are not shown for another result of the same source."""
    page = opened([invoice()])
    type_value(page, "/total", "number", "61.5")
    other = invoice()
    other.data["vendor"] = "Somebody else"
    again = opened([other])
    expect(row(again, "/total").locator(".value")).to_have_text("60.3")


def test_a_browser_that_keeps_nothing(opened: "Opened", context: Any, tmp_path: Path) -> None:
    """Where the browser refuses storage the page says so and works all the same."""
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('refused', 'SecurityError'); }})"
    )
    page = opened([invoice()])
    expect(page.locator("#notice")).to_contain_text("export before you close")
    type_value(page, "/total", "number", "61.5")
    assert finished(page, tmp_path)["data"]["total"] == 61.5


@pytest.mark.parametrize(
    "kept", ["[]", "{", "null", '{"items": {"/total": {"value": {"kind": "number", "value": "1;2"}}}}']
)
def test_progress_that_is_spoiled(opened: "Opened", tmp_path: Path, kept: str) -> None:
    """What cannot be understood of stored progress is passed over."""
    page = opened([invoice()])
    page.click("#done")
    page.evaluate(
        "text => { for (const key of Object.keys(localStorage)) if (!key.includes('setting')) localStorage.setItem(key, text); }",
        kept,
    )
    page.reload()
    assert finished(page, tmp_path)["data"] == invoice().data


def test_entries_of_lists(opened: "Opened", tmp_path: Path) -> None:
    """An entry can be taken out of a list and one be added; those behind move up, with their evidence."""
    page = opened([invoice()])
    page.click("[aria-label='Remove items 1']")
    page.click("text=+ add to items")
    assert selected(page) == "/items/3/name"
    type_value(page, "/items/3/price", "number", "2.5")
    line = finished(page, tmp_path)
    assert line["data"]["items"] == [
        {"name": "milk", "price": 1.0},
        {"name": "eggs", "price": 3},
        {"name": None, "price": 2.5},
    ]
    milk = next(each for each in invoice().evidence if each.pointer == "/items/1/name").box
    assert milk is not None
    assert places(line, "/items/0/name")[0]["box"] == [80.0, 350.0, 320.0, 380.0]
    assert {each["pointer"] for each in line["evidence"] if "items" in each["pointer"]} == {
        f"/items/{at}/{key}" for at in range(2) for key in ("name", "price")
    }


def test_only_documents_that_are_done_are_exported(opened: "Opened", tmp_path: Path) -> None:
    """By default the export has the documents that are done; on demand those begun, or all; never failures and bare text."""
    page = opened([invoice("a.png"), invoice("b.png"), invoice("c.png"), failed(), read()])
    page.click("#done")
    page.keyboard.press("]")
    pick(page, "/vendor")
    page.keyboard.press("a")
    sources = {
        scope: [line["source"] for line in download(page, tmp_path, scope)[1]] for scope in ("done", "begun", "all")
    }
    assert sources == {"done": ["a.png"], "begun": ["a.png", "b.png"], "all": ["a.png", "b.png", "c.png"]}


def test_copying(opened: "Opened", context: Any, tmp_path: Path) -> None:
    """What is copied is what is downloaded."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = opened([invoice()])
    page.click("#done")
    path, _ = download(page, tmp_path)
    page.click("#export")
    page.click("dialog >> text=Copy")
    expect(page.locator("#status")).to_contain_text("copied")
    assert page.evaluate("navigator.clipboard.readText()") == path.read_text()


def test_an_export_can_be_taken_up_again(opened: "Opened", tmp_path: Path) -> None:
    """An earlier export brings its corrections back into a page that has forgotten them, and that can be undone."""
    page = opened([invoice()])
    type_value(page, "/total", "number", "61.5")
    page.click("#done")
    path, before = download(page, tmp_path)
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(row(page, "/total").locator(".value")).to_have_text("60.3")
    page.click("#export")
    page.set_input_files("#import-file", path)
    expect(row(page, "/total").locator(".value")).to_have_text("61.5")
    assert download(page, tmp_path)[1] == before
    page.click("#undo")
    expect(row(page, "/total").locator(".value")).to_have_text("60.3")


def test_eval_takes_the_export_for_the_truth(opened: "Opened", tmp_path: Path) -> None:
    """`vextract eval --truth` reads the export: a record against its own truth is right but for what was corrected."""
    page = opened([invoice()])
    type_value(page, "/total", "number", "61.5")
    pick(page, "/number")
    page.keyboard.press("b")
    drag(page, on_page(page, 0.6, 0.8), on_page(page, 0.9, 0.9))
    page.click("#done")
    truth, _ = download(page, tmp_path)
    with truth.open("rb") as file:
        examples = read_examples(file, truth.name)
    assert examples[0].page_sizes == {1: (800.0, 1000.0)}
    assert evaluate([invoice()], examples).counts.wrong == 1
    results = tmp_path / "results.jsonl"
    results.write_text(wire_record(invoice()).model_dump_json(by_alias=True))
    done = vextract("eval", str(results), "--truth", str(truth), "-f", "json")
    assert done.code == 0
    overall = done.data["overall"]
    assert (overall["wrong"], overall["right"], overall["null_agreed"]) == (1, 12, 2)
    # Eleven boxes are where they were, that of /number is not.
    assert overall["word_f1"] == pytest.approx(10 / 11)


def test_objects(opened: "Opened", tmp_path: Path) -> None:
    """Labels can be changed, objects added, moved and taken away; outlines stay with boxes that were not touched."""
    page = opened([detected()])
    pick(page, "/objects/1")
    page.keyboard.press("x")
    type_value_of_label(page, "/objects/2", "code")
    page.click("text=Add an object")
    drag(page, on_page(page, 0.75, 0.75), on_page(page, 0.95, 0.95))
    type_value_of_label(page, "/objects/3", "bicycle")
    # The only doubtful object was judged, so the document is done.
    expect(page.locator("#done")).to_have_attribute("aria-pressed", "true")
    path, _ = download(page, tmp_path)
    with path.open("rb") as file:
        (again,) = read_records(file, path.name)
    assert isinstance(again.data, Detections)
    first, code, added = again.data.objects
    assert first == detected().data.objects[0]
    assert (code.label, code.text, code.box) == ("code", "https://example.com/", detected().data.objects[2].box)
    assert (added.label, added.score, added.page) == ("bicycle", None, 1)
    assert added.box.x0 == pytest.approx(0.75, abs=0.01)
    assert again.data.counts == {"car": 1, "code": 1, "bicycle": 1}


def type_value_of_label(page: "Page", pointer: str, label: str) -> None:
    """Gives an object another label."""
    if selected(page) != pointer:
        pick(page, pointer)
    page.keyboard.press("e")
    page.fill("#edit-value", label)
    page.keyboard.press("Enter")
