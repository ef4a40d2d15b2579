/**
 * The rules of level 2 (domain.md §6): one balance transaction of Stripe's against the company's own payment history (ledger-matching.ts has those
 * against the journal). Pure. SQL only sieves out what is plainly equal; what is left gets its reason here.
 */
import { daysBetween, monthOf, type LocalDate } from '../../shared/calendar/local-date.ts';
import { pairingPolicy, type AttributePair } from './attribute-pairing.ts';

/** Reasons of pairs made by attributes, the gravest difference named. */
export const pairReasons = ['id-differs', 'id-and-currency-differ', 'id-and-amount-differ', 'id-and-fee-differ', 'id-and-status-differ', 'id-and-month-differ'] as const;
export type PairReason = (typeof pairReasons)[number];
export const isPairReason = (reason: string): reason is PairReason => pairReasons.some((each) => each === reason);

export type DiscrepancyReason =
  | 'missing-in-ledger'
  | 'missing-in-payment-history'
  | 'missing-at-stripe'
  | 'amount-differs'
  | 'fee-differs'
  | 'currency-differs'
  | 'status-differs'
  | 'exchange-rate-differs'
  | 'duplicate-in-payment-history'
  | 'duplicate-in-ledger'
  | 'orphan-refund'
  | 'dispute-without-write-off'
  | 'period-cut-off'
  | 'timing'
  /** Paired by attributes alone (attribute-pairing.ts): what Stripe lists and the record have other ids, and what else differs. */
  | PairReason
  /** Level 3: Stripe's own word and the sum of its transactions, or the clearing account and the sum of theirs, are not the same. */
  | 'balance-not-proved'
  /** Level 4. */
  | 'payout-without-bank-line'
  | 'bank-line-unmatched'
  | 'bank-residual';

/**
 * What decides what counts as a difference; it is kept with every run. Counted up whenever a rule here, in ledger-matching.ts, in attribute-pairing.ts or in the SQL before
 * them changes, so that nothing compared by another rule is taken for compared.
 */
export const comparisonPolicy = {
  version: 4,
  /** Records may carry a day other than Stripe's by this much before it is a difference in timing: clocks and queues around midnight. A month's end is no such slack. */
  timingToleranceDays: 1,
  pairing: pairingPolicy,
} as const;

export type PaymentKind = 'payment' | 'refund' | 'dispute';
export type ComparedStore = 'ledger' | 'payment_history' | 'bank';

/** A balance transaction as Stripe lists it now. Amounts are settlement currency, signed as Stripe signs them. */
export interface GatewayTransaction {
  readonly id: string;
  /** The charge, refund or dispute behind it. */
  readonly sourceId: string | null;
  /** null: not a payment, refund or dispute; compared with the ledger only. */
  readonly kind: PaymentKind | null;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  /** Stripe's rate from what the customer paid to what was settled, decimal text; null where nothing was converted. */
  readonly exchangeRate: string | null;
  readonly createdAt: number;
  readonly createdOn: LocalDate;
}

/** A row of the company's payment history. */
export interface PaymentHistoryRow {
  readonly id: number;
  readonly gatewayPaymentId: string;
  readonly balanceTransactionId: string | null;
  readonly kind: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: string;
  readonly status: string;
  readonly createdAt: number;
  readonly createdOn: LocalDate;
}

/** One side of a finding, as it is kept with the discrepancy. */
export interface FindingSide {
  readonly amountMinor: number;
  readonly feeMinor: number | null;
  readonly currency: string;
  readonly status: string | null;
  readonly createdAt: number | null;
  /** The row of the payment history, where that is the side. */
  readonly rowId: number | null;
}

export interface Finding {
  readonly reason: DiscrepancyReason;
  readonly store: ComparedStore;
  /** What is concerned, in the words of its makers: their sorted ids and the reason make the discrepancy's identity. */
  readonly subjectIds: readonly string[];
  /** Stripe's id of the payment, or the id the payment history carries. */
  readonly objectId: string;
  readonly balanceTransactionId: string | null;
  readonly currency: string;
  /** What Stripe says minus what the store says, in `currency`; 0 where the amounts agree. */
  readonly amountMinor: number;
  readonly occurredOn: LocalDate;
  readonly stripe: FindingSide | null;
  readonly other: FindingSide | null;
  /** Stripe's object as listed, kept where nothing else here has it. */
  readonly raw?: string;
  /** Of a pair made by attributes: what spoke for it, and what the store's side calls itself. */
  readonly pair?: PairedBy;
}

