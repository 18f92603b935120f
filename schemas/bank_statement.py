"""A bank statement: the account, the balances, and every booking between them."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from pydantic import BaseModel, Field

from vextract.schema import labels
from vextract.schema.amounts import CENT, Amount, close, known_sum, shown
from vextract.schema.checks import Checked, Inconsistency
from vextract.schema.figures import check_decimals
from vextract.schema.hints import printed
from vextract.schema.identifiers import check_iban


class Transaction(BaseModel):
    """One booking. Money that leaves the account is negative, also where it stands in a column of its own."""

    date: dt.date | None = printed(
        "Date",
        "The day it was booked.",
        labels="Booking date; Posting date; Transaction date; Trans. date; Date; Buchungstag; Buchungsdatum; Buchung; "
        "Bu-Tag; Datum; Date d'opération; Date opération; Date comptable; Date",
        not_labels="Value date; Wertstellung; Valuta; Date de valeur; Date valeur",
    )
    value_date: dt.date | None = printed(
        "Value date",
        "The day from which it bears interest.",
        labels="Value date; Val. date; Value; Wertstellung; Valutadatum; Valuta; Wert; Date de valeur; Date valeur; "
        "Valeur",
    )
    description: str | None = printed(
        "Description",
        "What it was for, and with whom.",
        labels="Transaction details; Description; Details; Particulars; Narrative; Reference; Buchungstext; "
        "Verwendungszweck; Vorgang; Erläuterung; Umsatztext; Text; Libellé; Nature de l'opération; Opération; Détail; "
        "Désignation",
    )
    amount: Amount | None = printed(
        "Amount",
        "How much: positive for money in (credit, Haben), negative for money out (debit, Soll).",
        labels="Amount; Paid in; Paid out; Money in; Money out; Credit; Debit; Deposits; Withdrawals; Payments; "
        "Receipts; Betrag; Umsatz; Soll; Haben; Lastschrift; Gutschrift; Belastung; Montant; Débit; Crédit",
        not_labels="Balance; Running balance; Saldo; Kontostand; Solde",
    )
    balance: Amount | None = printed(
        "Balance",
        "The balance after it, where printed.",
        labels="Running balance; Balance; Saldo; Kontostand; Solde; Nouveau solde",
    )


class BankStatement(Checked):
    """A statement of account."""

    bank: str | None = printed("Bank", "The bank that issued the statement.", place="letterhead")
    account_holder: str | None = printed(
        "Account holder",
        "Whose account it is.",
        labels="Account holder; Account name; Name of account; Customer name; Kontoinhaber; Kontoinhaberin; "
        "Konto von; Inhaber; Titulaire du compte; Titulaire; Intitulé du compte",
    )
    iban: str | None = printed("IBAN", "The account's IBAN.", labels=labels.IBAN, format="iban")
    bic: str | None = printed("BIC", "The bank's BIC (SWIFT code).", labels=labels.BIC, format="bic")
    account_number: str | None = printed(
        "Account number",
        "The national account number, where there is no IBAN or beside it.",
        labels="Account number; Account no.; Acct. no.; A/C no.; Account; Kontonummer; Konto-Nr.; Kontonr.; Konto; "
        "Numéro de compte; N° de compte; N° compte; Compte n°",
        not_labels="IBAN; Statement number; Customer number; Auszug Nr.; Kundennummer; N° de relevé; N° client",
    )
    statement_number: str | None = printed(
        "Statement number",
        "The number of the statement.",
        labels="Statement number; Statement no.; Statement #; Kontoauszug Nr.; Auszug Nr.; Auszug-Nr.; Auszugsnummer; "
        "Relevé n°; N° de relevé; Numéro de relevé",
        not_labels="Account number; Page; Kontonummer; Seite; Blatt; Numéro de compte",
    )
    statement_date: dt.date | None = printed(
        "Statement date",
        "The day it was drawn up.",
        labels="Statement date; Date of statement; Issue date; Auszugsdatum; Erstellt am; Auszug vom; Datum; "
        "Date du relevé; Arrêté au; Édité le",
        not_labels="Value date; Booking date; Wertstellung; Buchungstag; Date de valeur",
    )
    period_start: dt.date | None = printed(
        "From",
        "The first day of the statement.",
        labels="Statement period; Period from; Period; From; Zeitraum vom; Zeitraum; Von; Période du; Période; Du",
    )
    period_end: dt.date | None = printed(
        "To",
        "The last day of the statement.",
        labels="Statement period; Period to; Period ending; To; Zeitraum bis; Bis; Période au; Au; Jusqu'au",
    )
    currency: str | None = printed(
        "Currency", "The currency, as an ISO 4217 code: EUR for €.", labels=labels.CURRENCY, format="currency"
    )
    opening_balance: Amount | None = printed(
        "Opening balance",
        "The balance before the first booking; negative when overdrawn.",
        labels="Opening balance; Starting balance; Beginning balance; Balance brought forward; Brought forward; "
        "Previous balance; Anfangssaldo; Alter Kontostand; Alter Saldo; Saldovortrag; Übertrag; Kontostand am; "
        "Solde initial; Ancien solde; Solde précédent; Solde antérieur; Solde au début",
        not_labels="Closing balance; Neuer Saldo; Nouveau solde",
    )
    transactions: list[Transaction] = Field(
        default_factory=list, title="Bookings", description="Every booking, in the order printed."
    )
    closing_balance: Amount | None = printed(
        "Closing balance",
        "The balance after the last booking; negative when overdrawn.",
        labels="Closing balance; Ending balance; End balance; New balance; Balance carried forward; Current balance; "
        "Endsaldo; Neuer Kontostand; Neuer Saldo; Schlusssaldo; Abschlusssaldo; Kontostand; Solde final; "
        "Nouveau solde; Solde de clôture; Solde créditeur; Solde débiteur; Solde en fin de période",
        not_labels="Opening balance; Available balance; Alter Saldo; Verfügbarer Betrag; Ancien solde",
    )

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Balances that the bookings do not lead to, dates out of order, a wrong IBAN."""
        opening, closing = self.opening_balance, self.closing_balance
        moved = known_sum(booking.amount for booking in self.transactions)
        if opening is not None and closing is not None and moved is not None and not close(opening + moved, closing):
            yield Inconsistency(
                f"opening balance and bookings do not make the closing balance: {shown(opening)} + {shown(moved)} "
                f"= {shown(opening + moved)}, printed {shown(closing)}",
                ("/opening_balance", "/closing_balance", "/transactions"),
            )
        yield from self._check_running()
        if self.period_start and self.period_end and self.period_end < self.period_start:
            yield Inconsistency(
                f"the period ends before it starts: {self.period_start} to {self.period_end}",
                ("/period_start", "/period_end"),
            )
        yield from check_iban("/iban", self.iban)
        yield from check_decimals(self.currency, self._amounts())

    def _check_running(self) -> Iterator[Inconsistency]:
        """Each balance follows from the one before, unless the newest booking stands first."""
        lines = self.transactions
        steps = [(i, before.balance, line.amount, line.balance) for i, (before, line) in enumerate(pairwise(lines), 1)]
        wrong = [
            Inconsistency(
                f"the balance does not follow: {shown(before)} + {shown(amount)} = {shown(before + amount)}, "
                f"printed {shown(after)}",
                (f"/transactions/{i - 1}/balance", f"/transactions/{i}/amount", f"/transactions/{i}/balance"),
            )
            for i, before, amount, after in steps
            if before is not None and amount is not None and after is not None and abs(before + amount - after) > CENT
        ]
        dates = [line.date for line in lines if line.date]
        newest_first = len(dates) > 1 and dates[0] > dates[-1]
        # Days that are all the same leave the order open: then nothing is told unless some balance does follow.
        if not newest_first and len(wrong) < max(len(steps), 2):
            yield from wrong

    def _amounts(self) -> Iterator[tuple[str, Decimal | None]]:
        yield from (("/opening_balance", self.opening_balance), ("/closing_balance", self.closing_balance))
        yield from ((f"/transactions/{i}/amount", line.amount) for i, line in enumerate(self.transactions))
