/** What stands on a document beside the figures, in the languages documents are written in, with the way each writes numbers and dates. */
import { addDays, type LocalDate } from '../../shared/calendar/local-date.ts';
import { formatAmount } from '../../shared/money/format.ts';
import type { DocumentLanguage, PartyDetails } from '../billing/partner-invoice.ts';
import { exemptReason, outsideScopeReason, reverseChargeReason } from '../billing/tax-rules.ts';
import { formatBasisPoints, type TaxTreatment } from '../contracts/contract-terms.ts';
import { formatPrice, groupDigits } from '../contracts/price-format.ts';

export interface DocumentWords {
  readonly language: DocumentLanguage;
  amount(minor: number, currency: string): string;
  /** Major units, decimal text. */
  price(price: string, currency: string): string;
  quantity(quantity: string): string;
  percent(basisPoints: number): string;
  date(date: LocalDate): string;
  readonly text: DocumentTexts;
}

/** A statement of account. */
export interface StatementTexts {
  readonly title: string;
  readonly customer: string;
  readonly from: string;
  readonly to: string;
  readonly balance: string;
  readonly opening: string;
  readonly closing: string;
  readonly date: string;
  readonly what: string;
  readonly document: string;
  readonly debit: string;
  readonly credit: string;
  readonly owed: (currency: string) => string;
  readonly nothing: string;
  readonly note: string;
  /** By the kind of a movement; `…-reversed` where it was taken back. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly reversed: (kind: string) => string;
  /** The part of what the customer has with us: credit, and money not applied. */
  readonly inFavour: (currency: string) => string;
  /** By the kind of a movement of that part. */
  readonly kindsInFavour: Readonly<Record<string, string>>;
}

export interface DocumentTexts {
  readonly invoice: string;
  readonly creditNote: string;
  readonly draftInvoice: string;
  readonly draftCreditNote: string;
  readonly voidInvoice: string;
  readonly voidCreditNote: string;
  readonly draftMark: string;
  readonly voidMark: string;
  readonly notNumbered: string;
  readonly billTo: string;
  readonly issued: string;
  readonly due: string;
  readonly serviceFrom: string;
  readonly serviceTo: string;
  readonly contract: string;
  readonly yourOrder: string;
  readonly concerns: string;
  readonly concernsDate: string;
  /** Of an invoice that stands in for a void one. */
  readonly replaces: string;
  readonly amountDue: string;
  readonly amountCredited: string;
  readonly by: (date: string) => string;
  readonly daysAfterIssue: (days: number) => string;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly amount: string;
  readonly lines: string;
  readonly discount: string;
  readonly subtotal: string;
  readonly tax: string;
  readonly of: (amount: string) => string;
  readonly untaxed: Readonly<Record<Exclude<TaxTreatment, 'standard'>, string>>;
  readonly total: string;
  readonly withholding: string;
  readonly ofSubtotal: string;
  readonly taxNumber: string;
  readonly vatNumber: string;
  readonly registration: string;
  readonly payment: string;
  readonly payableOnReceipt: string;
  readonly payableWithin: (days: number) => string;
  readonly payableBy: (date: string) => string;
  readonly inCurrency: (when: string, currency: string) => string;
  /** Where the account is in the contract, and where there is no contract. */
  readonly byTransfer: string;
  readonly byBankTransfer: string;
  readonly quote: (number: string) => string;
  readonly certificate: string;
  readonly credited: string;
  readonly inYourFavour: string;
  readonly creditApplied: string;
  readonly reason: string;
  readonly offsetAgainst: (amount: string, invoice: string) => string;
  readonly toRefund: (amount: string) => string;
  readonly keptAsCredit: (amount: string) => string;
  readonly statement: StatementTexts;
  readonly account: (iban: string) => string;
  readonly bic: string;
  readonly holder: string;
  readonly howCalculated: string;
  readonly notes: string;
  readonly terms: (terms: string) => string;
  readonly inParts: (parts: number) => string;
  readonly usage: string;
  readonly taxOncePerRate: string;
  readonly taxOnce: string;
  readonly taxPerLine: string;
  readonly reverseCharge: string;
  readonly exempt: string;
  readonly outsideScope: string;
  readonly sheet: string;
  readonly sheetLead: string;
  readonly calculation: string;
  readonly seeSheet: string;
  readonly page: string;
  readonly pageOf: string;
  readonly fingerprint: string;
}

