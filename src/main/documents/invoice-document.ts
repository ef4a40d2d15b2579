/**
 * What the invoice template prints, made from a document's stored figures, written out in its language. Pure: nothing is recalculated.
 */
import { shortFingerprint } from '../billing/totals-fingerprint.ts';
import type { PartnerInvoice } from '../billing/partner-invoice.ts';
import type { BankAccount, DocumentTax, InvoiceDocument } from './document-model.ts';
import { addressIn, lastDayOf, payableWhen, reasonIn, wordsOf, type DocumentWords } from './document-words.ts';
import { ownLook, type InvoiceLook } from './invoice-look.ts';
import { documentOfPartnerInvoice } from './partner-invoice-document.ts';
import type { RenderRequest } from './typst-compiler.ts';
import { vatNumberIn } from './vat-number.ts';

/** Heads and feet of pages have one line: what is longer is cut. */
const longestHead = 70;
/** A cell with more text than this may run over the end of a page, where it would otherwise be kept together. */
const longestUnbroken = 900;

/** So many lines stand below the totals without running over the end of a page by themselves; a line has about so many letters in its half of the page. */
const mostNoteLines = 20;
const noteLineLetters = 50;

/** The request that renders a partner invoice in Daybook's own look; a draft carries its mark and no number. */
export function invoiceDocument(invoice: PartnerInvoice): RenderRequest {
  return documentRequest(documentOfPartnerInvoice(invoice), ownLook);
}

/**
 * The request that renders a document.
 * @param einvoice the XML to attach, or why there is none: rules the invoice breaks, or nothing for what is not finalised.
 */
export function documentRequest(document: InvoiceDocument, look: InvoiceLook, einvoice: { readonly xml: string } | { readonly rules: readonly string[] } = { rules: [] }): RenderRequest {
  const words = wordsOf(document.choice.language);
  const { text } = words;
  const amount = (minor: number): string => words.amount(minor, document.currency);
  const title = titleOf(document, words);
  const isOnSheet = look.calculation === 'sheet' && document.lines.some((line) => line.explanation !== null);
  const notes = [paymentNote(document, words), ...(document.calculation || document.notes.length > 0 || isReverseCharged(document) ? [calculationNote(document, words, isOnSheet)] : [])];
  return {
    template: 'invoice.typ',
    // Drafts have no date of issue: the same draft still gives the same bytes.
    creationTimestamp: Math.floor(document.madeAt / 1000),
    ...(look.logo === null ? {} : { logo: { bytes: Buffer.from(look.logo.base64, 'base64'), mediaType: look.logo.mediaType } }),
    ...('xml' in einvoice ? { einvoice: { xml: einvoice.xml } } : {}),
    data: {
      title, language: words.language, heading: headingOf(document, words), mark: document.status === 'draft' ? text.draftMark : document.status === 'void' ? text.voidMark : null, number: document.number ?? text.notNumbered,
      currency: document.currency.toUpperCase(), accent: look.accent, pageHead: { issuer: cut(document.issuer.name), title: cut(title) },
      // Read back when a file is verified; no words of a person's.
      keywords: [`daybook-fingerprint:${document.totalsFingerprint}`, ...('xml' in einvoice ? ['e-invoice:EN16931'] : einvoice.rules.length > 0 ? [`e-invoice:none(${[...new Set(einvoice.rules)].join(' ')})`] : [])],
      issuer: { name: document.issuer.name, lines: issuerLines(document, words) }, customer: customerBlock(document, words), facts: factsOf(document, words),
      due: {
        label: document.kind === 'credit-note' ? text.amountCredited : text.amountDue, amount: amount(document.dueMinor),
        note: document.kind === 'credit-note' ? '' : document.dueMinor < 0 ? text.inYourFavour : document.dueDate ? text.by(words.date(document.dueDate)) : text.daysAfterIssue(document.paymentTermsDays),
      },
      words: { billTo: text.billTo, description: text.description, quantity: text.quantity, unitPrice: text.unitPrice, amount: text.amount, page: text.page, pageOf: text.pageOf },
      lines: document.lines.map((line) => ({
        description: line.description, explanation: isOnSheet ? '' : (line.explanation ?? ''), quantity: line.quantity === null ? '' : words.quantity(line.quantity), unitPrice: line.unitPrice === null ? '' : words.price(line.unitPrice, document.currency),
        amount: amount(line.amountMinor), isLong: line.description.length + (line.explanation?.length ?? 0) > longestUnbroken,
      })),
      totals: totalsOf(document, words),
      // Kept together while they are short; what is longer than a page would run over its foot and be lost.
      notes, areNotesLong: notes.some(({ lines }) => lines.reduce((sum, line) => sum + Math.ceil(Math.max(1, line.length) / noteLineLetters), 0) > mostNoteLines),
      sheet: isOnSheet ? sheetOf(document, words) : null,
      footer: { note: look.footer ?? '', issuer: cut(joined([document.issuer.legalName ?? document.issuer.name, document.issuer.email]) ?? ''), fingerprint: `${text.fingerprint} ${shortFingerprint(document.totalsFingerprint)}` },
    },
  };
}

