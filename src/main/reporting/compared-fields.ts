/**
 * What the sources of a difference say side by side, and which of it is what differs. Pure: a function of the reason and of what the stores say now, so that what was put right since
 * (a record that was fetched, an entry that was posted, a line that was matched) is not marked any more.
 */
import { comparedSources } from '../../shared/api/reconciliation.contract.ts';
import type { LocalDate } from '../../shared/calendar/local-date.ts';
import { toDecimalString } from '../../shared/money/money.ts';
import { isRateOf } from '../reconciliation/ledger-matching.ts';
import { datedApart, isPairReason, type ComparedStore, type DiscrepancyReason } from '../reconciliation/transaction-matching.ts';

export type ComparedSource = (typeof comparedSources)[number];

/** A way to a record: what it is called, and a path of the window; null: no screen shows it. */
export interface RecordName {
  readonly text: string;
  readonly link: string | null;
}

/** What one source says of what is concerned. Amounts are minor units of `currency`; all records of a difference have the sign that Stripe or, of a bank line, the statement gives it. */
export interface SourceRecord {
  readonly amountMinor: number | null;
  /** null: the source knows no fee, so that it is not compared. */
  readonly feeMinor: number | null;
  readonly currency: string;
  readonly status: string | null;
  /** An instant or a day, ISO 8601. */
  readonly date: string | null;
  /** The day that is compared, in the reporting zone; null: it has a day of its own by right. */
  readonly comparedOn: LocalDate | null;
  /** How the record is found: an entry, a row, a line. Several: what they sum to stands above. */
  readonly names: readonly RecordName[];
  /** Of a pair by attributes: what the source calls it. */
  readonly id?: string;
  /** Decimal text: from what the customer paid to what was settled. */
  readonly exchangeRate?: string;
  /** What the customer paid, in minor units of the currency they saw. */
  readonly seen?: { readonly amountMinor: number; readonly currency: string };
  /** Of a payout at Stripe: the day it should be at the bank. */
  readonly arrivesOn?: LocalDate;
  /** Of a refund at Stripe: the payment it takes back; null: Stripe lists none. */
  readonly payment?: RecordName | null;
  /** What the transactions of a payout, or of a balance, come to. */
  readonly transactionsMinor?: number;
  /** What stands on the clearing account from no transaction that Stripe lists. */
  readonly withoutTransactionMinor?: number;
  /** What still waits on an account for somebody to say what it is: unapplied receipts, suspense. */
  readonly waitingMinor?: number;
  /** What a person's adjustments and write-offs of this difference moved the clearing account by. */
  readonly adjustedMinor?: number;
  /** A second record where there should be one. */
  readonly isSuperfluous?: boolean;
  /** Of a bank line: somebody has said what it is. */
  readonly isMatched?: boolean;
}

export type ComparedSides = Readonly<Record<ComparedSource, readonly SourceRecord[]>>;

export interface ComparedDifference {
  readonly level: 'drift' | 'transactions' | 'payouts' | 'bank';
  readonly reason: DiscrepancyReason;
  readonly store: ComparedStore;
  readonly objectId: string;
}

/** A value as a source has it; null stands for what the source lacks and should have. */
export interface ComparedValue {
  readonly text: string | null;
  readonly isMarked: boolean;
  readonly link: string | null;
}
export type ComparedField = { readonly field: ComparedFieldName } & Readonly<Record<ComparedSource, ComparedValue[]>>;

const fieldNames = ['id', 'amount', 'fee', 'paid-by-customer', 'exchange-rate', 'transactions', 'without-transaction', 'waiting', 'adjusted', 'payment', 'status', 'date', 'arrival', 'record'] as const;
export type ComparedFieldName = (typeof fieldNames)[number];

/** Where the reason says that a record is missing, and what there should be of it. */
const missing: Partial<Record<DiscrepancyReason, { readonly source: ComparedSource; readonly fields: readonly ComparedFieldName[] }>> = {
  'missing-in-ledger': { source: 'ledger', fields: ['amount', 'fee', 'date'] },
  'missing-in-payment-history': { source: 'sharedDatabase', fields: ['amount', 'fee', 'status', 'date'] },
  'missing-at-stripe': { source: 'stripe', fields: ['amount', 'fee', 'status', 'date'] },
  'payout-without-bank-line': { source: 'bank', fields: ['amount', 'date'] },
  'bank-line-unmatched': { source: 'ledger', fields: ['amount', 'date'] },
};

/** Rows that at least one source says something in, in the order in which they are read. */
export function comparedFields(difference: ComparedDifference, sides: ComparedSides): ComparedField[] {
  const lacking = missing[difference.reason];
  return fieldNames.flatMap((field) => {
    const told = Object.fromEntries(comparedSources.map((source) => [source, sides[source].flatMap((record) => valuesOf(field, record, isMarked(difference, sides, field, source, record)))])) as Record<ComparedSource, ComparedValue[]>;
    const isSaid = comparedSources.some((source) => told[source].some(({ text }) => text !== null));
    const isLacking = isSaid && lacking?.fields.includes(field) === true && sides[lacking.source].length === 0;
    if (isLacking) told[lacking.source] = [{ text: null, isMarked: true, link: null }];
    return comparedSources.some((source) => told[source].length > 0) ? [{ field, ...told }] : [];
  });
}

/** Whether anything is marked: where nothing is, the sources agree by now. */
export const isAnythingMarked = (fields: readonly ComparedField[]): boolean => fields.some((field) => comparedSources.some((source) => field[source].some((value) => value.isMarked)));