/** Why two that no id brings together are told as one, and the ids of the store's side. */
export interface PairedBy {
  /** Basis points. */
  readonly score: number;
  readonly reasons: readonly string[];
  /** The payment's id and the balance transaction's as the store has them; of a journal entry both are the transaction. */
  readonly objectId: string;
  readonly balanceTransactionId: string | null;
  readonly occurredOn: LocalDate;
}

/** Which kind of payment record the company keeps for a balance transaction; null when it keeps none. */
export function paymentKindOf(type: string, reportingCategory: string): PaymentKind | null {
  switch (type) {
    case 'charge':
    case 'payment':
      return 'payment';
    case 'refund':
    case 'payment_refund':
      return 'refund';
    case 'adjustment':
      return reportingCategory === 'dispute' || reportingCategory === 'dispute_reversal' ? 'dispute' : null;
    default:
      return null;
  }
}

/** The status the payment history must show. A payment stays `succeeded` when it is refunded later. */
export function expectedStatusOf(kind: PaymentKind, amountMinor: number): string {
  if (kind !== 'dispute') return 'succeeded';
  return amountMinor < 0 ? 'disputed' : 'reversed';
}

/**
 * Stripe against the payment history. The earliest row of its amount and currency is the transaction's, or the earliest where none has them; each other one is a duplicate. Of several things that
 * differ in one row the gravest is named: currency, amount, fee, status, month, day.
 * @param rows the rows of this transaction that did not fail, in any order.
 */
export function compareWithPaymentHistory(transaction: GatewayTransaction & { readonly kind: PaymentKind }, rows: readonly PaymentHistoryRow[]): Finding[] {
  const base = findingBase(transaction, 'payment_history');
  const isOther = (row: PaymentHistoryRow): number => (row.amountMinor === transaction.amountMinor && row.currency === transaction.currency ? 0 : 1);
  const [first, ...duplicates] = [...rows].sort((a, b) => isOther(a) - isOther(b) || a.id - b.id);
  if (!first) return [{ ...base, reason: 'missing-in-payment-history', subjectIds: [transaction.id], amountMinor: transaction.amountMinor, other: null }];
  const findings: Finding[] = [];
  const difference = differenceOf(transaction, first);
  if (difference) findings.push({ ...base, ...difference, subjectIds: [transaction.id, rowName(first)], other: sideOf(first) });
  for (const row of duplicates) findings.push(duplicateOf(transaction, row));
  return findings;
}

function differenceOf(transaction: GatewayTransaction & { readonly kind: PaymentKind }, row: PaymentHistoryRow): Pick<Finding, 'reason' | 'amountMinor'> | null {
  if (row.currency !== transaction.currency) return { reason: 'currency-differs', amountMinor: transaction.amountMinor };
  if (row.amountMinor !== transaction.amountMinor) return { reason: 'amount-differs', amountMinor: transaction.amountMinor - row.amountMinor };
  if (row.feeMinor !== transaction.feeMinor) return { reason: 'fee-differs', amountMinor: transaction.feeMinor - row.feeMinor };
  if (row.status !== expectedStatusOf(transaction.kind, transaction.amountMinor)) return { reason: 'status-differs', amountMinor: 0 };
  return datedApart(transaction.createdOn, row.createdOn);
}

/** Another month changes what the month sums to, so it counts from the first day; within a month a day is forgiven. */
export function datedApart(createdOn: LocalDate, recordedOn: LocalDate): { readonly reason: 'period-cut-off' | 'timing'; readonly amountMinor: 0 } | null {
  if (monthOf(createdOn) !== monthOf(recordedOn)) return { reason: 'period-cut-off', amountMinor: 0 };
  if (Math.abs(daysBetween(createdOn, recordedOn)) > comparisonPolicy.timingToleranceDays) return { reason: 'timing', amountMinor: 0 };
  return null;
}

/** A second row for a payment that has one already: the company's own sum is too high by it. */
export function duplicateOf(transaction: GatewayTransaction, row: PaymentHistoryRow): Finding {
  return { ...findingBase(transaction, 'payment_history'), reason: 'duplicate-in-payment-history', subjectIds: [transaction.id, rowName(row)], amountMinor: -row.amountMinor, other: sideOf(row) };
}

/** A row of the payment history, not failed, that no balance transaction matches. */
export function missingAtStripe(row: PaymentHistoryRow): Finding {
  return {
    reason: 'missing-at-stripe', store: 'payment_history', subjectIds: [rowName(row)], objectId: row.gatewayPaymentId, balanceTransactionId: row.balanceTransactionId, currency: row.currency, amountMinor: -row.amountMinor, occurredOn: row.createdOn,
    stripe: null, other: sideOf(row),
  };
}

