"""An invoice or credit note: who bills whom, for what, the tax, and how to pay.

Amounts and dates are read as printed; what contradicts itself on the paper is reported, never corrected.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from vextract.schema import figures, labels
from vextract.schema.amounts import CENT, Amount, adds_up, cash_slack, shown
from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed
from vextract.schema.identifiers import check_iban, check_siret, check_vat_id
from vextract.schema.labels import BUYER, SELLER


class Item(BaseModel):
    """One line of the invoice."""

    position: str | None = printed(
        "Position",
        "The number of the line, as printed.",
        labels=labels.POSITION,
        not_labels="Article no.; Part no.; SKU; Artikelnummer; Art.-Nr.; Référence",
    )
    description: str | None = printed("Description", "What is billed, without its figures.", labels=labels.DESCRIPTION)
    quantity: Amount | None = printed("Quantity", "How many units are billed.", labels=labels.QUANTITY)
    unit: str | None = printed(
        "Unit",
        "The unit of the quantity and of the price, as printed: pcs, h, kg, 100 pcs.",
        labels=labels.UNIT,
        not_labels="Unit price; Einzelpreis; Prix unitaire",
    )
    unit_price: Amount | None = printed(
        "Unit price",
        "The price of one unit, before discount.",
        labels=labels.UNIT_PRICE,
        not_labels="Total price; Tax rate; VAT rate; Gesamtpreis; Prix total",
    )
    discount_rate: Amount | None = printed(
        "Discount rate", "The discount on the line in percent: 5 for 5 %.", labels=labels.DISCOUNT_RATE
    )
    discount_amount: Amount | None = printed(
        "Discount", "The discount on the line as a sum of money.", labels=labels.DISCOUNT
    )
    tax_rate: Amount | None = printed(
        "Tax rate",
        "The rate of tax on the line in percent: 19 for 19 %.",
        labels=labels.TAX_RATE,
        not_labels="VAT amount; Tax amount; MwSt.-Betrag; Steuerbetrag; Montant TVA",
    )
    amount: Amount | None = printed(
        "Amount",
        "The sum of the line as printed, mostly without tax.",
        labels=labels.LINE_AMOUNT,
        not_labels="Tax amount; VAT amount; Discount amount; Steuerbetrag; Montant TVA",
    )


class TaxLine(BaseModel):
    """The tax at one rate."""

    rate: Amount | None = printed("Rate", "The rate of tax in percent: 19 for 19 %.", labels=labels.RATE)
    base: Amount | None = printed("Taxable amount", "The net sum that the tax is taken of.", labels=labels.TAX_BASE)
    amount: Amount | None = printed("Tax", "The tax at this rate.", labels=labels.TAX_AMOUNT)


class Invoice(Checked):
    """An invoice or credit note."""

    type: Literal["invoice", "credit_note", "proforma", "reminder", "prepayment", "corrected"] | None = printed(
        "Type",
        "What the paper is: invoice (Rechnung, facture), credit_note (Gutschrift, Rechnungskorrektur, avoir), proforma, "
        "reminder (Mahnung, relance), prepayment (Abschlagsrechnung, facture d'acompte), corrected (Korrekturrechnung).",
    )
    invoice_number: str | None = printed(
        "Invoice number",
        "The number that the seller gave the paper, with all its letters and signs.",
        labels="Invoice number; Invoice no.; Invoice no; Invoice #; Invoice nr.; Inv. no.; Inv No; Inv #; "
        "Tax invoice no.; Invoice ID; Credit note number; Credit note no.; Bill number; Bill no.; Document number; "
        "Document no.; Reference number; Invoice; Rechnungsnummer; Rechnungs-Nr.; Rechnungsnr.; Rechnung Nr.; "
        "Rechnung-Nr.; Re.-Nr.; Rg.-Nr.; RG-Nr.; Gutschriftsnummer; Gutschrift Nr.; Belegnummer; Beleg-Nr.; Beleg-Nr; "
        "Belegnr.; Dokumentnummer; Rechnung; Numéro de facture; N° de facture; N° facture; No de facture; Facture n°; "
        "Facture no; Facture N°; Réf. facture; Avoir n°; N° d'avoir; Numéro; Facture; Avoir; Gutschrift; Factuurnummer; "
        "Factuur nr.; Factuur; Número de factura; Nº de factura; Factura nº; Factura; Numero fattura; Fattura n.; "
        "Fattura; Número da fatura; Fatura; N°",
        not_labels="Order number; PO number; Customer number; Delivery note no.; Page no.; Account number; "
        "Invoice date; Invoice to; Invoice total; Bestellnummer; Auftragsnummer; Kundennummer; Lieferscheinnummer; "
        "Rechnungsdatum; Rechnung an; Steuernummer; N° de commande; N° client; N° TVA; Date de facture; "
        "Numéro de compte",
    )
    issue_date: dt.date | None = printed(
        "Invoice date",
        "The day the paper was issued.",
        labels="Invoice date; Date of invoice; Date of issue; Issue date; Issued on; Issued; Tax date; Tax point; "
        "Bill date; Billing date; Document date; Dated; Date; Rechnungsdatum; Datum der Rechnung; Ausstellungsdatum; "
        "Belegdatum; Datum; vom; Date de facture; Date de la facture; Date de facturation; Date facture; "
        "Date d'émission; Émise le; Factuurdatum; Fecha de factura; Fecha; Data fattura; Data; Le; Date",
        not_labels="Due date; Payment due date; Delivery date; Order date; Ship date; Service date; Date of birth; "
        "Print date; Fälligkeitsdatum; Lieferdatum; Leistungsdatum; Bestelldatum; Auftragsdatum; Druckdatum; "
        "Date d'échéance; Date de livraison; Date de commande; Date limite; Date d'impression",
    )
    due_date: dt.date | None = printed(
        "Due date",
        "The last day to pay.",
        labels="Payment due date; Due date; Date due; Payment due by; Payment due; Due by; Due on; Pay by; Due; "
        "Fälligkeitsdatum; Fällig am; Zahlbar bis; Zahlungsziel; Fälligkeit; Zahlung bis; Fällig; Date d'échéance; "
        "Date limite de paiement; Échéance; Echéance; À payer avant le; Payable avant le; Règlement avant le",
        not_labels="Amount due; Balance due; Total due; Fälliger Betrag; Montant dû",
    )
    delivery_date: dt.date | None = printed(
        "Delivery date",
        "The day of delivery or service.",
        labels="Delivery date; Date of delivery; Date of supply; Supply date; Service date; Ship date; Shipped on; "
        "Lieferdatum; Leistungsdatum; Liefer-/Leistungsdatum; Datum der Lieferung; Tag der Lieferung; Geliefert am; "
        "Lieferung am; Date de livraison; Date de prestation; Livré le; Date d'expédition",
        not_labels="Delivery note date; Delivery terms; Lieferscheindatum; Lieferbedingungen",
    )
    order_number: str | None = printed(
        "Order number",
        "The number of the order, the buyer's before the seller's.",
        labels=labels.ORDER_NUMBER,
        not_labels="Order date; Bestelldatum; Date de commande",
    )
    customer_number: str | None = printed(
        "Customer number",
        "The number under which the seller keeps the buyer.",
        labels=labels.CUSTOMER_NUMBER,
        not_labels="Bank account number; Account holder; Kontonummer; Kundenname; Numéro de compte",
    )
    seller_name: str | None = printed(
        "Seller",
        "The organisation or person that issued the paper, as in the letterhead.",
        labels="Seller; Supplier; Vendor; Sold by; Verkäufer; Lieferant; Rechnungssteller; Vendeur; Émetteur; "
        "Fournisseur",
        place="letterhead",
        section=SELLER,
    )
    seller_address: str | None = printed(
        "Seller's address",
        "Street, postal code, town and country of the seller, lines parted by commas.",
        labels="Registered office; Address; Anschrift; Firmensitz; Adresse; Siège social",
        place="address",
        section=SELLER,
    )
    seller_vat_id: str | None = printed(
        "Seller's VAT id",
        "The seller's number for value added tax, with its country prefix where printed.",
        labels=labels.VAT_ID,
        not_labels=labels.NOT_VAT_ID,
        format="vat-id",
        section=SELLER,
    )
    seller_tax_number: str | None = printed(
        "Seller's tax number",
        "The seller's number at the tax office, other than the VAT id.",
        labels=labels.TAX_NUMBER,
        not_labels="VAT number; VAT ID; USt-IdNr.; N° TVA; Tax rate; SIRET",
        section=SELLER,
    )
    seller_siret: str | None = printed(
        "Seller's SIRET",
        "The French number of the seller's establishment, 14 digits, as printed.",
        labels=labels.SIRET,
        not_labels="SIREN; RCS; APE; NAF",
        section=SELLER,
    )
    seller_iban: str | None = printed("IBAN", "The account to pay to.", labels=labels.IBAN, format="iban")
    seller_bic: str | None = printed("BIC", "The bank to pay to (SWIFT code).", labels=labels.BIC, format="bic")
    seller_email: str | None = printed(
        "Seller's e-mail", "An e-mail address of the seller.", labels=labels.EMAIL, format="email", section=SELLER
    )
    seller_phone: str | None = printed(
        "Seller's telephone",
        "A telephone number of the seller.",
        labels=labels.PHONE,
        not_labels=labels.NOT_PHONE,
        format="phone",
        section=SELLER,
    )
    buyer_name: str | None = printed(
        "Buyer",
        "The organisation or person that is billed.",
        labels="Bill to; Billed to; Invoice to; Sold to; Customer name; Customer; Buyer; Client; Rechnung an; Kunde; "
        "Käufer; Rechnungsempfänger; Firma; Facturé à; Client; Acheteur; Destinataire",
        not_labels="Ship to; Deliver to; Customer number; Customer no.; Lieferadresse; Lieferung an; Kundennummer; "
        "Livré à; N° client",
        section=BUYER,
    )
    buyer_address: str | None = printed(
        "Buyer's address",
        "Street, postal code, town and country of the buyer, lines parted by commas.",
        labels="Billing address; Customer address; Rechnungsadresse; Rechnungsanschrift; Adresse de facturation; "
        "Adresse client",
        not_labels="Shipping address; Delivery address; Lieferadresse; Lieferanschrift; Adresse de livraison",
        section=BUYER,
    )
    buyer_vat_id: str | None = printed(
        "Buyer's VAT id",
        "The buyer's number for value added tax, with its country prefix where printed.",
        labels="Customer VAT number; Customer VAT no.; Customer VAT ID; Buyer VAT no.; Client VAT; Your VAT number; "
        "Your VAT ID; VAT number; VAT no.; VAT ID; Ihre USt-IdNr.; Ihre USt-ID; USt-IdNr. des Kunden; "
        "Kunden-USt-IdNr.; USt-IdNr.; USt-ID; Votre N° TVA; N° TVA client; TVA client; N° TVA acheteur; N° TVA; "
        "TVA intracommunautaire",
        format="vat-id",
        section=BUYER,
    )
    buyer_siret: str | None = printed(
        "Buyer's SIRET",
        "The French number of the buyer's establishment, 14 digits, as printed.",
        labels="SIRET client; N° SIRET; No SIRET; Numéro SIRET; SIRET",
        not_labels="SIREN; RCS; APE; NAF",
        section=BUYER,
    )
    currency: str | None = printed(
        "Currency",
        "The currency of the amounts, as an ISO 4217 code: EUR for €.",
        labels=labels.CURRENCY,
        format="currency",
    )
    items: list[Item] = Field(
        default_factory=list, title="Items", description="The lines of goods and services, in order."
    )
    subtotal: Amount | None = printed(
        "Net total", "The sum without tax.", labels=labels.SUBTOTAL, not_labels=labels.NOT_SUBTOTAL
    )
    discount_total: Amount | None = printed(
        "Discount",
        "The discount on the whole, as a sum of money.",
        labels="Total discount; Discount total; Discount; Less discount; Gesamtrabatt; Rabatt; Nachlass; "
        "Remise globale; Total remise; Remise; Rabais",
        not_labels="Early payment discount; Cash discount; Skonto; Escompte",
    )
    shipping: Amount | None = printed(
        "Shipping",
        "Freight, postage, packing and other charges on the whole.",
        labels="Shipping & handling; Shipping and handling; Shipping; Freight; Delivery charge; Postage; Carriage; "
        "Handling; Versandkosten; Versand; Porto; Fracht; Frachtkosten; Verpackung; Frais de port; "
        "Frais de livraison; Port; Frais d'expédition; Transport",
        not_labels="Shipping address; Shipping date; Shipping method; Versandart; Versandadresse",
    )
    tax_lines: list[TaxLine] = Field(
        default_factory=list, title="Tax by rate", description="One entry for each rate of tax."
    )
    tax_total: Amount | None = printed(
        "Total tax", "The tax of all rates together.", labels=labels.TAX_TOTAL, not_labels=labels.NOT_TAX_TOTAL
    )
    rounding: Amount | None = printed(
        "Rounding", "What was added or taken off to round the total; negative where taken off.", labels=labels.ROUNDING
    )
    total: Amount | None = printed(
        "Total", "The sum of the paper with tax.", labels=labels.TOTAL, not_labels=labels.NOT_TOTAL
    )
    amount_paid: Amount | None = printed(
        "Paid",
        "What was paid already.",
        labels="Amount paid; Total paid; Already paid; Paid; Less paid; Payments received; Payment received; "
        "Payments; Deposit; Prepaid; Prepayment; Advance; Bereits gezahlt; Bereits bezahlt; Anzahlung; "
        "Abschlagszahlung; Erhaltene Zahlungen; Gezahlt; Bezahlt; Montant payé; Déjà payé; Déjà réglé; Acompte; "
        "Acompte versé; Montant réglé",
        not_labels="Amount payable; Payment due; Payment terms; Zahlungsziel; Zahlungsbedingungen",
    )
    previous_balance: Amount | None = printed(
        "Previous balance",
        "What was open from earlier papers.",
        labels="Previous balance; Balance brought forward; Balance forward; Opening balance; Past due; Arrears; "
        "Saldovortrag; Alter Saldo; Offener Betrag aus Vorrechnungen; Solde antérieur; Solde précédent; Ancien solde; "
        "Report",
    )
    amount_due: Amount | None = printed(
        "Amount due",
        "What is left to pay.",
        labels="Amount due; Balance due; Total due; Amount outstanding; Outstanding; Balance; Amount to pay; "
        "Please pay; Amount payable; Offener Betrag; Restbetrag; Noch zu zahlen; Zahlbetrag; Fälliger Betrag; "
        "Zu zahlen; Zu zahlender Betrag; Reste à payer; Solde à payer; Net à payer; Montant dû; Solde dû; Restant dû; "
        "À payer",
        not_labels="Due date; Previous balance; Fälligkeitsdatum; Date d'échéance",
    )
    payment_terms: str | None = printed(
        "Terms of payment",
        "When and how to pay, as printed.",
        labels="Payment terms; Terms of payment; Payment conditions; Terms; Zahlungsbedingungen; Zahlungsbedingung; "
        "Zahlungskonditionen; Zahlungsziel; Zahlungsart; Conditions de paiement; Conditions de règlement; "
        "Modalités de paiement; Mode de règlement; Règlement",
        not_labels="Terms and conditions; Delivery terms; Lieferbedingungen; AGB; Conditions générales",
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Sums, tax, lines, dates and identifiers that contradict one another as printed."""
        yield from self._check_sums()
        yield from self._check_items()
        taxes = [figures.TaxFigures(f"/tax_lines/{i}", t.rate, t.base, t.amount) for i, t in enumerate(self.tax_lines)]
        yield from figures.check_tax(taxes, self.tax_total, "/tax_total", line_count=len(self.items))
        yield from figures.check_decimals(self.currency, self._amounts())
        if self.issue_date and self.due_date and self.due_date < self.issue_date:
            yield Inconsistency(
                f"due {self.due_date}, before it was issued: {self.issue_date}", ("/due_date", "/issue_date")
            )
        yield from check_vat_id("/seller_vat_id", self.seller_vat_id)
        yield from check_vat_id("/buyer_vat_id", self.buyer_vat_id)
        yield from check_siret("/seller_siret", self.seller_siret)
        yield from check_siret("/buyer_siret", self.buyer_siret)
        yield from check_iban("/seller_iban", self.seller_iban)

    def _check_sums(self) -> Iterator[Inconsistency]:
        net, tax, total = self.subtotal, self.tax_total, self.total
        if net is not None and tax is not None and total is not None:
            slack = cash_slack(total, self.currency)
            if not any(adds_up(start, total, self._extras(), slack) for start in self._before_extras(net, tax)):
                yield Inconsistency(
                    f"net and tax do not add up to the total: {shown(net)} + {shown(tax)} = {shown(net + tax)}, "
                    f"printed {shown(total)}",
                    ("/subtotal", "/tax_total", "/total"),
                )
        yield from self._check_due()

    def _check_due(self) -> Iterator[Inconsistency]:
        total, paid, due = self.total, self.amount_paid, self.amount_due
        if total is None or due is None:
            return
        slack = cash_slack(due, self.currency)
        if paid is not None:
            if not adds_up(total - abs(paid), due, [self.previous_balance, self.rounding], slack):
                yield Inconsistency(
                    f"the total less what is paid is not the amount due: {shown(total)} - {shown(abs(paid))} "
                    f"= {shown(total - abs(paid))}, printed {shown(due)}",
                    ("/total", "/amount_paid", "/amount_due"),
                )
        elif 0 < total < due and not adds_up(total, due, [*self._extras(), self.tax_total], slack):
            yield Inconsistency(
                f"more is due than the total: total {shown(total)}, due {shown(due)}", ("/total", "/amount_due")
            )

    def _check_items(self) -> Iterator[Inconsistency]:
        rates = [line.rate for line in self.tax_lines]
        for i, item in enumerate(self.items):
            line = figures.GoodsLine(
                f"/items/{i}",
                item.quantity,
                item.unit_price,
                item.amount,
                per=figures.units_priced(item.unit),
                discount_rate=item.discount_rate,
                discount=item.discount_amount,
            )
            yield from figures.check_goods(line, rates if item.tax_rate is None else [item.tax_rate])
        yield from figures.check_positions([item.position for item in self.items])
        yield from figures.check_line_sum(
            [item.amount for item in self.items],
            [("subtotal", self.subtotal), ("total", self.total)],
            self.tax_total,
            self._extras(),
            cash_slack(self.total, self.currency),
        )

    def _extras(self) -> list[Decimal | None]:
        """What papers count in or out of their totals."""
        off = [-abs(sum_) for sum_ in (self.discount_total, self.amount_paid) if sum_]
        return [*off, self.shipping, self.rounding, self.previous_balance]

    def _before_extras(self, subtotal: Decimal, tax: Decimal) -> tuple[Decimal, ...]:
        """What the total may be: with the tax, or the subtotal itself where that contains it already, as the printed rate tells."""
        rates = {line.rate for line in self.tax_lines if line.rate} | {
            item.tax_rate for item in self.items if item.tax_rate
        }
        if len(rates) != 1 or (rate := rates.pop()) <= 0:
            return (subtotal + tax,)
        contained_off, added_off = (abs(subtotal * rate / whole - tax) for whole in (100 + rate, Decimal(100)))
        if contained_off > CENT or contained_off >= added_off:
            return (subtotal + tax,)
        # Of 0.62 and 5 %, 0.03 is both the tax that is added and the tax that is contained: rounding hides which of them it is.
        return (subtotal, subtotal + tax) if added_off <= CENT / 2 else (subtotal,)

    def _amounts(self) -> Iterator[tuple[str, Decimal | None]]:
        """All sums of money with their pointers, but for prices of one unit, which may be finer than the currency."""
        names = (
            "subtotal",
            "discount_total",
            "shipping",
            "tax_total",
            "rounding",
            "total",
            "amount_paid",
            "amount_due",
        )
        yield from ((f"/{name}", getattr(self, name)) for name in names)
        yield from ((f"/items/{i}/amount", item.amount) for i, item in enumerate(self.items))
        for i, line in enumerate(self.tax_lines):
            yield from ((f"/tax_lines/{i}/base", line.base), (f"/tax_lines/{i}/amount", line.amount))
