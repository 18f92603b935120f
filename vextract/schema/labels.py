"""What is printed beside common values on business papers, in English, German and French, the most specific first.

Shared by the ready-made schemas. Labels are parted by semicolons.
"""

from vextract.schema.hints import Section

SELLER = Section(
    "seller",
    "Seller; Supplier; Vendor; Invoice from; Bill from; Sold by; From; Verkäufer; Lieferant; Rechnungssteller; "
    "Rechnungsersteller; Leistungserbringer; Absender; Vendeur; Émetteur; Fournisseur; Prestataire",
)
BUYER = Section(
    "buyer",
    "Bill to; Billed to; Billing address; Invoice to; Invoiced to; Sold to; Buyer; Customer; Client; Attention; To; "
    "Rechnung an; Rechnungsadresse; Rechnungsanschrift; Rechnungsempfänger; Käufer; Kunde; Auftraggeber; "
    "Leistungsempfänger; Empfänger; Facturé à; Adresse de facturation; Acheteur; Client facturé; Destinataire; Doit",
)
POSITION = "Position; Pos.; Pos; Item no.; Item #; Line; Line no.; No.; #; Pos.-Nr.; Lfd. Nr.; Nr.; N°; Ligne; Rang"
DESCRIPTION = (
    "Description; Item description; Description of goods; Product; Item; Details; Particulars; Service; Activity; "
    "Bezeichnung; Beschreibung; Artikelbezeichnung; Artikel; Leistung; Produkt; Désignation; Libellé; "
    "Description des services; Article; Prestation"
)
QUANTITY = (
    "Quantity; Qty.; Qty; QTY; Units; Hours; Hrs; Menge; Anzahl; Anz.; Stück; Stk.; Stunden; Quantité; Qté; Qte; Nombre"
)
UNIT = "Unit of measure; UoM; U/M; UM; Unit; Einheit; Einh.; ME; EH; Mengeneinheit; Unité; U.; Un."
UNIT_PRICE = (
    "Unit price; Unit cost; Price per unit; Price each; Price/unit; Unit rate; Price; Rate; Each; Cost; Einzelpreis; "
    "E-Preis; EP; Preis/Einheit; Stückpreis; Stundensatz; Preis; Prix unitaire; Prix unitaire HT; Prix unit.; PU HT; "
    "P.U. HT; P.U.; PU; Prix"
)
DISCOUNT_RATE = "Discount %; Disc. %; Disc %; Rabatt %; Rabatt in %; Rab. %; Remise %; Rem. %"
DISCOUNT = "Discount amount; Discount; Disc.; Rabattbetrag; Rabatt; Nachlass; Montant remise; Remise"
TAX_RATE = (
    "VAT rate; VAT %; Tax rate; Tax %; GST %; VAT; Tax; GST; MwSt.-Satz; MwSt. %; USt. %; USt.-Satz; Steuersatz; "
    "MwSt.; USt.; Taux TVA; Taux de TVA; TVA %; % TVA; TVA"
)
LINE_AMOUNT = (
    "Net amount; Line total; Total price; Total amount; Extended price; Ext. price; Amount; Line amount; Total; "
    "Gesamtpreis; G-Preis; GP; Nettobetrag; Gesamt; Betrag; Summe; Montant HT; Total HT; Prix total HT; Montant; "
    "Montant total; Prix total"
)
TAX_BASE = (
    "Taxable amount; Tax base; Net amount; Net; Goods; Steuerbasis; Bemessungsgrundlage; Nettobetrag; Netto; "
    "Netto-Betrag; Base HT; Base imposable; Montant HT; Base TVA; Base"
)
TAX_AMOUNT = (
    "VAT amount; Tax amount; GST amount; VAT; Tax; MwSt.-Betrag; Steuerbetrag; USt.-Betrag; MwSt.; USt.; Steuer; "
    "Montant TVA; Montant de TVA; TVA"
)
ORDER_NUMBER = (
    "Purchase order number; Purchase order no.; Purchase order; PO number; P.O. number; PO no.; P.O. no.; PO #; "
    "P.O. #; PO; Customer order no.; Your order no.; Your reference; Order number; Order no.; Order #; Order ID; "
    "Sales order; Bestellnummer; Bestell-Nr.; Bestellnr.; Ihre Bestellung; Ihre Bestellnummer; Ihr Auftrag; "
    "Auftragsnummer; Auftrags-Nr.; Auftragsnr.; Auftrag; N° de commande; Numéro de commande; N° commande; "
    "Commande n°; Bon de commande; Votre commande; Référence commande; Réf. commande"
)
CUSTOMER_NUMBER = (
    "Customer number; Customer no.; Customer no; Customer #; Customer ID; Cust. no.; Client number; Client no.; "
    "Client ID; Account number; Account no.; Account #; Debtor no.; Kundennummer; Kunden-Nr.; Kundennr.; Kd.-Nr.; "
    "KdNr.; Debitorennummer; Debitor; Numéro client; N° client; N° de client; Code client; Client n°; Réf. client; "
    "Compte client"
)
VAT_ID = (
    "VAT registration number; VAT registration no.; VAT reg. no.; VAT Reg No; VAT number; VAT no.; VAT ID; VAT-ID; "
    "VAT; GST registration no.; GST reg. no.; GSTIN; GST no.; GST ID; ABN; USt-IdNr.; USt.-IdNr.; USt-ID-Nr.; USt-ID; "
    "UStID; UID; UID-Nr.; Umsatzsteuer-ID; Umsatzsteuer-Identifikationsnummer; MWST-Nr.; N° TVA intracommunautaire; "
    "N° de TVA intracommunautaire; TVA intracommunautaire; TVA intracom.; N° TVA; N° de TVA; Numéro de TVA; "
    "TVA Intra; ID TVA"
)
TAX_NUMBER = (
    "Tax number; Tax no.; Tax ID; Tax ID no.; Tax identification number; TIN; EIN; Federal tax ID; FEIN; PAN; "
    "Steuernummer; Steuer-Nr.; Steuernr.; St.-Nr.; St-Nr.; StNr.; Numéro fiscal; N° fiscal; Identifiant fiscal; SIREN"
)
IBAN = "IBAN; IBAN no.; IBAN-Nr.; Bank account (IBAN); Kontonummer (IBAN); Compte IBAN"
BIC = "BIC; BIC/SWIFT; SWIFT/BIC; SWIFT code; BIC code; SWIFT; Code BIC; Swift-Code"
EMAIL = "E-mail; Email; E-Mail; Mail; E-Mail-Adresse; Courriel; Mél; Adresse e-mail"
PHONE = (
    "Telephone; Phone; Phone no.; Tel.; Tel; Tel no.; Ph.; T:; Telefon; Fon; Tel.-Nr.; Rufnummer; Téléphone; Tél.; Tél"
)
SIRET = "N° SIRET; No SIRET; Numéro SIRET; Siret n°; SIRET"
CURRENCY = "Invoice currency; Currency; Curr.; Währung; Rechnungswährung; Devise; Monnaie"
SUBTOTAL = (
    "Total excl. VAT; Total excluding VAT; Total (excl. VAT); Total net; Net total; Net amount; Subtotal excl. VAT; "
    "Sub-total; Sub total; Subtotal; Total before tax; Taxable amount; Amount before tax; Nettobetrag; Gesamt netto; "
    "Summe netto; Nettosumme; Netto-Betrag; Gesamtbetrag netto; Zwischensumme; Warenwert; Netto; Total HT; "
    "Total H.T.; Montant total HT; Montant HT; Net HT; Total hors taxe; Sous-total; Sous-total HT"
)
TAX_TOTAL = (
    "Total VAT; VAT total; Total tax; Tax total; VAT amount; Tax amount; Sales tax; Total GST; GST amount; VAT; GST; "
    "Tax; HST; Umsatzsteuer gesamt; MwSt. gesamt; Summe MwSt.; Summe USt.; Steuerbetrag; Mehrwertsteuer; "
    "Umsatzsteuer; MwSt.; MwSt; USt.; USt; MWST; Total TVA; Montant TVA; Montant de la TVA; TVA"
)
TOTAL = (
    "Grand total; Invoice total; Total incl. VAT; Total including VAT; Total (incl. VAT); Total inc. VAT; "
    "Total inc GST; Gross total; Gross amount; Total amount; Invoice amount; Total for this invoice; Total; "
    "Gesamtbetrag; Rechnungsbetrag; Rechnungssumme brutto; Rechnungssumme; Gesamtsumme; Bruttobetrag; Bruttosumme; "
    "Gesamt brutto; Gesamtbetrag brutto; Endbetrag; Endsumme; Gesamt; Summe; Total TTC; Total T.T.C.; "
    "Montant total TTC; Montant TTC; Total général; Montant total; Totaalbedrag; Totaal incl. BTW; Totaal; "
    "Importe total; Totale fattura; Importo totale; Totale; Valor total; Total amount due; Total amount payable; "
    "Total payable; Total due; Amount due; Amount payable; Balance due; Due payable; Zu zahlender Betrag; "
    "Zahlbetrag; Zu zahlen; Net à payer; Total à payer; Montant à payer; Te betalen; Total a pagar"
)
ROUNDING = "Rounding adjustment; Rounding adj.; Rounding; Round off; Rundungsdifferenz; Rundung; Arrondi"
NOT_PHONE = "Fax; Telefax; Mobile fax; Télécopie; Hotline"
NOT_VAT_ID = (
    "VAT amount; VAT rate; Customer VAT no.; Your VAT number; Ihre USt-IdNr.; Montant TVA; Taux TVA; TVA client"
)
NOT_TOTAL = (
    "Subtotal; Sub-total; Total excl. VAT; Total net; Total VAT; Total tax; Total discount; Total qty; "
    "Total quantity; Total items; Total weight; Zwischensumme; Nettobetrag; Gesamt netto; Summe netto; Summe MwSt.; "
    "Gesamtgewicht; Übertrag; Rechnungssumme netto; Subtotaal; Totaal excl. BTW; Totaal BTW; "
    "Total taxes; Total HT; Total TVA; Sous-total; Total remise; Total quantité"
)
NOT_SUBTOTAL = (
    "Grand total; Total incl. VAT; Total due; Gesamtbetrag brutto; Rechnungsbetrag; Bruttobetrag; Total TTC; "
    "Net à payer"
)
NOT_TAX_TOTAL = "VAT number; VAT ID; VAT rate; Tax ID; Tax rate; USt-IdNr.; Steuernummer; Steuersatz; N° TVA; Taux TVA"
RATE = (
    "VAT rate; Tax rate; GST rate; Rate; VAT %; MwSt.-Satz; Steuersatz; "
    "USt.-Satz; Satz; MwSt. %; Taux TVA; Taux de TVA; Taux"
)
DELIVERY = Section(
    "delivery",
    "Ship to; Deliver to; Delivered to; Delivery address; Shipping address; Consignee; Recipient; Lieferadresse; "
    "Lieferanschrift; Lieferung an; Warenempfänger; Versandadresse; Adresse de livraison; Livré à; Livraison; Destinataire",
)
