"""The machine-readable zone and what is printed above it. The zones are the specimens of ICAO Doc 9303."""

import pytest

from tests.schemas.ready import messages

PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"


@pytest.mark.parametrize(("zone", "number"), [(PASSPORT, "L898902C3"), (CARD, "D23145890")])
def test_specimens(zone: str, number: str) -> None:
    """A zone that agrees with the page raises no alarm."""
    data = {"document_number": number, "birth_date": "1974-08-12", "expiry_date": "2012-04-15"}
    assert messages("id_document", {**data, "machine_readable_zone": zone}) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"machine_readable_zone": PASSPORT.replace("7408122", "7408123")},
            "check digit of the machine-readable zone is wrong",
        ),
        (
            {"machine_readable_zone": PASSPORT, "birth_date": "1974-08-13"},
            "another birth date: 740812, printed 1974-08-13",
        ),
        ({"machine_readable_zone": CARD, "expiry_date": "2013-04-15"}, "another expiry date"),
        ({"machine_readable_zone": CARD, "document_number": "D23145899"}, "another document number: D23145890"),
    ],
)
def test_contradictions(data: dict[str, str], said: str) -> None:
    """A wrong check digit, or a zone that says otherwise than the page, is told."""
    found = messages("id_document", data)
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(
    "zone", ["", "P<UTO", PASSPORT[:-1], PASSPORT.replace("UTO", "ÜTO"), "\n".join([PASSPORT] * 3)]
)
def test_no_zone(zone: str) -> None:
    """Text that is no whole zone is not judged."""
    assert messages("id_document", {"machine_readable_zone": zone, "document_number": "X1"}) == []
