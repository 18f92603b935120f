"""A till receipt: where, when, what was bought, the tax, and how it was paid."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel, Field

from vextract.schema import figures, labels
from vextract.schema.amounts import CENT, Amount, adds_up, cash_slack, is_multiple, shown
from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.hints import printed


class Item(BaseModel):
    """One thing bought."""

    description: str | None = printed("Description", "What was bought, as printed.", labels=labels.DESCRIPTION)
    quantity: Amount | None = printed("Quantity", "How many, or how much by weight.", labels=labels.QUANTITY)
    unit_price: Amount | None = printed("Unit price", "The price of one.", labels=labels.UNIT_PRICE)
    amount: Amount | None = printed("Amount", "The price of the line.", labels=labels.LINE_AMOUNT)


class TaxLine(BaseModel):
    """The tax at one rate."""

    rate: Amount | None = printed("Rate", "The rate of tax in percent: 19 for 19 %.", labels=labels.RATE)
    base: Amount | None = printed("Taxable amount", "What the tax is taken of, as printed.", labels=labels.TAX_BASE)
    amount: Amount | None = printed("Tax", "The tax at this rate.", labels=labels.TAX_AMOUNT)


class Receipt(Checked):
    """A till receipt."""

    merchant: str | None = printed(
        "Merchant",
        "The shop, restaurant or company, as in the head of the receipt.",
        labels="Merchant; Store; Shop; Company; Händler; Filiale; Firma; Markt; Commerçant; Magasin; Enseigne",
        not_labels="Cashier; Served by; Customer; Kassierer; Es bediente Sie; Kunde; Caissier; Client",
        place="letterhead",
    )
    address: str | None = printed(
        "Address",
        "Street, postal code and town of the shop, lines parted by commas.",
        labels="Store address; Address; Anschrift; Adresse",
        place="address",
    )
    phone: str | None = printed(
        "Telephone", "The shop's telephone number.", labels=labels.PHONE, not_labels=labels.NOT_PHONE, format="phone"
    )
    tax_id: str | None = printed(
        "Tax id",
        "The shop's number for value added or sales tax.",
        labels="GST registration no.; GST reg. no.; GST Reg No; GST ID; GST no.; SST ID; SST no.; "
        + labels.VAT_ID
        + "; "
        + labels.TAX_NUMBER,
        not_labels=labels.NOT_VAT_ID,
    )
    receipt_number: str | None = printed(
        "Receipt number",
        "The number of the receipt, with all its letters and signs.",
        labels="Receipt number; Receipt no.; Receipt no; Receipt #; Rcpt #; Rcpt no.; Bill no.; Bill #; Bill; "
        "Invoice no.; Invoice no; Inv no; Tax invoice no.; Document no.; Doc no.; Doc No; Slip no.; Slip; "
        "Transaction no.; Transaction #; Trans. no.; Trans #; Trans; Check #; Chk; Ticket no.; Order no.; Order #; "
        "Belegnummer; Beleg-Nr.; Beleg-Nr; Belegnr.; Bon-Nr.; Bonnummer; BonNr.; Bon; Quittung Nr.; Quittungsnr.; "
        "Rechnungs-Nr.; Rechnung Nr.; Rechnung; Kassenbon; TA-Nr.; N° ticket; N° de ticket; Ticket n°; Ticket; "
        "N° de reçu; Reçu n°; N° facture; Facture n°; N° transaction",
        not_labels="Table no.; Terminal ID; Cashier no.; Customer no.; Member no.; GST no.; Approval code; Tisch; "
        "Kassen-Nr.; Kasse; Terminal-ID; Kundennummer; Steuernummer; Table; Caisse; N° client; N° TVA",
    )
    date: dt.date | None = printed(
        "Date",
        "The day of purchase.",
        labels="Receipt date; Invoice date; Bill date; Transaction date; Purchase date; Date/time; Date & time; Date; "
        "Issued; Kaufdatum; Belegdatum; Rechnungsdatum; Datum/Uhrzeit; Datum; Date d'achat; Date du ticket; "
        "Date et heure; Date; Le",
        not_labels="Due date; Expiry date; Exp. date; Valid until; Best before; Member since; Return by; Gültig bis; "
        "Umtausch bis; Date limite; Valable jusqu'au",
    )
    time: dt.time | None = printed(
        "Time",
        "The time of purchase.",
        labels="Time; Date/time; Date & time; Uhrzeit; Zeit; Datum/Uhrzeit; Heure; Date et heure; À",
        not_labels="Opening hours; Time in; Öffnungszeiten; Heures d'ouverture",
    )
    currency: str | None = printed(
        "Currency", "The currency, as an ISO 4217 code: EUR for €.", labels=labels.CURRENCY, format="currency"
    )
    items: list[Item] = Field(default_factory=list, title="Items", description="What was bought, in order.")
    subtotal: Amount | None = printed(
        "Subtotal",
        "The sum before tax, tip and rounding, as printed.",
        labels="Subtotal; Sub-total; Sub total; SubTtl; Total excl. GST; Total (excluding GST); Total excl. tax; "
        "Amount before tax; " + labels.SUBTOTAL,
        not_labels=labels.NOT_SUBTOTAL,
    )
    discount: Amount | None = printed(
        "Discount",
        "What was taken off the whole.",
        labels="Total discount; Discount; Disc.; Savings; You saved; Coupon; Member discount; Rabatt; Gesamtrabatt; "
        "Sie sparen; Coupon; Nachlass; Remise; Réduction; Vous économisez; Bon de réduction",
    )
    service_charge: Amount | None = printed(
        "Service charge",
        "What was added for service.",
        labels="Service charge; Svc charge; Svc chg; Serv. charge; Service; Bedienung; Bedienungsgeld; Servicegebühr; "
        "Service",
        not_labels="Service tax; Service by; Customer service; Kundenservice; Service client",
    )
    tip: Amount | None = printed("Tip", "The tip.", labels="Gratuity; Tip; Tips; Trinkgeld; Pourboire")
    tax_lines: list[TaxLine] = Field(
        default_factory=list, title="Tax by rate", description="One entry for each rate of tax."
    )
    tax: Amount | None = printed(
        "Total tax",
        "The tax of all rates together, whether added to the subtotal or contained in it.",
        labels="GST payable; GST total; Sales tax; State tax; Tax incl.; Incl. VAT; Of which VAT; SST; Service tax; "
        "Enthaltene MwSt.; Inkl. MwSt.; inkl. MwSt; darin enthaltene MwSt.; davon MwSt.; Dont TVA; " + labels.TAX_TOTAL,
        not_labels=labels.NOT_TAX_TOTAL,
    )
    rounding: Amount | None = printed(
        "Rounding",
        "What was added or taken off to round the total; negative where taken off.",
        labels="Rounding adjustment; Rounding adj.; Rounding adj; Rounding; Round adj; Bill rounding; "
        + labels.ROUNDING,
    )
    total: Amount | None = printed(
        "Total",
        "What had to be paid, with tax and after rounding.",
        labels="Grand total; Total incl. GST; Total inclusive GST; Total (inclusive of GST); Rounded total; "
        "Total rounded; Total amt rounded; Total sales (inclusive of GST); Total sales; Nett total; Net total; "
        "Total payable; Amt due; Zu bezahlen; Total EUR; Summe EUR; Summe €; SUMME; Gesamtsumme; Total à payer; "
        "Total CB; À payer; " + labels.TOTAL,
        not_labels="Total excl. GST; Total before tax; Total saved; Total savings; Total points; Total GST; "
        "Item count; No. of items; "
        "Total paid; Cash; Change; Anzahl Artikel; Gegeben; Rückgeld; Nombre d'articles; Rendu; " + labels.NOT_TOTAL,
    )
    payment_method: str | None = printed(
        "Payment method",
        "How it was paid, as printed: cash, Visa, EC-Karte, carte bancaire.",
        labels="Payment method; Payment type; Paid by; Payment mode; Payment; Tender; Tendered by; Card type; "
        "Zahlungsart; Zahlungsmittel; Bezahlt mit; Zahlart; Zahlung; Mode de paiement; Moyen de paiement; "
        "Mode de règlement; Paiement; Règlement",
        not_labels="Payment terms; Payment due; Card number; Zahlungsbedingungen; Kartennummer; N° de carte",
    )
    amount_paid: Amount | None = printed(
        "Paid",
        "What the customer handed over.",
        labels="Amount tendered; Cash tendered; Tendered; Amount paid; Total paid; Cash received; Cash; Paid; Card; "
        "Credit card; Visa; Mastercard; Debit; Gegeben; Bar gegeben; Gegeben bar; Erhalten; Bezahlt; Bar; "
        "Kartenzahlung; EC-Karte; girocard; Montant reçu; Reçu; Espèces; Payé; Carte bancaire; CB",
        not_labels="Cash back; Change; Cashier; Card number; Rückgeld; Barcode; Bargeldauszahlung; Rendu; N° de carte",
    )
    change: Amount | None = printed(
        "Change",
        "What the customer got back.",
        labels="Change due; Cash change; Change; Balance returned; Rückgeld; Rückgeld bar; Wechselgeld; Zurück; "
        "Retour; Rendu monnaie; Monnaie rendue; À rendre; Rendu",
        not_labels="Exchange; Exchange rate; Change of address; Wechselkurs; Taux de change",
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Sums, tax and change that contradict one another as printed."""
        slack = self._slack()
        yield from self._check_total(slack)
        rates = [line.rate for line in self.tax_lines]
        for i, item in enumerate(self.items):
            line = figures.GoodsLine(f"/items/{i}", item.quantity, item.unit_price, item.amount)
            yield from figures.check_goods(line, rates)
        yield from figures.check_line_sum(
            [item.amount for item in self.items],
            [("subtotal", self.subtotal), ("total", self.total)],
            self.tax,
            self._extras(),
            slack,
        )
        taxes = [figures.TaxFigures(f"/tax_lines/{i}", t.rate, t.base, t.amount) for i, t in enumerate(self.tax_lines)]
        yield from figures.check_tax(taxes, self.tax, "/tax", gross_base=True, line_count=len(self.items))
        yield from self._check_change(slack)
        yield from figures.check_decimals(self.currency, self._amounts())

    def _check_total(self, slack: Decimal) -> Iterator[Inconsistency]:
        net, tax, total = self.subtotal, self.tax, self.total
        # Where prices contain the tax, the subtotal is the total.
        if net is None or tax is None or total is None:
            return
        if not adds_up(net, total, [tax, *self._extras()], slack):
            yield Inconsistency(
                f"subtotal and tax do not add up to the total: {shown(net)} + {shown(tax)} = {shown(net + tax)}, "
                f"printed {shown(total)}",
                ("/subtotal", "/tax", "/total"),
            )

    def _check_change(self, slack: Decimal) -> Iterator[Inconsistency]:
        total, paid, change = self.total, self.amount_paid, self.change
        if total is None or paid is None or change is None:
            return
        change = abs(change)
        if not adds_up(paid - change, total, [self.rounding and -self.rounding, self.tip and -self.tip], slack):
            yield Inconsistency(
                f"what was paid less the change is not the total: {shown(paid)} - {shown(change)} = {shown(paid - change)}, "
                f"printed {shown(total)}",
                ("/amount_paid", "/change", "/total"),
            )

    def _extras(self) -> list[Decimal | None]:
        """What receipts count in or out of their totals."""
        return [self.discount and -abs(self.discount), self.service_charge, self.tip, self.rounding]

    def _slack(self) -> Decimal:
        """How far rounding may carry the total: where it ends in 0 or 5, cash may have been rounded to that."""
        rounded = self.total is not None and is_multiple(self.total, 5 * CENT)
        return max(5 * CENT if rounded else CENT, cash_slack(self.total, self.currency))

    def _amounts(self) -> Iterator[tuple[str, Decimal | None]]:
        """All sums of money with their pointers, but for prices of one unit, which may be finer than the currency."""
        names = ("subtotal", "discount", "service_charge", "tip", "tax", "rounding", "total", "amount_paid", "change")
        yield from ((f"/{name}", getattr(self, name)) for name in names)
        yield from ((f"/items/{i}/amount", item.amount) for i, item in enumerate(self.items))
