"""A delivery note: who sends what to whom, and how much of it came."""

import datetime as dt
from collections.abc import Iterator

from pydantic import BaseModel, Field

from vextract.schema import labels
from vextract.schema.amounts import Amount, shown
from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.figures import check_positions
from vextract.schema.hints import printed
from vextract.schema.labels import DELIVERY, SELLER


class Item(BaseModel):
    """One line of goods."""

    position: str | None = printed("Position", "The number of the line, as printed.", labels=labels.POSITION)
    article_number: str | None = printed(
        "Article number",
        "The supplier's number of the article.",
        labels="Article number; Article no.; Art. no.; Item code; Item no.; Part number; Part no.; Product code; SKU; "
        "Code; Artikelnummer; Artikel-Nr.; Art.-Nr.; Material; Materialnummer; Bestellnr.; Référence; Réf.; "
        "Code article; N° d'article",
    )
    description: str | None = printed("Description", "What is delivered.", labels=labels.DESCRIPTION)
    quantity_ordered: Amount | None = printed(
        "Quantity ordered",
        "How many were ordered.",
        labels="Quantity ordered; Qty ordered; Ordered; Bestellte Menge; Bestellmenge; Bestellt; Quantité commandée; "
        "Qté commandée; Commandé",
    )
    quantity: Amount | None = printed(
        "Quantity delivered",
        "How many are delivered.",
        labels="Quantity delivered; Qty delivered; Quantity shipped; Qty shipped; Delivered; Shipped; "
        "Gelieferte Menge; Liefermenge; "
        "Geliefert; Quantité livrée; Qté livrée; Livré; " + labels.QUANTITY,
        not_labels="Quantity ordered; Qty ordered; Backorder; Bestellmenge; Rückstand; Quantité commandée; Reliquat",
    )
    quantity_outstanding: Amount | None = printed(
        "Quantity outstanding",
        "How many are still to come.",
        labels="Outstanding; Back order; Backorder; B/O; To follow; Rückstand; Offene Menge; Restmenge; Reliquat; "
        "Reste à livrer",
    )
    unit: str | None = printed("Unit", "The unit of the quantity.", labels=labels.UNIT)


