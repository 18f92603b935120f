"""Lay out the receipts, the invoice and the form as page models."""

from __future__ import annotations

from business_model import Form, Invoice, Receipt, money
from page_model import GREY, PALE, Cell, Page

_LEFT, _RIGHT = 48.0, 547.0
_ROW = 21.0
_ITEMS_ON_FIRST_PAGE = 20


def receipt_page(receipt: Receipt, height: float) -> Page:
    """Return a receipt 600 units wide."""
    page = Page(600, height)
    page.text(300, 78, receipt.merchant, "sans", 33, "centre")
    y = 78.0
    for line in receipt.address:
        y += 34
        page.text(300, y, line, "sans", 22, "centre")
    y += 56
    page.row(y, [Cell(45, f"Receipt no. {receipt.number}")], "sans", 22)
    y += 36
    page.row(y, [Cell(45, f"Date {receipt.date_printed}"), Cell(555, f"Time {receipt.time}", "right")], "sans", 22)
    y = _receipt_items(page, receipt, y + 26)
    y = _receipt_sums(page, receipt, y)
    for line in receipt.thanks:
        y += 38
        page.text(300, y, line, "sans", 22, "centre")
    return page


def _receipt_items(page: Page, receipt: Receipt, y: float) -> float:
    page.rule(40, y, 560, y, 2)
    y += 36
    head = [Cell(45, "Qty"), Cell(105, "Item"), Cell(430, "Price", "right"), Cell(555, "Amount", "right")]
    page.row(y, head, "sans", 22)
    y += 16
    page.rule(40, y, 560, y, 2)
    for item in receipt.items:
        y += 42
        cells = [
            Cell(45, str(item.quantity)),
            Cell(105, item.name),
            Cell(430, money(item.unit_price), "right"),
            Cell(555, money(item.amount), "right"),
        ]
        page.row(y, cells, "sans", 24)
    y += 22
    page.rule(40, y, 560, y, 2)
    return y


def _receipt_sums(page: Page, receipt: Receipt, y: float) -> float:
    sums = [("Subtotal", receipt.subtotal), (receipt.tax_label, receipt.tax)]
    for label, amount in sums:
        y += 42
        page.row(y, [Cell(45, label), Cell(555, money(amount), "right")], "sans", 24)
    y += 58
    page.row(y, [Cell(45, "TOTAL"), Cell(555, f"{receipt.sign}{money(receipt.total)}", "right")], "sans-bold", 34)
    y += 52
    paid = receipt.total if receipt.tendered is None else receipt.tendered
    page.row(y, [Cell(45, receipt.payment), Cell(555, money(paid), "right")], "sans", 24)
    if receipt.tendered is not None:
        y += 42
        page.row(y, [Cell(45, "CHANGE"), Cell(555, money(receipt.tendered - receipt.total), "right")], "sans", 24)
    y += 24
    page.rule(40, y, 560, y, 2)
    return y + 14


def invoice_pages(invoice: Invoice) -> list[Page]:
    """Return the two pages of an invoice; the table goes over the page break."""
    first, second = Page(), Page()
    _invoice_head(first, invoice)
    y = _invoice_table(first, invoice, 1, _ITEMS_ON_FIRST_PAGE, 316)
    first.text(_RIGHT, y + 22, "continued on page 2", "sans-italic", 9, "right")
    second.row(
        66, [Cell(_LEFT, invoice.seller[0]), Cell(_RIGHT, f"Invoice {invoice.number}", "right")], "sans-bold", 10
    )
    y = _invoice_table(second, invoice, _ITEMS_ON_FIRST_PAGE + 1, len(invoice.items), 92)
    _invoice_sums(second, invoice, y)
    for number, page in enumerate((first, second), 1):
        page.rule(_LEFT, 792, _RIGHT, 792, 0.5, GREY)
        page.text(
            _LEFT, 806, f"{invoice.seller[0]} - VAT ID {invoice.vat_id} - Page {number} of 2", "sans", 8, colour=GREY
        )
    return [first, second]


def _invoice_head(page: Page, invoice: Invoice) -> None:
    page.text(_LEFT, 72, invoice.seller[0], "sans-bold", 14)
    for index, line in enumerate(invoice.seller[1:]):
        page.text(_LEFT, 90 + 14 * index, line, "sans", 10)
    page.text(_LEFT, 172, "Bill to:", "sans-bold", 10)
    for index, line in enumerate(invoice.buyer):
        page.text(_LEFT, 192 + 15 * index, line, "sans", 10)
    page.text(345, 172, "INVOICE", "sans-bold", 20)
    facts = [
        ("Invoice number:", invoice.number),
        ("Issue date:", invoice.issue_date),
        ("Due date:", invoice.due_date),
        ("Customer number:", invoice.customer_number),
        ("VAT ID:", invoice.vat_id),
    ]
    for index, (label, value) in enumerate(facts):
        page.row(192 + 15 * index, [Cell(345, label), Cell(455, value)], "sans", 10)
    page.text(_LEFT, 290, "We supplied the following goods and services:", "sans", 10)


