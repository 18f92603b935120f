"""Where a photograph may have been taken: country, region, place, and what in the picture tells."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed


class Clue(BaseModel):
    """Something in the picture that tells where it is."""

    what: str | None = printed("What", "What is seen: a sign, a plate, a building, plants, the script of a text.")
    tells: str | None = printed("Tells", "What follows from it.")
    text: str | None = printed("Text", "The text that can be read on it, word for word.")


class Place(Checked):
    """The place of a photograph. What the picture does not tell is null."""

    country: str | None = printed("Country", "The country, as an ISO 3166 code of two letters.", format="country")
    region: str | None = printed("Region", "The state, province or region.")
    city: str | None = printed("Town", "The town or village.")
    street: str | None = printed("Street", "The street, where a sign or a landmark tells.")
    landmark: str | None = printed("Landmark", "A known building, monument or sight.")
    latitude: float | None = printed("Latitude", "Degrees north; negative south of the equator.")
    longitude: float | None = printed("Longitude", "Degrees east; negative west of Greenwich.")
    precision: Literal["exact", "street", "city", "region", "country", "unknown"] | None = printed(
        "Precision", "How closely the clues tell the place."
    )
    setting: Literal["indoor", "outdoor"] | None = printed("Setting", "Inside or in the open.")
    clues: list[Clue] = Field(
        default_factory=list, title="Clues", description="What the answer rests on, the strongest first."
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Coordinates that do not exist."""
        for name, value, limit in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            if value is not None and abs(value) > limit:
                yield Inconsistency(f"no such {name}: {value:g}, at most {limit} either way", (f"/{name}",))