const english: DocumentTexts = {
  invoice: 'Invoice', creditNote: 'Credit note', draftInvoice: 'Draft invoice', draftCreditNote: 'Draft credit note', voidInvoice: 'Void invoice', voidCreditNote: 'Void credit note', draftMark: 'DRAFT', voidMark: 'VOID', notNumbered: 'not numbered yet',
  billTo: 'Bill to', issued: 'Issued', due: 'Due', serviceFrom: 'Service from', serviceTo: 'Service to', contract: 'Contract', yourOrder: 'Your order', concerns: 'Invoice credited', concernsDate: 'Its date', replaces: 'Replaces invoice', amountDue: 'Amount due', amountCredited: 'Amount credited',
  by: (date) => `by ${date}`, daysAfterIssue: (days) => `${days} days after issue`, description: 'Description', quantity: 'Quantity', unitPrice: 'Unit price', amount: 'Amount', lines: 'Lines', discount: 'Discount', subtotal: 'Subtotal', tax: 'Tax',
  of: (amount) => `of ${amount}`, untaxed: { 'reverse-charge': 'Tax, reverse charge', exempt: 'Tax, exempt', 'outside-scope': 'Tax, outside the scope' }, total: 'Total', withholding: 'Withholding tax', ofSubtotal: 'of the subtotal',
  taxNumber: 'Tax number', vatNumber: 'VAT number', registration: 'Registered', payment: 'Payment', payableOnReceipt: 'Payable on receipt', payableBy: (date) => `Payable by ${date}`, payableWithin: (days) => `Payable within ${days} days of issue`, inCurrency: (when, currency) => `${when}, in ${currency}.`,
  byTransfer: 'By bank transfer to the account named in your contract.', byBankTransfer: 'By bank transfer.', quote: (number) => `Quote ${number} with your payment.`, certificate: 'Please send the certificate of the tax you withheld.',
  credited: 'Nothing is to be paid: the amount is credited to you.', inYourFavour: 'in your favour', creditApplied: 'Credit applied', reason: 'Reason',
  offsetAgainst: (amount, invoice) => `${amount} is taken off what invoice ${invoice} has due.`, toRefund: (amount) => `${amount} is refunded to you.`, keptAsCredit: (amount) => `${amount} is kept as credit and taken off your next invoices.`,
  statement: {
    title: 'Statement of account', customer: 'Account of', from: 'From', to: 'To', balance: 'Balance', opening: 'Opening balance', closing: 'Closing balance', date: 'Date', what: 'What', document: 'Document', debit: 'Billed', credit: 'Settled',
    owed: (currency) => `What you owe, in ${currency}`, nothing: 'Nothing was billed, paid or credited in these days.', note: 'What you owe is in your favour where it has a minus.',
    kinds: { invoice: 'Invoice', void: 'Invoice voided', allocation: 'Payment', 'credit-note': 'Credit note', 'credit-application': 'Credit applied', 'credit-carried': 'Kept as credit', 'withholding-certificate': 'Withholding tax', uncollectible: 'Given up', 'write-off': 'Written off' },
    reversed: (kind) => `${kind}, taken back`, inFavour: (currency) => `What you have with us, in ${currency}`,
    kindsInFavour: { receipt: 'Payment not applied', allocation: 'Applied to invoices', 'credit-note': 'Credit note, kept as credit', 'credit-carried': 'Kept as credit', 'credit-application': 'Credit applied', 'credit-payment': 'Paid out to you' },
  },
  account: (iban) => `IBAN ${iban}`, bic: 'BIC', holder: 'Account of', howCalculated: 'How this was calculated', notes: 'Notes', terms: (terms) => `Contract: ${terms}`,
  inParts: (parts) => `The terms changed within the month: it is billed in ${parts} parts, each with its days of fees, minimum, included units and tiers, and with its own usage.`,
  usage: 'Usage of each day in the service period, counted once per request id. Each line is rounded once, half away from zero', taxOncePerRate: '; tax is worked out once per rate', taxOnce: '; tax is worked out once on the subtotal', taxPerLine: ', and so is its tax',
  reverseCharge: reverseChargeReason, exempt: exemptReason, outsideScope: outsideScopeReason, sheet: 'Calculation sheet', sheetLead: 'How each line came about, line by line.', calculation: 'Calculation', seeSheet: 'The calculation of each line follows on its own sheet.',
  page: 'Page', pageOf: 'of', fingerprint: 'Totals fingerprint',
};