def _invoice_table(page: Page, invoice: Invoice, first: int, last: int, y: float) -> float:
    """Draw the header and the items from position `first` to `last`; return the lower edge."""
    columns = (("Pos.", 58.0), ("Description", 98.0))
    figures = (("Quantity", 384.0), ("Unit price", 460.0), ("Amount", 541.0))
    page.box(_LEFT, y, _RIGHT - _LEFT, _ROW, PALE, None)
    head = [Cell(x, name) for name, x in columns] + [Cell(x, name, "right") for name, x in figures]
    page.row(y + 14.5, head, "sans-bold", 10)
    top = y
    for position in range(first, last + 1):
        y += _ROW
        item = invoice.items[position - 1]
        values = (str(item.quantity), money(item.unit_price), money(item.amount))
        cells = [Cell(columns[0][1], str(position)), Cell(columns[1][1], item.name)]
        cells += [Cell(x, value, "right") for (_, x), value in zip(figures, values, strict=True)]
        page.row(y + 14.5, cells, "sans", 10)
        page.rule(_LEFT, y, _RIGHT, y, 0.5, PALE)
    y += _ROW
    page.box(_LEFT, top, _RIGHT - _LEFT, y - top)
    return y


def _invoice_sums(page: Page, invoice: Invoice, y: float) -> None:
    sums = [
        ("Net total", invoice.net, "sans"),
        (f"VAT {invoice.vat_percent}%", invoice.tax, "sans"),
        (f"Total {invoice.currency}", invoice.total, "sans-bold"),
    ]
    y += 10
    for label, amount, font in sums:
        y += 18
        page.row(y, [Cell(345, label), Cell(541, money(amount), "right")], font, 11)
    page.rule(345, y - 14, 541, y - 14)
    page.rule(345, y + 6, 541, y + 6, 1.4)
    y += 50
    grouped = " ".join(invoice.iban[start : start + 4] for start in range(0, len(invoice.iban), 4))
    page.text(_LEFT, y, "Payment", "sans-bold", 11)
    page.text(_LEFT, y + 20, f"Please pay {invoice.currency} {money(invoice.total)} by {invoice.due_date}.", "sans", 10)
    page.text(_LEFT, y + 36, f"Account holder: {invoice.seller[0]}", "sans", 10)
    page.text(_LEFT, y + 52, f"IBAN: {grouped}", "sans", 10)
    page.text(_LEFT, y + 68, f"Reference: {invoice.number}", "sans", 10)
    page.text(_LEFT, y + 100, "Goods remain our property until paid in full.", "sans-italic", 9)


def form_page(form: Form) -> Page:
    """Return a filled-in form: boxes, ruled lines and check boxes."""
    page = Page()
    page.box(34, 34, page.width - 68, page.height - 68, None, line_width=1.4)
    page.text(_LEFT, 70, form.office, "sans", 11)
    page.text(_LEFT, 100, form.title, "sans-bold", 20)
    page.row(122, [Cell(_LEFT, "Form number"), Cell(_LEFT + 86, form.number)], "sans", 10)
    y = _form_boxes(page, form, 146)
    y = _form_lines(page, form.details, "B. Further details", y + 34)
    y = _form_choices(page, form, y + 44)
    _form_lines(page, form.signed, "D. Signature", y + 40)
    return page


def _section(page: Page, y: float, title: str) -> None:
    page.box(_LEFT - 6, y, _RIGHT - _LEFT + 12, 20, PALE, None)
    page.text(_LEFT, y + 14, title, "sans-bold", 11)


def _form_boxes(page: Page, form: Form, y: float) -> float:
    _section(page, y, "A. Person")
    y += 32
    for row in form.person:
        cells: list[Cell] = []
        for (label, value), x in zip(row, (_LEFT, 308.0), strict=True):
            page.box(x + 86, y, 150, 22)
            cells += [Cell(x, label), Cell(x + 93, value)]
        page.row(y + 15, cells, "sans", 10)
        y += 32
    return y - 10


def _form_lines(page: Page, entries: tuple[tuple[str, str], ...], title: str, y: float) -> float:
    _section(page, y, title)
    y += 16
    for label, value in entries:
        y += 30
        page.row(y, [Cell(_LEFT, label), Cell(206, value)], "sans", 10)
        page.rule(200, y + 5, _RIGHT, y + 5)
    return y


def _form_choices(page: Page, form: Form, y: float) -> float:
    _section(page, y, "C. Choices (tick as needed)")
    y += 16
    for label, options, chosen in form.choices:
        y += 28
        cells = [Cell(_LEFT, label)]
        for index, option in enumerate(options):
            x = 160.0 + 96 * index
            _check_box(page, x, y, ticked=option == chosen)
            cells.append(Cell(x + 18, option))
        page.row(y, cells, "sans", 10)
    for label, agreed in form.consents:
        y += 28
        _check_box(page, _LEFT, y, ticked=agreed)
        page.text(_LEFT + 20, y, label, "sans", 10)
    return y


def _check_box(page: Page, x: float, y: float, *, ticked: bool) -> None:
    page.box(x, y - 9.5, 11, 11)
    if ticked:
        page.rule(x + 2, y - 7.5, x + 9, y - 0.5, 1.5)
        page.rule(x + 2, y - 0.5, x + 9, y - 7.5, 1.5)