/** A journal entry made from a balance transaction that Stripe does not list. */
export function entryMissingAtStripe(entry: { readonly balanceTransactionId: string; readonly entryDate: LocalDate; readonly currency: string; readonly amountMinor: number }): Finding {
  return {
    reason: 'missing-at-stripe', store: 'ledger', subjectIds: [entry.balanceTransactionId, 'journal'], objectId: entry.balanceTransactionId, balanceTransactionId: entry.balanceTransactionId, currency: entry.currency,
    amountMinor: -entry.amountMinor, occurredOn: entry.entryDate, stripe: null, other: { amountMinor: entry.amountMinor, feeMinor: null, currency: entry.currency, status: null, createdAt: null, rowId: null },
  };
}

/**
 * A payment that a store lacks and a record of that store that Stripe does not list, told as one in place of two. What they come to is what a record with the right id would come to: nothing where only
 * the id differs.
 */
export function pairedFinding(pair: AttributePair, lacking: Finding, stray: Finding): Finding {
  const [gravest] = pair.differs;
  const amountMinor = gravest === 'currency' ? pair.lacking.amountMinor : gravest === 'amount' ? pair.lacking.amountMinor - pair.stray.amountMinor : gravest === 'fee' ? pair.lacking.feeMinor - pair.stray.feeMinor : 0;
  return {
    ...lacking, reason: gravest === undefined ? 'id-differs' : `id-and-${gravest}-differ`, subjectIds: [...lacking.subjectIds, ...stray.subjectIds], amountMinor,
    // A journal entry stands with its fee beside it, as where the ids agree.
    other: stray.other && { ...stray.other, amountMinor: pair.stray.amountMinor, feeMinor: pair.stray.feeMinor },
    pair: { score: pair.score, reasons: pair.reasons, objectId: stray.objectId, balanceTransactionId: stray.balanceTransactionId, occurredOn: stray.occurredOn },
  };
}

/** The two sides of a pair apart, as they stand where nobody pairs them. */
export function sidesOfPair(finding: Pick<Finding, 'store' | 'objectId' | 'balanceTransactionId' | 'occurredOn' | 'stripe' | 'other'> & { readonly pair: PairedBy }): { readonly lacking: Finding; readonly stray: Finding } {
  const { store, objectId, balanceTransactionId, occurredOn, stripe, other, pair } = finding;
  if (stripe === null || other === null || balanceTransactionId === null) throw new Error('A pair has two sides.');
  const lacking: Finding = { reason: store === 'ledger' ? 'missing-in-ledger' : 'missing-in-payment-history', store, subjectIds: [balanceTransactionId], objectId, balanceTransactionId, currency: stripe.currency, amountMinor: stripe.amountMinor, occurredOn, stripe, other: null };
  if (store === 'ledger') return { lacking, stray: entryMissingAtStripe({ balanceTransactionId: pair.objectId, entryDate: pair.occurredOn, currency: other.currency, amountMinor: other.amountMinor - (other.feeMinor ?? 0) }) };
  return {
    lacking,
    stray: { reason: 'missing-at-stripe', store, subjectIds: [`payment_history/${other.rowId ?? ''}`], objectId: pair.objectId, balanceTransactionId: pair.balanceTransactionId, currency: other.currency, amountMinor: -other.amountMinor, occurredOn: pair.occurredOn, stripe: null, other },
  };
}

/** The key of a discrepancy's id: level, sorted ids and reason, so that every desk names the same difference alike (domain.md §3). */
export function discrepancyKeyOf(level: string, finding: Pick<Finding, 'subjectIds' | 'reason'>): string {
  return `discrepancy/${level}/${[...finding.subjectIds].sort().join('+')}/${finding.reason}`;
}

/** What every finding about a transaction says, whatever its reason. */
export function findingBase(transaction: GatewayTransaction, store: ComparedStore): Omit<Finding, 'reason' | 'subjectIds' | 'amountMinor' | 'other'> {
  return {
    store, objectId: transaction.sourceId ?? transaction.id, balanceTransactionId: transaction.id, currency: transaction.currency, occurredOn: transaction.createdOn,
    stripe: {
      amountMinor: transaction.amountMinor, feeMinor: transaction.feeMinor, currency: transaction.currency, status: transaction.kind === null ? null : expectedStatusOf(transaction.kind, transaction.amountMinor), createdAt: transaction.createdAt, rowId: null,
    },
  };
}

function sideOf(row: PaymentHistoryRow): FindingSide {
  return { amountMinor: row.amountMinor, feeMinor: row.feeMinor, currency: row.currency, status: row.status, createdAt: row.createdAt, rowId: row.id };
}

/** What a row of the payment history is called among the ids of a difference. */
export function rowName(row: Pick<PaymentHistoryRow, 'id'>): string {
  return `payment_history/${row.id}`;
}