const german: DocumentTexts = {
  invoice: 'Rechnung', creditNote: 'Rechnungskorrektur', draftInvoice: 'Rechnungsentwurf', draftCreditNote: 'Entwurf einer Rechnungskorrektur', voidInvoice: 'Stornierte Rechnung', voidCreditNote: 'Stornierte Rechnungskorrektur', draftMark: 'ENTWURF',
  voidMark: 'STORNIERT', notNumbered: 'noch ohne Nummer', billTo: 'Rechnung an', issued: 'Rechnungsdatum', due: 'Fällig', serviceFrom: 'Leistung vom', serviceTo: 'Leistung bis', contract: 'Vertrag', yourOrder: 'Ihre Bestellung', concerns: 'Zu Rechnung', concernsDate: 'vom', replaces: 'Ersetzt Rechnung',
  amountDue: 'Zu zahlen', amountCredited: 'Gutschriftbetrag', by: (date) => `bis ${date}`, daysAfterIssue: (days) => `${days} Tage nach Rechnungsdatum`, description: 'Bezeichnung', quantity: 'Menge', unitPrice: 'Einzelpreis', amount: 'Betrag',
  lines: 'Summe der Positionen', discount: 'Nachlass', subtotal: 'Zwischensumme', tax: 'Umsatzsteuer', of: (amount) => `auf ${amount}`,
  untaxed: { 'reverse-charge': 'Umsatzsteuer, Steuerschuldnerschaft des Leistungsempfängers', exempt: 'Umsatzsteuer, steuerfrei', 'outside-scope': 'Umsatzsteuer, nicht steuerbar' }, total: 'Gesamtbetrag', withholding: 'Quellensteuer',
  ofSubtotal: 'auf die Zwischensumme', taxNumber: 'Steuernummer', vatNumber: 'USt-IdNr.', registration: 'Register', payment: 'Zahlung', payableOnReceipt: 'Zahlbar bei Erhalt', payableBy: (date) => `Zahlbar bis zum ${date}`, payableWithin: (days) => `Zahlbar innerhalb von ${days} Tagen nach Rechnungsdatum`,
  inCurrency: (when, currency) => `${when}, in ${currency}.`, byTransfer: 'Per Überweisung auf das in Ihrem Vertrag genannte Konto.', byBankTransfer: 'Per Überweisung.', quote: (number) => `Bitte geben Sie bei der Zahlung ${number} an.`,
  certificate: 'Bitte senden Sie uns die Bescheinigung über die einbehaltene Steuer.', credited: 'Es ist nichts zu zahlen: Der Betrag wird Ihnen gutgeschrieben.', inYourFavour: 'zu Ihren Gunsten', creditApplied: 'Angerechnetes Guthaben', reason: 'Grund',
  offsetAgainst: (amount, invoice) => `${amount} werden mit der offenen Rechnung ${invoice} verrechnet.`, toRefund: (amount) => `${amount} werden Ihnen erstattet.`, keptAsCredit: (amount) => `${amount} bleiben als Guthaben stehen und werden mit Ihren nächsten Rechnungen verrechnet.`,
  statement: {
    title: 'Kontoauszug', customer: 'Konto von', from: 'Vom', to: 'Bis', balance: 'Saldo', opening: 'Anfangssaldo', closing: 'Endsaldo', date: 'Datum', what: 'Vorgang', document: 'Beleg', debit: 'Berechnet', credit: 'Beglichen',
    owed: (currency) => `Ihr offener Betrag in ${currency}`, nothing: 'In diesen Tagen wurde nichts berechnet, bezahlt oder gutgeschrieben.', note: 'Ein offener Betrag mit Minus besteht zu Ihren Gunsten.',
    kinds: { invoice: 'Rechnung', void: 'Rechnung storniert', allocation: 'Zahlung', 'credit-note': 'Rechnungskorrektur', 'credit-application': 'Guthaben angerechnet', 'credit-carried': 'Als Guthaben vorgetragen', 'withholding-certificate': 'Quellensteuer', uncollectible: 'Ausgebucht', 'write-off': 'Kleinbetrag ausgebucht' },
    reversed: (kind) => `${kind}, zurückgenommen`, inFavour: (currency) => `Ihr Guthaben bei uns in ${currency}`,
    kindsInFavour: { receipt: 'Zahlung, nicht zugeordnet', allocation: 'Rechnungen zugeordnet', 'credit-note': 'Rechnungskorrektur, als Guthaben', 'credit-carried': 'Als Guthaben vorgetragen', 'credit-application': 'Guthaben angerechnet', 'credit-payment': 'An Sie ausgezahlt' },
  },
  account: (iban) => `IBAN ${iban}`, bic: 'BIC', holder: 'Kontoinhaber',
  howCalculated: 'So wurde gerechnet', notes: 'Hinweise', terms: (terms) => `Vertrag: ${terms}`,
  inParts: (parts) => `Die Bedingungen haben sich im Monat geändert: Er wird in ${parts} Teilen abgerechnet, jeder mit seinen Tagen, seinem Mindestbetrag, seinen Freimengen und Staffeln und seinem eigenen Verbrauch.`,
  usage: 'Verbrauch jedes Tages im Leistungszeitraum, je Anfrage einmal gezählt. Jede Position wird einmal kaufmännisch gerundet', taxOncePerRate: '; die Steuer wird je Satz einmal berechnet', taxOnce: '; die Steuer wird einmal auf die Zwischensumme berechnet', taxPerLine: ', ebenso ihre Steuer',
  reverseCharge: 'Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge).', exempt: 'Steuerfreie Leistung.', outsideScope: 'Nicht steuerbare Leistung.', sheet: 'Berechnungsblatt', sheetLead: 'Wie jede Position zustande kommt.', calculation: 'Berechnung', seeSheet: 'Die Berechnung jeder Position steht auf einem eigenen Blatt.',
  page: 'Seite', pageOf: 'von', fingerprint: 'Prüfsumme der Beträge',
};

