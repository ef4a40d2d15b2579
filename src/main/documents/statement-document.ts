/** What the statement template prints: a customer's movements as the books have them, written out in the customer's language. Pure: nothing is recalculated. */
import { createHash } from 'node:crypto';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import type { Issuer, PartyDetails } from '../billing/partner-invoice.ts';
import { shortFingerprint } from '../billing/totals-fingerprint.ts';
import type { StatementInFavour, StatementOfCurrency } from '../receivables/ageing-calculation.ts';
import type { DocumentChoice } from './document-model.ts';
import { addressIn, wordsOf, type DocumentWords } from './document-words.ts';
import { cut, issuerLines } from './invoice-document.ts';
import type { InvoiceLook } from './invoice-look.ts';
import type { RenderRequest } from './typst-compiler.ts';

export interface AccountStatement {
  readonly issuer: Issuer;
  readonly customer: PartyDetails;
  /** Both inclusive. */
  readonly from: LocalDate;
  readonly to: LocalDate;
  readonly currencies: readonly StatementOfCurrency[];
  readonly choice: DocumentChoice;
}

/** The request that renders a statement of account: the same figures give the same bytes, on whatever day it is made. */
export function statementRequest({ issuer, customer, from, to, currencies, choice }: AccountStatement, look: InvoiceLook): RenderRequest {
  const words = wordsOf(choice.language);
  const { statement: text } = words.text;
  const title = `${text.title}, ${cut(customer.name)}`;
  const fingerprint = createHash('sha256').update(JSON.stringify(['daybook-statement-2', from, to, currencies.map((one) => [one.currency, one.openingMinor, one.closingMinor, one.lines.map((line) => [line.on, line.kind, line.document, line.debitMinor, line.creditMinor]), one.inFavour.openingMinor, one.inFavour.lines.map((line) => [line.on, line.kind, line.document, line.amountMinor])])])).digest('hex');
  return {
    template: 'statement.typ',
    creationTimestamp: Math.floor(Date.parse(`${to}T00:00:00Z`) / 1000),
    ...(look.logo === null ? {} : { logo: { bytes: Buffer.from(look.logo.base64, 'base64'), mediaType: look.logo.mediaType } }),
    data: {
      title, language: words.language, heading: text.title, accent: look.accent, pageHead: { issuer: cut(issuer.name), title }, keywords: [`daybook-statement:${fingerprint}`],
      issuer: { name: issuer.name, lines: issuerLines({ issuer }, words) }, customer: { label: text.customer, name: customer.legalName ?? customer.name, lines: addressIn(customer, words) },
      facts: [{ label: text.from, value: words.date(from) }, { label: text.to, value: words.date(to) }],
      words: { date: text.date, what: text.what, document: text.document, debit: text.debit, credit: text.credit, balance: text.balance, amount: words.text.amount, opening: text.opening, closing: text.closing, nothing: text.nothing, page: words.text.page, pageOf: words.text.pageOf },
      currencies: currencies.map((one) => partOf(one, words)), note: text.note,
      footer: { note: look.footer ?? '', issuer: cut([issuer.legalName ?? issuer.name, issuer.email].filter((part) => part !== null).join(' · ')), fingerprint: `${words.text.fingerprint} ${shortFingerprint(fingerprint)}` },
    },
  };
}

function partOf({ currency, openingMinor, closingMinor, lines, inFavour }: StatementOfCurrency, words: DocumentWords): object {
  const { statement: text } = words.text;
  const amount = (minor: number): string => words.amount(minor, currency);
  return {
    owed: text.owed(currency.toUpperCase()), currency: currency.toUpperCase(), opening: amount(openingMinor), closing: amount(closingMinor),
    lines: lines.map((line) => ({ on: words.date(line.on), what: whatOf(line.kind, words), document: line.document, debit: line.debitMinor === 0 ? '' : amount(line.debitMinor), credit: line.creditMinor === 0 ? '' : amount(line.creditMinor), balance: amount(line.balanceMinor) })),
    inFavour: isQuiet(inFavour) ? [] : [{ heading: text.inFavour(currency.toUpperCase()), opening: amount(inFavour.openingMinor), closing: amount(inFavour.closingMinor), lines: inFavour.lines.map((line) => ({ on: words.date(line.on), what: whatOf(line.kind, words, text.kindsInFavour), document: line.document, amount: amount(line.amountMinor), balance: amount(line.balanceMinor) })) }],
  };
}

/** Nothing was or is kept for the customer: the page says nothing of it. */
const isQuiet = ({ openingMinor, closingMinor, lines }: StatementInFavour): boolean => openingMinor === 0 && closingMinor === 0 && lines.length === 0;

function whatOf(kind: string, { text }: DocumentWords, kinds: Readonly<Record<string, string>> = text.statement.kinds): string {
  const { reversed } = text.statement;
  const taken = /^(.*)-reversed$/.exec(kind)?.[1];
  return taken === undefined ? (kinds[kind] ?? kind) : reversed(kinds[taken] ?? taken);
}