/** On one line at the head or the foot of a page. */
export function cut(text: string): string {
  const letters = [...text];
  return letters.length <= longestHead ? text : `${letters.slice(0, longestHead - 1).join('')}…`;
}

function titleOf({ kind, status, number, customer }: InvoiceDocument, { text }: DocumentWords): string {
  if (status === 'draft') return `${kind === 'invoice' ? text.draftInvoice : text.draftCreditNote}, ${cut(customer.name)}`;
  return `${kind === 'invoice' ? text.invoice : text.creditNote} ${number ?? text.notNumbered}`;
}

function headingOf({ kind, status }: InvoiceDocument, { text }: DocumentWords): string {
  if (kind === 'invoice') return status === 'draft' ? text.draftInvoice : status === 'void' ? text.voidInvoice : text.invoice;
  return status === 'draft' ? text.draftCreditNote : status === 'void' ? text.voidCreditNote : text.creditNote;
}

function joined(parts: readonly (string | null | undefined | '')[]): string | null {
  const present = parts.filter((part) => part !== null && part !== undefined && part !== '');
  return present.length > 0 ? present.join(' · ') : null;
}

/** Who sends it and how they are reached, on two lines. */
export function issuerLines({ issuer }: Pick<InvoiceDocument, 'issuer'>, words: DocumentWords): string[] {
  const { text } = words;
  const where = joined([issuer.legalName, ...addressIn(issuer, words)]);
  const how = joined([issuer.vatId && `${text.vatNumber} ${issuer.vatId}`, issuer.taxNumber && `${text.taxNumber} ${issuer.taxNumber}`, issuer.registrationNumber && `${text.registration} ${issuer.registrationNumber}`, issuer.email]);
  return [where, how].filter((line) => line !== null);
}

function customerBlock({ customer }: InvoiceDocument, words: DocumentWords): { name: string; lines: string[] } {
  const { text } = words;
  const name = customer.legalName ?? customer.name;
  // One field holds what a customer gave; only its form tells which of the two it is.
  const label = vatNumberIn(customer.taxNumber) === null ? text.taxNumber : text.vatNumber;
  return { name, lines: [...addressIn(customer, words), ...(customer.taxNumber ? [`${label} ${customer.taxNumber}`] : []), ...(customer.email ? [customer.email] : [])] };
}