class DeliveryNote(Checked):
    """A delivery note or packing list."""

    delivery_note_number: str | None = printed(
        "Delivery note number",
        "The number of the paper.",
        labels="Delivery note number; Delivery note no.; Delivery note; Delivery no.; D/N no.; DO no.; "
        "Delivery order no.; Dispatch note no.; Packing slip no.; Packing list no.; Shipment no.; Lieferscheinnummer; "
        "Lieferschein-Nr.; Lieferscheinnr.; Lieferschein Nr.; Lieferschein; LS-Nr.; Bon de livraison n°; "
        "Numéro de bon de livraison; N° BL; BL n°; N° de livraison",
        not_labels="Order number; Customer number; Invoice number; Bestellnummer; Kundennummer; Rechnungsnummer; "
        "N° de commande",
    )
    issue_date: dt.date | None = printed(
        "Date",
        "The day the paper was issued.",
        labels="Delivery note date; Dispatch date; Document date; Date; Lieferscheindatum; Belegdatum; Datum; "
        "Date du bon de livraison; Date d'émission; Date",
        not_labels="Delivery date; Order date; Lieferdatum; Bestelldatum; Date de livraison; Date de commande",
    )
    delivery_date: dt.date | None = printed(
        "Delivery date",
        "The day the goods come.",
        labels="Delivery date; Date of delivery; Ship date; Shipping date; Date shipped; Lieferdatum; Liefertermin; "
        "Versanddatum; Date de livraison; Date d'expédition; Livré le",
        not_labels="Order date; Bestelldatum; Date de commande",
    )
    order_number: str | None = printed(
        "Order number", "The number of the order, the buyer's before the supplier's.", labels=labels.ORDER_NUMBER
    )
    order_date: dt.date | None = printed(
        "Order date",
        "The day of the order.",
        labels="Order date; Date of order; PO date; Ordered on; Bestelldatum; Auftragsdatum; Bestellt am; "
        "Bestellung vom; Date de commande; Commande du",
    )
    customer_number: str | None = printed(
        "Customer number", "The number under which the supplier keeps the customer.", labels=labels.CUSTOMER_NUMBER
    )
    supplier_name: str | None = printed(
        "Supplier",
        "Who sends the goods, as in the letterhead.",
        labels="Supplier; Shipper; Sender; Ship from; Lieferant; Absender; Versender; Fournisseur; Expéditeur",
        place="letterhead",
        section=SELLER,
    )
    supplier_address: str | None = printed(
        "Supplier's address",
        "Street, postal code and town, lines parted by commas.",
        place="address",
        section=SELLER,
        labels="Address; Anschrift; Adresse",
    )
    recipient_name: str | None = printed(
        "Recipient",
        "Who gets the goods.",
        labels="Ship to; Deliver to; Delivered to; Consignee; Recipient; Lieferung an; Empfänger; Warenempfänger; "
        "Livré à; Destinataire",
        not_labels="Bill to; Invoice to; Rechnung an; Facturé à",
        section=DELIVERY,
    )
    recipient_address: str | None = printed(
        "Delivery address",
        "Where the goods go: street, postal code and town, lines parted by commas.",
        labels="Delivery address; Shipping address; Lieferadresse; Lieferanschrift; Adresse de livraison",
        not_labels="Billing address; Rechnungsadresse; Adresse de facturation",
        section=DELIVERY,
    )
    carrier: str | None = printed(
        "Carrier",
        "Who brings the goods, or how.",
        labels="Carrier; Shipped via; Ship via; Shipping method; Delivery method; Spediteur; Frachtführer; "
        "Versandart; Lieferart; Transporteur; Mode de livraison; Mode d'expédition",
    )
    tracking_number: str | None = printed(
        "Tracking number",
        "The carrier's number of the consignment.",
        labels="Tracking number; Tracking no.; Tracking #; Consignment no.; AWB no.; Sendungsnummer; Paketnummer; "
        "Trackingnummer; N° de suivi; Numéro de suivi; N° de colis",
    )
    packages: Amount | None = printed(
        "Packages",
        "How many packages.",
        labels="Number of packages; No. of packages; Packages; Cartons; Parcels; Colli; Anzahl Packstücke; "
        "Packstücke; Kolli; Pakete; Nombre de colis; Colis",
    )
    gross_weight_kg: Amount | None = printed(
        "Gross weight (kg)",
        "The weight with packing, in kilograms.",
        labels="Gross weight; Total weight; Weight; Bruttogewicht; Gesamtgewicht; Gewicht; Poids brut; Poids total; "
        "Poids",
        not_labels="Net weight; Nettogewicht; Poids net",
    )
    net_weight_kg: Amount | None = printed(
        "Net weight (kg)", "The weight without packing, in kilograms.", labels="Net weight; Nettogewicht; Poids net"
    )
    items: list[Item] = Field(default_factory=list, title="Items", description="The goods, in order.")
    received_by: str | None = printed(
        "Received by",
        "Who signed for the goods, as far as readable.",
        labels="Received by; Receiver's name; Signature; Ware erhalten; Empfangen von; Empfänger; Unterschrift; "
        "Reçu par; Signature",
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Weights, quantities and line numbers that contradict one another as printed."""
        gross, net = self.gross_weight_kg, self.net_weight_kg
        if gross is not None and net is not None and net > gross:
            yield Inconsistency(
                f"the goods weigh more without packing: net {shown(net)} kg, gross {shown(gross)} kg",
                ("/net_weight_kg", "/gross_weight_kg"),
            )
        for i, item in enumerate(self.items):
            ordered, delivered, left = item.quantity_ordered, item.quantity, item.quantity_outstanding
            # What came earlier may be missing from the sum, so only too much is a contradiction.
            if ordered is not None and delivered is not None and left and delivered + left > ordered:
                yield Inconsistency(
                    f"more delivered and outstanding than ordered: {shown(delivered)} + {shown(left)}, ordered {shown(ordered)}",
                    tuple(f"/items/{i}/{name}" for name in ("quantity_ordered", "quantity", "quantity_outstanding")),
                )
        yield from check_positions([item.position for item in self.items])
