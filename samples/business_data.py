"""Invented content of the receipts, the invoice and the form."""

from __future__ import annotations

from decimal import Decimal

from business_model import Form, Invoice, Receipt, make_iban, make_items

RECEIPT = Receipt(
    merchant="THISTLE & WREN GROCERS",
    address=("12 Lantern Street", "Maple Hollow, OR 97000", "Tel. (555) 555-0142"),
    number="004718",
    date="2024-03-28",
    date_printed="03/28/2024",
    time="16:42",
    currency="USD",
    sign="$",
    tax_label="Sales tax 6.5%",
    tax_percent=Decimal("6.5"),
    items=make_items(
        [
            ("Rye bread", 1, "4.25"),
            ("Oat milk, large", 2, "3.49"),
            ("Brown eggs dozen", 1, "5.19"),
            ("Cheddar block", 1, "7.80"),
            ("Red apples bag", 2, "4.60"),
            ("Carrots bunch", 1, "2.15"),
            ("Tomato soup can", 3, "1.95"),
            ("Ground coffee", 1, "9.90"),
            ("Dish soap", 1, "3.35"),
            ("Paper towels", 2, "2.75"),
            ("Basmati rice", 1, "6.45"),
            ("Olive oil", 1, "11.90"),
            ("Lemons each", 4, "0.65"),
            ("Dark chocolate", 2, "3.25"),
        ]
    ),
    payment="CASH",
    tendered=Decimal("100.00"),
    thanks=("Thank you for shopping with us!", "Returns within 14 days with receipt"),
)

PHOTO_RECEIPT = Receipt(
    merchant="CAFE QUINCE",
    address=("7 Ferry Steps", "Port Ambrel", "cafe@quince.example.com"),
    number="20931",
    date="2024-05-17",
    date_printed="17 May 2024",
    time="11:08",
    currency="EUR",
    sign="EUR ",
    tax_label="VAT 9%",
    tax_percent=Decimal(9),
    items=make_items(
        [
            ("Flat white", 2, "3.40"),
            ("Pot of mint tea", 1, "3.10"),
            ("Almond cake", 2, "4.25"),
            ("Lentil salad", 1, "9.60"),
            ("Sparkling water", 1, "2.80"),
        ]
    ),
    payment="CARD ending 4821",
    tendered=None,
    thanks=("You were served at table 6", "See you again soon"),
)

INVOICE = Invoice(
    number="INV-2024-0317",
    issue_date="2024-04-08",
    due_date="2024-05-08",
    customer_number="C-50482",
    seller=(
        "Larkmoor Office Supplies Ltd",
        "Unit 4, Tannery Yard",
        "Eastmere EM4 7QX",
        "United Kingdom",
        "accounts@larkmoor.example.com",
    ),
    buyer=(
        "Pebble & Fern Architects LLP",
        "Accounts Payable",
        "31 Corn Exchange",
        "Wick Haven WH1 2ZB",
        "United Kingdom",
    ),
    vat_id="GB999999973",
    iban=make_iban("GB", "VEXT00000012345678"),
    currency="GBP",
    vat_percent=Decimal(20),
    items=make_items(
        [
            ("Copier paper A4 80 g, box of 5 reams", 12, "18.40"),
            ("Copier paper A3 80 g, ream", 6, "9.75"),
            ("Tracing paper roll 841 mm x 50 m", 4, "32.90"),
            ("Plotter paper 914 mm x 45 m", 8, "21.60"),
            ("Fine liner set 0.1 to 0.8 mm", 10, "14.25"),
            ("Mechanical pencil 0.5 mm", 24, "3.15"),
            ("Pencil leads 0.5 mm HB, tube", 40, "1.10"),
            ("Eraser, white vinyl", 36, "0.65"),
            ("Scale ruler 30 cm, triangular", 12, "7.80"),
            ("Cutting mat A2, green", 5, "16.95"),
            ("Craft knife with 10 blades", 8, "6.40"),
            ("Steel ruler 60 cm", 6, "8.20"),
            ("Foam board A1 5 mm, white", 30, "4.35"),
            ("Spray adhesive 400 ml", 9, "11.30"),
            ("Lever arch file A4, grey", 50, "2.45"),
            ("Suspension files, box of 50", 3, "27.50"),
            ("Drawing tube 1000 mm", 15, "5.60"),
            ("Sticky notes 76 x 76 mm, pack of 12", 20, "4.80"),
            ("Highlighter, yellow", 30, "0.95"),
            ("Whiteboard marker, set of 4", 12, "5.25"),
            ("Whiteboard 120 x 90 cm", 2, "64.00"),
            ("Desk lamp, LED, dimmable", 7, "38.50"),
            ("Ergonomic mouse, wireless", 5, "29.90"),
            ("Monitor stand, beech", 5, "34.75"),
            ("Extension lead, 6 sockets, 3 m", 10, "12.60"),
            ("Envelope C5, box of 500", 4, "19.45"),
            ("Franking labels, pack of 1000", 2, "22.30"),
            ("Delivery and set-up", 1, "45.00"),
        ]
    ),
)

FORM = Form(
    title="Library Card Application",
    office="Wick Haven Public Library",
    number="LC-7/2024",
    person=(
        (("Family name", "Quillfeather"), ("Given name", "Tamsin")),
        (("Date of birth", "1987-11-23"), ("Place of birth", "Eastmere")),
        (("Street", "Cooper's Row"), ("House no.", "18")),
        (("Postcode", "WH3 9TD"), ("Town", "Wick Haven")),
        (("Phone", "01632 960417"), ("E-mail", "tq@example.com")),
    ),
    details=(
        ("Occupation", "Instrument maker"),
        ("Guardian (if under 16)", "none"),
        ("Earlier card number", "40 118 652"),
    ),
    choices=(
        ("Type of card", ("Adult", "Child", "Family", "Visitor"), "Family"),
        ("Main branch", ("Central", "Harbour", "Northside"), "Harbour"),
    ),
    consents=(
        ("Rules of use accepted", True),
        ("Send me the newsletter by e-mail", False),
        ("Remind me by e-mail before books are due", True),
    ),
    signed=(("Place and date", "Wick Haven, 2024-06-03"), ("Name in print", "T. Quillfeather")),
)