function factsOf(document: InvoiceDocument, words: DocumentWords): { label: string; value: string }[] {
  const { text } = words;
  const { service } = document;
  const facts: [string, string | null][] = [
    [text.issued, document.issueDate && words.date(document.issueDate)],
    [text.due, document.kind === 'credit-note' || document.dueMinor < 0 ? null : document.dueDate && words.date(document.dueDate)],
    ...document.preceding.flatMap(({ number, issueDate }): [string, string | null][] => [[document.kind === 'credit-note' ? text.concerns : text.replaces, number], [text.concernsDate, issueDate && words.date(issueDate)]]),
    [text.serviceFrom, service && words.date(service.start)],
    [text.serviceTo, service && words.date(lastDayOf(service))],
    [text.contract, document.contractReference],
    [text.yourOrder, document.purchaseOrderNumber],
  ];
  return facts.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

interface TotalLine {
  readonly label: string;
  readonly note: string | null;
  readonly amount: string;
  readonly isStrong: boolean;
  readonly isRuled: boolean;
}

function totalsOf(document: InvoiceDocument, words: DocumentWords): TotalLine[] {
  const { text } = words;
  const amount = (minor: number): string => words.amount(minor, document.currency);
  const currency = document.currency.toUpperCase();
  const line = (label: string, minor: number, note: string | null = null): TotalLine => ({ label, note, amount: amount(minor), isStrong: false, isRuled: false });
  const lines: TotalLine[] = [];
  const discountMinor = document.discounts.reduce((sum, discount) => sum + discount.amountMinor, 0);
  if (discountMinor !== 0) lines.push(line(text.lines, document.subtotalMinor + discountMinor), line(`${text.discount} ${document.calculation?.discountLabel ?? ''}`.trim(), -discountMinor));
  lines.push(line(text.subtotal, document.subtotalMinor));
  const hasSeveralTaxes = document.taxes.length > 1;
  for (const share of document.taxes) lines.push(line(taxName(share.tax, words), share.amountMinor, hasSeveralTaxes ? ` ${text.of(amount(share.baseMinor))}` : null));
  const isDueTotal = document.withholdings.length === 0 && document.settled.length === 0;
  lines.push({ ...line(`${text.total}, ${currency}`, document.totalMinor), isRuled: true, isStrong: isDueTotal });
  if (isDueTotal) return lines;
  const hasSeveralBases = document.withholdings.length > 1 || document.withholdings.some((share) => share.baseMinor !== document.subtotalMinor);
  for (const share of document.withholdings) lines.push(line(`${text.withholding} ${words.percent(share.basisPoints)}`, -share.amountMinor, ` ${hasSeveralBases ? text.of(amount(share.baseMinor)) : text.ofSubtotal}`));
  for (const each of document.settled) lines.push(line(each.label, -each.amountMinor));
  lines.push({ ...line(`${document.kind === 'credit-note' ? text.amountCredited : text.amountDue}, ${currency}`, document.dueMinor), isStrong: true, isRuled: true });
  return lines;
}

function taxName(tax: DocumentTax, words: DocumentWords): string {
  return tax.treatment === 'standard' ? `${words.text.tax} ${words.percent(tax.basisPoints)}` : words.text.untaxed[tax.treatment];
}

function paymentNote(document: InvoiceDocument, words: DocumentWords): { title: string; lines: string[] } {
  const { text } = words;
  if (document.kind === 'credit-note') return { title: text.payment, lines: [text.credited, ...settlementLines(document, words)] };
  const { issuer } = document;
  // A month that comes to less than nothing is carried to credit when it is finalised.
  if (document.dueMinor < 0) return { title: text.payment, lines: [text.credited, text.keptAsCredit(`${words.amount(-document.dueMinor, document.currency)} ${document.currency.toUpperCase()}`)] };
  const how = [...(issuer.bank ? bankLines(issuer.bank, text) : []), ...issuer.paymentInstructions];
  const withheld = document.withholdings.length === 0 ? [] : [text.certificate];
  return { title: text.payment, lines: [text.inCurrency(payableWhen(document, words), document.currency.toUpperCase()), ...(how.length > 0 ? how : [document.contractReference === null ? text.byBankTransfer : text.byTransfer]), ...(document.number ? [text.quote(document.number)] : []), ...withheld] };
}

/** Where the amount of a credit note goes. */
function settlementLines({ creditSettlement, currency, preceding }: InvoiceDocument, { text, amount }: DocumentWords): string[] {
  if (!creditSettlement) return [];
  const money = (minor: number): string => `${amount(minor, currency)} ${currency.toUpperCase()}`;
  const { offsetMinor, restMinor, restGoes } = creditSettlement;
  return [...(offsetMinor === 0 ? [] : [text.offsetAgainst(money(offsetMinor), preceding[0]?.number ?? '')]), ...(restMinor === 0 ? [] : [restGoes === 'refund' ? text.toRefund(money(restMinor)) : text.keptAsCredit(money(restMinor))])];
}

/** Where a transfer goes, as it stands on the document. */
export function bankLines(bank: BankAccount, text: DocumentWords['text']): string[] {
  const account = text.account(bank.iban.replace(/(.{4})(?=.)/g, '$1 '));
  return [...(bank.holder ? [`${text.holder} ${bank.holder}`] : []), account, ...(bank.bic || bank.bankName ? [joined([bank.bic && `${text.bic} ${bank.bic}`, bank.bankName]) ?? ''] : [])];
}

/** The law's sentence has to stand on what is, however little of it. */
const isReverseCharged = ({ taxes }: InvoiceDocument): boolean => taxes.some(({ tax }) => tax.treatment === 'reverse-charge');

/** As a person broke it into lines. */
const noteLines = (note: string): string[] => note.split(/\r\n?|\n/).map((line) => line.trimEnd()).filter((line) => line !== '');

function calculationNote(document: InvoiceDocument, words: DocumentWords, isOnSheet: boolean): { title: string; lines: string[] } {
  const { text } = words;
  const { calculation, taxes } = document;
  const taxMinor = document.totalMinor - document.subtotalMinor;
  const reverse = isReverseCharged(document) ? [text.reverseCharge] : [];
  // The reason that a draft is given by itself is the law's sentence: it is said once, in the document's language.
  const notes = (reverse.length === 0 ? document.notes : document.notes.filter((note) => reasonIn(note, words) !== text.reverseCharge)).flatMap(noteLines);
  if (!calculation) return { title: document.kind === 'credit-note' && notes.length > 0 ? text.reason : text.notes, lines: [...notes, ...reverse] };
  return {
    title: text.howCalculated,
    lines: [
      text.terms(calculation.terms), ...(calculation.parts > 1 ? [text.inParts(calculation.parts)] : []), `${text.usage}${taxMinor === 0 ? '' : calculation.isTaxPerLine ? text.taxPerLine : taxes.length > 1 ? text.taxOncePerRate : text.taxOnce}.`, ...notes, ...reverse,
      ...(isOnSheet ? [text.seeSheet] : []),
    ],
  };
}

function sheetOf(document: InvoiceDocument, words: DocumentWords): object {
  const { text } = words;
  return {
    title: text.sheet, lead: text.sheetLead, calculation: text.calculation,
    rows: document.lines.map((line) => ({ description: line.description, explanation: line.explanation ?? '', amount: words.amount(line.amountMinor, document.currency), isLong: line.description.length + (line.explanation?.length ?? 0) > longestUnbroken })),
  };
}

