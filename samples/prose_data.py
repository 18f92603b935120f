"""Invented content of the letters, the fax and the newspaper page, with the expected fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """A letter; `letterhead` is set as text unless the layout puts it into a picture."""

    letterhead: tuple[str, ...]
    date: str
    date_printed: str
    recipient: tuple[str, ...]
    subject: str
    greeting: str
    paragraphs: tuple[str, ...]
    closing: tuple[str, ...]

    def fields(self) -> dict[str, object]:
        """Return what field extraction should find."""
        return {
            "sender": self.letterhead[0],
            "recipient": self.recipient[0],
            "date": self.date,
            "subject": self.subject,
        }


@dataclass(frozen=True)
class Fax:
    """A fax of three pages: cover sheet, message, price list."""

    sender: str
    receiver: str
    date: str
    date_printed: str
    subject: str
    note: str
    paragraphs: tuple[str, ...]
    table: tuple[tuple[str, str, str], ...]

    def fields(self) -> dict[str, object]:
        """Return what field extraction should find."""
        return {"sender": self.sender, "recipient": self.receiver, "date": self.date, "subject": self.subject}


@dataclass(frozen=True)
class Gazette:
    """A newspaper page: a title over all columns and articles of a heading and paragraphs."""

    title: str
    subtitle: str
    articles: tuple[tuple[str, tuple[str, ...]], ...]


LETTER = Letter(
    letterhead=("BRACKWATER & SLOE", "Landscape Architects"),
    date="2024-02-19",
    date_printed="19 February 2024",
    recipient=("Wick Haven Town Council", "Parks Department", "2 Corn Exchange", "Wick Haven WH1 2ZA"),
    subject="Planting plan for the Café Garden, Ferry Steps",
    greeting="Dear Members of the Council,",
    paragraphs=(
        (
            "Thank you for your letter of 5 February. We have revised the planting plan for the garden as you asked "
            "and enclose three drawings at a scale of 1:50. The row of limes along the wall has been kept; the two "
            "beds in front of it now hold low box, lavender and white asters."
        ),
        (
            "The revised estimate is £18,640 — about £900 less than before, because the paving of the terrace can be "
            "laid again instead of being bought new. The naïve assumption in our first draft, that every slab was "
            "broken, proved wrong: more than 80 % of them are sound."
        ),
        (
            "Work could begin on 8 April and would take five weeks. Please let us have your decision by 11 March so "
            "that the trees can be ordered in time."
        ),
    ),
    closing=("Yours faithfully,", "Odo Brackwater", "studio@brackwater.example.com"),
)

SCANNED_LETTER = Letter(
    letterhead=("Dunmarrow Water Board", "Pump House Lane, Dunmarrow DM2 6KE"),
    date="2024-01-15",
    date_printed="15 January 2024",
    recipient=("Mossgrove Bakery", "9 Mill Bank", "Dunmarrow DM1 4PB"),
    subject="Replacement of your water meter",
    greeting="Dear Customer,",
    paragraphs=(
        (
            "The water meter at your premises has reached the end of its service life and will be replaced free of "
            "charge. Our fitter will call on Tuesday, 6 February 2024, between 8:00 and 10:00. Your supply will be "
            "interrupted for about thirty minutes."
        ),
        (
            "Please make sure that the meter can be reached and that nothing stands within one metre of it. The last "
            "reading, 4,718 cubic metres, will be noted in your presence and will be used for the next bill."
        ),
        (
            "If the day does not suit you, write to meters@dunmarrow.example.com and quote the reference "
            "DW-2024-00385. We will gladly suggest another appointment."
        ),
    ),
    closing=("Yours sincerely,", "Meter Service Team"),
)

ROTATED_LETTER = Letter(
    letterhead=("Hollin Bridge Railway Society", "Signal Box Cottage, Hollin Bridge HB5 8RT"),
    date="2024-07-22",
    date_printed="22 July 2024",
    recipient=("Members of the Society",),
    subject="Invitation to the annual general meeting",
    greeting="Dear Members,",
    paragraphs=(
        (
            "The annual general meeting will be held on Saturday, 14 September 2024, at 15:00 in the old goods shed. "
            "Tea and cake will be served from half past two. The agenda includes the report of the treasurer, the "
            "election of two committee members and a vote on the restoration of the turntable."
        ),
        (
            "The cost of the turntable is put at 23,500 pounds, of which 9,200 have been given already. The committee "
            "proposes to pay the rest in two yearly parts from the reserve fund."
        ),
        (
            "Proposals for the agenda should reach the secretary no later than 30 August, by post or by e-mail to "
            "secretary@hollinbridge.example.com."
        ),
    ),
    closing=("With kind regards,", "The Committee"),
)

SECRET_LETTER = Letter(
    letterhead=("Copperfield Lane Savings Club", "44 Copperfield Lane, Eastmere EM1 3JL"),
    date="2024-09-30",
    date_printed="30 September 2024",
    recipient=("Club Auditors", "Eastmere"),
    subject="Confidential: balance for the third quarter",
    greeting="Dear Auditors,",
    paragraphs=(
        (
            "The balance of the club on 30 September 2024 was 7,351.20 pounds. The report with all movements follows "
            "by post. This page is protected by a password and can only be read by those who know it."
        ),
    ),
    closing=("Yours truly,", "The Treasurer"),
)

FAX = Fax(
    sender="Saltby Rope Works",
    receiver="Port Ambrel Chandlers",
    date="2024-10-02",
    date_printed="2 October 2024",
    subject="Offer for mooring ropes",
    note="Please call 01632 960288 if any page is missing.",
    paragraphs=(
        (
            "Thank you for your enquiry of 30 September. We are pleased to offer the ropes listed on the next page. "
            "All of them are spliced by hand and tested to twice their working load."
        ),
        (
            "Delivery takes two weeks from the receipt of your order. Orders of more than 500 pounds are sent free of "
            "carriage. The prices are net and hold until 30 November 2024."
        ),
        (
            "Ropes in other sizes or colours can be made on request at no extra charge if you order at least four "
            "of a kind."
        ),
    ),
    table=(
        ("Mooring rope 10 mm, blue", "MR-1010", "21.50"),
        ("Mooring rope 12 mm, blue", "MR-1210", "27.80"),
        ("Mooring rope 14 mm, white", "MR-1415", "46.20"),
        ("Mooring rope 16 mm, white", "MR-1620", "73.90"),
        ("Fender line 8 mm, black", "FL-0802", "6.40"),
        ("Anchor line 14 mm, green", "AL-1440", "98.00"),
    ),
)

GAZETTE = Gazette(
    title="The Wick Haven Gazette",
    subtitle="News from the harbour and the hills - No. 212",
    articles=(
        (
            "Ferry returns after long repair",
            (
                (
                    "The old ferry Marigold is back on the river. After nine months in the dry dock at Port Ambrel she "
                    "crossed to the eastern bank on Monday morning, watched by some two hundred people who had come "
                    "down to the steps in the rain."
                ),
                (
                    "The hull has been plated anew and the steam engine, built in the year 1911, was taken apart down "
                    "to the last bolt. The work was paid for by the town and by gifts, and it cost a little less than "
                    "had been feared."
                ),
                (
                    "From now on the ferry will run every half hour between six in the morning and ten at night. "
                    "Bicycles travel free of charge on weekdays."
                ),
            ),
        ),
        (
            "Bees on the town hall roof",
            (
                (
                    "Four hives have stood on the flat roof of the town hall since May. The first honey was taken out "
                    "last week: thirty-one jars, pale and tasting of lime blossom."
                ),
                (
                    "The caretaker, who looks after the bees in his spare time, says that they find more flowers in "
                    "the gardens of the old town than in the fields outside. The jars will be sold at the autumn "
                    "fair, and the money will go to the school orchard."
                ),
                "Visitors may watch the bees through a glass door on the first Sunday of each month.",
            ),
        ),
        (
            "Night market moves to the quay",
            (
                (
                    "The night market will be held on the quay this year because the square is being paved. Sixty "
                    "stalls have been let so far, more than ever before."
                ),
                (
                    "There will be lanterns, a brass band and, as always, smoked eel. Those who come by car are asked "
                    "to leave it at the cattle yard; a bus will go to and fro until midnight."
                ),
            ),
        ),
        (
            "Chess club wins by a hair",
            (
                (
                    "In the last round of the county cup the chess club beat Eastmere by four and a half to three and "
                    "a half. The game on board two took more than six hours and ended with a lone pawn that could no "
                    "longer be stopped."
                ),
                (
                    "The club meets on Thursdays in the reading room of the library. Beginners are welcome, and boards "
                    "can be borrowed."
                ),
            ),
        ),
        (
            "Low water shows old stakes",
            (
                (
                    "The dry summer has brought a row of oak stakes to light in the mud below the mill. They stand two "
                    "paces apart and are as thick as a man's arm. The museum thinks that they carried a footbridge, "
                    "long before the stone one was built."
                ),
                (
                    "A piece of the wood has been sent away so that its rings can be counted. Until the answer comes "
                    "the bank is closed to walkers between the mill and the weir."
                ),
            ),
        ),
        (
            "School orchard needs hands",
            (
                (
                    "The pears are early this year and the ladders are few. The school asks all those who can spare "
                    "an afternoon in the second week of September to help with the harvest. Baskets are provided; "
                    "gloves are not."
                ),
                (
                    "Every helper may take home as much fruit as fits into a bucket. What is left will be pressed in "
                    "the yard on the Saturday after, and the juice will be sold by the bottle."
                ),
            ),
        ),
        (
            "In brief",
            (
                (
                    "The clock on the customs house strikes again. The swimming bath opens an hour later on Fridays. "
                    "A brown glove was found on the ferry and can be fetched from the ticket office. The next issue "
                    "of this paper comes out on the first of October."
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Sign:
    """A sign beside a path."""

    title: str
    lines: tuple[str, str]
    colour: tuple[int, int, int]


SIGNS = (
    Sign("MILL BRIDGE", ("Built 1784", "Restored 1992"), (236, 244, 238)),
    Sign("Otter Trail", ("Lake 2.5 km", "Summit hut 6 km"), (250, 240, 226)),
    Sign("BOAT HOUSE", ("Open 9:00 to 18:00", "Closed Monday"), (232, 238, 250)),
)