function valuesOf(field: ComparedFieldName, record: SourceRecord, isMarkedHere: boolean): ComparedValue[] {
  if (field === 'record') return record.names.map(({ text, link }) => ({ text, link, isMarked: isMarkedHere }));
  if (field === 'payment') return record.payment === undefined ? [] : [{ text: record.payment?.text ?? null, link: record.payment?.link ?? null, isMarked: isMarkedHere }];
  const text = textOf(field, record);
  return text === null ? [] : [{ text, link: null, isMarked: isMarkedHere }];
}

function textOf(field: Exclude<ComparedFieldName, 'record' | 'payment'>, record: SourceRecord): string | null {
  const money = (minor: number | null | undefined, currency = record.currency): string | null => (minor === null || minor === undefined ? null : `${toDecimalString(minor, currency)} ${currency.toUpperCase()}`);
  switch (field) {
    case 'id': return record.id ?? null;
    case 'amount': return money(record.amountMinor);
    case 'fee': return money(record.feeMinor);
    case 'paid-by-customer': return money(record.seen?.amountMinor, record.seen?.currency);
    case 'exchange-rate': return record.exchangeRate ?? null;
    case 'transactions': return money(record.transactionsMinor);
    case 'without-transaction': return money(record.withoutTransactionMinor);
    case 'waiting': return money(record.waitingMinor);
    case 'adjusted': return record.adjustedMinor === 0 ? null : money(record.adjustedMinor);
    case 'status': return record.status;
    case 'date': return record.date;
    case 'arrival': return record.arrivesOn ?? null;
  }
}

function isMarked(difference: ComparedDifference, sides: ComparedSides, field: ComparedFieldName, source: ComparedSource, record: SourceRecord): boolean {
  switch (difference.level) {
    case 'drift':
    case 'transactions':
      return isMarkedOfTransaction(difference, sides, field, source, record);
    case 'payouts':
      return isMarkedOfPayouts(difference, sides, field, source, record);
    case 'bank':
      return isMarkedAtBank(difference, sides, field, source, record);
  }
}

/** By the rules of the comparison itself: Stripe’s word is the measure, and a store is marked where it says otherwise. A bank nets fees and dates by its own days: it is beside it. */
function isMarkedOfTransaction({ reason, store }: ComparedDifference, { stripe: [stripe] }: ComparedSides, field: ComparedFieldName, source: ComparedSource, record: SourceRecord): boolean {
  if (source === 'stripe') return field === 'payment' && reason === 'orphan-refund' && record.payment === null;
  if (source === 'bank') return false;
  if (field === 'record') return record.isSuperfluous === true;
  if (field === 'id') return isPairReason(reason) && source === (store === 'ledger' ? 'ledger' : 'sharedDatabase');
  if (field === 'waiting') return reason === 'dispute-without-write-off' && (record.waitingMinor ?? 0) !== 0;
  if (stripe === undefined) return false;
  switch (field) {
    case 'amount': return !isAdjusted(stripe, record) && (record.amountMinor !== stripe.amountMinor || record.currency !== stripe.currency);
    case 'fee': return !isAdjusted(stripe, record) && record.feeMinor !== null && stripe.feeMinor !== null && (record.feeMinor !== stripe.feeMinor || record.currency !== stripe.currency);
    case 'status': return record.status !== null && stripe.status !== null && record.status !== stripe.status;
    case 'date': return record.comparedOn !== null && stripe.comparedOn !== null && datedApart(stripe.comparedOn, record.comparedOn) !== null;
    case 'exchange-rate': return reason === 'exchange-rate-differs' && stripe.exchangeRate !== undefined && record.seen !== undefined && stripe.amountMinor !== null && !isRateOf({ amountMinor: stripe.amountMinor, currency: stripe.currency }, stripe.exchangeRate, record.seen);
    default: return false;
  }
}

/** Whether what a person posted for it has brought the clearing account to what Stripe says. */
function isAdjusted(stripe: SourceRecord, { amountMinor, feeMinor, currency, adjustedMinor = 0 }: SourceRecord): boolean {
  return adjustedMinor !== 0 && currency === stripe.currency && (amountMinor ?? 0) - (feeMinor ?? 0) + adjustedMinor === (stripe.amountMinor ?? 0) - (stripe.feeMinor ?? 0);
}

function isMarkedOfPayouts({ reason, objectId }: ComparedDifference, { stripe: [stripe] }: ComparedSides, field: ComparedFieldName, source: ComparedSource, record: SourceRecord): boolean {
  if (stripe === undefined) return false;
  if (reason === 'balance-not-proved' && objectId.startsWith('clearing-')) {
    if (source !== 'ledger' || (record.withoutTransactionMinor ?? 0) === 0) return false;
    return field === 'without-transaction' || (field === 'amount' && record.amountMinor !== stripe.amountMinor);
  }
  // Both are Stripe's own words: what it says, and what its transactions come to.
  return source === 'stripe' && field === 'transactions' && record.transactionsMinor !== record.amountMinor;
}

/** What is compared with the bank: a payout at Stripe, an invoice or the parts of a match in the books. Which of its own days the bank books it on is no difference. */
function isMarkedAtBank({ reason }: ComparedDifference, { stripe, ledger }: ComparedSides, field: ComparedFieldName, source: ComparedSource, record: SourceRecord): boolean {
  if (source !== 'bank' || field !== 'amount') return false;
  const asked = stripe[0] ?? ledger[0];
  if (asked === undefined || asked.amountMinor === record.amountMinor) return false;
  // A match has said where the difference belongs; what a match left on suspense is what is asked for.
  return reason === 'bank-residual' || (reason === 'amount-differs' && record.isMatched !== true);
}
