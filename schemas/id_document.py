"""A passport, identity card, residence permit or driving licence: who holds it, who issued it, until when it is valid."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed
from vextract.schema.machine_readable_zone import read_zone


class IdDocument(Checked):
    """An identity document."""

    type: Literal["passport", "identity_card", "residence_permit", "driving_licence", "visa", "other"] | None = printed(
        "Type", "What the document is."
    )
    document_number: str | None = printed(
        "Document number",
        "The number of the document.",
        labels="Passport number; Passport no.; Document number; Document no.; Card no.; ID number; ID no.; "
        "Licence number; Licence no.; License no.; DL; 5.; Reisepass-Nr.; Pass-Nr.; Passnummer; Ausweisnummer; "
        "Ausweis-Nr.; Führerscheinnummer; N° du passeport; Passeport n°; Numéro du document; N° de document; "
        "Carte nationale d'identité n°; N° du permis",
        not_labels="Personal no.; National no.; CAN; Zugangsnummer; N° personnel",
    )
    issuing_country: str | None = printed(
        "Issuing country",
        "The country that issued it, as an ISO 3166 code of three letters, or as printed.",
        labels="Issuing country; Country code; Code of issuing State; Code; Ausstellender Staat; État émetteur; "
        "Code du pays",
        format="country",
    )
    issuing_authority: str | None = printed(
        "Authority",
        "The office that issued it.",
        labels="Issuing authority; Authority; Issued by; Place of issue; 4c.; Ausstellende Behörde; Behörde; "
        "Autorité; Délivré par",
    )
    surname: str | None = printed(
        "Surname",
        "The family name.",
        labels="Surname; Family name; Last name; Name; LN; 1.; Nachname; Familienname; Nom de famille; Nom",
        not_labels="Given names; First name; Name at birth; Geburtsname; Vornamen; Nom d'usage; Prénoms",
    )
    given_names: str | None = printed(
        "Given names",
        "All given names, in order.",
        labels="Given names; Given name; First names; First name; Forenames; Forename; FN; 2.; Vornamen; Vorname; "
        "Prénoms; Prénom(s); Prénom",
    )
    birth_date: dt.date | None = printed(
        "Date of birth",
        "The day of birth.",
        labels="Date of birth; Birth date; DOB; Born on; Born; 3.; Geburtsdatum; Geburtstag; Geboren am; geb. am; "
        "geb.; Date de naissance; Né(e) le; Né le; Née le",
        not_labels="Date of issue; Date of expiry; Ausstellungsdatum; Date de délivrance",
    )
    birth_place: str | None = printed(
        "Place of birth",
        "The place of birth.",
        labels="Place of birth; Birthplace; Geburtsort; Lieu de naissance; Né(e) à",
    )
    sex: Literal["F", "M", "X"] | None = printed(
        "Sex", "F, M or X (unspecified).", labels="Sex; Gender; Geschlecht; Sexe"
    )
    nationality: str | None = printed(
        "Nationality",
        "The holder's nationality, as printed.",
        labels="Nationality; Citizenship; Staatsangehörigkeit; Nationalität; Nationalité",
    )
    address: str | None = printed(
        "Address",
        "Where the holder lives.",
        labels="Residence; Address; Permanent address; 8.; Anschrift; Wohnort; Adresse; Domicile",
        not_labels="Place of birth; E-mail address; Geburtsort; Lieu de naissance",
    )
    issue_date: dt.date | None = printed(
        "Date of issue",
        "The day of issue.",
        labels="Date of issue; Issue date; Issued on; ISS; Issued; 4a.; Ausstellungsdatum; Ausgestellt am; "
        "Datum der Ausstellung; Date de délivrance; Date d'émission; Délivré le",
        not_labels="Date of expiry; Date of birth; Gültig bis; Date d'expiration",
    )
    expiry_date: dt.date | None = printed(
        "Date of expiry",
        "The last day of validity.",
        labels="Date of expiry; Expiry date; Expiration date; Expires on; Valid until; Expires; EXP; 4b.; Gültig bis; "
        "Ablaufdatum; Date d'expiration; Date de validité; Valable jusqu'au; Expire le",
        not_labels="Date of issue; Date of birth; Ausstellungsdatum; Date de délivrance",
    )
    personal_number: str | None = printed(
        "Personal number",
        "The number of the person, where the country prints one.",
        labels="Personal number; Personal no.; National number; National ID no.; Identity no.; Personennummer; "
        "Persönliche Nummer; Numéro personnel; N° personnel; N° national",
    )
    machine_readable_zone: str | None = printed(
        "Machine-readable zone",
        "The two or three lines of capitals, digits and < at the foot, parted by newlines.",
        pattern=r"[A-Z0-9<]{30,44}(\n[A-Z0-9<]{30,44}){1,2}",
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Dates out of order, wrong check digits, and a machine-readable zone that says otherwise."""
        dates = [("/birth_date", "birth", self.birth_date), ("/issue_date", "issue", self.issue_date)]
        dates.append(("/expiry_date", "expiry", self.expiry_date))
        known = [(pointer, name, day) for pointer, name, day in dates if day is not None]
        for (pointer, name, day), (later_pointer, later_name, later) in pairwise(known):
            if later < day:
                yield Inconsistency(f"{later_name} before {name}: {later}, {name} {day}", (later_pointer, pointer))
        yield from self._check_zone()

    def _check_zone(self) -> Iterator[Inconsistency]:
        zone = read_zone(self.machine_readable_zone or "")
        if zone is None:
            return
        pointer = "/machine_readable_zone"
        for name in zone.wrong:
            yield Inconsistency(f"a check digit of the machine-readable zone is wrong: {name}", (pointer,))
        pairs = [("birth_date", zone.birth, self.birth_date), ("expiry_date", zone.expiry, self.expiry_date)]
        for field, coded, day in pairs:
            if day is not None and coded.isdigit() and coded != f"{day:%y%m%d}":
                message = f"the machine-readable zone has another {field.replace('_', ' ')}: {coded}, printed {day}"
                yield Inconsistency(message, (f"/{field}", pointer))
        number = "".join(c for c in (self.document_number or "").upper() if c.isalnum())
        # Numbers of more than nine characters go on in another place of the zone.
        if number and len(number) <= 9 and zone.number != number:
            yield Inconsistency(
                f"the machine-readable zone has another document number: {zone.number}, printed {self.document_number}",
                ("/document_number", pointer),
            )
