"""Fields and boxes that point at each other, filters, and the way through them by keyboard."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.report.asking import box, centre, row, selected, until
from tests.report.making import detected, failed, invoice, read

if TYPE_CHECKING:
    from tests.report.conftest import Opened


def test_pointing_at_a_field_lights_its_box(opened: "Opened") -> None:
    """Pointing at a field lights its box alone, and pointing elsewhere puts it out."""
    page = opened([invoice()])
    row(page, "/total").hover()
    lit = page.locator(".box.lit")
    expect(lit).to_have_count(1)
    expect(lit).to_have_attribute("data-pointer", "/total")
    page.hover("#title")
    expect(lit).to_have_count(0)


def test_pointing_at_a_box_lights_its_field(opened: "Opened") -> None:
    """Pointing at a box lights its field, and a click selects it."""
    page = opened([invoice()])
    box(page, "/date").hover()
    expect(row(page, "/date")).to_have_class("field doubtful lit")
    box(page, "/date").click()
    assert selected(page) == "/date"
    expect(row(page, "/date")).to_contain_text("printed more than once")


def test_boxes_lie_where_the_record_says(opened: "Opened") -> None:
    """A box covers the same part of the picture as the evidence of the page."""
    page = opened([invoice()])
    inner, outer = box(page, "/total").bounding_box(), page.locator(".page img").bounding_box()
    assert inner is not None
    assert outer is not None
    middle = (inner["x"] + inner["width"] / 2 - outer["x"]) / outer["width"]
    level = (inner["y"] + inner["height"] / 2 - outer["y"]) / outer["height"]
    assert (middle, level) == (pytest.approx(0.7, abs=0.005), pytest.approx(0.515, abs=0.005))


def test_selecting_brings_the_box_into_sight(opened: "Opened") -> None:
    """A field whose box is on a far page scrolls to it when it is selected."""
    page = opened([invoice(pages=4)])
    row(page, "/items/1/price").locator(".field-head").click()
    expect(box(page, "/items/1/price")).to_be_in_viewport()


def test_keyboard_through_all_doubtful_fields(opened: "Opened") -> None:
    """`n` visits every doubtful field of every document once and then begins again; `p` goes the same way back."""
    page = opened([invoice("a.png"), read(), invoice("b.png")])
    doubtful = ["/vendor", "/date", "/vat", "/paid", "/items/1/price"]
    seen = []
    for _ in range(2 * len(doubtful)):
        page.keyboard.press("n")
        seen.append((page.locator("#place").inner_text(), selected(page)))
    assert seen == [("1 / 3", each) for each in doubtful] + [("3 / 3", each) for each in doubtful]
    page.keyboard.press("n")
    assert selected(page) == "/vendor"
    expect(page.locator("#place")).to_have_text("1 / 3")
    page.keyboard.press("p")
    assert selected(page) == "/items/1/price"
    expect(page.locator("#place")).to_have_text("3 / 3")


def test_keyboard_through_all_fields(opened: "Opened") -> None:
    """`j`, `k` and the arrow keys go from field to field and the focus goes with them."""
    page = opened([invoice()])
    for key, pointer in [
        ("j", "/vendor"),
        ("j", "/number"),
        ("ArrowDown", "/date"),
        ("ArrowUp", "/number"),
        ("k", "/vendor"),
    ]:
        page.keyboard.press(key)
        assert selected(page) == pointer
        assert page.evaluate("document.activeElement.closest('.field').dataset.pointer") == pointer
    page.keyboard.press("Escape")
    assert selected(page) is None


def test_keys_go_from_document_to_document(opened: "Opened") -> None:
    """`]` and `[` open the next and the previous document."""
    page = opened([invoice("a.png"), invoice("b.png")])
    page.keyboard.press("]")
    expect(page.locator("#panel-head")).to_contain_text("b.png")
    page.keyboard.press("[")
    expect(page.locator("#panel-head")).to_contain_text("a.png")


def test_letter_keys_can_be_switched_off(opened: "Opened") -> None:
    """The help shows every key, and letters do nothing once they are switched off there."""
    page = opened([invoice()])
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("next doubtful field")
    page.uncheck("#letter-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert selected(page) is None


def test_the_page_can_be_worked_by_tab_alone(opened: "Opened") -> None:
    """Tab reaches search, list, pages, fields and export, and Enter opens a field."""
    page = opened([invoice()])
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {"search", "document", "stage", "field-head", "export", "done", "zoom-in"} <= reached
    row(page, "/vendor").locator(".field-head").focus()
    page.keyboard.press("Enter")
    assert selected(page) == "/vendor"


def test_filters_by_kind_of_match(opened: "Opened") -> None:
    """Only fields of the chosen kinds of match and their boxes are shown."""
    page = opened([invoice()])
    page.click("#filters summary")
    for kind in ["exact", "normalized", "fuzzy", "none", "unplaced", "empty"]:
        page.uncheck(f"#filter-form input[value={kind}]")
    expect(page.locator(".field")).to_have_count(1)
    expect(page.locator(".box")).to_have_count(1)
    expect(row(page, "/date")).to_be_visible()
    page.click("#filter-reset")
    expect(page.locator(".field")).to_have_count(14)


def test_filters_by_confidence_and_doubt(opened: "Opened") -> None:
    """A range of confidence shows the fields within it; "only doubtful" those that are, and the floor of doubt can be moved."""
    page = opened([invoice()])
    page.click("#filters summary")
    page.fill("#filter-high", "50")
    expect(page.locator(".field")).to_have_count(1)
    expect(row(page, "/items/1/price")).to_be_visible()
    page.click("#filter-reset")
    page.select_option("#filter-show", "doubtful")
    expect(page.locator(".field")).to_have_count(5)
    page.fill("#filter-doubt", "92")
    expect(page.locator(".field")).to_have_count(7)


def test_filters_by_status_and_text(opened: "Opened") -> None:
    """Documents are listed by their status, and by text in their names, values and quotes."""
    page = opened([invoice("a.png"), failed(), detected()])
    listed = page.locator(".document:visible .name")
    page.click("#filters summary")
    page.select_option("#filter-status", "failed")
    expect(listed).to_have_text(["broken.pdf"])
    page.click("#filter-reset")
    page.fill("#search", "QR co")
    expect(listed).to_have_text(["street.jpg"])
    page.fill("#search", "thistle")
    expect(listed).to_have_text(["a.png"])
    expect(page.locator(".field")).to_have_count(1)
    page.fill("#search", "street")
    expect(listed).to_have_text(["street.jpg"])


def test_zoom_keeps_what_is_under_the_pointer(opened: "Opened") -> None:
    """Ctrl and wheel zoom in at the pointer: what was there stays there; `0` and the button go back."""
    page = opened([invoice()])
    wide = page.locator(".page").evaluate("e => e.clientWidth")
    # Zoomed in first, so that there is room to scroll in every direction.
    page.keyboard.press("+")
    page.keyboard.press("+")
    page.keyboard.press("+")
    x, y = centre(box(page, "/total"))
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    until(page, f"document.querySelector('.page').clientWidth > {wide * 2}")
    assert centre(box(page, "/total")) == (pytest.approx(x, abs=4), pytest.approx(y, abs=4))
    page.keyboard.press("0")
    assert page.locator(".page").evaluate("e => e.clientWidth") == wide
    page.click("#zoom-in")
    expect(page.locator("#zoom-fit")).to_have_text("125 %")


def test_dragging_pans(opened: "Opened") -> None:
    """Dragging the page moves it, and selects nothing even where the drag begins on a box."""
    page = opened([invoice()])
    for _ in range(5):
        page.keyboard.press("+")
    before = page.locator("#stage").evaluate("e => [e.scrollLeft, e.scrollTop]")
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 90, steps=4)
    page.mouse.up()
    after = page.locator("#stage").evaluate("e => [e.scrollLeft, e.scrollTop]")
    assert [b - a for a, b in zip(before, after, strict=True)] == [60, 90]
    assert selected(page) is None


def test_every_kind_of_document_is_shown(opened: "Opened") -> None:
    """Objects have their label, score, text and outline; lines their text; failures their error and hint."""
    page = opened([detected(), read(), failed()])
    expect(page.locator(".field")).to_have_count(3)
    expect(row(page, "/objects/0")).to_contain_text("91 %")
    expect(page.locator("polygon")).to_have_count(1)
    row(page, "/objects/2").locator(".field-head").click()
    expect(row(page, "/objects/2")).to_contain_text("https://example.com/")
    page.keyboard.press("]")
    expect(row(page, "/pages/1/lines/0")).to_contain_text("Dear reader,")
    expect(page.locator(".actions")).to_have_count(0)
    page.keyboard.press("]")
    expect(page.locator(".errors")).to_contain_text("'broken.pdf' is damaged")
    expect(page.locator(".errors")).to_contain_text("print it anew")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(opened: "Opened", scheme: str) -> None:
    """Every text has a contrast of at least 4.5 to what lies behind it (WCAG 2.2, 1.4.3), in both themes."""
    page = opened([invoice(), failed()])
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # it is one of the two
    page.click("#filters summary")
    row(page, "/vendor").locator(".field-head").click()
    weak = page.evaluate(_WEAK_TEXT)
    assert weak == []


def test_the_switch_of_the_theme_holds(opened: "Opened") -> None:
    """The theme goes from automatic to light to dark and is the same after a reload."""
    page = opened([invoice()])
    page.click("#theme")
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.reload()
    expect(page.locator("#theme")).to_have_text("Theme: Dark")


def test_on_a_phone(opened: "Opened") -> None:
    """On a narrow screen the pages stand above the fields, nothing is wider than the screen, and the list comes when asked for."""
    page = opened([invoice("a.png"), invoice("b.png")])
    page.set_viewport_size({"width": 360, "height": 740})
    picture, fields = page.locator("#stage").bounding_box(), page.locator("#fields").bounding_box()
    assert picture is not None
    assert fields is not None
    assert picture["y"] + picture["height"] <= fields["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.click("#open-list")
    page.click(".document >> nth=1")
    expect(page.locator("#panel-head")).to_contain_text("b.png")


# Colours are painted on a canvas and read back, since they may be given in any of CSS's ways.
_WEAK_TEXT = """() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parts = (colours) => {
    brush.clearRect(0, 0, 1, 1);
    for (const colour of colours) { brush.fillStyle = colour; brush.fillRect(0, 0, 1, 1); }
    return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const weak = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest("script, .unseen, .toast, :disabled")) continue;
    const grounds = [];
    for (let e = element; e; e = e.parentElement) grounds.unshift(getComputedStyle(e).backgroundColor);
    const ground = parts(grounds);
    const ink = parts([...grounds, getComputedStyle(element).color]);
    const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) weak.push([texts.currentNode.data.slice(0, 30), element.className, contrast.toFixed(2)]);
  }
  return weak;
}"""
