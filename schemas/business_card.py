"""A business card: the person, the company, and how to reach them."""

from pydantic import BaseModel, Field

from vextract.schema import labels
from vextract.schema.hints import printed


class BusinessCard(BaseModel):
    """A business card."""

    name: str | None = printed("Name", "The person's full name, with titles such as Dr. as printed.")
    job_title: str | None = printed("Job title", "What the person does in the company.")
    department: str | None = printed(
        "Department",
        "The department or team.",
        labels="Department; Dept.; Division; Abteilung; Bereich; Service; Département",
    )
    company: str | None = printed("Company", "The company or organisation.", place="letterhead")
    phone: str | None = printed(
        "Telephone",
        "The office telephone number.",
        labels="Direct line; Direct; Office; Durchwahl; Büro; Ligne directe; Bureau; Standard; " + labels.PHONE,
        not_labels="Mobile; Mobil; Portable; Cell; Handy; GSM; " + labels.NOT_PHONE,
        format="phone",
    )
    mobile: str | None = printed(
        "Mobile",
        "The mobile number.",
        labels="Mobile phone; Mobile; Mob.; Mob; Cell phone; Cell; M:; M; Mobiltelefon; Mobil; Handy; Portable; "
        "Port.; GSM; Natel",
        not_labels="Fax; Office; Telefon",
        format="phone",
    )
    fax: str | None = printed(
        "Fax", "The fax number.", labels="Facsimile; Fax; F:; F; Telefax; Fax-Nr.; Télécopie; Téléc.", format="phone"
    )
    email: str | None = printed("E-mail", "The e-mail address.", labels=labels.EMAIL + "; E:", format="email")
    website: str | None = printed(
        "Website",
        "The address on the web, as printed.",
        labels="Website; Web; Internet; Homepage; W:; URL; Webseite; Site web; Site internet; Site",
        format="uri",
    )
    address: str | None = printed(
        "Address",
        "Street, postal code, town and country, lines parted by commas.",
        labels="Address; Anschrift; Adresse",
        not_labels="E-mail address; E-Mail-Adresse; Adresse e-mail",
        place="address",
    )
    profiles: list[str] = Field(
        default_factory=list,
        title="Profiles",
        description="Names or addresses in social networks and messengers, as printed.",
    )