const months: Readonly<Record<DocumentLanguage, readonly string[]>> = {
  en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
  de: ['Januar', 'Februar', 'März', 'April', 'Mai', 'Juni', 'Juli', 'August', 'September', 'Oktober', 'November', 'Dezember'],
};
const locales: Readonly<Record<DocumentLanguage, string>> = { en: 'en-US', de: 'de-DE' };

/** '1,234.50' → '1.234,50': the same digits with the other language's marks. */
function swapMarks(text: string): string {
  return text.replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
}

/** A quantity may have decimals; its whole part is grouped. */
function groupQuantity(quantity: string): string {
  const [whole = '', ...decimals] = quantity.split('.');
  return [groupDigits(whole), ...decimals].join('.');
}

/** '2026-10-31' → '31 October 2026', read alike on both sides of the ocean; '31. Oktober 2026'. */
function longDate(date: LocalDate, language: DocumentLanguage): string {
  return `${Number(date.slice(8))}${language === 'de' ? '.' : ''} ${months[language][Number(date.slice(5, 7)) - 1] ?? ''} ${date.slice(0, 4)}`;
}

export function wordsOf(language: DocumentLanguage): DocumentWords {
  const marked = (text: string): string => (language === 'de' ? swapMarks(text) : text);
  return {
    language, amount: (minor, currency) => formatAmount(minor, currency, locales[language]), price: (price, currency) => marked(formatPrice(price, currency)), quantity: (quantity) => marked(groupQuantity(quantity)),
    percent: (basisPoints) => marked(formatBasisPoints(basisPoints)), date: (date) => longDate(date, language), text: language === 'de' ? german : english,
  };
}

const regionsOf: Readonly<Record<DocumentLanguage, Intl.DisplayNames>> = { en: new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }), de: new Intl.DisplayNames(['de'], { type: 'region', fallback: 'code' }) };

/** The lines of an address; the country that closes it, which is kept in English, in the document's language. */
export function addressIn({ address, postal }: Pick<PartyDetails, 'address' | 'postal'>, { language }: DocumentWords): readonly string[] {
  const country = postal?.country ?? null;
  if (language === 'en' || country === null || !/^[A-Z]{2}$/.test(country) || address.at(-1) !== regionsOf.en.of(country)) return address;
  return [...address.slice(0, -1), regionsOf[language].of(country) ?? country];
}

/** A reason that a draft was given by itself is a sentence of the document's, and stands in its language; what a person wrote stands as written. */
export function reasonIn(reason: string, { text }: DocumentWords): string {
  if (reason === reverseChargeReason) return text.reverseCharge;
  return reason === exemptReason ? text.exempt : reason === outsideScopeReason ? text.outsideScope : reason;
}

/** When an invoice is to be paid: by its payment terms, or by the due date that a person chose otherwise. */
export function payableWhen({ issueDate, dueDate, paymentTermsDays }: { readonly issueDate: LocalDate | null; readonly dueDate: LocalDate | null; readonly paymentTermsDays: number }, { text, date }: DocumentWords): string {
  if (dueDate !== null && (issueDate === null || addDays(issueDate, paymentTermsDays) !== dueDate)) return text.payableBy(date(dueDate));
  return paymentTermsDays === 0 ? text.payableOnReceipt : text.payableWithin(paymentTermsDays);
}

/** The last day of a span whose end is exclusive. */
export function lastDayOf(service: { readonly end: LocalDate }): LocalDate {
  return addDays(service.end, -1);
}
